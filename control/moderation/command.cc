#include "control/moderation/command.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace narada::control::moderation {
namespace {

constexpr absl::string_view kAnnouncementPrefix = "announce_";

struct Namer {
  std::string operator()(const UpdateParticipant&) const { return "update_participant"; }
  std::string operator()(const MuteSelf&) const { return "mute_self"; }
  std::string operator()(const MuteAll&) const { return "mute_all"; }
  std::string operator()(const Disconnect&) const { return "disconnect"; }
  std::string operator()(const UpdateConference&) const { return "update_conference"; }
  std::string operator()(const Toggle&) const { return "toggle"; }
  std::string operator()(const CallOut&) const { return "call_out"; }
  std::string operator()(const CancelCallOut&) const { return "cancel_call_out"; }
  std::string operator()(const ControlRecording&) const { return "control_recording"; }
  std::string operator()(const PlayAnnouncement&) const { return "play_announcement"; }
  std::string operator()(const SendInvitations&) const { return "send_invitations"; }
  std::string operator()(const RollCall&) const { return "roll_call"; }
  std::string operator()(const EndConference&) const { return "end_conference"; }
};

void AddFlag(std::vector<std::string>& parts, absl::string_view name, std::optional<bool> flag) {
  if (flag) parts.push_back(absl::StrCat(name, *flag ? "=yes" : "=no"));
}

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kParticipant:
      return "participant";
    case Role::kPresenter:
      return "presenter";
    case Role::kModerator:
      return "moderator";
  }
  return "";
}

struct Describer {
  std::string operator()(const UpdateParticipant& what) const {
    std::vector<std::string> parts = {what.call_id};
    AddFlag(parts, "muted", what.is_muted);
    AddFlag(parts, "deaf", what.is_deaf);
    AddFlag(parts, "held", what.is_held);
    AddFlag(parts, "hand", what.is_hand_raised);
    if (what.gain_db) parts.push_back(absl::StrCat("gain_db=", *what.gain_db));
    if (what.role) parts.push_back(absl::StrCat("role=", RoleName(*what.role)));
    if (what.group_id) parts.push_back(absl::StrCat("group=", *what.group_id));
    return absl::StrJoin(parts, " ");
  }
  std::string operator()(const MuteSelf& what) const { return what.is_muted ? "yes" : "no"; }
  std::string operator()(const MuteAll& what) const { return what.is_muted ? "yes" : "no"; }
  std::string operator()(const Disconnect& what) const { return what.call_id; }
  std::string operator()(const UpdateConference& what) const {
    std::vector<std::string> parts;
    AddFlag(parts, "locked", what.is_locked);
    AddFlag(parts, "lecture", what.is_lecture);
    if (what.participants_max) {
      parts.push_back(absl::StrCat("participants_max=", *what.participants_max));
    }
    if (what.groups) parts.push_back(absl::StrCat("groups=", what.groups->size()));
    return absl::StrJoin(parts, " ");
  }
  std::string operator()(const Toggle& what) const {
    switch (what.what) {
      case Toggle::What::kLock:
        return "lock";
      case Toggle::What::kLecture:
        return "lecture";
      case Toggle::What::kMuteAll:
        return "mute_all";
      case Toggle::What::kRecording:
        return "recording";
      case Toggle::What::kHand:
        return "hand";
    }
    return "";
  }
  std::string operator()(const CallOut& what) const {
    return absl::StrCat(what.number.Masked(), " role=", RoleName(what.role));
  }
  std::string operator()(const CancelCallOut& what) const { return what.call_id; }
  std::string operator()(const ControlRecording& what) const {
    switch (what.what) {
      case ControlRecording::What::kStart:
        return "start";
      case ControlRecording::What::kPause:
        return "pause";
      case ControlRecording::What::kResume:
        return "resume";
      case ControlRecording::What::kStop:
        return "stop";
    }
    return "";
  }
  std::string operator()(const PlayAnnouncement& what) const {
    return absl::StrCat(what.announcement, what.call_id.empty() ? "" : " to ", what.call_id);
  }
  std::string operator()(const SendInvitations& what) const {
    return absl::StrCat(what.numbers.size(), " numbers");
  }
  std::string operator()(const RollCall& what) const { return what.call_id; }
  std::string operator()(const EndConference&) const { return ""; }
};

}  // namespace

std::string CommandName(const Command& command) { return std::visit(Namer{}, command); }

std::string CommandDetail(const Command& command) { return std::visit(Describer{}, command); }

std::vector<std::string> AnnouncementNames() {
  std::vector<std::string> names;
  for (int i = 0; i < kPromptKeyCount; ++i) {
    absl::string_view name = PromptKeyName(static_cast<PromptKey>(i));
    if (!absl::StartsWith(name, kAnnouncementPrefix)) continue;
    names.emplace_back(name.substr(kAnnouncementPrefix.size()));
  }
  return names;
}

std::optional<PromptKey> AnnouncementFromName(absl::string_view name) {
  return PromptKeyFromName(absl::StrCat(kAnnouncementPrefix, name));
}

}  // namespace narada::control::moderation
