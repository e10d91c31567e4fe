// What a worker tells the rest of the process, through one lock-free queue: events of its rooms in
// order, finished commands, and playback plans whose memory is to be freed.
#ifndef NARADA_MIXER_ENGINE_WORKER_MESSAGE_H_
#define NARADA_MIXER_ENGINE_WORKER_MESSAGE_H_

#include <cstdint>

#include "mixer/engine/command.h"
#include "mixer/media/playback_plan.h"
#include "mixer/room/event_sink.h"

namespace narada::mixer::engine {

struct WorkerMessage {
  enum class Kind : uint8_t { kEvent, kCommand, kRetiredPlans, kEventsLost };

  Kind kind = Kind::kEvent;
  union {
    Command* command = nullptr;  // kCommand: Finish() it.
    media::PlaybackPlan* plans;  // kRetiredPlans: a list linked by `next`, to be deleted.
    uint64_t events_lost;        // kEventsLost: as many events had no room in the queue.
  };
  room::RoomEvent event;  // kEvent.
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_MESSAGE_H_
