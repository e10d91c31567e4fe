// What can be done to a running conference, and by whom: a key on the phone, a button of the console and
// a gRPC call make the same Command, and ConferenceActor::Command (control/calls) takes it, with the same
// rights and the same effect.
//
//   conference->Command({.capacity = Capacity::kModerator, .tenant_id = "acme", .name = "ola",
//                        .channel = Channel::kConsole},
//                       MuteAll{.is_muted = true},
//                       [](absl::StatusOr<CommandResult> result) { ... });

#ifndef NARADA_CONTROL_MODERATION_COMMAND_H_
#define NARADA_CONTROL_MODERATION_COMMAND_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "control/model/conference.h"
#include "control/model/language.h"
#include "control/model/leg_settings.h"
#include "control/model/phone_number.h"
#include "control/model/phrase.h"

namespace narada::control::moderation {

// ---- Who --------------------------------------------------------------------------------------

enum class Capacity {
  kParticipant,  // May do what concerns oneself alone.
  kModerator,    // Steers the conferences of a tenant, or one of them.
  kOperator,     // Everything.
};
enum class Channel { kPhone, kConsole, kGrpc };

struct Actor {
  Capacity capacity = Capacity::kParticipant;
  std::string tenant_id;  // A moderator's.
  // The one conference that a moderator steers who came by its moderator PIN. Empty: all of the tenant.
  std::string conference_id;
  // Who acts by phone: the participant, whose role in the conference counts and not `capacity`.
  std::string call_id;
  std::string name;  // For the audit log: the user, or the participant's number, masked.
  Channel channel = Channel::kGrpc;
};

// ---- What -------------------------------------------------------------------------------------

// Those that are set are changed.
struct UpdateParticipant {
  std::string call_id;
  std::optional<bool> is_muted;
  std::optional<bool> is_deaf;
  std::optional<bool> is_held;
  std::optional<double> gain_db;       // -40 to +20.
  std::optional<bool> is_hand_raised;  // A participant may raise and lower the own one.
  std::optional<Role> role;
  std::optional<std::string> group_id;  // Of the conference's groups; "": the whole room.
};
// The acting participant's own key.
struct MuteSelf {
  bool is_muted = false;
};
// All but the moderators, and who comes later.
struct MuteAll {
  bool is_muted = false;
};
struct Disconnect {
  std::string call_id;
};
// Those that are set are changed.
struct UpdateConference {
  std::optional<bool> is_locked;
  std::optional<bool> is_lecture;
  std::optional<int> participants_max;  // At least 1.
  std::optional<std::vector<Group>> groups;
};
// The other way round than it is: what a key can say.
struct Toggle {
  enum class What { kLock, kLecture, kMuteAll, kRecording, kHand };
  What what = What::kLock;
};
// The person called enters after pressing 1. CommandResult names the new participant.
struct CallOut {
  std::string request_id;  // Not empty: repeating it calls once.
  PhoneNumber number;
  std::string name;  // Shown in the list.
  Role role = Role::kParticipant;
  std::optional<Language> language;  // Nothing: the conference's.
  int retries = 0;                   // After busy or no answer, 0 to 5.
};
// Also takes a failed one from the list.
struct CancelCallOut {
  std::string call_id;
};
struct ControlRecording {
  enum class What { kStart, kPause, kResume, kStop };
  What what = What::kStart;
};
struct PlayAnnouncement {
  std::string announcement;  // One of AnnouncementNames(), or of the conference's own.
  std::string call_id;       // Empty: to all.
};
// Puts an SMS for each number into the outbox. CommandResult names the messages.
struct SendInvitations {
  std::string request_id;  // Not empty: repeating it sends once.
  std::vector<PhoneNumber> numbers;
  std::optional<Language> language;  // Nothing: the conference's.
};
// Tells a participant who is in.
struct RollCall {
  std::string call_id;  // Empty: the acting one.
};
// Says goodbye and disconnects everybody.
struct EndConference {};

using Command = std::variant<UpdateParticipant, MuteSelf, MuteAll, Disconnect, UpdateConference,
                             Toggle, CallOut, CancelCallOut, ControlRecording, PlayAnnouncement,
                             SendInvitations, RollCall, EndConference>;

struct CommandResult {
  std::string call_id;                   // Of CallOut.
  std::vector<std::string> message_ids;  // Of SendInvitations.
};

// "mute_all", and what it was about, for the audit log: no number in clear, no PIN.
std::string CommandName(const Command& command);
std::string CommandDetail(const Command& command);

// What PlayAnnouncement can play: keys of the catalogue that begin with "announce_", without it.
std::vector<std::string> AnnouncementNames();
std::optional<PromptKey> AnnouncementFromName(absl::string_view name);

}  // namespace narada::control::moderation

#endif  // NARADA_CONTROL_MODERATION_COMMAND_H_
