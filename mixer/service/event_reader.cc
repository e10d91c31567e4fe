#include "mixer/service/event_reader.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace narada::mixer::service {

absl::StatusOr<EventReader> EventReader::Create(const MixerState& state,
                                                const v1::WatchEventsRequest& request) {
  EventReader reader(state);
  if (!request.has_cursor()) {
    reader.QueueSnapshot();
    return reader;
  }
  v1::EventCursor wanted = request.cursor();
  const uint64_t last = state.last_sequence();
  if (wanted.epoch() != state.epoch()) {  // Another life of the mixer: everything changed.
    wanted.set_sequence(wanted.sequence() + 1);
    reader.QueueMissed(wanted, last);
    reader.QueueSnapshot();
    return reader;
  }
  if (wanted.sequence() > last) {
    return InvalidField("cursor.sequence", "CURSOR_INVALID",
                        "the cursor lies behind the last event of this epoch");
  }
  reader.next_ = wanted.sequence() + 1;
  return reader;
}

void EventReader::QueueSnapshot() {
  uint64_t sequence = 0;
  for (v1::Snapshot& part : state_->TakeSnapshot(&sequence)) {
    queued_.emplace_back();
    *queued_.back().mutable_snapshot() = std::move(part);
  }
  next_ = sequence + 1;
}

void EventReader::QueueMissed(const v1::EventCursor& first, uint64_t last) {
  queued_.emplace_back();
  v1::Missed& missed = *queued_.back().mutable_missed();
  *missed.mutable_first() = first;
  missed.mutable_last()->set_epoch(state_->epoch());
  missed.mutable_last()->set_sequence(last);
}

bool EventReader::Next(absl::Duration timeout, v1::WatchEventsResponse* response) {
  if (queued_.empty()) {
    const EventLog::Found found = state_->WaitFor(next_, timeout);
    if (found.event != nullptr) {
      response->Clear();
      CHECK(response->mutable_event()->ParseFromString(*found.event)) << "the log has written it";
      ++next_;
      return true;
    }
    if (found.missed_until == 0) return false;
    v1::EventCursor first;
    first.set_epoch(state_->epoch());
    first.set_sequence(next_);
    QueueMissed(first, 0);
    QueueSnapshot();
    // The snapshot may be newer than what was known a moment ago.
    queued_.front().mutable_missed()->mutable_last()->set_sequence(next_ - 1);
  }
  *response = std::move(queued_.front());
  queued_.pop_front();
  return true;
}

}  // namespace narada::mixer::service
