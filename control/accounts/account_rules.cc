#include "control/accounts/account_rules.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "control/accounts/password_hasher.h"
#include "control/prompts/invitation.h"

namespace narada::control::accounts {
namespace {

constexpr size_t kNameMax = 64;
constexpr size_t kDisplayNameMax = 128;
constexpr size_t kPrefixesMax = 100;
constexpr int kRoomDigitsMin = 4;
constexpr int kCallOutsMax = 10'000;
constexpr int kSmsPerDayMax = 1'000'000;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return InvalidField(field, "FIELD_INVALID", absl::StrCat(field, " ", why));
}

bool IsMadeOf(absl::string_view text, absl::string_view also, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::all_of(text.begin(), text.end(), [also](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                  also.find(c) != absl::string_view::npos;
         });
}

// Shown in pages and logs of others: no line breaks or other control characters.
absl::Status CheckDisplayName(absl::string_view field, absl::string_view name) {
  if (name.size() > kDisplayNameMax) return Invalid(field, "has at most 128 bytes");
  if (std::any_of(name.begin(), name.end(), [](char c) { return absl::ascii_iscntrl(c); })) {
    return Invalid(field, "must not contain control characters");
  }
  return absl::OkStatus();
}

absl::Status CheckRange(absl::string_view field, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return Invalid(field, absl::StrCat("must be ", low, " to ", high));
}

bool IsE164Prefix(absl::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

absl::Status CheckTenant(const Tenant& tenant) {
  if (!IsMadeOf(tenant.id, "-", kNameMax)) {
    return Invalid("tenant.tenant_id", "must be [a-z0-9-]{1,64}");
  }
  RETURN_IF_ERROR(CheckDisplayName("tenant.display_name", tenant.display_name));
  if (tenant.languages.empty()) return Invalid("tenant.languages", "needs at least one");
  for (auto language = tenant.languages.begin(); language != tenant.languages.end(); ++language) {
    if (std::find(tenant.languages.begin(), language, *language) != language) {
      return Invalid("tenant.languages", "has a language twice");
    }
  }
  const TenantLimits& limits = tenant.limits;
  RETURN_IF_ERROR(
      CheckRange("tenant.limits.participants_max", limits.participants_max, 0, kParticipantsMax));
  RETURN_IF_ERROR(CheckRange("tenant.limits.call_outs_max", limits.call_outs_max, 0, kCallOutsMax));
  RETURN_IF_ERROR(
      CheckRange("tenant.limits.sms_per_day_max", limits.sms_per_day_max, 0, kSmsPerDayMax));
  if (limits.call_out_prefixes.size() > kPrefixesMax ||
      !std::all_of(limits.call_out_prefixes.begin(), limits.call_out_prefixes.end(),
                   [](const std::string& prefix) { return IsE164Prefix(prefix); })) {
    return Invalid("tenant.limits.call_out_prefixes", "must be E.164 prefixes, such as \"+48\"");
  }
  if (!tenant.prompt_set.empty() && !IsMadeOf(tenant.prompt_set, "-_", kNameMax)) {
    return Invalid("tenant.prompt_set", "must be a folder's name, [a-z0-9_-]{1,64}");
  }
  for (const auto& [language, text] : tenant.sms_templates) {
    const auto invitation = prompts::InvitationTemplate::Make(text);
    if (!invitation.ok()) {
      return Invalid(absl::StrCat("tenant.sms_templates[", LanguageTag(language), "]"),
                     invitation.status().message());
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRoomSettings(const PermanentRoomSettings& settings) {
  RETURN_IF_ERROR(CheckDisplayName("permanent_room.display_name", settings.display_name));
  return CheckRange("permanent_room.participants_max", settings.participants_max, 0,
                    kParticipantsMax);
}

absl::Status CheckRoomNumber(const RoomNumber& number) {
  return static_cast<int>(number.digits().size()) >= kRoomDigitsMin
             ? absl::OkStatus()
             : Invalid("permanent_room.room_number", "has 4 to 12 digits");
}

absl::Status CheckAccessNumber(const AccessNumber& number) {
  const bool is_country = number.country.empty() ||
                          (number.country.size() == 2 && absl::ascii_isupper(number.country[0]) &&
                           absl::ascii_isupper(number.country[1]));
  if (!is_country) {
    return Invalid("access_number.country", "must be two capital letters (ISO 3166)");
  }
  if (number.entry == EntryKind::kPin && number.tenant.empty()) {
    return Invalid("access_number.tenant_id",
                   "is needed where a PIN alone is asked for: reservations have a room number");
  }
  const bool is_greeting =
      absl::StartsWith(number.greeting, "greeting_") && IsMadeOf(number.greeting, "_", 32);
  if (!number.greeting.empty() && !is_greeting) {
    return Invalid(
        "access_number.greeting",
        "must be the name of a recording in the tenant's prompt set, greeting_[a-z0-9_]{1,23}");
  }
  if (number.room_digits_min != 0) {
    RETURN_IF_ERROR(CheckRange("access_number.room_digits_min", number.room_digits_min,
                               kRoomDigitsMin, static_cast<int>(RoomNumber::kDigitsMax)));
  }
  if (number.pin_digits == 0) return absl::OkStatus();
  return CheckRange("access_number.pin_digits", number.pin_digits, 4, 16);
}

absl::Status CheckUser(const User& user) {
  if (!IsMadeOf(user.name, "._@-", kNameMax)) {
    return Invalid("user.user_name", "must be [a-z0-9._@-]{1,64}");
  }
  const bool is_operator = user.role == UserRole::kOperator;
  if (is_operator && !user.tenant_id.empty()) {
    return Invalid("user.tenant_id", "must be empty: an operator is of no tenant");
  }
  if (!is_operator && user.tenant_id.empty()) return Invalid("user.tenant_id", "is missing");
  return absl::OkStatus();
}

absl::Status CheckPasswordRules(absl::string_view password) {
  if (password.size() < PasswordHasher::kPasswordMin ||
      password.size() > PasswordHasher::kPasswordMax) {
    return Invalid("user.password", "has 8 to 128 bytes");
  }
  return absl::OkStatus();
}

}  // namespace narada::control::accounts
