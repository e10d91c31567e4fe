// One replica of control beside another, which the test plays.

#include "control/calls/replicas.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"
#include "control/calls/call_world.h"
#include "control/moderation/command.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

const Peer kBert = {"bert", "bert:1"};

// Bert, as far as this replica can tell.
class FakeReplicas final : public Replicas {
 public:
  // A call that was given to Bert.
  class Way final : public CarriedCall {
   public:
    Way(std::variant<HandedCall, GatewayCall> call, CarryListener listener)
        : call(std::move(call)), listener(std::move(listener)) {}
    void Report(GatewayEvent event) override { events.push_back(std::move(event)); }
    void Close() override { is_closed = true; }

    const std::variant<HandedCall, GatewayCall> call;
    CarryListener listener;
    std::vector<GatewayEvent> events;
    bool is_closed = false;
  };

  void Claim(const std::string& conference_key, Done<std::optional<Peer>> done) override {
    if (led_by_bert) return done(std::optional<Peer>(kBert));
    claimed[conference_key] = true;
    done(std::optional<Peer>());
  }
  void IsLed(const std::string&, Done<bool> done) override { done(led_by_bert); }
  void Release(const std::string& conference_key, absl::AnyInvocable<bool()> is_unused) override {
    if (is_unused()) claimed.erase(conference_key);
  }
  void FindCall(const GatewayCall& call, Done<std::optional<Peer>> done) override {
    if (!is_reachable) return done(absl::UnavailableError("no answer"));
    done(bert_has.contains(call) ? std::optional<Peer>(kBert) : std::nullopt);
  }
  void Carry(const Peer&, std::variant<HandedCall, GatewayCall> call, CarryListener listener,
             Done<std::shared_ptr<CarriedCall>> done) override {
    if (!is_reachable) return done(absl::UnavailableError("no answer"));
    ways.push_back(std::make_shared<Way>(std::move(call), std::move(listener)));
    done(std::shared_ptr<CarriedCall>(ways.back()));
  }

  bool led_by_bert = false;
  bool is_reachable = true;
  std::set<GatewayCall> bert_has;
  std::map<std::string, bool> claimed;
  std::vector<std::shared_ptr<Way>> ways;
};

class ReplicasTest : public testing::Test {
 protected:
  ReplicasTest() {
    world_.replicas = &bert_;
    world_.RestartControl();
    world_.ConnectMixer();
    world_.ConnectGateway({});
  }
  ~ReplicasTest() override { world_.Settle(); }

  FakeReplicas bert_;
  CallWorld world_;
};

TEST_F(ReplicasTest, ConferenceIsClaimedByItsFirstCallerAndFreeAfterItsLast) {
  const auto made = world_.Reserve();
  TestPhone phone = world_.Join("+48601000001", made);
  EXPECT_EQ(world_.Snapshot().participants.size(), 1u);
  EXPECT_TRUE(bert_.claimed.contains(made.record.id));
  phone.HangUp();
  EXPECT_TRUE(bert_.claimed.empty());
  EXPECT_TRUE(bert_.ways.empty());
}

TEST_F(ReplicasTest, CallerOfAConferenceThatAnotherLeadsIsGivenToIt) {
  const auto made = world_.Reserve();
  bert_.led_by_bert = true;
  TestPhone phone = world_.Join("+48601000001", made);
  ASSERT_EQ(bert_.ways.size(), 1u);
  const auto& handed = std::get<HandedCall>(bert_.ways[0]->call);
  EXPECT_EQ(handed.conference_key, made.record.id);
  EXPECT_EQ(handed.leg_id, phone.leg_id());
  EXPECT_EQ(handed.owner.caller.number->e164(), "+48601000001");
  EXPECT_FALSE(handed.is_inside);
  EXPECT_TRUE(world_.switchboard().conferences().empty());
  EXPECT_FALSE(world_.switchboard().Leads({"gw", phone.call_id()}));
  EXPECT_FALSE(phone.IsHungUp());
  // Its gateway reports here, and is told from there.
  phone.Reports(DigitsPressed{"*6"});
  ASSERT_EQ(bert_.ways[0]->events.size(), 1u);
  EXPECT_EQ(std::get<DigitsPressed>(bert_.ways[0]->events[0]).digits, "*6");
  bert_.ways[0]->listener.on_command(Hangup{HangupReason::kDisconnectedByModerator});
  EXPECT_EQ(phone.hangup_reason(), HangupReason::kDisconnectedByModerator);
  EXPECT_TRUE(bert_.ways[0]->is_closed);
}

