// narada.control.v1.OperationService: which mixers and gateways there are, who is locked out, and backups.
// EvacuateMixer is UNIMPLEMENTED.

#ifndef NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_
#define NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_

#include <string>
#include <utility>

#include "control/accounts/accounts.h"
#include "control/accounts/throttle.h"
#include "control/calls/switchboard.h"
#include "control/mixers/mixer_pool.h"
#include "control/model/requester.h"
#include "control/storage/database.h"
#include "narada/control/v1/operation.grpc.pb.h"

namespace narada::control::service {

class OperationService final : public v1::OperationService::Service {
 public:
  OperationService(mixers::MixerPool& pool, calls::Switchboard& switchboard,
                   accounts::Throttle& throttle, accounts::Accounts& accounts,
                   storage::Database& database, std::string backup_dir)
      : pool_(pool),
        switchboard_(switchboard),
        throttle_(throttle),
        accounts_(accounts),
        database_(database),
        backup_dir_(std::move(backup_dir)) {}

  grpc::Status ListMixers(grpc::ServerContext* context, const v1::ListMixersRequest* request,
                          v1::ListMixersResponse* response) override;
  grpc::Status ListGateways(grpc::ServerContext* context, const v1::ListGatewaysRequest* request,
                            v1::ListGatewaysResponse* response) override;
  grpc::Status ListLockouts(grpc::ServerContext* context, const v1::ListLockoutsRequest* request,
                            v1::ListLockoutsResponse* response) override;
  grpc::Status LiftLockout(grpc::ServerContext* context, const v1::LiftLockoutRequest* request,
                           v1::LiftLockoutResponse* response) override;
  grpc::Status Backup(grpc::ServerContext* context, const v1::BackupRequest* request,
                      v1::BackupResponse* response) override;

 private:
  // Operators see every lock, moderators those of their rooms.
  bool MaySee(const Requester& requester, const accounts::Lockout& lockout);

  mixers::MixerPool& pool_;
  calls::Switchboard& switchboard_;
  accounts::Throttle& throttle_;
  accounts::Accounts& accounts_;
  storage::Database& database_;
  const std::string backup_dir_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_OPERATION_SERVICE_H_
