// Commands and comings as text, for tests:
//   EXPECT_EQ(Outcome(Meeting(), kUser, MuteAll{true}), "mute ben; mute cel");

#ifndef NARADA_CONTROL_MODERATION_MODERATION_SCRIPT_H_
#define NARADA_CONTROL_MODERATION_MODERATION_SCRIPT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/moderation/moderation.h"
#include "gtest/gtest.h"

namespace narada::control::moderation {

inline const absl::Time kNow = absl::FromUnixSeconds(1'770'000'000);
inline const Actor kOperator = {.capacity = Capacity::kOperator, .name = "root"};
inline const Actor kUser = {.capacity = Capacity::kModerator, .tenant_id = "acme", .name = "ola"};

inline ConferenceTerms AcmeTerms() {
  return {.kind = ConferenceTerms::Kind::kPermanentRoom,
          .id = "room-1",
          .room = *RoomNumber::Parse("12345"),
          .tenant_id = "acme",
          .call_out_prefixes = {"+48", "+49"},
          .call_outs_max = 2};
}

// "anna" moderates; "ben" and "cel" are participants.
inline Conference Meeting(ConferenceTerms terms = AcmeTerms()) {
  Conference conference = Begin("conf-1", terms, 500, "mixer:1", kNow);
  conference.participants = {{.call_id = "anna",
                              .role = Role::kModerator,
                              .number = PhoneNumber::FromE164("+48601000001")},
                             {.call_id = "ben", .number = PhoneNumber::FromE164("+48601000002")},
                             {.call_id = "cel"}};
  return conference;
}

inline Actor Phone(const std::string& call_id) {
  return {.call_id = call_id, .channel = Channel::kPhone};
}

// "tell anna,ben locked", "mute ben", "expel cel", ...
struct Describer {
  std::string operator()(const Announce& a) const {
    return absl::StrCat("tell ", absl::StrJoin(a.call_ids, ","), " ",
                        absl::StrJoin(a.phrases, " ", [](std::string* out, const Phrase& phrase) {
                          absl::StrAppend(out, PromptKeyName(phrase.key));
                          for (const PhraseArgument& argument : phrase.arguments) {
                            if (const auto* digits = std::get_if<Digits>(&argument)) {
                              absl::StrAppend(out, "(", digits->digits, ")");
                            }
                          }
                        }));
  }
  std::string operator()(const TellMute& a) const {
    return absl::StrCat(a.is_muted ? "mute " : "unmute ", a.call_id);
  }
  std::string operator()(const TellHold& a) const {
    return absl::StrCat(a.is_held ? "hold " : "resume ", a.call_id);
  }
  std::string operator()(const Sound& a) const { return std::string(PromptKeyName(a.key)); }
  std::string operator()(const Expel& a) const {
    return absl::StrCat(a.why == Expel::Why::kEnded ? "end " : "remove ", a.call_id);
  }
  std::string operator()(const Dial& a) const { return absl::StrCat("dial ", a.call_id); }
  std::string operator()(const CancelDial& a) const { return absl::StrCat("cancel ", a.call_id); }
  std::string operator()(const SwitchRecording& a) const {
    const char* words[] = {"start ", "pause ", "go on with ", "stop "};
    return absl::StrCat(words[static_cast<int>(a.what)], a.recording_id);
  }
  std::string operator()(const Invite& a) const {
    return absl::StrCat("invite ", a.invitations.numbers.size());
  }
  std::string operator()(const StartGrace&) const { return "grace"; }
};

inline std::string TextOf(const std::vector<Action>& actions) {
  return absl::StrJoin(actions, "; ", [](std::string* out, const Action& action) {
    absl::StrAppend(out, std::visit(Describer(), action));
  });
}

// The actions, or the reason of the refusal.
inline std::string Outcome(const Conference& conference, const Actor& actor,
                           const Command& command) {
  const absl::StatusOr<Step> step = Apply(conference, actor, command, "new", kNow);
  return step.ok() ? TextOf(step->actions) : ReasonOf(step.status());
}

inline Conference After(const Conference& conference, const Actor& actor, const Command& command) {
  absl::StatusOr<Step> step = Apply(conference, actor, command, "new", kNow);
  EXPECT_TRUE(step.ok()) << step.status();
  return step.ok() ? step->conference : conference;
}

}  // namespace narada::control::moderation

#endif  // NARADA_CONTROL_MODERATION_MODERATION_SCRIPT_H_
