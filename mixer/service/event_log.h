// The numbered events of this mixer's life, the last of them kept for readers that come back.
//   log.Append(event);                          // numbered in the order of appending
//   log.Skip(n);                                // n events were lost: readers are told
//   EventLog::Found found = log.Find(next);     // what a reader who wants `next` gets
// Events are kept encoded, which takes a quarter of the memory: thousands are remembered. Not
// thread-safe: MixerState keeps it beside the state that the events change.
#ifndef NARADA_MIXER_SERVICE_EVENT_LOG_H_
#define NARADA_MIXER_SERVICE_EVENT_LOG_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "narada/mixer/v1/event.pb.h"

namespace narada::mixer::service {

class EventLog {
 public:
  // Remembers the last `events_max`.
  explicit EventLog(size_t events_max) : events_max_(events_max) {}

  // Sets the event's sequence.
  void Append(v1::Event event);
  // Numbers `count` events that nobody will see.
  void Skip(uint64_t count);

  struct Found {
    // The event asked for, encoded; null where it is not remembered, or not yet there.
    std::shared_ptr<const std::string> event;
    // Events up to this one are lost to this reader, who goes on behind it with a snapshot. 0: none.
    uint64_t missed_until = 0;
  };
  Found Find(uint64_t sequence) const;

  // Of the last event; 0 before the first.
  uint64_t last() const { return first_ + events_.size() - 1; }

 private:
  const size_t events_max_;
  uint64_t first_ = 1;                                     // Sequence of events_.front().
  std::deque<std::shared_ptr<const std::string>> events_;  // Null: skipped.
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_EVENT_LOG_H_
