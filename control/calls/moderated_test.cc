// Moderated conferences: keys, roles, calling out, recording, waiting, and how all of it outlives control.

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/calls/call_world.h"
#include "control/moderation/command.h"
#include "control/moderation/moderation.h"
#include "control/storage/audit_table.h"
#include "control/storage/conference_recording_table.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

using moderation::ControlRecording;
using reservations::MadeReservation;

constexpr char kAnna[] = "+48601000001";
constexpr char kBogdan[] = "+48601000002";
constexpr char kCelina[] = "+48601000003";

const moderation::Actor kOperator = {.capacity = moderation::Capacity::kOperator, .name = "root"};

// A world in which "+48" may be called out; Anna, whom the operator made moderator, and Bogdan are in.
class Moderated : public testing::Test {
 protected:
  Moderated() {
    world_.settings.call_out_prefixes = {"+48"};
    world_.settings.call_outs_max = 2;
    world_.settings.recording_tone = absl::Seconds(30);
    Restart({});
    made_.emplace(world_.Reserve());
    anna_.emplace(world_.Join(kAnna, *made_));
    bogdan_.emplace(world_.Join(kBogdan, *made_));
    EXPECT_EQ(
        Do(moderation::UpdateParticipant{.call_id = Id(0), .role = Role::kModerator}).status(),
        absl::OkStatus());
    HearOut();
  }

  void Restart(const std::vector<std::string>& calls) {
    world_.RestartControl();
    world_.ConnectMixer();
    world_.ConnectGateway(calls);
  }

  absl::StatusOr<moderation::CommandResult> Do(moderation::Command command,
                                               const moderation::Actor& actor = kOperator) {
    std::optional<absl::StatusOr<moderation::CommandResult>> result;
    world_.conference()->Command(actor, std::move(command),
                                 [&](const auto& answer) { result = answer; });
    world_.Settle();
    return result.value_or(absl::UnknownError("not answered"));
  }

  storage::ConferenceRecordingRow RecordingRow(const std::string& id) {
    const auto row = world_.database().database().Query<storage::ConferenceRecordingRow>(
        [&](storage::Transaction& transaction) -> absl::StatusOr<storage::ConferenceRecordingRow> {
          const auto found = storage::FindConferenceRecording(transaction, id);
          if (!found) return absl::NotFoundError("no row");
          return *found;
        });
    EXPECT_TRUE(row.ok()) << row.status();
    return row.value_or(storage::ConferenceRecordingRow());
  }

  std::string Id(size_t place) { return world_.Snapshot().participants.at(place).call_id; }
  Participant Who(size_t place) { return world_.Snapshot().participants.at(place); }
  LegSettings Leg(const TestPhone& phone) { return world_.mixer().leg(phone.leg_id()).settings; }
  void HearOut() {
    anna_->HearsOut();
    bogdan_->HearsOut();
  }
  bool Hears(TestPhone& phone, const char* words) {
    return absl::StrContains(phone.HearsOut(), words);
  }

  // The only call that was dialled last, by the gateway's name for it.
  std::optional<Dial> Dialled(const std::string& gateway_call_id) {
    return world_.gateway().Last<Dial>(gateway_call_id);
  }
  std::string CallOut(const std::string& request = "r-1", int retries = 0) {
    const auto called = Do(moderation::CallOut{.request_id = request,
                                               .number = *PhoneNumber::FromE164(kCelina),
                                               .name = "Celina",
                                               .retries = retries});
    EXPECT_TRUE(called.ok()) << called.status();
    return called.ok() ? called->call_id : "";
  }
  static std::string AttemptOf(const std::string& call_id, int attempt = 1) {
    return absl::StrCat("out-", call_id, "-", attempt);
  }
  TestPhone Answered(const std::string& call_id) {
    TestPhone phone(world_, AttemptOf(call_id));
    phone.Reports(MediaAnswered{.sdp_answer = CallWorld::kSdp, .signaling_address = "192.0.2.9"});
    return phone;
  }

  CallWorld world_;
  std::optional<MadeReservation> made_;
  std::optional<TestPhone> anna_, bogdan_;
};

// ---- By phone -----------------------------------------------------------------------------------

