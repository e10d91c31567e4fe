// What tenants, rooms, numbers and users must look like: INVALID_ARGUMENT / FIELD_INVALID with the
// field, in the words of narada.control.v1.AccountService.

#ifndef NARADA_CONTROL_ACCOUNTS_ACCOUNT_RULES_H_
#define NARADA_CONTROL_ACCOUNTS_ACCOUNT_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "control/model/access_number.h"
#include "control/model/account.h"
#include "control/model/room_number.h"

namespace narada::control::accounts {

// More than any mixer carries.
inline constexpr int kParticipantsMax = 100'000;

absl::Status CheckTenant(const Tenant& tenant);
absl::Status CheckRoomSettings(const PermanentRoomSettings& settings);
absl::Status CheckRoomNumber(const RoomNumber& number);
absl::Status CheckAccessNumber(const AccessNumber& number);
absl::Status CheckUser(const User& user);
absl::Status CheckPasswordRules(absl::string_view password);

}  // namespace narada::control::accounts

#endif  // NARADA_CONTROL_ACCOUNTS_ACCOUNT_RULES_H_
