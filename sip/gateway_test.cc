// The real gateway between real SIP clients (the test phone) and a control that the test plays:
// calls that come in.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sip/testing/fake_control.h"
#include "sip/testing/gateway_fixture.h"
#include "sip/testing/gateway_process.h"
#include "tests/phone/phone.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;
using phone::CallerIdentity;
using phone::Phone;
using phone::SipTransport;
using Request = pb::SignalRequest;

class GatewayTest : public GatewayFixture {};

TEST_P(GatewayTest, CallIsOfferedAnsweredConfirmedHeardAndEnded) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id, {.number = "+48601000007"});
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  EXPECT_EQ(offered->call_id(), call_id);
  EXPECT_EQ(offered->offered().called_number(), kNumber);
  EXPECT_EQ(offered->offered().calling_number(), "+48601000007");
  EXPECT_FALSE(offered->offered().is_calling_number_withheld());
  EXPECT_EQ(offered->offered().signaling_address(), "127.0.0.1");
  EXPECT_TRUE(absl::StartsWith(offered->offered().sdp_offer(), "v=0\r\n"));
  absl::SleepFor(absl::Seconds(1.5));
  EXPECT_NEAR(caller->media().Heard().ToneLevelDbov(1000, absl::Seconds(0.5), absl::Seconds(1.3)),
              -20, 0.3);
  caller->HangUp();
  const auto ended = control_.WaitFor(Request::kEnded, call_id);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->ended().reason(), pb::CALL_END_REASON_HUNG_UP);
}

TEST_P(GatewayTest, ControlHangsUpWithAReason) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  pb::SignalResponse hangup = CommandFor(call_id);
  hangup.mutable_hangup()->set_reason(pb::HANGUP_REASON_CALL_TOO_LONG);
  control_.Command(hangup);
  ASSERT_TRUE(caller->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_TRUE(caller->Report().ended_by_peer);
  EXPECT_TRUE(absl::StrContains(caller->Report().bye_reason, "Longest call duration"));
  EXPECT_TRUE(control_.WaitFor(Request::kEnded, call_id).has_value());
}

TEST_P(GatewayTest, CallerHearsTryingAndRingingWhileControlThinks) {
  StartGateway();
  auto caller = NewPhone();
  ASSERT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
  EXPECT_TRUE(caller->WaitProvisional(100, absl::Milliseconds(500)).ok());
  EXPECT_TRUE(caller->WaitProvisional(180, absl::Seconds(3)).ok());
}

TEST_P(GatewayTest, RingCommandRingsAtOnce) {
  StartGateway();
  auto caller = NewPhone();
  ASSERT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  pb::SignalResponse ring = CommandFor(offered->call_id());
  ring.mutable_ring();
  control_.Command(ring);
  EXPECT_TRUE(caller->WaitProvisional(180, absl::Milliseconds(700)).ok());
}

TEST_P(GatewayTest, CancelEndsTheCallWith487AndControlHears) {
  StartGateway();
  auto caller = NewPhone();
  ASSERT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  caller->HangUp();
  ASSERT_TRUE(caller->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_EQ(caller->Report().status, 487);
  const auto ended = control_.WaitFor(Request::kEnded, offered->call_id());
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->ended().reason(), pb::CALL_END_REASON_CANCELLED);
}

TEST_P(GatewayTest, EachRefusalHasItsOwnStatus) {
  StartGateway();
  const std::vector<std::pair<pb::RejectReason, std::string>> kRefusals = {
      {pb::REJECT_REASON_NUMBER_UNKNOWN, "404 Not Found"},
      {pb::REJECT_REASON_BUSY, "486 Busy Here"},
      {pb::REJECT_REASON_MEDIA_UNACCEPTABLE, "488 Not Acceptable Here"},
      {pb::REJECT_REASON_OVERLOADED, "503 Service Unavailable"},
      {pb::REJECT_REASON_FORBIDDEN, "403 Forbidden"},
      {pb::REJECT_REASON_FAULT, "500 Internal Server Error"},
      {pb::REJECT_REASON_MEDIA_INVALID, "400 Bad Session Description"},
      {pb::REJECT_REASON_UNSPECIFIED, "480 Temporarily Unavailable"}};
  for (const auto& [reason, expected] : kRefusals) {
    RejectCalls(reason, "because \"so\"");
    auto caller = NewPhone();
    EXPECT_EQ(StatusOfCall(*caller).message(), expected);
    EXPECT_TRUE(absl::StrContains(caller->Report().warning, "because ?so?"))
        << caller->Report().warning;
    EXPECT_EQ(caller->Report().retry_after_s, reason == pb::REJECT_REASON_OVERLOADED ? 7 : 0);
  }
}

