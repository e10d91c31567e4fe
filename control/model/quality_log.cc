#include "control/model/quality_log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"

namespace narada::control {
namespace {

// One for several that follow each other: the worst MOS, which is what somebody looks for, the loss up to
// the last, and the largest jitter.
QualitySample Worst(absl::Span<const QualitySample> several) {
  QualitySample worst = several.back();
  for (const QualitySample& one : several) {
    if (one.mos > 0 && (worst.mos == 0 || one.mos < worst.mos)) worst.mos = one.mos;
    worst.interarrival_jitter = std::max(worst.interarrival_jitter, one.interarrival_jitter);
  }
  return worst;
}

}  // namespace

void QualityLog::Add(const CallQuality& quality, absl::Time now) {
  gathered_.push_back({now, quality.mos, quality.loss_ratio, quality.interarrival_jitter});
  if (gathered_.size() < stride_) return;
  samples_.push_back(Worst(gathered_));
  gathered_.clear();
  if (samples_.size() <= kSamplesMax) return;
  std::vector<QualitySample> coarse;
  for (size_t i = 0; i < samples_.size(); i += 2) {
    const size_t count = std::min<size_t>(2, samples_.size() - i);
    coarse.push_back(Worst(absl::MakeConstSpan(samples_).subspan(i, count)));
  }
  samples_ = std::move(coarse);
  stride_ *= 2;
}

std::string QualityToText(const std::vector<QualitySample>& samples, absl::Time start) {
  std::string text;
  for (const QualitySample& sample : samples) {
    absl::StrAppend(&text, text.empty() ? "" : ",", absl::ToInt64Milliseconds(sample.at - start),
                    ":", std::lround(sample.mos * 1e3), ":", std::lround(sample.loss_ratio * 1e6),
                    ":", absl::ToInt64Microseconds(sample.interarrival_jitter));
  }
  return text;
}

std::vector<QualitySample> QualityFromText(absl::string_view text, absl::Time start) {
  std::vector<QualitySample> samples;
  for (const absl::string_view one : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(one, ':');
    std::array<int64_t, 4> numbers{};
    bool is_read = parts.size() == numbers.size();
    for (size_t i = 0; is_read && i < numbers.size(); ++i) {
      is_read = absl::SimpleAtoi(parts[i], &numbers[i]);
    }
    if (!is_read) continue;
    samples.push_back({.at = start + absl::Milliseconds(numbers[0]),
                       .mos = static_cast<double>(numbers[1]) / 1e3,
                       .loss_ratio = static_cast<double>(numbers[2]) / 1e6,
                       .interarrival_jitter = absl::Microseconds(numbers[3])});
  }
  return samples;
}

}  // namespace narada::control
