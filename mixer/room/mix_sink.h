// Takes one room's mix, frame by frame: a recorder.
#ifndef NARADA_MIXER_ROOM_MIX_SINK_H_
#define NARADA_MIXER_ROOM_MIX_SINK_H_

#include <cstdint>
#include <span>

#include "mixer/units/media_time.h"

namespace narada::mixer::room {

class MixSink {
 public:
  virtual ~MixSink() = default;
  // Once a tick: what a silent listener of the room hears, silence included. Worker thread: no
  // allocation, no waiting.
  virtual void Write(std::span<const int16_t> mix, MediaTime now) noexcept = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_MIX_SINK_H_