TEST_F(ReplicasTest, KeysOfACallThatWasGivenAwayAreLeftToItsLeader) {
  const auto made = world_.Reserve();
  bert_.led_by_bert = true;
  TestPhone phone = world_.Join("+48601000001", made);
  phone.Hears();
  phone.Press("*0");
  EXPECT_EQ(phone.Hears(), "");
}

TEST_F(ReplicasTest, CallIsTakenBackWhenItsLeaderIsDead) {
  const auto made = world_.Reserve();
  bert_.led_by_bert = true;
  TestPhone phone = world_.Join("+48601000001", made);
  ASSERT_EQ(bert_.ways.size(), 1u);
  // Bert moved the leg into the conference's room, and dies: for some seconds nobody knows whether.
  world_.mixer().CreateRoom(
      {.room_id = "conf-of-bert", .labels = {{kReservationLabel, made.record.id}}},
      [](absl::Status) {});
  world_.mixer().MoveLeg(phone.leg_id(), "conf-of-bert", true, [](absl::Status) {});
  bert_.is_reachable = false;
  bert_.ways[0]->listener.on_lost();
  world_.Advance(absl::Seconds(5));
  EXPECT_FALSE(world_.switchboard().Leads({"gw", phone.call_id()}));
  EXPECT_FALSE(phone.IsHungUp());
  // His lease has run out.
  bert_.is_reachable = true;
  bert_.led_by_bert = false;
  world_.Advance(absl::Seconds(2));
  EXPECT_TRUE(world_.switchboard().Leads({"gw", phone.call_id()}));
  ASSERT_EQ(world_.Snapshot().participants.size(), 1u);
  EXPECT_EQ(world_.conference()->id(), "conf-of-bert");
  EXPECT_EQ(phone.room_id(), "conf-of-bert");
  EXPECT_TRUE(bert_.claimed.contains(made.record.id));
  world_.Advance(absl::Seconds(60));
  EXPECT_FALSE(phone.IsHungUp());
}

TEST_F(ReplicasTest, GatewayThatComesFromAnotherReplicaBringsItsCallsAlong) {
  bert_.bert_has = {{"gw", "theirs"}};
  world_.ConnectGateway({"theirs", "nobodys"});
  world_.Advance(absl::Seconds(1));
  ASSERT_EQ(bert_.ways.size(), 1u);
  EXPECT_EQ(std::get<GatewayCall>(bert_.ways[0]->call).gateway_call_id, "theirs");
  bert_.ways[0]->listener.on_command(AnswerMedia{"sdp"});
  EXPECT_TRUE(world_.gateway().Last<AnswerMedia>("theirs").has_value());
  world_.Advance(absl::Seconds(20));
  EXPECT_EQ(world_.gateway().Last<Hangup>("nobodys")->reason, HangupReason::kCallUnknown);
  EXPECT_FALSE(world_.gateway().Last<Hangup>("theirs").has_value());
  // And takes them along when it goes.
  world_.switchboard().OnGatewayLost(world_.gateway_pointer());
  EXPECT_TRUE(bert_.ways[0]->is_closed);
}