TEST_P(GatewayTest, HoldAndResumeArePassedToControlAndAnswered) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  ASSERT_TRUE(caller->Hold().ok());
  auto offered = control_.WaitFor(Request::kMediaOffered, call_id);
  ASSERT_TRUE(offered.has_value());
  EXPECT_TRUE(absl::StrContains(offered->media_offered().sdp_offer(), "a=sendonly"));
  EXPECT_EQ(offered->media_offered().signaling_address(), "127.0.0.1");
  EXPECT_EQ(caller->media().remote_direction(), "recvonly");
  ASSERT_TRUE(caller->Resume().ok());
  offered = control_.WaitFor(Request::kMediaOffered, call_id);
  ASSERT_TRUE(offered.has_value());
  EXPECT_TRUE(absl::StrContains(offered->media_offered().sdp_offer(), "a=sendrecv"));
}

TEST_P(GatewayTest, RefusedReinviteLeavesTheCallUp) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  control_.SetReaction([&](const Request& event) -> std::vector<pb::SignalResponse> {
    if (!event.has_media_offered()) return mixer_.React(event);
    pb::SignalResponse refusal = CommandFor(event.call_id());
    refusal.mutable_reject_media()->set_reason(pb::REJECT_REASON_MEDIA_UNACCEPTABLE);
    return {refusal};
  });
  EXPECT_EQ(caller->Hold().message(), "re-INVITE refused: 488");
  EXPECT_FALSE(caller->Report().has_ended);
  AnswerCalls();
  EXPECT_TRUE(caller->Resume().ok());
}

TEST_P(GatewayTest, UpdateWithoutSdpIsAnsweredAndWithSdpGoesToControl) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  EXPECT_EQ(caller->Request("UPDATE").value_or(0), 200);
  EXPECT_EQ(control_.CountOf(Request::kMediaOffered), 0u);
  EXPECT_EQ(caller->Request("UPDATE", "", "application/sdp", caller->media().LocalSdp("inactive"))
                .value_or(0),
            200);
  EXPECT_EQ(control_.CountOf(Request::kMediaOffered), 1u);
}

TEST_P(GatewayTest, LateOfferIsMadeByControlAndAnsweredInTheAck) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id, {.late_offer = true});
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  EXPECT_EQ(offered->offered().sdp_offer(), "");
  const auto answered = control_.WaitFor(Request::kAnswered, call_id);
  ASSERT_TRUE(answered.has_value());
  EXPECT_TRUE(absl::StrContains(answered->answered().sdp_answer(), "m=audio"));
  absl::SleepFor(absl::Seconds(1));
  EXPECT_NEAR(caller->media().Heard().ToneLevelDbov(1000, absl::Seconds(0.4), absl::Seconds(0.8)),
              -20, 0.5);
}

TEST_P(GatewayTest, DigitsByInfoReachControlInOrder) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  ASSERT_TRUE(caller->PressByInfo("12*#").ok());
  ASSERT_TRUE(caller->PressByInfo("90", true).ok());
  std::string digits;
  while (digits.size() < 6) {
    const auto pressed = control_.WaitFor(Request::kDigitsPressed, call_id);
    ASSERT_TRUE(pressed.has_value());
    digits += pressed->digits_pressed().digits();
  }
  EXPECT_EQ(digits, "12*#90");
  EXPECT_EQ(caller->Request("INFO", "", "application/dtmf-relay", "Signal=\r\n").value_or(0), 400);
  EXPECT_EQ(caller->Request("INFO", "", "text/plain", "5").value_or(0), 415);
  EXPECT_EQ(caller->Request("INFO").value_or(0), 200);
}

TEST_P(GatewayTest, AnonymousCallerIsWithheldThoughTheTrustedTrunkTellsTheNumber) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller =
      NewCall(&call_id, {.number = "+48601000009", .identity = CallerIdentity::kAnonymous});
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  EXPECT_TRUE(offered->offered().is_calling_number_withheld());
  EXPECT_EQ(offered->offered().calling_number(), "+48601000009");
}

TEST_P(GatewayTest, AssertedIdentityOfAStrangerIsNotBelieved) {
  StartGateway({"--trusted_peers=192.0.2.0/24"});
  AnswerCalls();
  std::string call_id;
  auto caller =
      NewCall(&call_id, {.number = "+48601000001",
                         .headers = {{"P-Asserted-Identity", "<sip:+48999999999@trunk.example>"}}});
  const auto offered = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(offered.has_value());
  EXPECT_EQ(offered->offered().calling_number(), "+48601000001");
}