TEST_F(Moderated, ModeratorsKeysDoWhatTheCommandsDo) {
  anna_->Press("*7");
  EXPECT_TRUE(world_.Snapshot().is_locked);
  EXPECT_TRUE(Hears(*bogdan_, "pl locked"));
  anna_->Press("*7");
  EXPECT_FALSE(world_.Snapshot().is_locked);
  anna_->Press("*8");
  EXPECT_TRUE(Leg(*bogdan_).is_muted);
  EXPECT_FALSE(Leg(*anna_).is_muted);
  EXPECT_TRUE(Hears(*anna_, "pl all_muted"));
  anna_->Press("*1");
  EXPECT_TRUE(world_.mixer().rooms().at(anna_->room_id()).settings.is_lecture);
  anna_->HearsOut();
  anna_->Press("*91");
  EXPECT_TRUE(Hears(*anna_,
                    "pl participants(2), pl roll_call_number(48601000001), "
                    "pl roll_call_number(48601000002)"));
  anna_->Press("*99");
  EXPECT_TRUE(Hears(*bogdan_, "pl conference_ended"));
  EXPECT_TRUE(bogdan_->IsHungUp());
}

TEST_F(Moderated, ParticipantsKeysDoNothingThatIsAModerators) {
  for (const char* keys : {"*7", "*8", "*1", "*2", "*91", "*99"}) {
    bogdan_->Press(keys);
    EXPECT_TRUE(Hears(*bogdan_, "pl moderators_only")) << keys;
  }
  const Conference conference = world_.Snapshot();
  EXPECT_FALSE(conference.is_locked);
  EXPECT_FALSE(conference.is_lecture);
  EXPECT_EQ(conference.recording, RecordingState());
  EXPECT_EQ(conference.participants.size(), 2u);
  EXPECT_FALSE(Leg(*anna_).is_muted);
}

TEST_F(Moderated, HandIsRaisedByKeyAndTheModeratorHearsOfIt) {
  bogdan_->Press("*5");
  EXPECT_TRUE(Who(1).hand_raised_at.has_value());
  EXPECT_TRUE(Hears(*bogdan_, "pl hand_raised"));
  EXPECT_TRUE(Hears(*anna_, "pl someone_raised_hand"));
  bogdan_->Press("*5");
  EXPECT_FALSE(Who(1).hand_raised_at.has_value());
}

TEST_F(Moderated, ModeratorCallsSomebodyByPhone) {
  anna_->Press("*92");
  EXPECT_TRUE(Hears(*anna_, "pl enter_call_out"));
  anna_->Press("601000003#");
  const auto dial = Dialled(AttemptOf(Id(2)));
  ASSERT_TRUE(dial.has_value());
  EXPECT_EQ(dial->called.e164(), kCelina);
  EXPECT_TRUE(Hears(*anna_, "pl call_out_started"));
  anna_->Press("*92");
  anna_->Press("004930123456#");
  EXPECT_TRUE(Hears(*anna_, "pl call_out_barred"));
}

// ---- What the mixer does ------------------------------------------------------------------------

TEST_F(Moderated, DeafHoldGainAndGroupReachTheLeg) {
  ASSERT_TRUE(
      Do(moderation::UpdateConference{.groups = std::vector<Group>{{"side", {"side"}}}}).ok());
  ASSERT_TRUE(
      Do(moderation::UpdateParticipant{
             .call_id = Id(1), .is_deaf = true, .is_held = true, .gain_db = 6, .group_id = "side"})
          .ok());
  EXPECT_EQ(Leg(*bogdan_),
            (LegSettings{.is_deaf = true, .is_held = true, .gain_db = 6, .group_id = "side"}));
  EXPECT_TRUE(Hears(*bogdan_, "pl held, loop music_on_hold"));
  ASSERT_TRUE(Do(moderation::UpdateParticipant{.call_id = Id(1), .is_held = false}).ok());
  EXPECT_TRUE(Hears(*bogdan_, "pl resumed"));
  EXPECT_FALSE(world_.mixer().leg(bogdan_->leg_id()).playing.has_value());
}

TEST_F(Moderated, WhoCannotBeMutedDoesNotComeIntoAMutedRoom) {
  ASSERT_TRUE(Do(moderation::MuteAll{true}).ok());
  TestPhone celina = world_.Join(kCelina, *made_);
  EXPECT_TRUE(Leg(celina).is_muted);
  EXPECT_TRUE(Hears(celina, "pl muted"));
  world_.mixer().FailTimes(2, "UpdateLeg", absl::UnavailableError("not heard"));
  TestPhone dora = world_.Join("+48601000004", *made_);
  EXPECT_NE(dora.room_id(), anna_->room_id());
}

// ---- Recording ----------------------------------------------------------------------------------

