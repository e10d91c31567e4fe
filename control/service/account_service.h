// narada.control.v1.AccountService over accounts::Accounts. Handlers run on gRPC's threads and wait there
// for the database. Operators may do everything; a tenant's manager sees to its rooms, users and words,
// but not to its limits and numbers; a moderator sees the tenant and its rooms.

#ifndef NARADA_CONTROL_SERVICE_ACCOUNT_SERVICE_H_
#define NARADA_CONTROL_SERVICE_ACCOUNT_SERVICE_H_

#include "control/accounts/accounts.h"
#include "control/accounts/number_book.h"
#include "narada/control/v1/account.grpc.pb.h"

namespace narada::control::service {

class AccountService final : public v1::AccountService::Service {
 public:
  // `numbers` is brought up to date after each change that it shows.
  AccountService(accounts::Accounts& accounts, accounts::NumberBook& numbers)
      : accounts_(accounts), numbers_(numbers) {}

#define NARADA_RPC(method)                                                              \
  grpc::Status method(grpc::ServerContext* context, const v1::method##Request* request, \
                      v1::method##Response* response) override
  NARADA_RPC(CreateTenant);
  NARADA_RPC(GetTenant);
  NARADA_RPC(ListTenants);
  NARADA_RPC(UpdateTenant);
  NARADA_RPC(DeleteTenant);
  NARADA_RPC(CreatePermanentRoom);
  NARADA_RPC(GetPermanentRoom);
  NARADA_RPC(ListPermanentRooms);
  NARADA_RPC(UpdatePermanentRoom);
  NARADA_RPC(DeletePermanentRoom);
  NARADA_RPC(RotatePins);
  NARADA_RPC(PutAccessNumber);
  NARADA_RPC(ListAccessNumbers);
  NARADA_RPC(DeleteAccessNumber);
  NARADA_RPC(PutUser);
  NARADA_RPC(ListUsers);
  NARADA_RPC(DeleteUser);
#undef NARADA_RPC

 private:
  void RefreshNumbers();

  accounts::Accounts& accounts_;
  accounts::NumberBook& numbers_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_ACCOUNT_SERVICE_H_
