// The real gateway where control takes the first step (dialling out, new media), is away, or where
// the gateway itself has to stop.
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
using phone::SipTransport;
using Request = pb::SignalRequest;

class GatewayStepsTest : public GatewayFixture {};

TEST_P(GatewayStepsTest, ControlOffersNewMediaAndGetsTheAnswer) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  pb::SignalResponse offer = CommandFor(call_id);
  offer.mutable_offer_media()->set_sdp_offer(mixer_.media(call_id).LocalSdp("sendonly"));
  control_.Command(offer);
  const auto answered = control_.WaitFor(Request::kMediaAnswered, call_id);
  ASSERT_TRUE(answered.has_value());
  EXPECT_FALSE(answered->media_answered().is_refused());
  EXPECT_TRUE(absl::StrContains(answered->media_answered().sdp_answer(), "a=recvonly"));
  EXPECT_EQ(caller->media().remote_direction(), "sendonly");
}

TEST_P(GatewayStepsTest, RefusalOfControlsOfferIsReported) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id, {.reinvite_status = 488});
  pb::SignalResponse offer = CommandFor(call_id);
  offer.mutable_offer_media()->set_sdp_offer(mixer_.media(call_id).LocalSdp());
  control_.Command(offer);
  const auto answered = control_.WaitFor(Request::kMediaAnswered, call_id);
  ASSERT_TRUE(answered.has_value());
  EXPECT_TRUE(answered->media_answered().is_refused());
  EXPECT_FALSE(caller->Report().has_ended);
}

TEST_P(GatewayStepsTest, DialledCallRingsIsAnsweredAndHeard) {
  auto callee = NewPhone({.number = "+48601000002", .sip_port = static_cast<uint16_t>(FreePort())});
  const std::string suffix = GetParam() == SipTransport::kTcp ? ";transport=tcp" : "";
  const std::string host = callee->uri().substr(callee->uri().find('@') + 1);
  StartGateway({absl::StrCat("--outbound_proxy=sip:", host)});
  auto media = phone::MediaSession::Open(loop_, {}).value();
  media->SayTones({{700, -20}});
  pb::SignalResponse command = CommandFor("dial-1");
  command.mutable_dial()->set_called_number("+48601000002");
  command.mutable_dial()->set_calling_number(kNumber);
  command.mutable_dial()->set_sdp_offer(media->LocalSdp());
  ASSERT_TRUE(control_.Command(command));
  ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
  EXPECT_EQ(callee->incoming_to_user(), "+48601000002");
  EXPECT_TRUE(absl::StrContains(callee->incoming_from(), kNumber));
  ASSERT_TRUE(callee->Ring().ok());
  const auto progressed = control_.WaitFor(Request::kProgressed, "dial-1");
  ASSERT_TRUE(progressed.has_value());
  EXPECT_EQ(progressed->progressed().sip_status(), 180u);
  ASSERT_TRUE(callee->Answer().ok());
  const auto answered = control_.WaitFor(Request::kAnswered, "dial-1");
  ASSERT_TRUE(answered.has_value());
  ASSERT_TRUE(media->Start(answered->answered().sdp_answer()).ok());
  absl::SleepFor(absl::Seconds(1));
  EXPECT_NEAR(callee->media().Heard().ToneLevelDbov(700, absl::Seconds(0.4), absl::Seconds(0.8)),
              -20, 0.5);
  pb::SignalResponse hangup = CommandFor("dial-1");
  hangup.mutable_hangup()->set_reason(pb::HANGUP_REASON_COMPLETED);
  control_.Command(hangup);
  EXPECT_TRUE(callee->WaitEnded(absl::Seconds(5)).ok());
}

