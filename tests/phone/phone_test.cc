#include "tests/phone/phone.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/clock.h"

namespace narada::phone {
namespace {

std::string DigitsOf(const std::vector<DigitEvent>& events) {
  std::string digits;
  for (const DigitEvent& event : events) digits.push_back(event.digit);
  return digits;
}

// Two phones call each other without anything between them.
class TwoPhones : public testing::TestWithParam<SipTransport> {
 protected:
  std::unique_ptr<Phone> NewPhone(Phone::Options options) {
    options.transport = GetParam();
    absl::StatusOr<std::unique_ptr<Phone>> phone = Phone::Create(loop_, options);
    EXPECT_TRUE(phone.ok()) << phone.status();
    return phone.ok() ? *std::move(phone) : nullptr;
  }
  // The called phone listens; by TCP on a port that was free a moment ago.
  std::unique_ptr<Phone> NewCallee(Phone::Options options = {}) {
    options.number = "+48601000002";
    if (GetParam() == SipTransport::kTcp) {
      auto probe = MediaSession::Open(loop_, {});
      options.sip_port = (*probe)->port();
    }
    return NewPhone(options);
  }

  PhoneLoop loop_;
};

TEST_P(TwoPhones, HearEachOthersTonesAtTheLevelSent) {
  auto callee = NewCallee();
  auto caller = NewPhone({});
  caller->media().SayTones({{440, -20}});
  callee->media().SayTones({{660, -26}});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
  EXPECT_EQ(callee->incoming_to_user(), "+48601000002");
  ASSERT_TRUE(callee->Ring().ok());
  ASSERT_TRUE(caller->WaitProvisional(180, absl::Seconds(5)).ok());
  ASSERT_TRUE(callee->Answer().ok());
  ASSERT_TRUE(caller->WaitAnswered(absl::Seconds(5)).ok());
  absl::SleepFor(absl::Seconds(2));
  const HeardAudio heard = caller->media().Heard();
  EXPECT_NEAR(heard.ToneLevelDbov(660, absl::Seconds(0.5), absl::Seconds(1.5)), -26, 0.3);
  EXPECT_LT(heard.ToneLevelDbov(440, absl::Seconds(0.5), absl::Seconds(1.5)), -80);
  EXPECT_NEAR(callee->media().Heard().ToneLevelDbov(440, absl::Seconds(0.5), absl::Seconds(1.5)),
              -20, 0.3);
  caller->HangUp();
  ASSERT_TRUE(callee->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_TRUE(callee->Report().ended_by_peer);
  EXPECT_FALSE(caller->Report().ended_by_peer);
  const MediaReport media = callee->media().Report();
  EXPECT_EQ(media.packets_lost, 0u);
  EXPECT_GE(media.packets_received, 75u);
  EXPECT_GE(media.sender_reports, 1u);
  EXPECT_EQ(media.rtcp_byes, 1u);
}

TEST_P(TwoPhones, PressAndReceiveDigitsByEvents) {
  auto callee = NewCallee({.answers_at_once = true});
  auto caller = NewPhone({});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(caller->WaitAnswered(absl::Seconds(5)).ok());
  ASSERT_TRUE(caller->media().Press("12*#D", absl::Milliseconds(60), absl::Milliseconds(60)).ok());
  absl::SleepFor(absl::Seconds(1));
  EXPECT_EQ(DigitsOf(callee->media().Report().digits_received), "12*#D");
  EXPECT_FALSE(caller->media().Press("x").ok());
}

TEST_P(TwoPhones, CancelledCallEndsWith487OnBothSides) {
  auto callee = NewCallee();
  auto caller = NewPhone({});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
  ASSERT_TRUE(callee->Ring().ok());
  ASSERT_TRUE(caller->WaitProvisional(180, absl::Seconds(5)).ok());
  caller->HangUp();
  ASSERT_TRUE(caller->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_EQ(caller->Report().status, 487);
  ASSERT_TRUE(callee->WaitEnded(absl::Seconds(5)).ok());
}

TEST_P(TwoPhones, RefusalNamesItsStatus) {
  auto callee = NewCallee();
  auto caller = NewPhone({});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
  ASSERT_TRUE(callee->Reject(486, "Busy Here").ok());
  const absl::Status refused = caller->WaitAnswered(absl::Seconds(5));
  EXPECT_TRUE(absl::IsAborted(refused));
  EXPECT_EQ(refused.message(), "486 Busy Here");
}

TEST_P(TwoPhones, HoldStopsTheOthersAudioAndResumeBringsItBack) {
  auto callee = NewCallee({.answers_at_once = true});
  auto caller = NewPhone({});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(caller->WaitAnswered(absl::Seconds(5)).ok());
  ASSERT_TRUE(caller->Hold().ok());
  EXPECT_EQ(callee->media().remote_direction(), "sendonly");
  EXPECT_EQ(caller->media().remote_direction(), "recvonly");
  ASSERT_TRUE(caller->Resume().ok());
  EXPECT_EQ(callee->media().remote_direction(), "sendrecv");
}

TEST_P(TwoPhones, LateOfferIsAnsweredInTheAck) {
  auto callee = NewCallee({.answers_at_once = true});
  auto caller = NewPhone({.late_offer = true});
  caller->media().SayTones({{500, -20}});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(caller->WaitAnswered(absl::Seconds(5)).ok());
  absl::SleepFor(absl::Seconds(1));
  EXPECT_NEAR(callee->media().Heard().ToneLevelDbov(500, absl::Seconds(0.3), absl::Seconds(0.8)),
              -20, 1);
}

TEST_P(TwoPhones, InfoAndOptionsAreAnswered) {
  auto callee = NewCallee({.answers_at_once = true});
  auto caller = NewPhone({});
  ASSERT_TRUE(caller->Call(callee->uri()).ok());
  ASSERT_TRUE(caller->WaitAnswered(absl::Seconds(5)).ok());
  EXPECT_TRUE(caller->PressByInfo("5").ok());
  EXPECT_EQ(caller->Request("OPTIONS").value_or(0), 200);
  EXPECT_EQ(caller->Request("PUBLISH").value_or(0), 405);
}

INSTANTIATE_TEST_SUITE_P(Transports, TwoPhones,
                         testing::Values(SipTransport::kUdp, SipTransport::kTcp),
                         [](const auto& info) {
                           return info.param == SipTransport::kUdp ? "Udp" : "Tcp";
                         });

}  // namespace
}  // namespace narada::phone
