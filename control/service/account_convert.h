// Between narada.control.v1.AccountService and control's own types.

#ifndef NARADA_CONTROL_SERVICE_ACCOUNT_CONVERT_H_
#define NARADA_CONTROL_SERVICE_ACCOUNT_CONVERT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/accounts/accounts.h"
#include "control/model/access_number.h"
#include "control/model/account.h"
#include "google/protobuf/field_mask.pb.h"
#include "narada/control/v1/account.pb.h"

namespace narada::control::service {

v1::Tenant ToProto(const Tenant& tenant);
// What is out of bounds but readable is left to accounts' rules. INVALID_ARGUMENT / FIELD_INVALID.
absl::StatusOr<Tenant> FromProto(const v1::Tenant& proto);

// Without PINs.
v1::PermanentRoom ToProto(const PermanentRoom& room);
v1::PermanentRoom ToProto(const accounts::RoomWithPins& made);
absl::StatusOr<PermanentRoomSettings> SettingsFromProto(const v1::PermanentRoom& proto);
absl::StatusOr<accounts::Accounts::NewRoom> NewRoomFromProto(const v1::PermanentRoom& proto);

v1::AccessNumber ToProto(const AccessNumber& number);
absl::StatusOr<AccessNumber> FromProto(const v1::AccessNumber& proto);

v1::User ToProto(const User& user);
absl::StatusOr<User> FromProto(const v1::User& proto);

// Takes over into `target` what the mask names of `source`; `changeable` are the paths that may be named,
// each also by what lies below it. INVALID_ARGUMENT / FIELD_INVALID.
absl::Status MergeByMask(const google::protobuf::FieldMask& mask,
                         const std::vector<std::string>& changeable,
                         const google::protobuf::Message& source,
                         google::protobuf::Message& target);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_ACCOUNT_CONVERT_H_