TEST_F(ReplicasTest, CallThatIsGivenToUsEntersItsConference) {
  const auto made = world_.Reserve();
  TestPhone first = world_.Join("+48601000001", made);
  const LegOwner owner{.call_id = "c9",
                       .gateway_id = "other-gw",
                       .gateway_call_id = "x1",
                       .caller = {.number = PhoneNumber::FromE164("+48601000009")},
                       .access_number = "+48608608608",
                       .started_at = world_.clock().Now()};
  std::string leg_id;
  world_.mixer().CreateRoom({.room_id = "ivr-c9"}, [](absl::Status) {});
  world_.mixer().AddLeg({.request_id = "c9",
                         .room_id = "ivr-c9",
                         .sdp_offer = CallWorld::kSdp,
                         .labels = ToLabels(owner)},
                        [&](absl::StatusOr<mixers::AddedLeg> leg) { leg_id = leg->leg_id; });
  const HandedCall handed{.owner = owner,
                          .mixer_address = world_.mixer().address(),
                          .leg_id = leg_id,
                          .conference_key = made.record.id,
                          .language = Language::kEnglish};
  const auto way = std::make_shared<FakeGateway>("other-gw");
  ASSERT_TRUE(world_.switchboard().TakeUp(way, handed).ok());
  world_.Settle();
  EXPECT_TRUE(world_.switchboard().Leads({"other-gw", "x1"}));
  ASSERT_EQ(world_.Snapshot().participants.size(), 2u);
  EXPECT_EQ(world_.mixer().leg(leg_id).room_id, first.room_id());
  EXPECT_FALSE(world_.SoundsIn(first.room_id()).empty()) << "the entry is heard";
  // A moderator's command reaches it by the way on which it came.
  world_.conference()->Command({.capacity = moderation::Capacity::kOperator},
                               moderation::Disconnect{"c9"}, [](auto) {});
  world_.Settle();
  for (int i = 0; i < 5 && world_.mixer().legs().contains(leg_id); ++i) {
    world_.mixer().EndPlayback(leg_id);
    world_.Settle();
  }
  EXPECT_TRUE(way->Last<Hangup>("x1").has_value());
}

TEST_F(ReplicasTest, UnknownMixerAndUnknownCallAreRefused) {
  const auto way = std::make_shared<FakeGateway>("other-gw");
  HandedCall handed{.owner = {.call_id = "c9", .gateway_id = "other-gw", .gateway_call_id = "x1"},
                    .mixer_address = "nowhere:1"};
  EXPECT_EQ(ReasonOf(world_.switchboard().TakeUp(way, handed)), "MIXER_UNKNOWN");
  EXPECT_EQ(ReasonOf(world_.switchboard().TakeUp(way, GatewayCall{"other-gw", "x1"})),
            "CALL_UNKNOWN");
}

TEST_F(ReplicasTest, LegsAndRoomsOfOthersAreLeftAlone) {
  const auto made = world_.Reserve();
  const LegOwner owner{.call_id = "c9",
                       .gateway_id = "their-gw",
                       .gateway_call_id = "x1",
                       .access_number = "+48608608608",
                       .started_at = world_.clock().Now()};
  bert_.bert_has = {{"their-gw", "x1"}};
  bert_.led_by_bert = true;
  world_.mixer().CreateRoom(
      {.room_id = "their-room", .labels = {{kReservationLabel, made.record.id}}},
      [](absl::Status) {});
  world_.mixer().CreateRoom({.room_id = "ivr-c9"}, [](absl::Status) {});
  world_.mixer().AddLeg({.request_id = "c9",
                         .room_id = "ivr-c9",
                         .sdp_offer = CallWorld::kSdp,
                         .labels = ToLabels(owner)},
                        [](absl::StatusOr<mixers::AddedLeg>) {});
  world_.ConnectMixer();
  world_.Advance(absl::Minutes(5));
  EXPECT_EQ(world_.mixer().legs().size(), 1u);
  EXPECT_TRUE(world_.mixer().rooms().contains("their-room"));
  // Until nobody leads them any more.
  bert_.bert_has.clear();
  bert_.led_by_bert = false;
  world_.ConnectMixer();
  world_.Advance(absl::Minutes(5));
  EXPECT_TRUE(world_.mixer().legs().empty());
  EXPECT_FALSE(world_.mixer().rooms().contains("their-room"));
}

TEST_F(ReplicasTest, ReplicaThatWasTakenForDeadGivesItsCallsToTheNewLeader) {
  const auto made = world_.Reserve();
  TestPhone phone = world_.Join("+48601000001", made);
  const std::string room = phone.room_id();
  bert_.led_by_bert = true;
  world_.switchboard().OnTakenForDead();
  world_.Settle();
  ASSERT_EQ(bert_.ways.size(), 1u);
  const auto& handed = std::get<HandedCall>(bert_.ways[0]->call);
  EXPECT_TRUE(handed.is_inside);
  EXPECT_EQ(phone.room_id(), room);
  EXPECT_FALSE(phone.IsHungUp());
  EXPECT_TRUE(world_.switchboard().conferences().empty());
}

}  // namespace
}  // namespace narada::control::calls
