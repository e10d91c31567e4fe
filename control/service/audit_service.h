// narada.control.v1.AuditService over the database's audit log. Handlers wait there.

#ifndef NARADA_CONTROL_SERVICE_AUDIT_SERVICE_H_
#define NARADA_CONTROL_SERVICE_AUDIT_SERVICE_H_

#include "control/storage/database.h"
#include "narada/control/v1/audit.grpc.pb.h"

namespace narada::control::service {

class AuditService final : public v1::AuditService::Service {
 public:
  explicit AuditService(storage::Database& database) : database_(database) {}

  grpc::Status ListAuditEntries(grpc::ServerContext* context,
                                const v1::ListAuditEntriesRequest* request,
                                v1::ListAuditEntriesResponse* response) override;

 private:
  storage::Database& database_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_AUDIT_SERVICE_H_