TEST_P(GatewayStepsTest, DialledCallThatIsRefusedOrUnansweredSaysWhy) {
  const uint16_t port = static_cast<uint16_t>(FreePort());
  const std::string tcp = GetParam() == SipTransport::kTcp ? ";transport=tcp" : "";
  StartGateway({absl::StrCat("--outbound_proxy=sip:127.0.0.1:", port, tcp)});
  auto media = phone::MediaSession::Open(loop_, {}).value();
  pb::SignalResponse command;
  command.mutable_dial()->set_called_number("+48601000002");
  command.mutable_dial()->set_sdp_offer(media->LocalSdp());
  {
    auto callee = NewPhone({.sip_port = port});
    command.set_call_id("busy");
    control_.Command(command);
    ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
    EXPECT_TRUE(absl::StrContains(callee->incoming_from(), "anonymous"));
    ASSERT_TRUE(callee->Reject(486, "Busy Here").ok());
    const auto failed = control_.WaitFor(Request::kFailed, "busy");
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->failed().reason(), pb::CALL_END_REASON_BUSY);
    EXPECT_EQ(failed->failed().sip_status(), 486u);
    EXPECT_EQ(failed->failed().reason_phrase(), "Busy Here");
  }
  {
    auto callee = NewPhone({.sip_port = port});
    command.set_call_id("unanswered");
    command.mutable_dial()->mutable_ring_timeout()->set_seconds(1);
    control_.Command(command);
    ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
    ASSERT_TRUE(callee->Ring().ok());
    const auto failed = control_.WaitFor(Request::kFailed, "unanswered");
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->failed().reason(), pb::CALL_END_REASON_NO_ANSWER);
    EXPECT_TRUE(callee->WaitEnded(absl::Seconds(5)).ok());
  }
  {
    auto callee = NewPhone({.sip_port = port});
    command.set_call_id("given-up");
    command.mutable_dial()->clear_ring_timeout();
    control_.Command(command);
    ASSERT_TRUE(callee->WaitIncoming(absl::Seconds(5)).ok());
    ASSERT_TRUE(callee->Ring().ok());
    ASSERT_TRUE(control_.WaitFor(Request::kProgressed, "given-up").has_value());
    control_.Command([&] {
      pb::SignalResponse cancel = CommandFor("given-up");
      cancel.mutable_cancel_dial();
      return cancel;
    }());
    const auto failed = control_.WaitFor(Request::kFailed, "given-up");
    ASSERT_TRUE(failed.has_value());
    EXPECT_EQ(failed->failed().reason(), pb::CALL_END_REASON_CANCELLED);
  }
}

TEST_P(GatewayStepsTest, DialRefusesWhatIsNoNumberAndWhatIsNotConfigured) {
  StartGateway({"--outbound_proxy=sip:127.0.0.1:9"});
  pb::SignalResponse command = CommandFor("evil");
  command.mutable_dial()->set_called_number("+48601@evil.example");
  command.mutable_dial()->set_sdp_offer("v=0\r\n");
  control_.Command(command);
  auto failed = control_.WaitFor(Request::kFailed, "evil");
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->failed().reason(), pb::CALL_END_REASON_NUMBER_UNKNOWN);
}

TEST_P(GatewayStepsTest, CallsSurviveTheDeathOfControlAndAreAnnouncedToTheNext) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  control_.Die();
  absl::SleepFor(absl::Seconds(1));
  EXPECT_FALSE(caller->Report().has_ended);
  control_.Revive();
  const auto hello = control_.WaitHello(2);
  ASSERT_TRUE(hello.has_value());
  ASSERT_EQ(hello->hello().call_ids_size(), 1);
  EXPECT_EQ(hello->hello().call_ids(0), call_id);
  // The new control does not want the call.
  pb::SignalResponse hangup = CommandFor(call_id);
  hangup.mutable_hangup()->set_reason(pb::HANGUP_REASON_CALL_UNKNOWN);
  control_.Command(hangup);
  ASSERT_TRUE(caller->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_TRUE(absl::StrContains(caller->Report().bye_reason, "Call state lost"));
}

TEST_P(GatewayStepsTest, CallThatWaitsWhileControlRestartsIsOfferedAgain) {
  StartGateway();
  auto caller = NewPhone();
  ASSERT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
  const auto first = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(first.has_value());
  control_.Die();
  AnswerCalls();
  control_.Revive();
  EXPECT_TRUE(caller->WaitAnswered(absl::Seconds(10)).ok()) << caller->Report().status;
  const auto second = control_.WaitFor(Request::kOffered);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->call_id(), first->call_id());
}

TEST_P(GatewayStepsTest, ContactNamesTheAdvertisedHostWhereItListensEverywhere) {
  StartGateway({"--listen=0.0.0.0", "--advertised_host=localhost"});
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  const std::string contact = caller->Report().peer_contact;
  EXPECT_TRUE(absl::StrContains(contact, absl::StrCat("localhost:", gateway_->port()))) << contact;
  EXPECT_FALSE(absl::StrContains(contact, "0.0.0.0")) << contact;
  caller->HangUp();  // To the Contact.
  EXPECT_TRUE(control_.WaitFor(Request::kEnded, call_id).has_value());
}

