// Logs in the users of control's accounts, and moderators by the PIN of a room whose conference runs.

#ifndef NARADA_CONTROL_WEB_ACCOUNT_LOG_IN_H_
#define NARADA_CONTROL_WEB_ACCOUNT_LOG_IN_H_

#include <grpcpp/channel.h>

#include <memory>

#include "control/accounts/accounts.h"
#include "control/calls/door.h"
#include "control/web/log_in.h"

namespace narada::control::web {

// Fills in the checks of `options`. A PIN is tried at the door, where every try counts, and opens the
// conference that `channel` says is running in the room. References outlive the options.
void UseAccounts(accounts::Accounts& accounts, calls::Door& door,
                 std::shared_ptr<grpc::Channel> channel, LogInOptions& options);

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_ACCOUNT_LOG_IN_H_
