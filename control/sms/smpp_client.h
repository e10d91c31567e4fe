// A transceiver of SMPP 3.4 without socket, thread or clock: it is told what happened, and says what to
// send. SmppSender (smpp_sender.h) connects it to an SMSC; a test, to whatever it likes.
//
//   client.OnConnected(now);                 // the bind is in output()
//   client.Add(message, done, now);
//   client.OnBytes(received, now);           // answers, receipts
//   absl::Time wake_at = client.Tick(now);   // time-outs, what may leave now
//   Write(client.output());  client.output().clear();
//   if (client.wants_close()) ...
//
// A message is split into parts; up to `window` of them are on their way at once. A part that the SMSC
// throttles (ESME_RTHROTTLED, ESME_RMSGQFUL) waits and goes again, more slowly (submit_pace.h). A part
// whose answer does not come within `response_timeout`, or whose connection breaks before it, counts as
// unanswered: the message is handed back as TryAgain, whose next attempt repeats only what was not
// answered. An answer that comes after all is passed on as OnPartAccepted.
//
// One thread. Bytes of the SMSC that are no SMPP end the connection and nothing else.

#ifndef NARADA_CONTROL_SMS_SMPP_CLIENT_H_
#define NARADA_CONTROL_SMS_SMPP_CLIENT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "control/sms/delivery_receipt.h"
#include "control/sms/smpp_pdu.h"
#include "control/sms/sms_counters.h"
#include "control/sms/sms_sender.h"
#include "control/sms/submit_pace.h"

namespace narada::control::sms {

struct SmppSettings {
  std::string target;  // HOST:PORT.
  std::string system_id;
  std::string password;
  std::string system_type;
  int window = 10;         // Parts that may be unanswered at once.
  int per_second_max = 0;  // Parts a second at the most; 0: as the SMSC takes them.
  absl::Duration enquire_link = absl::Seconds(30);      // After so long a silence, it is asked.
  absl::Duration response_timeout = absl::Seconds(30);  // Of every request of ours.
  bool wants_receipts = true;
  ReceiptIds receipt_ids = ReceiptIds::kAsAnswered;
};

class SmppClient {
 public:
  using Done = absl::AnyInvocable<void(SendResult)>;
  // Hands what became of a receipt back to the client's thread, which calls AnswerReceipt.
  using ReceiptNoted = std::function<void(uint64_t connection, uint32_t sequence, bool is_noted)>;

  // References outlive the client. `route` is its name in the outbox.
  SmppClient(std::string route, const SmppSettings& settings, SenderEvents& events,
             SmsCounters& counters, ReceiptNoted receipt_noted);

  void OnConnected(absl::Time now);
  void OnBytes(absl::string_view bytes, absl::Time now);
  // The connection is gone, or could not be made.
  void OnClosed(const std::string& why);

  // Begins with a message. `done` is called once, at once if there is no SMSC.
  void Add(OutgoingMessage message, Done done, absl::Time now);
  void AnswerReceipt(uint64_t connection, uint32_t sequence, bool is_noted);
  // Hands back every message; before the end. What is unanswered says so.
  void GiveUp();

  // Does what is due; returns when it is to be called again, at the latest.
  absl::Time Tick(absl::Time now);

  std::string& output() { return output_; }
  bool wants_close() const { return !close_reason_.empty(); }
  const std::string& close_reason() const { return close_reason_; }
  bool is_bound() const { return state_ == State::kBound; }
  bool is_idle() const { return in_flight_.empty(); }
  // Asks the SMSC to end; the connection closes when it answers.
  void Unbind(absl::Time now);

 private:
  enum class State { kAway, kBinding, kBound, kUnbinding };
  struct Job {
    OutgoingMessage message;
    Done done;
    std::vector<SubmitSm> parts;
    std::vector<AcceptedPart> accepted;
    absl::Time give_up_at;
    int in_flight = 0;
    int unanswered = 0;
    std::optional<SendResult> failure;  // Handed back once nothing of it is in flight.
  };
  struct InFlight {
    std::string message_id;
    size_t part = 0;  // From 0.
    size_t parts = 1;
    absl::Time sent_at;
  };
  struct Waiting {
    std::string message_id;
    size_t part = 0;
  };

  uint32_t NextSequence();
  void Request(SmppCommand command, absl::Time now);
  void Handle(const Pdu& pdu, absl::Time now);
  void OnBindAnswer(const Pdu& pdu);
  void OnSubmitAnswer(const Pdu& pdu, absl::Time now);
  void OnDelivery(const Pdu& pdu);
  void TimeOut(absl::Time now);
  void SubmitWaiting(absl::Time now);
  void Fail(Job& job, SendResult result);
  void FinishIfSettled(const std::string& message_id);
  void Close(std::string reason);
  absl::Time NextDeadline() const;

  const std::string route_;
  const SmppSettings settings_;
  SenderEvents& events_;
  SmsCounters& counters_;
  const ReceiptNoted receipt_noted_;

  State state_ = State::kAway;
  bool has_failed_ = false;  // The last connection did not come to a bind.
  uint64_t connection_ = 0;  // Counts them.
  uint32_t sequence_ = 0;
  std::string input_, output_;
  std::string close_reason_;
  absl::Time heard_at_;
  absl::Time asked_at_ =
      absl::InfiniteFuture();  // Our bind, enquire_link or unbind is unanswered since.
  SubmitPace pace_;
  std::map<std::string, Job> jobs_;  // By message id.
  std::deque<Waiting> waiting_;
  std::map<uint32_t, InFlight> in_flight_;  // By sequence number.
  std::map<uint32_t, InFlight> late_;       // Given up on, might still be answered.
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMPP_CLIENT_H_