TEST_P(GatewayStepsTest, KeyThatIsPressedWhileControlRestartsIsToldToTheNext) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  control_.Die();
  ASSERT_TRUE(gateway_->WaitLog("the stream to control ended"));
  ASSERT_TRUE(caller->PressByInfo("47").ok());
  control_.Revive();
  std::string digits;
  while (digits.size() < 2) {
    const auto pressed = control_.WaitFor(Request::kDigitsPressed, call_id);
    ASSERT_TRUE(pressed.has_value());
    digits += pressed->digits_pressed().digits();
  }
  EXPECT_EQ(digits, "47");
}

TEST_P(GatewayStepsTest, WithoutControlCallsGet503WithRetryAfter) {
  control_.Die();
  gateway_ = std::make_unique<GatewayProcess>(control_.address());
  ASSERT_TRUE(gateway_->WaitLog("waiting for control"));
  auto caller = NewPhone();
  EXPECT_EQ(StatusOfCall(*caller).message(), "503 Service Unavailable");
  EXPECT_GT(caller->Report().retry_after_s, 0);
  auto asker = NewPhone();
  EXPECT_EQ(asker->Request("OPTIONS", gateway_->uri(kNumber)).value_or(0), 503);
}

TEST_P(GatewayStepsTest, TerminationEndsCallsAndTheProcessInOrder) {
  StartGateway();
  AnswerCalls();
  std::string call_id;
  auto caller = NewCall(&call_id);
  ASSERT_TRUE(control_.WaitFor(Request::kOffered, call_id).has_value());
  control_.SetReaction(nullptr);
  auto waiting = NewPhone();
  ASSERT_TRUE(waiting->Call(gateway_->uri(kNumber)).ok());
  ASSERT_TRUE(control_.WaitFor(Request::kOffered).has_value());
  gateway_->Terminate();
  ASSERT_TRUE(caller->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_TRUE(absl::StrContains(caller->Report().bye_reason, "shutting down"));
  ASSERT_TRUE(waiting->WaitEnded(absl::Seconds(5)).ok());
  EXPECT_EQ(waiting->Report().status, 503) << gateway_->Log();
  EXPECT_EQ(gateway_->WaitExit(), 0) << gateway_->Log();
  EXPECT_TRUE(control_.WaitFor(Request::kEnded, call_id).has_value());
}

TEST_P(GatewayStepsTest, TooManyCallsAtOnceAreRefusedWith503) {
  StartGateway({"--calls_max=2"});
  AnswerCalls();
  std::string first_id;
  std::string second_id;
  auto first = NewCall(&first_id);
  auto second = NewCall(&second_id);
  auto third = NewPhone();
  EXPECT_EQ(StatusOfCall(*third).message(), "503 Service Unavailable");
  first->HangUp();
  ASSERT_TRUE(control_.WaitFor(Request::kEnded, first_id).has_value());
  absl::SleepFor(absl::Milliseconds(200));
  std::string fourth_id;
  auto fourth = NewCall(&fourth_id);
  EXPECT_FALSE(fourth->Report().has_ended);
}

INSTANTIATE_TEST_SUITE_P(Transports, GatewayStepsTest,
                         testing::Values(SipTransport::kUdp, SipTransport::kTcp),
                         [](const auto& info) {
                           return info.param == SipTransport::kUdp ? "Udp" : "Tcp";
                         });

TEST(GatewayStart, OccupiedPortIsNamed) {
  FakeControl control;
  GatewayProcess first(control.address());
  ASSERT_TRUE(first.WaitLog("sip is ready"));
  GatewayProcess second(control.address(), {absl::StrCat("--sip_port=", first.port())});
  EXPECT_EQ(second.WaitExit(), 1);
  EXPECT_TRUE(absl::StrContains(
      second.Log(), absl::StrCat("SIP UDP port ", first.port(), " of 127.0.0.1 is taken")))
      << second.Log();
}

TEST(GatewayStart, PlaintextToAnotherMachineIsRefused) {
  GatewayProcess gateway("192.0.2.1:50061");
  EXPECT_EQ(gateway.WaitExit(), 1);
  EXPECT_TRUE(absl::StrContains(gateway.Log(), "--tls_cert")) << gateway.Log();
}

}  // namespace
}  // namespace narada::sip
