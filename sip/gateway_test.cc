// The real gateway between real SIP clients (the test phone) and a control that the test plays.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sip/testing/fake_control.h"
#include "sip/testing/gateway_process.h"
#include "sip/testing/mixer_stand_in.h"
#include "tests/phone/phone.h"

namespace narada::sip {
namespace {

namespace pb = control::v1;
using phone::CallerIdentity;
using phone::Phone;
using phone::SipTransport;
using Request = pb::SignalRequest;

constexpr char kNumber[] = "+48608608608";

class GatewayTest : public testing::TestWithParam<SipTransport> {
 protected:
  void StartGateway(std::vector<std::string> flags = {}) {
    gateway_ = std::make_unique<GatewayProcess>(control_.address(), std::move(flags));
    ASSERT_TRUE(gateway_->WaitLog("sip is ready")) << gateway_->Log();
  }
  void AnswerCalls() {
    control_.SetReaction([this](const Request& event) { return mixer_.React(event); });
  }
  // A reaction to each new call, the same for all.
  void RejectCalls(pb::RejectReason reason, const std::string& text = "") {
    control_.SetReaction([=](const Request& event) -> std::vector<pb::SignalResponse> {
      if (!event.has_offered()) return {};
      pb::SignalResponse response;
      response.set_call_id(event.call_id());
      response.mutable_reject()->set_reason(reason);
      response.mutable_reject()->set_text(text);
      response.mutable_reject()->mutable_retry_after()->set_seconds(7);
      return {response};
    });
  }
  std::unique_ptr<Phone> NewPhone(Phone::Options options = {}) {
    options.transport = GetParam();
    return Phone::Create(loop_, std::move(options)).value();
  }
  // A call that is up, and its id.
  std::unique_ptr<Phone> NewCall(std::string* call_id, Phone::Options options = {}) {
    auto caller = NewPhone(std::move(options));
    EXPECT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
    EXPECT_TRUE(caller->WaitAnswered(absl::Seconds(10)).ok()) << caller->Report().status;
    const auto confirmed = control_.WaitFor(Request::kConfirmed);
    EXPECT_TRUE(confirmed.has_value());
    *call_id = confirmed.has_value() ? confirmed->call_id() : "";
    return caller;
  }
  absl::Status StatusOfCall(Phone& caller, const std::string& user = kNumber) {
    absl::Status called = caller.Call(gateway_->uri(user));
    return called.ok() ? caller.WaitAnswered(absl::Seconds(10)) : called;
  }
  pb::SignalResponse CommandFor(const std::string& call_id) {
    pb::SignalResponse command;
    command.set_call_id(call_id);
    return command;
  }

  phone::PhoneLoop loop_;
  MixerStandIn mixer_{loop_};
  FakeControl control_;
  std::unique_ptr<GatewayProcess> gateway_;
};

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

TEST_P(GatewayTest, ControlOffersNewMediaAndGetsTheAnswer) {
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

TEST_P(GatewayTest, RefusalOfControlsOfferIsReported) {
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

TEST_P(GatewayTest, DialledCallRingsIsAnsweredAndHeard) {
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

TEST_P(GatewayTest, DialledCallThatIsRefusedOrUnansweredSaysWhy) {
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

TEST_P(GatewayTest, DialRefusesWhatIsNoNumberAndWhatIsNotConfigured) {
  StartGateway({"--outbound_proxy=sip:127.0.0.1:9"});
  pb::SignalResponse command = CommandFor("evil");
  command.mutable_dial()->set_called_number("+48601@evil.example");
  command.mutable_dial()->set_sdp_offer("v=0\r\n");
  control_.Command(command);
  auto failed = control_.WaitFor(Request::kFailed, "evil");
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->failed().reason(), pb::CALL_END_REASON_NUMBER_UNKNOWN);
}

TEST_P(GatewayTest, CallsSurviveTheDeathOfControlAndAreAnnouncedToTheNext) {
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

TEST_P(GatewayTest, CallThatWaitsWhileControlRestartsIsOfferedAgain) {
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

TEST_P(GatewayTest, WithoutControlCallsGet503WithRetryAfter) {
  control_.Die();
  gateway_ = std::make_unique<GatewayProcess>(control_.address());
  ASSERT_TRUE(gateway_->WaitLog("waiting for control"));
  auto caller = NewPhone();
  EXPECT_EQ(StatusOfCall(*caller).message(), "503 Service Unavailable");
  EXPECT_GT(caller->Report().retry_after_s, 0);
  auto asker = NewPhone();
  EXPECT_EQ(asker->Request("OPTIONS", gateway_->uri(kNumber)).value_or(0), 503);
}

TEST_P(GatewayTest, TerminationEndsCallsAndTheProcessInOrder) {
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

TEST_P(GatewayTest, TooManyCallsAtOnceAreRefusedWith503) {
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

INSTANTIATE_TEST_SUITE_P(Transports, GatewayTest,
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
