// Brings frames of any number of streams from one of the rooms' rates (8, 16, 48 kHz) to another,
// with one resampler: a stream keeps none of its own, but its last milliseconds, which is all that
// the filters remember.
//   RateChanger changer;                                        // off the worker, one for all rooms of a worker
//   changer.Change(past, frame, from, to, out);                 // `past` came just before `frame`
//   StreamPast past; past.Keep(frame); past.samples();          // for whoever has no frames at hand
// Allocates in the constructor only. One thread at a time.
#ifndef NARADA_MIXER_ROOM_RATE_CHANGER_H_
#define NARADA_MIXER_ROOM_RATE_CHANGER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/dsp/stream_resampler.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

inline constexpr SampleRate kRates[] = {SampleRate::FromHertz(8000), SampleRate::FromHertz(16000),
                                        SampleRate::FromHertz(48000)};
inline constexpr size_t kRateCount = 3;
inline constexpr size_t kFrameMax = 960;  // 20 ms at 48 kHz.

// Where a rate stands in kRates.
constexpr size_t IndexOf(SampleRate rate) {
  return rate.hertz() <= 8000 ? 0 : rate.hertz() <= 16000 ? 1 : 2;
}

class RateChanger {
 public:
  // No filter remembers more.
  static constexpr MediaDuration kPast = Milliseconds(8);

  RateChanger();

  // `frame` and `out` hold the same time, at `from` and `to`. `past` is what came before `frame`: of
  // kPast, or less where silence came before that.
  void Change(std::span<const int16_t> past, std::span<const int16_t> frame, SampleRate from,
              SampleRate to, std::span<int16_t> out) noexcept;

 private:
  dsp::StreamResampler resampler_;
};

// The last kPast of a stream.
class StreamPast {
 public:
  void Keep(std::span<const int16_t> frame, SampleRate rate) noexcept {
    size_ = std::min(frame.size(), rate.SamplesIn(RateChanger::kPast).size());
    std::copy(frame.end() - size_, frame.end(), samples_.begin());
  }
  void Forget() noexcept { size_ = 0; }
  std::span<const int16_t> samples() const noexcept { return {samples_.data(), size_}; }

 private:
  std::array<int16_t, 384> samples_;  // At 48 kHz.
  size_t size_ = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_RATE_CHANGER_H_