TEST_F(Moderated, RecordingIsToldToAllAndToWhoComesLaterBeforeTheyAreHeard) {
  ASSERT_TRUE(Do(ControlRecording{ControlRecording::What::kStart}).ok());
  EXPECT_TRUE(Hears(*anna_, "pl recording_started"));
  EXPECT_TRUE(Hears(*bogdan_, "pl recording_started"));
  ASSERT_EQ(world_.mixer().recordings().size(), 1u);
  const auto& recording = world_.mixer().recordings().begin()->second;
  EXPECT_EQ(recording.what.room_id, anna_->room_id());

  TestPhone celina = world_.Join(kCelina, *made_);
  EXPECT_TRUE(Leg(celina).is_muted) << "not heard before the notice";
  EXPECT_TRUE(Hears(celina, "pl recording_runs"));
  EXPECT_FALSE(Leg(celina).is_muted);

  ASSERT_TRUE(Do(ControlRecording{ControlRecording::What::kPause}).ok());
  EXPECT_TRUE(recording.is_paused);
  EXPECT_TRUE(Hears(*bogdan_, "pl recording_paused"));
  ASSERT_TRUE(Do(ControlRecording{ControlRecording::What::kResume}).ok());
  world_.Advance(absl::Seconds(31));
  EXPECT_EQ(world_.SoundsIn(anna_->room_id()).back(), "recording_tone");
  ASSERT_TRUE(Do(ControlRecording{ControlRecording::What::kStop}).ok());
  EXPECT_TRUE(recording.is_stopped);
  EXPECT_TRUE(Hears(*bogdan_, "pl recording_stopped"));
}

TEST_F(Moderated, RecordingHasARowWithTheVoicesInIt) {
  anna_->Press("*2");
  const std::string id = world_.Snapshot().recording.id;
  world_.Join(kCelina, *made_);
  anna_->Press("*2");
  const storage::ConferenceRecordingRow row = RecordingRow(id);
  ASSERT_TRUE(row.ended_at.has_value());
  EXPECT_EQ(row.expires_at, *row.ended_at + absl::Hours(24 * 30));
  EXPECT_EQ(row.tracks.size(), 4u);
  const mixers::FakeMixer::FakeRecording& recording = world_.mixer().recordings().at(id);
  for (const auto& track : row.tracks) {
    EXPECT_EQ(track.size_bytes, std::ssize(recording.tracks.at(track.id))) << track.id;
  }
}

TEST_F(Moderated, RecordingThatTheMixerRefusesIsToldToWhoAskedAndToNobodyElse) {
  world_.mixer().FailNext(
      "StartRecording", ErrorWithReason(absl::StatusCode::kResourceExhausted, "DISK_FULL", "full"));
  EXPECT_EQ(ReasonOf(Do(ControlRecording{ControlRecording::What::kStart}).status()), "DISK_FULL");
  EXPECT_EQ(world_.Snapshot().recording, RecordingState());
  EXPECT_FALSE(Hears(*bogdan_, "recording"));
  EXPECT_TRUE(Do(ControlRecording{ControlRecording::What::kStart}).ok());
}

TEST_F(Moderated, RecordingEndsWithTheConference) {
  anna_->Press("*2");
  anna_->HangUp();
  bogdan_->HangUp();
  const auto& [id, recording] = *world_.mixer().recordings().begin();
  EXPECT_TRUE(recording.is_stopped);
  EXPECT_TRUE(world_.mixer().rooms().empty());
  EXPECT_GT(RecordingRow(id).size_bytes(), 0);
}

// ---- Calling out --------------------------------------------------------------------------------

TEST_F(Moderated, CalledPersonHearsWhoInvitesAndEntersAfterPressing1) {
  const std::string id = CallOut();
  const auto dial = Dialled(AttemptOf(id));
  ASSERT_TRUE(dial.has_value());
  EXPECT_EQ(dial->called.e164(), kCelina);
  EXPECT_EQ(dial->calling->e164(), "+48608608608");
  EXPECT_EQ(Who(2).state, ParticipantState::kDialling);
  EXPECT_EQ(Who(2).name, "Celina");
  TestPhone celina(world_, AttemptOf(id));
  celina.Reports(CallProgressed{});
  EXPECT_EQ(Who(2).state, ParticipantState::kRinging);
  celina = Answered(id);
  EXPECT_EQ(Who(2).state, ParticipantState::kConfirming);
  EXPECT_NE(celina.room_id(), anna_->room_id());
  EXPECT_EQ(celina.Hears(), "pl call_out_invitation(601000001), pl call_out_confirm");
  celina.Press("1");
  EXPECT_EQ(celina.room_id(), anna_->room_id());
  EXPECT_EQ(Who(2).state, ParticipantState::kJoined);
  EXPECT_EQ(Who(2).name, "Celina");
  EXPECT_EQ(world_.Snapshot().participants.size(), 3u);
  celina.HangUp();
  EXPECT_EQ(world_.Snapshot().participants.size(), 2u);
}

