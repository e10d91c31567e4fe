#include "control/service/account_convert.h"

#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "control/service/convert.h"

namespace narada::control::service {
namespace {

constexpr std::array<std::pair<TariffKind, v1::TariffKind>, 4> kTariffs = {
    {{TariffKind::kLocal, v1::TARIFF_KIND_LOCAL},
     {TariffKind::kTollFree, v1::TARIFF_KIND_TOLL_FREE},
     {TariffKind::kSharedCost, v1::TARIFF_KIND_SHARED_COST},
     {TariffKind::kMobile, v1::TARIFF_KIND_MOBILE}}};
constexpr std::array<std::pair<EntryKind, v1::EntryMode>, 3> kEntries = {
    {{EntryKind::kMenu, v1::ENTRY_MODE_MENU},
     {EntryKind::kPin, v1::ENTRY_MODE_PIN},
     {EntryKind::kRoomAndPin, v1::ENTRY_MODE_ROOM_AND_PIN}}};
constexpr std::array<std::pair<UserRole, v1::UserRole>, 3> kRoles = {
    {{UserRole::kModerator, v1::USER_ROLE_MODERATOR},
     {UserRole::kTenantManager, v1::USER_ROLE_TENANT_MANAGER},
     {UserRole::kOperator, v1::USER_ROLE_OPERATOR}}};

template <typename Pairs, typename Ours>
auto ProtoOf(const Pairs& pairs, Ours ours) {
  for (const auto& [value, proto] : pairs) {
    if (value == ours) return proto;
  }
  CHECK(false) << "a kind that the API does not know";
  return pairs.front().second;
}

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return InvalidField(field, "FIELD_INVALID", absl::StrCat(field, " ", why));
}

// The first of the pairs for what is unset.
template <typename Pairs, typename Proto, typename Ours>
absl::Status OursOf(const Pairs& pairs, absl::string_view field, Proto proto, Ours& ours) {
  ours = pairs.front().first;
  if (proto == 0) return absl::OkStatus();
  for (const auto& [value, known] : pairs) {
    if (known == proto) {
      ours = value;
      return absl::OkStatus();
    }
  }
  return Invalid(field, "is not one of the kinds");
}

absl::Status ReadNumber(absl::string_view field, uint32_t value, int& ours) {
  if (value > static_cast<uint32_t>(std::numeric_limits<int>::max())) {
    return Invalid(field, "is too large");
  }
  ours = static_cast<int>(value);
  return absl::OkStatus();
}

}  // namespace

v1::Tenant ToProto(const Tenant& tenant) {
  v1::Tenant proto;
  proto.set_tenant_id(tenant.id);
  proto.set_display_name(tenant.display_name);
  for (Language language : tenant.languages) proto.add_languages(ToProto(language));
  v1::TenantLimits& limits = *proto.mutable_limits();
  limits.set_participants_max(tenant.limits.participants_max);
  limits.set_recording_allowed(tenant.limits.is_recording_allowed);
  for (const std::string& prefix : tenant.limits.call_out_prefixes) {
    limits.add_call_out_prefixes(prefix);
  }
  limits.set_call_outs_max(tenant.limits.call_outs_max);
  limits.set_sms_per_day_max(tenant.limits.sms_per_day_max);
  proto.set_prompt_set(tenant.prompt_set);
  for (const auto& [language, text] : tenant.sms_templates) {
    (*proto.mutable_sms_templates())[std::string(LanguageTag(language))] = text;
  }
  SetTime(tenant.created_at, *proto.mutable_create_time());
  return proto;
}

absl::StatusOr<Tenant> FromProto(const v1::Tenant& proto) {
  Tenant tenant{.id = proto.tenant_id(),
                .display_name = proto.display_name(),
                .languages = {},
                .limits = {},
                .prompt_set = proto.prompt_set(),
                .sms_templates = {},
                .created_at = {}};
  for (int i = 0; i < proto.languages_size(); ++i) {
    const std::optional<Language> language = service::FromProto(proto.languages(i));
    if (!language) return Invalid("tenant.languages", "has one that is not known");
    tenant.languages.push_back(*language);
  }
  const v1::TenantLimits& limits = proto.limits();
  RETURN_IF_ERROR(ReadNumber("tenant.limits.participants_max", limits.participants_max(),
                             tenant.limits.participants_max));
  RETURN_IF_ERROR(ReadNumber("tenant.limits.call_outs_max", limits.call_outs_max(),
                             tenant.limits.call_outs_max));
  RETURN_IF_ERROR(ReadNumber("tenant.limits.sms_per_day_max", limits.sms_per_day_max(),
                             tenant.limits.sms_per_day_max));
  tenant.limits.is_recording_allowed = limits.recording_allowed();
  tenant.limits.call_out_prefixes.assign(limits.call_out_prefixes().begin(),
                                         limits.call_out_prefixes().end());
  for (const auto& [tag, text] : proto.sms_templates()) {
    const std::optional<Language> language = LanguageFromTag(tag);
    if (!language) return Invalid("tenant.sms_templates", "are by language, \"pl\" or \"en\"");
    tenant.sms_templates[*language] = text;
  }
  return tenant;
}

