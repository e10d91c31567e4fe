#include "sip/gateway.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace narada::sip {
namespace {

// A control that restarts is back within this time; callers hear nothing of it.
constexpr absl::Duration kGrace = absl::Seconds(4);
constexpr absl::Duration kRetryAfter = absl::Seconds(5);
constexpr size_t kWaitingDigitsMax = 10000;

template <typename T>
bool Is(const CallEvent& event) {
  return std::holds_alternative<T>(event.what);
}
template <typename T>
bool Is(const CallCommand& command) {
  return std::holds_alternative<T>(command.what);
}

}  // namespace

Gateway::Gateway(EventLoop& loop, SipMetrics& metrics, std::function<void(bool)> serving_changed)
    : loop_(loop), metrics_(metrics), serving_changed_(std::move(serving_changed)) {}

Gateway::~Gateway() { loop_.Cancel(grace_); }

void Gateway::Connect(UserAgent& agent, ControlLink& link) {
  agent_ = &agent;
  link_ = &link;
}

void Gateway::OnCallEvent(CallEvent event) {
  const std::string call_id = event.call_id;
  if (Is<CallOffered>(event)) {
    if (!is_serving_) {
      RejectBecauseAway(call_id);
      return;
    }
    undecided_calls_[call_id] = event;
    if (!is_up_) return;  // Told with the next stream.
  } else if (Is<MediaOffered>(event)) {
    if (!is_serving_) {
      agent_->Carry({call_id, RejectMedia{RefusalReason::kOverloaded, ""}});
      return;
    }
    undecided_media_[call_id] = event;
    if (!is_up_) return;
  } else if (Is<DigitsPressed>(event) && !is_up_) {
    // Its INFO was answered with 200, so it must not get lost.
    if (waiting_digits_.size() < kWaitingDigitsMax) waiting_digits_.push_back(std::move(event));
    return;
  } else if (Is<CallEnded>(event)) {
    undecided_media_.erase(call_id);
    // Control never heard of a call that came and went while it was away.
    if (undecided_calls_.erase(call_id) > 0 && !is_up_) return;
  }
  link_->Send(event);
}

std::vector<std::string> Gateway::CallsToAnnounce() {
  std::vector<std::string> ids = agent_->CallIds();
  // Undecided calls are offered anew instead.
  ids.erase(
      std::remove_if(ids.begin(), ids.end(),
                     [this](const std::string& id) { return undecided_calls_.count(id) > 0; }),
      ids.end());
  return ids;
}

void Gateway::OnControlUp() {
  loop_.Cancel(std::exchange(grace_, 0));
  is_up_ = true;
  metrics_.SetControlConnected(true);
  SetServing(true);
  for (const auto& [id, event] : undecided_calls_) link_->Send(event);
  for (const auto& [id, event] : undecided_media_) link_->Send(event);
  for (const CallEvent& event : std::exchange(waiting_digits_, {})) link_->Send(event);
}

void Gateway::OnControlDown() {
  is_up_ = false;
  metrics_.SetControlConnected(false);
  grace_ = loop_.After(kGrace, [this] {
    grace_ = 0;
    GiveUpOnControl();
  });
}

void Gateway::GiveUpOnControl() {
  LOG_WARNING("control is away: {} calls stay up, new ones are refused",
              agent_->CallIds().size() - undecided_calls_.size());
  SetServing(false);
  // From here on an INFO gets 503. What was pressed so long ago would answer another question.
  if (!waiting_digits_.empty()) LOG_WARNING("{} keys are dropped", waiting_digits_.size());
  waiting_digits_.clear();
  // Rejecting ends a call, which takes it out of the table.
  const std::map<std::string, CallEvent> calls = std::exchange(undecided_calls_, {});
  for (const auto& [id, event] : calls) RejectBecauseAway(id);
  const std::map<std::string, CallEvent> media = std::exchange(undecided_media_, {});
  for (const auto& [id, event] : media) {
    agent_->Carry({id, RejectMedia{RefusalReason::kOverloaded, ""}});
  }
}

void Gateway::RejectBecauseAway(const std::string& call_id) {
  agent_->Carry({call_id, RejectCall{RefusalReason::kOverloaded, "", kRetryAfter}});
}

void Gateway::SetServing(bool is_serving) {
  if (is_serving_ == is_serving) return;
  is_serving_ = is_serving;
  agent_->SetServing(is_serving);
  serving_changed_(is_serving);
}

void Gateway::OnCommand(const CallCommand& command) {
  if (!Is<RingCall>(command)) undecided_calls_.erase(command.call_id);
  if (Is<AnswerMedia>(command) || Is<RejectMedia>(command)) {
    undecided_media_.erase(command.call_id);
  }
  if (!agent_->Carry(command)) {
    LOG_DEBUG("command {} for call {} came too late", command.what.index(), command.call_id);
  }
}

}  // namespace narada::sip