TEST_F(Moderated, AnsweringMachineNeverGetsIn) {
  TestPhone machine = Answered(CallOut());
  for (int i = 0; i < 20 && !machine.leg_id().empty(); ++i) {
    machine.HearsOut();
    EXPECT_NE(machine.room_id(), anna_->room_id());
    world_.Advance(absl::Seconds(7));
  }
  EXPECT_TRUE(machine.IsHungUp());
  EXPECT_EQ(Who(2).state, ParticipantState::kFailed);
  EXPECT_EQ(Who(2).failure, "not confirmed");
  EXPECT_TRUE(Hears(*anna_, "pl call_out_failed"));
  world_.Advance(absl::Seconds(61));
  EXPECT_EQ(world_.Snapshot().participants.size(), 2u) << "it is not shown for ever";
}

TEST_F(Moderated, WhoDeclinesIsLetGo) {
  TestPhone celina = Answered(CallOut());
  celina.Press("2");
  EXPECT_TRUE(Hears(celina, "pl goodbye"));
  EXPECT_TRUE(celina.IsHungUp());
  EXPECT_EQ(Who(2).state, ParticipantState::kFailed);
}

TEST_F(Moderated, SameRequestCallsOnce) {
  const std::string id = CallOut("r-1");
  EXPECT_EQ(CallOut("r-1"), id);
  EXPECT_EQ(world_.Snapshot().participants.size(), 3u);
  EXPECT_NE(CallOut("r-2"), id);
}

TEST_F(Moderated, BusyNumberIsTriedAgainAsOftenAsAsked) {
  const std::string id = CallOut("r-1", /*retries=*/1);
  TestPhone(world_, AttemptOf(id, 1)).Reports(CallFailed{CallEnd::kBusy});
  EXPECT_EQ(Who(2).state, ParticipantState::kDialling);
  EXPECT_EQ(Who(2).failure, "busy");
  world_.Advance(absl::Seconds(31));
  ASSERT_TRUE(Dialled(AttemptOf(id, 2)).has_value());
  TestPhone(world_, AttemptOf(id, 2)).Reports(CallFailed{CallEnd::kNoAnswer});
  EXPECT_EQ(Who(2).state, ParticipantState::kFailed);
  EXPECT_EQ(Who(2).failure, "no answer");
  world_.Advance(absl::Seconds(31));
  EXPECT_FALSE(Dialled(AttemptOf(id, 3)).has_value());
}

TEST_F(Moderated, RejectedNumberIsNotTriedAgain) {
  const std::string id = CallOut("r-1", /*retries=*/3);
  TestPhone(world_, AttemptOf(id, 1)).Reports(CallFailed{CallEnd::kNumberUnknown});
  EXPECT_EQ(Who(2).state, ParticipantState::kFailed);
}

TEST_F(Moderated, CancelledCallIsTakenBack) {
  const std::string id = CallOut();
  ASSERT_TRUE(Do(moderation::CancelCallOut{id}).ok());
  EXPECT_TRUE(world_.gateway().Last<Hangup>(AttemptOf(id)).has_value() ||
              world_.gateway().Last<CancelDial>(AttemptOf(id)).has_value());
  EXPECT_EQ(world_.Snapshot().participants.size(), 2u);
  EXPECT_EQ(ReasonOf(Do(moderation::CancelCallOut{id}).status()), "PARTICIPANT_UNKNOWN");
}

// V21: no more calls at once than allowed, and none to where it is not allowed.
TEST_F(Moderated, NoMoreCallsAtOnceThanAllowed) {
  CallOut("r-1");
  CallOut("r-2");
  const auto third =
      Do(moderation::CallOut{.request_id = "r-3", .number = *PhoneNumber::FromE164(kCelina)});
  EXPECT_EQ(ReasonOf(third.status()), "CALL_OUT_LIMIT");
  EXPECT_TRUE(RetryAfterOf(third.status()).has_value());
  EXPECT_EQ(world_.Snapshot().participants.size(), 4u);
}

TEST_F(Moderated, LockedRoomLetsInWhomTheModeratorCalled) {
  ASSERT_TRUE(Do(moderation::UpdateConference{.is_locked = true}).ok());
  TestPhone celina = Answered(CallOut());
  celina.Press("1");
  EXPECT_EQ(celina.room_id(), anna_->room_id());
}

TEST_F(Moderated, LastToLeaveTakesTheCallsBack) {
  const std::string id = CallOut();
  anna_->HangUp();
  bogdan_->HangUp();
  EXPECT_TRUE(world_.switchboard().conferences().empty());
  EXPECT_TRUE(world_.mixer().legs().empty());
  EXPECT_EQ(world_.switchboard().call_count(), 0);
}

