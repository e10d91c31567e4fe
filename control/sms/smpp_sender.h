// Sends messages to an SMSC over TCP: an SmppClient (smpp_client.h) with a socket, on a thread of its own.
//
//   SmppSender sender("smpp", {.target = "smsc.example.net:2775", .system_id = ...}, events, counters);
//   sender.Send(message, done);     // any thread; `done` comes on the sender's, or at once
//
// The connection is made at once and made again when it breaks, after 1 s, then twice as long each time, to
// 60 s. Where the link must be encrypted it runs through a tunnel beside this process: SMPP has no TLS of
// its own.

#ifndef NARADA_CONTROL_SMS_SMPP_SENDER_H_
#define NARADA_CONTROL_SMS_SMPP_SENDER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/sms/smpp_client.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

class SmppSender final : public SmsSender {
 public:
  // References outlive the sender.
  SmppSender(std::string route, const SmppSettings& settings, SenderEvents& events,
             SmsCounters& counters);
  // Waits up to two seconds for answers, unbinds, and hands back what is left.
  ~SmppSender() override;

  absl::string_view name() const override { return route_; }
  void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) override;

  bool is_bound() const { return is_bound_; }

 private:
  using Work = absl::AnyInvocable<void(SmppClient&, absl::Time now)>;
  // Work for the thread, and what wakes it: outlives the sender for as long as a receipt is being kept.
  struct Inbox;

  void ThreadMain();
  void Connect(absl::Time now);           // Begins to, or fails.
  void FinishConnecting(absl::Time now);  // The socket has news.
  void ReadAndWrite(short events, absl::Time now);
  void Disconnect(const std::string& why, absl::Time now);
  void WaitForNews(absl::Time until, absl::Time now);

  const std::string route_;
  const SmppSettings settings_;
  const std::shared_ptr<Inbox> inbox_;
  std::atomic<bool> is_bound_ = false;

  // The thread's.
  SmppClient client_;
  int socket_ = -1;
  bool is_connecting_ = false;
  absl::Time connect_at_ = absl::InfinitePast();
  absl::Time connecting_until_ = absl::InfiniteFuture();
  absl::Duration reconnect_delay_;
  std::string last_failure_;  // Told once, not every minute.

  std::thread thread_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMPP_SENDER_H_