TEST_P(GatewayTest, NumbersComeInManyFormsAndLeaveAsE164) {
  StartGateway();
  RejectCalls(pb::REJECT_REASON_BUSY);
  for (const char* user : {"+48608608608", "0048608608608", "48608608608", "608608608",
                           "608-608-608", "%2B48608608608", "608608608;phone-context=+48"}) {
    auto caller = NewPhone({.number = "601000003"});
    (void)StatusOfCall(*caller, user);
    const auto offered = control_.WaitFor(Request::kOffered);
    ASSERT_TRUE(offered.has_value());
    EXPECT_EQ(offered->offered().called_number(), kNumber) << user;
    EXPECT_EQ(offered->offered().calling_number(), "+48601000003");
  }
}

TEST_P(GatewayTest, StrangersMayNotCallWhereOnlySomePeersMay) {
  StartGateway({"--allowed_peers=192.0.2.0/24"});
  auto caller = NewPhone();
  EXPECT_EQ(StatusOfCall(*caller).message(), "403 Forbidden");
}

TEST_P(GatewayTest, BodiesThatAreNotSdpAreRefusedByTheirKind) {
  StartGateway();
  AnswerCalls();
  auto no_codec =
      NewPhone({.sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
                       "t=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"});
  EXPECT_EQ(StatusOfCall(*no_codec).message(), "488 Not Acceptable Here");
  EXPECT_TRUE(absl::StartsWith(no_codec->Report().warning, "305 127.0.0.1"));
  auto nonsense = NewPhone({.sdp = "hello"});
  EXPECT_EQ(StatusOfCall(*nonsense).message(), "400 Bad Session Description");
  auto latin1 =
      NewPhone({.sdp = "v=0\r\ns=\xE9t\xE9\r\n"});  // Not UTF-8: must not hurt the stream.
  EXPECT_EQ(StatusOfCall(*latin1).message(), "400 Bad Session Description");
  std::string call_id;
  auto next = NewCall(&call_id);
  EXPECT_FALSE(next->Report().has_ended);
}

TEST_P(GatewayTest, SessionTimerIsKeptOnlyWhereSomebodyCanRefresh) {
  StartGateway();
  AnswerCalls();
  const std::pair<std::string, std::string> kTimer = {"Supported", "timer"};
  std::string call_id;
  auto refreshes_itself =
      NewCall(&call_id, {.headers = {kTimer, {"Session-Expires", "1800"}}, .allows_update = false});
  EXPECT_EQ(refreshes_itself->Report().session_expires, "1800;refresher=uac");
  auto takes_updates =
      NewCall(&call_id, {.headers = {kTimer, {"Session-Expires", "600;refresher=uas"}}});
  EXPECT_EQ(takes_updates->Report().session_expires, "600;refresher=uas");
  auto takes_none = NewCall(
      &call_id,
      {.headers = {kTimer, {"Session-Expires", "600;refresher=uas"}}, .allows_update = false});
  EXPECT_EQ(takes_none->Report().session_expires, "");
  auto knows_nothing = NewCall(&call_id, {.allows_update = false});
  EXPECT_EQ(knows_nothing->Report().session_expires, "");
}

TEST_P(GatewayTest, OtherMethodsAreNotAllowedAndOptionsTellsWhich) {
  StartGateway();
  for (const char* method : {"REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER"}) {
    auto caller = NewPhone();
    EXPECT_EQ(caller->Request(method, gateway_->uri(kNumber)).value_or(0), 405) << method;
  }
  auto inventor = NewPhone();
  EXPECT_EQ(inventor->Request("FOO", gateway_->uri(kNumber)).value_or(0), 501);
  auto caller = NewPhone();
  EXPECT_EQ(caller->Request("OPTIONS", gateway_->uri(kNumber)).value_or(0), 200);
  auto stray = NewPhone();
  EXPECT_EQ(stray->Request("BYE", gateway_->uri(kNumber)).value_or(0), 481);
}

TEST_P(GatewayTest, LogHoldsNoWholeNumber) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id, {.number = "+48601234567"});
  caller->HangUp();
  ASSERT_TRUE(control_.WaitFor(Request::kEnded, call_id).has_value());
  EXPECT_FALSE(absl::StrContains(gateway_->Log(), "601234567"));
  EXPECT_FALSE(absl::StrContains(gateway_->Log(), "608608608"));
  EXPECT_TRUE(absl::StrContains(gateway_->Log(), "+48******567"));
}

INSTANTIATE_TEST_SUITE_P(Transports, GatewayTest,
                         testing::Values(SipTransport::kUdp, SipTransport::kTcp),
                         [](const auto& info) {
                           return info.param == SipTransport::kUdp ? "Udp" : "Tcp";
                         });

}  // namespace
}  // namespace narada::sip
