#include "control/sms/smpp_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "control/sms/sms_text.h"

namespace narada::control::sms {
namespace {

// How long a message waits for a bind or a throttled SMSC before it is handed back.
constexpr absl::Duration kBindWait = absl::Seconds(5);
constexpr absl::Duration kAttemptMax = absl::Minutes(2);
constexpr uint32_t kSequenceMax = 0x7FFFFFFF;
constexpr size_t kLateMax = 10'000;
constexpr uint8_t kUcs2Coding = 8;
// The most that may arrive before it is a whole PDU.
constexpr size_t kInputMax = 4 * kPduOctetsMax;

// The same in every attempt, so that parts of two attempts belong together.
uint8_t ReferenceOf(absl::string_view message_id) {
  uint8_t reference = 0;
  for (const char c : message_id) reference = reference * 31 + static_cast<uint8_t>(c);
  return reference;
}

std::vector<SubmitSm> ToParts(const OutgoingMessage& message, bool wants_receipt) {
  const SplitText split = SplitSms(message.text);
  const bool is_number = !message.from.empty() && message.from[0] == '+';
  std::vector<SubmitSm> parts;
  for (size_t i = 0; i < split.parts.size(); ++i) {
    SubmitSm part{.source = is_number ? message.from.substr(1) : message.from,
                  .is_source_name = !is_number,
                  .destination = message.to.e164().substr(1),
                  .has_header = split.parts.size() > 1,
                  .wants_receipt = wants_receipt,
                  .data_coding = split.alphabet == Alphabet::kUcs2 ? kUcs2Coding : uint8_t{0},
                  .message = split.parts[i]};
    if (part.has_header) {
      part.message = PartHeader(ReferenceOf(message.id), static_cast<int>(split.parts.size()),
                                static_cast<int>(i) + 1) +
                     part.message;
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

SmppClient::SmppClient(std::string route, const SmppSettings& settings, SenderEvents& events,
                       SmsCounters& counters, ReceiptNoted receipt_noted)
    : route_(std::move(route)),
      settings_(settings),
      events_(events),
      counters_(counters),
      receipt_noted_(std::move(receipt_noted)),
      pace_(settings.per_second_max) {}

uint32_t SmppClient::NextSequence() {
  sequence_ = sequence_ >= kSequenceMax ? 1 : sequence_ + 1;
  return sequence_;
}

void SmppClient::Close(std::string reason) {
  if (close_reason_.empty()) close_reason_ = std::move(reason);
}

void SmppClient::Request(SmppCommand command, absl::Time now) {
  output_ += EncodeEmpty(command, kSmppOk, NextSequence());
  asked_at_ = now;
}

void SmppClient::OnConnected(absl::Time now) {
  ++connection_;
  state_ = State::kBinding;
  sequence_ = 0;
  input_.clear();
  close_reason_.clear();
  heard_at_ = asked_at_ = now;
  output_ = EncodeBind({.system_id = settings_.system_id,
                        .password = settings_.password,
                        .system_type = settings_.system_type},
                       NextSequence());
}

void SmppClient::OnClosed(const std::string& why) {
  if (state_ == State::kBound) ++counters_.connections_lost;
  has_failed_ = true;
  state_ = State::kAway;
  asked_at_ = absl::InfiniteFuture();
  output_.clear();
  input_.clear();
  late_.clear();
  for (const auto& [sequence, part] : in_flight_) {
    const auto job = jobs_.find(part.message_id);
    if (job == jobs_.end()) continue;
    --job->second.in_flight;
    ++job->second.unanswered;
  }
  in_flight_.clear();
  waiting_.clear();
  std::vector<std::string> ids;
  for (auto& [id, job] : jobs_) {
    Fail(job, TryAgain{why});
    ids.push_back(id);
  }
  for (const std::string& id : ids) FinishIfSettled(id);
}

void SmppClient::Add(OutgoingMessage message, Done done, absl::Time now) {
  if (state_ != State::kBound && has_failed_) {
    return done(TryAgain{"there is no connection to the SMSC"});
  }
  const std::string id = message.id;
  if (jobs_.count(id) > 0) {
    return done(TryAgain{"an earlier attempt is not over yet", settings_.response_timeout});
  }
  Job job{.message = std::move(message), .done = std::move(done)};
  job.parts = ToParts(job.message, settings_.wants_receipts);
  job.give_up_at = now + (state_ == State::kBound ? kAttemptMax : kBindWait);
  if (job.parts.size() > kPartsMax) return job.done(Refused{"the text is too long"});
  if (job.message.accepted_route == route_) job.accepted = job.message.accepted_parts;
  for (size_t part = 0; part < job.parts.size(); ++part) {
    const auto is_it = [&](const AcceptedPart& accepted) {
      return accepted.number == static_cast<int>(part) + 1;
    };
    if (std::none_of(job.accepted.begin(), job.accepted.end(), is_it)) {
      waiting_.push_back({id, part});
    }
  }
  jobs_.emplace(id, std::move(job));
  FinishIfSettled(id);  // Where all of it has been accepted before.
}

void SmppClient::GiveUp() { OnClosed("control is ending"); }

void SmppClient::OnBytes(absl::string_view bytes, absl::Time now) {
  if (wants_close()) return;
  heard_at_ = now;
  if (state_ == State::kBound) asked_at_ = absl::InfiniteFuture();  // It lives, busy or not.
  absl::StrAppend(&input_, bytes);
  if (input_.size() > kInputMax) return Close("the SMSC sent more than SMPP allows");
  while (!wants_close()) {
    Result<std::optional<Pdu>, PduError> pdu = TakePdu(input_);
    if (!pdu.ok()) return Close("the SMSC sent what is no SMPP");
    if (!*pdu) return;
    Handle(**pdu, now);
  }
}

void SmppClient::Handle(const Pdu& pdu, absl::Time now) {
  switch (static_cast<SmppCommand>(pdu.command)) {
    case SmppCommand::kBindTransceiverResp:
      return OnBindAnswer(pdu);
    case SmppCommand::kSubmitSmResp:
    case SmppCommand::kGenericNack:
      return OnSubmitAnswer(pdu, now);
    case SmppCommand::kEnquireLinkResp:
      return;  // That something came is all that it says.
    case SmppCommand::kUnbindResp:
      return Close("unbound");
    case SmppCommand::kEnquireLink:
      output_ += EncodeEmpty(SmppCommand::kEnquireLinkResp, kSmppOk, pdu.sequence);
      return;
    case SmppCommand::kDeliverSm:
      return OnDelivery(pdu);
    case SmppCommand::kUnbind:
      output_ += EncodeEmpty(SmppCommand::kUnbindResp, kSmppOk, pdu.sequence);
      return Close("the SMSC unbound us");
    default:
      if ((pdu.command & kSmppResponseBit) != 0) return;  // To nothing that we asked.
      output_ += EncodeEmpty(SmppCommand::kGenericNack, kSmppInvalidCommandId, pdu.sequence);
  }
}

void SmppClient::OnBindAnswer(const Pdu& pdu) {
  if (state_ != State::kBinding) return;
  asked_at_ = absl::InfiniteFuture();
  if (pdu.status != kSmppOk) {
    return Close(absl::StrCat("the SMSC refused the bind: ", SmppStatusName(pdu.status)));
  }
  state_ = State::kBound;
  has_failed_ = false;
  for (auto& [id, job] : jobs_) job.give_up_at += kAttemptMax;
  LOG_INFO("sms route {}: bound to the SMSC", route_);
  events_.OnRouteBack(route_);
}

void SmppClient::OnSubmitAnswer(const Pdu& pdu, absl::Time now) {
  const bool is_late = in_flight_.count(pdu.sequence) == 0;
  auto& from = is_late ? late_ : in_flight_;
  const auto found = from.find(pdu.sequence);
  if (found == from.end()) return;
  const InFlight part = found->second;
  from.erase(found);
  const std::string provider_id = MessageIdOf(pdu).value_or("");
  const bool is_accepted =
      pdu.status == kSmppOk && pdu.command == static_cast<uint32_t>(SmppCommand::kSubmitSmResp);
  const AcceptedPart accepted{.number = static_cast<int>(part.part) + 1,
                              .provider_id = NormalizedMessageId(provider_id)};
  const auto entry = jobs_.find(part.message_id);
  const bool is_ours = !is_late && entry != jobs_.end();
  if (is_accepted) {
    pace_.OnAccepted(now);
    if (!is_ours) return events_.OnPartAccepted(route_, part.message_id, accepted);
    Job& job = entry->second;
    job.accepted.push_back(accepted);
    --job.in_flight;
    const bool is_last = job.accepted.size() == job.parts.size();
    if (!is_last || job.failure) events_.OnPartAccepted(route_, part.message_id, accepted);
  } else if (pdu.status == kSmppThrottled || pdu.status == kSmppMessageQueueFull) {
    ++counters_.throttled;
    pace_.OnThrottled(now);
    if (!is_ours) return;
    --entry->second.in_flight;
    if (!entry->second.failure) waiting_.push_front({part.message_id, part.part});
  } else {
    if (!is_ours) return;
    --entry->second.in_flight;
    const std::string reason = absl::StrCat("the SMSC answered ", SmppStatusName(pdu.status));
    if (IsPermanentSmppStatus(pdu.status)) {
      Fail(entry->second, Refused{reason});
    } else {
      Fail(entry->second, TryAgain{reason});
    }
  }
  FinishIfSettled(part.message_id);
}

void SmppClient::OnDelivery(const Pdu& pdu) {
  const auto answer = [&](uint32_t status) {
    Pdu response{.command = static_cast<uint32_t>(SmppCommand::kDeliverSmResp),
                 .status = status,
                 .sequence = pdu.sequence,
                 .body = std::string(1, '\0')};
    output_ += Encode(response);
  };
  const std::optional<DeliverSm> deliver = ParseDeliverSm(pdu.body);
  if (!deliver) return Close("the SMSC sent a damaged deliver_sm");
  const std::optional<SmscReceipt> receipt =
      deliver->IsReceipt() ? ParseReceipt(*deliver) : std::nullopt;
  // A message that somebody sent to our number: nobody reads it here. Taken, or it would come for ever.
  if (!receipt) return answer(kSmppOk);
  events_.OnReceipt({.route = route_,
                     .provider_id = NormalizedReceiptId(receipt->message_id, settings_.receipt_ids),
                     .state = receipt->state,
                     .detail = receipt->detail},
                    [noted = receipt_noted_, connection = connection_, sequence = pdu.sequence](
                        bool is_noted) { noted(connection, sequence, is_noted); });
}

void SmppClient::AnswerReceipt(uint64_t connection, uint32_t sequence, bool is_noted) {
  if (connection != connection_ || state_ != State::kBound) return;  // It will come again.
  output_ += Encode({.command = static_cast<uint32_t>(SmppCommand::kDeliverSmResp),
                     .status = is_noted ? kSmppOk : kSmppTemporaryAppError,
                     .sequence = sequence,
                     .body = std::string(1, '\0')});
}

void SmppClient::Unbind(absl::Time now) {
  if (state_ != State::kBound) return Close("not bound");
  state_ = State::kUnbinding;
  Request(SmppCommand::kUnbind, now);
}

// The first failure of a job is the one that is told; what waits of it does not leave any more.
void SmppClient::Fail(Job& job, SendResult result) {
  if (!job.failure) job.failure = std::move(result);
  const auto is_its = [&](const Waiting& part) { return part.message_id == job.message.id; };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), is_its), waiting_.end());
}

void SmppClient::FinishIfSettled(const std::string& message_id) {
  const auto found = jobs_.find(message_id);
  if (found == jobs_.end() || found->second.in_flight > 0) return;
  Job& job = found->second;
  const bool is_whole = job.accepted.size() == job.parts.size();
  if (!is_whole && !job.failure) return;
  SendResult result = is_whole ? SendResult(Sent{.route = route_, .parts = std::move(job.accepted)})
                               : *std::move(job.failure);
  if (TryAgain* again = std::get_if<TryAgain>(&result)) again->unanswered = job.unanswered;
  Done done = std::move(job.done);
  jobs_.erase(found);
  done(std::move(result));
}

void SmppClient::TimeOut(absl::Time now) {
  if (now >= asked_at_ + settings_.response_timeout) {
    return Close(state_ == State::kBinding ? "the SMSC did not answer the bind"
                                           : "the SMSC does not answer any more");
  }
  std::vector<std::string> touched;
  for (auto entry = in_flight_.begin(); entry != in_flight_.end();) {
    if (now < entry->second.sent_at + settings_.response_timeout) {
      ++entry;
      continue;
    }
    const auto job = jobs_.find(entry->second.message_id);
    if (job != jobs_.end()) {
      --job->second.in_flight;
      ++job->second.unanswered;
      Fail(job->second, TryAgain{"the SMSC did not answer", settings_.response_timeout});
      touched.push_back(entry->second.message_id);
    }
    if (late_.size() >= kLateMax) late_.erase(late_.begin());
    late_.insert(*entry);
    entry = in_flight_.erase(entry);
  }
  for (auto& [id, job] : jobs_) {
    if (now < job.give_up_at || job.failure) continue;
    Fail(job, TryAgain{state_ == State::kBound ? "the SMSC throttles us" : "the SMSC is away"});
    touched.push_back(id);
  }
  for (const std::string& id : touched) FinishIfSettled(id);
}

void SmppClient::SubmitWaiting(absl::Time now) {
  while (state_ == State::kBound && !wants_close() && !waiting_.empty() &&
         static_cast<int>(in_flight_.size()) < settings_.window && now >= pace_.next_at()) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const auto job = jobs_.find(next.message_id);
    if (job == jobs_.end()) continue;
    const uint32_t sequence = NextSequence();
    output_ += Encode(job->second.parts[next.part], sequence);
    in_flight_[sequence] = {.message_id = next.message_id,
                            .part = next.part,
                            .parts = job->second.parts.size(),
                            .sent_at = now};
    late_.erase(sequence);  // The numbers came round.
    ++job->second.in_flight;
    pace_.OnSubmitted(now);
  }
}

absl::Time SmppClient::Tick(absl::Time now) {
  if (state_ == State::kBound && asked_at_ == absl::InfiniteFuture() &&
      now >= heard_at_ + settings_.enquire_link) {
    Request(SmppCommand::kEnquireLink, now);
  }
  TimeOut(now);
  SubmitWaiting(now);
  return NextDeadline();
}

absl::Time SmppClient::NextDeadline() const {
  absl::Time next = asked_at_ + settings_.response_timeout;
  if (state_ == State::kBound && asked_at_ == absl::InfiniteFuture()) {
    next = std::min(next, heard_at_ + settings_.enquire_link);
  }
  for (const auto& [sequence, part] : in_flight_) {
    next = std::min(next, part.sent_at + settings_.response_timeout);
  }
  for (const auto& [id, job] : jobs_) {
    if (!job.failure) next = std::min(next, job.give_up_at);
  }
  const bool has_room = static_cast<int>(in_flight_.size()) < settings_.window;
  if (state_ == State::kBound && !waiting_.empty() && has_room) {
    next = std::min(next, pace_.next_at());
  }
  return next;
}

}  // namespace narada::control::sms
