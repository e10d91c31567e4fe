// A sender that a test steers: it keeps what it is given and answers as it is told, now or never.

#ifndef NARADA_CONTROL_SMS_FAKE_SMS_SENDER_H_
#define NARADA_CONTROL_SMS_FAKE_SMS_SENDER_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

class FakeSmsSender final : public SmsSender {
 public:
  absl::string_view name() const override { return "fake"; }

  // What the following messages get; nothing: no answer until Answer().
  void SetAnswer(std::optional<SendResult> answer) {
    absl::MutexLock lock(&mutex_);
    answer_ = std::move(answer);
  }

  // Answers everything that is still open.
  void Answer(const SendResult& result) {
    std::vector<absl::AnyInvocable<void(SendResult)>> open;
    {
      absl::MutexLock lock(&mutex_);
      open.swap(open_);
    }
    for (auto& done : open) done(result);
  }

  std::vector<OutgoingMessage> messages() const {
    absl::MutexLock lock(&mutex_);
    return messages_;
  }

  void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) override {
    std::optional<SendResult> answer;
    {
      absl::MutexLock lock(&mutex_);
      messages_.push_back(std::move(message));
      answer = answer_;
      if (!answer) open_.push_back(std::move(done));
    }
    if (answer) done(*answer);
  }

 private:
  mutable absl::Mutex mutex_;
  std::optional<SendResult> answer_ = Sent{.route = "fake", .parts = {{1, "fake-id"}}};
  std::vector<OutgoingMessage> messages_;
  std::vector<absl::AnyInvocable<void(SendResult)>> open_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_FAKE_SMS_SENDER_H_
