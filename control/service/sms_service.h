// narada.control.v1.SmsService: the outbox, read only so far. The text, which holds a PIN, is not shown.

#ifndef NARADA_CONTROL_SERVICE_SMS_SERVICE_H_
#define NARADA_CONTROL_SERVICE_SMS_SERVICE_H_

#include "control/storage/database.h"
#include "narada/control/v1/sms.grpc.pb.h"

namespace narada::control::service {

class SmsService final : public v1::SmsService::Service {
 public:
  explicit SmsService(storage::Database& database) : database_(database) {}

  grpc::Status GetSms(grpc::ServerContext* context, const v1::GetSmsRequest* request,
                      v1::GetSmsResponse* response) override;
  grpc::Status ListSms(grpc::ServerContext* context, const v1::ListSmsRequest* request,
                       v1::ListSmsResponse* response) override;

 private:
  storage::Database& database_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_SMS_SERVICE_H_
