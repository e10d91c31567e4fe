// narada.control.v1.SmsService: the outbox. Texts, which hold PINs, are not shown.

#ifndef NARADA_CONTROL_SERVICE_SMS_SERVICE_H_
#define NARADA_CONTROL_SERVICE_SMS_SERVICE_H_

#include "control/calls/call_services.h"
#include "control/calls/switchboard.h"
#include "control/storage/database.h"
#include "narada/control/v1/sms.grpc.pb.h"

namespace narada::control::service {

class SmsService final : public v1::SmsService::Service {
 public:
  // All outlive the service.
  SmsService(storage::Database& database, const calls::CallServices& services,
             calls::Switchboard& switchboard)
      : database_(database), services_(services), switchboard_(switchboard) {}

  grpc::Status GetSms(grpc::ServerContext* context, const v1::GetSmsRequest* request,
                      v1::GetSmsResponse* response) override;
  grpc::Status ListSms(grpc::ServerContext* context, const v1::ListSmsRequest* request,
                       v1::ListSmsResponse* response) override;
  grpc::Status RetrySms(grpc::ServerContext* context, const v1::RetrySmsRequest* request,
                        v1::RetrySmsResponse* response) override;
  grpc::Status PreviewSms(grpc::ServerContext* context, const v1::PreviewSmsRequest* request,
                          v1::PreviewSmsResponse* response) override;

 private:
  storage::Database& database_;
  const calls::CallServices& services_;
  calls::Switchboard& switchboard_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_SMS_SERVICE_H_
