// One reader of the events: a snapshot, then every change; or, with a cursor, what came since. Says
// what it missed, then begins anew with a snapshot.
//   ASSIGN_OR_RETURN(EventReader reader, EventReader::Create(state, request));
//   while (!cancelled) if (reader.Next(absl::Milliseconds(200), &response)) writer->Write(response);
// One thread. A reader that is too slow finds that the log has forgotten; nobody waits for it.
#ifndef NARADA_MIXER_SERVICE_EVENT_READER_H_
#define NARADA_MIXER_SERVICE_EVENT_READER_H_

#include <cstdint>
#include <deque>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mixer/service/mixer_state.h"
#include "narada/mixer/v1/event.pb.h"

namespace narada::mixer::service {

class EventReader {
 public:
  // Errors: INVALID_ARGUMENT / CURSOR_INVALID, for a place that has not been yet.
  static absl::StatusOr<EventReader> Create(const MixerState& state,
                                            const v1::WatchEventsRequest& request);

  // True with the next response; false when none came for `timeout`.
  bool Next(absl::Duration timeout, v1::WatchEventsResponse* response);

 private:
  explicit EventReader(const MixerState& state) : state_(&state) {}
  void QueueSnapshot();
  // `first` is what the reader wanted next.
  void QueueMissed(const v1::EventCursor& first, uint64_t last);

  const MixerState* state_;
  uint64_t next_ = 1;  // The sequence wanted.
  std::deque<v1::WatchEventsResponse> queued_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_EVENT_READER_H_
