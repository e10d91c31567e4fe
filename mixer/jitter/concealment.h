// Goes on with a voice where packets are missing, so that a loss is heard as little as possible
// (after ITU-T G.711 Appendix I): the last period of the waveform is repeated, faded from 10 ms on
// and silent after 60 ms.
//   concealment.OnAudio(played);     // always: what was really played
//   concealment.Conceal(missing);   // instead of lost samples, as often as need be
//   concealment.Recover(arrived);   // the first samples after a loss, cross-faded in place
// Unlike Appendix I it adds no delay: the join is smoothed behind the last good sample, not before
// it. For 8 to 48 kHz. Integers, and doubles only to compare exact sums: every machine makes the
// same samples. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_CONCEALMENT_H_
#define NARADA_MIXER_JITTER_CONCEALMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/units/bring_into_cache.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::jitter {

class Concealment {
 public:
  explicit Concealment(SampleRate rate);

  void OnAudio(std::span<const int16_t> samples) noexcept;
  void Conceal(std::span<int16_t> samples) noexcept;
  // Fades the concealment out and the arrived samples in; nothing to do where nothing was
  // concealed.
  void Recover(std::span<int16_t> samples) noexcept;

  // A hint to the CPU: about to be used.
  void BringNear() const noexcept {
    BringIntoCache(history_.get(), history_.get() + history_size_);
  }

  bool is_concealing() const noexcept { return concealed_ > 0; }
  // The present loss has lasted so long that only silence is left.
  bool is_silent() const noexcept { return concealed_ >= fade_end_; }

  // Forgets the voice: a new one begins.
  void Reset() noexcept;

  // In a long silence. The past becomes silence; what is concealed stays so.
  void ForgetPast() noexcept;
  // From then on, the same as OnAudio() and Conceal() of zeros.
  void OnSilence() noexcept { concealed_ = 0; }
  void ConcealSilence() noexcept { concealed_ = fade_end_; }
  size_t history_size() const noexcept { return static_cast<size_t>(history_size_); }

 private:
  void Begin() noexcept;
  int FindPeriod() const noexcept;
  int16_t NextSample() noexcept;
  void Remember(std::span<const int16_t> samples) noexcept;

  // In samples, of: the shortest and the longest period (200 and 66 Hz: shorter ones repeat within
  // it), what is compared to find it, the history that this needs, and when the fading begins and
  // ends.
  const int period_min_;
  const int period_max_;
  const int compared_;
  const int history_size_;
  const int64_t fade_begin_;
  const int64_t fade_end_;

  std::unique_ptr<int16_t[]> history_;  // The last history_size_ samples, oldest first.
  std::unique_ptr<int16_t[]> cycle_;    // The period that is repeated.
  int period_ = 0;
  int phase_ = 0;     // Where in the cycle.
  int32_t step_ = 0;  // The step at the join, faded out over smooth_ samples.
  int smooth_ = 0;
  int64_t concealed_ = 0;  // Samples since the loss began.
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_CONCEALMENT_H_
