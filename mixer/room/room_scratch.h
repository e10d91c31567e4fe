// Memory that a room needs within a tick and not between ticks: one for all rooms of a worker.
//   RoomScratch scratch;                        // off the worker
//   Room room({.scratch = &scratch});           // a room of that worker
// Allocates in the constructor only; about 300 KiB.
#ifndef NARADA_MIXER_ROOM_ROOM_SCRATCH_H_
#define NARADA_MIXER_ROOM_ROOM_SCRATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/room/rate_changer.h"
#include "mixer/room/speaker_selection.h"
#include "mixer/units/gain.h"

namespace narada::mixer::room {

class Leg;

// A leg in the mixes of this tick, at the room's rate.
struct MixedLeg {
  Leg* leg = nullptr;
  size_t group = 0;
  const int16_t* frame = nullptr;
};

// On cache lines of its own: of 64-byte loads that lie across two lines, each reads both.
template <typename Sample>
struct alignas(64) AlignedFrame : std::array<Sample, kFrameMax> {};

struct RoomScratch {
  // Who is chosen, and who was until now and fades out.
  static constexpr size_t kMixedMax = 2 * SpeakerSelection::kSpeakersMax;
  using Frame = AlignedFrame<int16_t>;

  RateChanger rates;
  SpeakerSelection selection;
  std::array<MixedLeg, kMixedMax> mixed;
  size_t mixed_size = 0;
  std::array<Frame, kMixedMax> frames;  // Of those that are not at the room's rate, or fade out.

  Frame announcement;  // What is played to the room.
  Frame farewell;      // Of those who left while they spoke.
  Frame noise;         // What one hears who hears nothing.

  // Of the group whose legs are sent to, at the room's rate and below.
  AlignedFrame<int32_t> sum;
  Frame common;
  std::array<Frame, kRateCount> common_at;

  // Of one leg that hears something of its own.
  AlignedFrame<int32_t> own_sum;
  Frame own;
  Frame own_voice;  // As it is in the sum: with its group's gain.
  Frame own_lowered;
  Frame prompt;
  Frame gained;  // Of another's voice, with a gain.
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_SCRATCH_H_