// ---- Invitations and the audit log --------------------------------------------------------------

TEST_F(Moderated, InvitationsGoToTheOutboxWithTheRoomsTerms) {
  const auto sent = Do(moderation::SendInvitations{.request_id = "i-1",
                                                   .numbers = {*PhoneNumber::FromE164(kCelina)}});
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->message_ids.size(), 1u);
  EXPECT_EQ(world_.invitations.at(0).terms.room, made_->record.room);
}

TEST_F(Moderated, EveryCommandIsInTheAuditLogObeyedOrNot) {
  bogdan_->Press("*7");
  EXPECT_TRUE(Do(moderation::MuteAll{true}).ok());
  EXPECT_FALSE(
      Do(moderation::CallOut{.request_id = "r", .number = *PhoneNumber::FromE164("+4930123456")})
          .ok());
  const auto rows = world_.database().database().Query<std::vector<storage::AuditRow>>(
      [](storage::Transaction& transaction) {
        return absl::StatusOr<std::vector<storage::AuditRow>>(
            storage::ListAudit(transaction, std::nullopt, std::nullopt, std::nullopt, 10));
      });
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<std::string> texts;
  for (const storage::AuditRow& row : *rows) {
    texts.push_back(absl::StrCat(row.channel, " ", row.capacity, " ", row.actor, ": ", row.command,
                                 " ", row.detail, " ", row.outcome));
  }
  std::sort(texts.begin(), texts.end());
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_EQ(texts[0],
            "grpc operator root: call_out +49*****456 role=participant DESTINATION_BARRED");
  EXPECT_EQ(texts[1], "grpc operator root: mute_all yes OK");
  EXPECT_TRUE(absl::StrContains(texts[2], "update_participant"));
  EXPECT_EQ(texts[3], "phone participant +48******002: toggle lock NOT_MODERATOR");
}

// ---- kill -9 ------------------------------------------------------------------------------------

TEST_F(Moderated, AllThatWasSetIsFoundAgainAfterControlDied) {
  ASSERT_TRUE(Do(moderation::UpdateConference{
                     .is_locked = true,
                     .is_lecture = true,
                     .participants_max = 10,
                     .groups = std::vector<Group>{{"side", {"side", ""}}, {"b", {}}}})
                  .ok());
  ASSERT_TRUE(Do(moderation::UpdateParticipant{.call_id = Id(1),
                                               .is_muted = true,
                                               .is_deaf = true,
                                               .is_held = true,
                                               .gain_db = -3.5,
                                               .role = Role::kPresenter,
                                               .group_id = "side"})
                  .ok());
  anna_->Press("*6");
  anna_->Press("*5");
  ASSERT_TRUE(Do(ControlRecording{ControlRecording::What::kStart}).ok());
  world_.Advance(absl::Seconds(10));
  Conference before = world_.Snapshot();
  Restart({anna_->call_id(), bogdan_->call_id()});
  Conference after = world_.Snapshot();
  for (Conference* conference : {&before, &after}) {
    std::sort(conference->participants.begin(), conference->participants.end(),
              [](const Participant& a, const Participant& b) { return a.call_id < b.call_id; });
  }
  EXPECT_EQ(after, before);
  EXPECT_EQ(Leg(*bogdan_), (LegSettings{.is_muted = true,
                                        .is_deaf = true,
                                        .is_held = true,
                                        .is_presenter = true,
                                        .gain_db = -3.5,
                                        .group_id = "side"}));
  anna_->Press("*7");
  EXPECT_FALSE(world_.Snapshot().is_locked) << "the moderator is one still";
  anna_->Press("*2");
  EXPECT_TRUE(world_.mixer().recordings().begin()->second.is_stopped);
}

TEST_F(Moderated, WhoWasBeingCalledWhenControlDiedIsLetGo) {
  TestPhone celina = Answered(CallOut());
  Restart({anna_->call_id(), bogdan_->call_id(), celina.call_id()});
  world_.Advance(absl::Seconds(10));
  EXPECT_TRUE(celina.IsHungUp());
  EXPECT_EQ(world_.Snapshot().participants.size(), 2u);
}

TEST_F(Moderated, NothingIsKeptOfAConferenceThatIsOver) {
  anna_->HangUp();
  bogdan_->HangUp();
  TestPhone again = world_.Join(kAnna, *made_);
  EXPECT_EQ(Who(0).role, Role::kParticipant);
  EXPECT_FALSE(world_.Snapshot().is_locked);
}

}  // namespace
}  // namespace narada::control::calls
