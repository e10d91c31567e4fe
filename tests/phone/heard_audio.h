#ifndef NARADA_TESTS_PHONE_HEARD_AUDIO_H_
#define NARADA_TESTS_PHONE_HEARD_AUDIO_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace narada::phone {

// Everything a phone heard, mono, on a time axis whose zero is the answer of the call.
//   HeardAudio heard = phone->media().Heard();
//   EXPECT_NEAR(heard.ToneLevelDbov(440, absl::Seconds(2), absl::Seconds(4)), -20, 1);
// A packet stands where its RTP timestamp puts it; what no packet covered is silence and known as
// missing. A value: take it, look at it, keep it. Not thread-safe.
class HeardAudio {
 public:
  explicit HeardAudio(int rate_hz = 8000) : rate_hz_(rate_hz) {}

  int rate_hz() const { return rate_hz_; }

  // Puts `samples` at `first_sample` (samples before zero are dropped). Later writes win.
  void Put(int64_t first_sample, std::span<const int16_t> samples);

  std::span<const int16_t> samples() const { return samples_; }
  absl::Duration length() const;

  // Power of all that was heard in [from, to).
  double LevelDbov(absl::Duration from, absl::Duration to) const;

  // Power of one tone in [from, to), by a windowed Goertzel filter: an other tone at least
  // 8 / (to - from) hertz away is at least 90 dB down. A quarter of a second is the least useful.
  double ToneLevelDbov(double frequency_hz, absl::Duration from, absl::Duration to) const;
  // The (lower) median of the tone's level over the quarters of a second in [from, to): for calls in real
  // time on a busy machine, where one packet that came too late turns the tone's phase and would
  // take 4 dB from a measurement over the whole.
  double UsualToneLevelDbov(double frequency_hz, absl::Duration from, absl::Duration to) const;

  // The first moment at or after `from` at which 10 ms are louder than `threshold_dbov`.
  absl::optional<absl::Duration> FirstSound(double threshold_dbov = -50.0,
                                            absl::Duration from = absl::ZeroDuration()) const;
  // The first moment at or after `from` that starts `quiet` of audio below `threshold_dbov`.
  absl::optional<absl::Duration> FirstSilence(absl::Duration quiet, double threshold_dbov = -50.0,
                                              absl::Duration from = absl::ZeroDuration()) const;

  // The longest stretch in [from, to) that no packet covered; `to` is cut at length().
  absl::Duration LongestGap(absl::Duration from, absl::Duration to) const;
  // The longest stretch in [from, to) below `threshold_dbov`, counted in steps of 5 ms: a hole in
  // a steady tone, whether packets were lost or silence was sent.
  absl::Duration LongestQuiet(double threshold_dbov, absl::Duration from, absl::Duration to) const;

 private:
  std::span<const int16_t> Between(absl::Duration from, absl::Duration to) const;

  int64_t ToSample(absl::Duration at) const;
  absl::Duration ToTime(size_t sample) const;

  int rate_hz_;
  std::vector<int16_t> samples_;
  std::vector<bool> is_covered_;  // Per sample, as long as samples_.
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_HEARD_AUDIO_H_
