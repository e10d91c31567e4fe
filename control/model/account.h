// Companies that hold moderated conferences, their rooms and their people: values, without I/O.
// Numbers that people dial are in access_number.h, what a conference is held under in
// conference_terms.h.

#ifndef NARADA_CONTROL_MODEL_ACCOUNT_H_
#define NARADA_CONTROL_MODEL_ACCOUNT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/language.h"
#include "control/model/room_number.h"

namespace narada::control {

// What a tenant may do at the most.
struct TenantLimits {
  int participants_max = 0;  // In one conference; 0: the service's limit.
  bool is_recording_allowed = false;
  std::vector<std::string> call_out_prefixes;  // E.164, such as "+48"; empty: nobody is called.
  int call_outs_max = 0;                       // At the same time.
  int sms_per_day_max = 0;
  bool operator==(const TenantLimits&) const = default;
};

// A company. The tenant "" is nobody's: the on-demand service.
struct Tenant {
  std::string id;  // [a-z0-9-]{1,64}, given by who makes it or drawn.
  std::string display_name;
  std::vector<Language> languages = {Language::kPolish, Language::kEnglish};  // First: default.
  TenantLimits limits;
  std::string prompt_set;  // Folder of own recordings; empty: the service's.
  std::map<Language, std::string> sms_templates;
  absl::Time created_at;
  bool operator==(const Tenant&) const = default;
};

// What a tenant can set about a room.
struct PermanentRoomSettings {
  std::string display_name;
  int participants_max = 0;  // 0: the tenant's limit.
  bool waits_for_moderator = false;
  bool ends_without_moderator = false;
  bool is_announced_by_name = false;
  bool is_lecture = false;
  bool operator==(const PermanentRoomSettings&) const = default;
};

// A room that is always there. Its two PINs are kept apart from it (control/accounts).
struct PermanentRoom {
  std::string id;  // "room-" and 32 hex digits, so that it is never a reservation's.
  std::string tenant_id;
  RoomNumber room;
  PermanentRoomSettings settings;
  absl::Time created_at;
  bool operator==(const PermanentRoom&) const = default;
};

// True for the id of a permanent room, false for a reservation's.
bool IsPermanentRoomId(const std::string& id);

// What somebody who logs in may do. A participant of a conference has a Role (conference.h) instead.
enum class UserRole {
  kModerator,      // Of one tenant: its conferences.
  kTenantManager,  // Of one tenant: its settings as well.
  kOperator,       // Of the whole service.
};

struct User {
  std::string name;       // For logging in: [a-z0-9._@-]{1,64}.
  std::string tenant_id;  // Empty for operators only.
  UserRole role = UserRole::kModerator;
  absl::Time created_at;
  bool operator==(const User&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_ACCOUNT_H_