v1::PermanentRoom ToProto(const PermanentRoom& room) {
  v1::PermanentRoom proto;
  proto.set_permanent_room_id(room.id);
  proto.set_tenant_id(room.tenant_id);
  proto.set_display_name(room.settings.display_name);
  proto.set_room_number(room.room.digits());
  proto.set_wait_for_moderator(room.settings.waits_for_moderator);
  proto.set_end_without_moderator(room.settings.ends_without_moderator);
  proto.set_announce_by_name(room.settings.is_announced_by_name);
  proto.set_participants_max(room.settings.participants_max);
  proto.set_lecture(room.settings.is_lecture);
  return proto;
}

v1::PermanentRoom ToProto(const accounts::RoomWithPins& made) {
  v1::PermanentRoom proto = ToProto(made.room);
  proto.set_participant_pin(made.participant_pin.Reveal());
  proto.set_moderator_pin(made.moderator_pin.Reveal());
  return proto;
}

absl::StatusOr<PermanentRoomSettings> SettingsFromProto(const v1::PermanentRoom& proto) {
  PermanentRoomSettings settings{.display_name = proto.display_name(),
                                 .participants_max = 0,
                                 .waits_for_moderator = proto.wait_for_moderator(),
                                 .ends_without_moderator = proto.end_without_moderator(),
                                 .is_announced_by_name = proto.announce_by_name(),
                                 .is_lecture = proto.lecture()};
  RETURN_IF_ERROR(ReadNumber("permanent_room.participants_max", proto.participants_max(),
                             settings.participants_max));
  return settings;
}

absl::StatusOr<accounts::Accounts::NewRoom> NewRoomFromProto(const v1::PermanentRoom& proto) {
  if (!proto.participant_pin().empty() || !proto.moderator_pin().empty()) {
    return Invalid("permanent_room.participant_pin",
                   "is drawn by the service, like the moderator's");
  }
  ASSIGN_OR_RETURN(PermanentRoomSettings settings, SettingsFromProto(proto));
  accounts::Accounts::NewRoom room{
      .tenant_id = proto.tenant_id(), .settings = std::move(settings), .number = std::nullopt};
  if (!proto.room_number().empty()) {
    room.number = RoomNumber::Parse(proto.room_number());
    if (!room.number) return Invalid("permanent_room.room_number", "has 4 to 12 digits");
  }
  return room;
}

v1::AccessNumber ToProto(const AccessNumber& number) {
  v1::AccessNumber proto;
  proto.set_number(number.number.e164());
  proto.set_tenant_id(number.tenant);
  proto.set_language(ToProto(number.language));
  proto.set_tariff_kind(ProtoOf(kTariffs, number.tariff));
  proto.set_country(number.country);
  proto.set_entry_mode(ProtoOf(kEntries, number.entry));
  proto.set_greeting(number.greeting);
  proto.set_room_digits_min(number.room_digits_min);
  proto.set_pin_digits(number.pin_digits);
  return proto;
}

absl::StatusOr<AccessNumber> FromProto(const v1::AccessNumber& proto) {
  const std::optional<PhoneNumber> e164 = PhoneNumber::FromE164(proto.number());
  if (!e164) return Invalid("access_number.number", "must be E.164 with \"+\"");
  AccessNumber number{.number = *e164};
  number.language = service::FromProto(proto.language()).value_or(Language::kPolish);
  RETURN_IF_ERROR(
      OursOf(kTariffs, "access_number.tariff_kind", proto.tariff_kind(), number.tariff));
  RETURN_IF_ERROR(OursOf(kEntries, "access_number.entry_mode", proto.entry_mode(), number.entry));
  number.country = proto.country();
  number.tenant = proto.tenant_id();
  number.greeting = proto.greeting();
  RETURN_IF_ERROR(
      ReadNumber("access_number.room_digits_min", proto.room_digits_min(), number.room_digits_min));
  RETURN_IF_ERROR(ReadNumber("access_number.pin_digits", proto.pin_digits(), number.pin_digits));
  return number;
}

v1::User ToProto(const User& user) {
  v1::User proto;
  proto.set_user_name(user.name);
  proto.set_tenant_id(user.tenant_id);
  proto.set_role(ProtoOf(kRoles, user.role));
  return proto;
}

absl::StatusOr<User> FromProto(const v1::User& proto) {
  User user{
      .name = proto.user_name(), .tenant_id = proto.tenant_id(), .role = {}, .created_at = {}};
  if (proto.role() == v1::USER_ROLE_UNSPECIFIED) return Invalid("user.role", "is missing");
  RETURN_IF_ERROR(OursOf(kRoles, "user.role", proto.role(), user.role));
  return user;
}

absl::Status MergeByMask(const google::protobuf::FieldMask& mask,
                         const std::vector<std::string>& changeable,
                         const google::protobuf::Message& source,
                         google::protobuf::Message& target) {
  using google::protobuf::util::FieldMaskUtil;
  if (mask.paths().empty()) return Invalid("update_mask", "must name what is to be changed");
  for (const std::string& path : mask.paths()) {
    const bool is_known = FieldMaskUtil::GetFieldDescriptors(source.GetDescriptor(), path, nullptr);
    const bool may_change =
        std::any_of(changeable.begin(), changeable.end(), [&](const std::string& whole) {
          return path == whole || absl::StartsWith(path, absl::StrCat(whole, "."));
        });
    if (!is_known || !may_change) {
      return Invalid("update_mask", absl::StrCat("names ", path, ", which cannot be changed"));
    }
  }
  // What is named is replaced, lists and maps too, and what is unset in the source is cleared.
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(source, mask, options, &target);
  return absl::OkStatus();
}

}  // namespace narada::control::service
