#ifndef NARADA_SIP_TESTING_GATEWAY_FIXTURE_H_
#define NARADA_SIP_TESTING_GATEWAY_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "sip/testing/fake_control.h"
#include "sip/testing/gateway_process.h"
#include "sip/testing/mixer_stand_in.h"
#include "tests/phone/phone.h"

namespace narada::sip {

inline constexpr char kNumber[] = "+48608608608";

// A gateway, a control that the test plays, and phones by the transport of the test's parameter.
class GatewayFixture : public testing::TestWithParam<phone::SipTransport> {
 protected:
  void StartGateway(std::vector<std::string> flags = {}) {
    gateway_ = std::make_unique<GatewayProcess>(control_.address(), std::move(flags));
    ASSERT_TRUE(gateway_->WaitLog("sip is ready")) << gateway_->Log();
  }
  void AnswerCalls() {
    control_.SetReaction(
        [this](const control::v1::SignalRequest& event) { return mixer_.React(event); });
  }
  // A reaction to each new call, the same for all.
  void RejectCalls(control::v1::RejectReason reason, const std::string& text = "") {
    control_.SetReaction(
        [=](const control::v1::SignalRequest& event) -> std::vector<control::v1::SignalResponse> {
          if (!event.has_offered()) return {};
          control::v1::SignalResponse response;
          response.set_call_id(event.call_id());
          response.mutable_reject()->set_reason(reason);
          response.mutable_reject()->set_text(text);
          response.mutable_reject()->mutable_retry_after()->set_seconds(7);
          return {response};
        });
  }
  std::unique_ptr<phone::Phone> NewPhone(phone::Phone::Options options = {}) {
    options.transport = GetParam();
    return phone::Phone::Create(loop_, std::move(options)).value();
  }
  // A call that is up, and its id.
  std::unique_ptr<phone::Phone> NewCall(std::string* call_id, phone::Phone::Options options = {}) {
    auto caller = NewPhone(std::move(options));
    EXPECT_TRUE(caller->Call(gateway_->uri(kNumber)).ok());
    EXPECT_TRUE(caller->WaitAnswered(absl::Seconds(10)).ok()) << caller->Report().status;
    const auto confirmed = control_.WaitFor(control::v1::SignalRequest::kConfirmed);
    EXPECT_TRUE(confirmed.has_value());
    *call_id = confirmed.has_value() ? confirmed->call_id() : "";
    return caller;
  }
  absl::Status StatusOfCall(phone::Phone& caller, const std::string& user = kNumber) {
    absl::Status called = caller.Call(gateway_->uri(user));
    return called.ok() ? caller.WaitAnswered(absl::Seconds(10)) : called;
  }
  control::v1::SignalResponse CommandFor(const std::string& call_id) {
    control::v1::SignalResponse command;
    command.set_call_id(call_id);
    return command;
  }

  phone::PhoneLoop loop_;
  MixerStandIn mixer_{loop_};
  FakeControl control_;
  std::unique_ptr<GatewayProcess> gateway_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_TESTING_GATEWAY_FIXTURE_H_
