#include "tests/phone/heard_audio.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tests/phone/tone.h"

namespace narada::phone {

int64_t HeardAudio::ToSample(absl::Duration at) const {
  return static_cast<int64_t>(absl::ToDoubleSeconds(at) * rate_hz_ + 0.5);
}

absl::Duration HeardAudio::ToTime(size_t sample) const {
  return absl::Seconds(static_cast<int64_t>(sample)) / rate_hz_;
}

void HeardAudio::Put(int64_t first_sample, std::span<const int16_t> samples) {
  if (first_sample < 0) {
    const size_t before = std::min<size_t>(samples.size(), static_cast<size_t>(-first_sample));
    samples = samples.subspan(before);
    first_sample = 0;
  }
  if (samples.empty()) return;
  const size_t end = static_cast<size_t>(first_sample) + samples.size();
  if (end > samples_.size()) {
    samples_.resize(end, 0);
    is_covered_.resize(end, false);
  }
  std::copy(samples.begin(), samples.end(), samples_.begin() + first_sample);
  std::fill(is_covered_.begin() + first_sample,
            is_covered_.begin() + first_sample + static_cast<int64_t>(samples.size()), true);
}

absl::Duration HeardAudio::length() const { return ToTime(samples_.size()); }

std::span<const int16_t> HeardAudio::Between(absl::Duration from, absl::Duration to) const {
  const int64_t size = static_cast<int64_t>(samples_.size());
  const int64_t first = std::clamp<int64_t>(ToSample(from), 0, size);
  const int64_t last = std::clamp<int64_t>(ToSample(to), first, size);
  return std::span<const int16_t>(samples_).subspan(static_cast<size_t>(first),
                                                    static_cast<size_t>(last - first));
}

double HeardAudio::LevelDbov(absl::Duration from, absl::Duration to) const {
  return PowerDbov(Between(from, to));
}

double HeardAudio::ToneLevelDbov(double frequency_hz, absl::Duration from,
                                 absl::Duration to) const {
  return GoertzelDbov(Between(from, to), frequency_hz, rate_hz_);
}

double HeardAudio::UsualToneLevelDbov(double frequency_hz, absl::Duration from,
                                      absl::Duration to) const {
  constexpr absl::Duration kWindow = absl::Milliseconds(250);
  std::vector<double> levels;
  for (absl::Duration at = from; at + kWindow <= to; at += kWindow) {
    levels.push_back(ToneLevelDbov(frequency_hz, at, at + kWindow));
  }
  if (levels.empty()) return ToneLevelDbov(frequency_hz, from, to);
  const auto middle = levels.begin() + static_cast<ptrdiff_t>((levels.size() - 1) / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  return *middle;
}

absl::optional<absl::Duration> HeardAudio::FirstSound(double threshold_dbov,
                                                      absl::Duration from) const {
  const size_t block = static_cast<size_t>(rate_hz_) / 100;  // 10 ms
  for (size_t at = static_cast<size_t>(std::max<int64_t>(0, ToSample(from)));
       at + block <= samples_.size(); at += block / 2) {
    if (PowerDbov(std::span(samples_).subspan(at, block)) > threshold_dbov) return ToTime(at);
  }
  return absl::nullopt;
}

absl::optional<absl::Duration> HeardAudio::FirstSilence(absl::Duration quiet, double threshold_dbov,
                                                        absl::Duration from) const {
  const size_t block = static_cast<size_t>(rate_hz_) / 100;  // 10 ms
  const size_t first = static_cast<size_t>(std::max<int64_t>(0, ToSample(from)));
  const size_t wanted = static_cast<size_t>(ToSample(quiet));
  size_t start = first;
  for (size_t at = first; at + block <= samples_.size(); at += block) {
    if (PowerDbov(std::span(samples_).subspan(at, block)) > threshold_dbov) {
      start = at + block;
    } else if (at + block - start >= wanted) {
      return ToTime(start);
    }
  }
  return absl::nullopt;
}

absl::Duration HeardAudio::LongestGap(absl::Duration from, absl::Duration to) const {
  const size_t first = static_cast<size_t>(std::max<int64_t>(0, ToSample(from)));
  const size_t last =
      std::min(is_covered_.size(), static_cast<size_t>(std::max<int64_t>(0, ToSample(to))));
  size_t longest = 0;
  size_t run = 0;
  for (size_t at = first; at < last; ++at) {
    run = is_covered_[at] ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  return ToTime(longest);
}

absl::Duration HeardAudio::LongestQuiet(double threshold_dbov, absl::Duration from,
                                        absl::Duration to) const {
  const size_t step = static_cast<size_t>(rate_hz_) / 200;  // 5 ms
  const std::span<const int16_t> heard = Between(from, to);
  size_t longest = 0;
  size_t run = 0;
  for (size_t at = 0; at + step <= heard.size(); at += step) {
    run = PowerDbov(heard.subspan(at, step)) < threshold_dbov ? run + step : 0;
    longest = std::max(longest, run);
  }
  return ToTime(longest);
}

}  // namespace narada::phone
