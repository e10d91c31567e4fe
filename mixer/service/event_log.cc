#include "mixer/service/event_log.h"

#include <utility>

namespace narada::mixer::service {

void EventLog::Append(v1::Event event) {
  event.mutable_cursor()->set_sequence(last() + 1);
  events_.push_back(std::make_shared<const std::string>(event.SerializeAsString()));
  if (events_.size() > events_max_) {
    events_.pop_front();
    ++first_;
  }
}

void EventLog::Skip(uint64_t count) {
  if (count == 0) return;
  if (count >= events_max_) {  // Nothing that is remembered would be left.
    first_ = last() + count + 1;
    events_.clear();
    return;
  }
  for (uint64_t i = 0; i < count; ++i) events_.push_back(nullptr);
  while (events_.size() > events_max_) {
    events_.pop_front();
    ++first_;
  }
}

EventLog::Found EventLog::Find(uint64_t sequence) const {
  if (sequence > last()) return {};
  const bool is_forgotten = sequence < first_;
  // Whoever missed one gets a snapshot, which makes the ones up to now superfluous.
  if (is_forgotten || events_[sequence - first_] == nullptr)
    return {.event = nullptr, .missed_until = last()};
  return {.event = events_[sequence - first_], .missed_until = 0};
}

}  // namespace narada::mixer::service
