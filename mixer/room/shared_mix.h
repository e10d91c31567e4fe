// What is kept from tick to tick of a mix that many may hear: its limiter, and who encodes it for
// whom.
//   SharedMix mix(kernels);
//   SharedStream* stream = mix.Find(leg_stream.format());       // null: nobody encodes it like that
// Listeners of one mix in one format get the same payload. One of them, the leader, encodes it with
// its own encoder; the others follow, and their own encoders rest. Who leaves copies the leader's
// state first, so that its far end hears no seam; when the leader leaves, a follower goes on in its
// place. So a mix needs no encoder of its own, whatever formats come and go.
// One thread at a time; no allocation.
#ifndef NARADA_MIXER_ROOM_SHARED_MIX_H_
#define NARADA_MIXER_ROOM_SHARED_MIX_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/codec/codec_format.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/limiter.h"
#include "mixer/room/outgoing_stream.h"
#include "mixer/room/rate_changer.h"

namespace narada::mixer::room {

class Leg;

struct SharedMix;

struct SharedStream {
  SharedMix* mix = nullptr;
  Leg* leader = nullptr;  // Null: the place is free.
  // The leader's, which stays where it is until it leaves.
  OutgoingStream* outgoing = nullptr;
  size_t listeners = 0;  // The leader among them.
  uint64_t tick = 0;     // Of the room, when it was encoded last,
  uint64_t began = 0;    // and when its first leader came.
};

struct SharedMix {
  // More formats than this are encoded by each of their listeners.
  static constexpr size_t kStreamsMax = 8;

  explicit SharedMix(const dsp::Kernels& kernels) : limiter(kernels) {}

  // Null: none.
  SharedStream* Find(const codec::CodecFormat& format) noexcept {
    for (SharedStream& stream : streams) {
      if (stream.leader != nullptr && stream.outgoing->format().IsEncodedLike(format)) {
        return &stream;
      }
    }
    return nullptr;
  }
  SharedStream* FindFree() noexcept {
    for (SharedStream& stream : streams) {
      if (stream.leader == nullptr) return &stream;
    }
    return nullptr;
  }

  dsp::Limiter limiter;
  float gain_before = 1.0f;  // The limiter's, before this tick.
  std::array<SharedStream, kStreamsMax> streams;
  StreamPast past;  // At the room's rate.
  // The last sample that was heard at each rate, to be joined to where the room's rate changes.
  std::array<int16_t, kRateCount> last = {};
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_SHARED_MIX_H_
