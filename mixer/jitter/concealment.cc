#include "mixer/jitter/concealment.h"

#include <algorithm>

namespace narada::mixer::jitter {
namespace {

// Weighted by `weight` of `scale`: a at 0, b at `scale`.
int16_t Blend(int32_t a, int32_t b, int weight, int scale) {
  const int64_t sum = int64_t{a} * (scale - weight) + int64_t{b} * weight;
  return static_cast<int16_t>(std::clamp<int64_t>(sum / scale, INT16_MIN, INT16_MAX));
}

}  // namespace

Concealment::Concealment(SampleRate rate)
    : period_min_(rate.hertz() / 200),
      period_max_(rate.hertz() / 66),
      compared_(rate.hertz() / 50),
      history_size_(period_max_ + std::max(compared_, period_max_ / 2)),
      fade_begin_(rate.hertz() / 100),
      fade_end_(rate.hertz() * 6 / 100),
      history_(std::make_unique<int16_t[]>(history_size_)),
      cycle_(std::make_unique<int16_t[]>(period_max_)) {}

void Concealment::Reset() noexcept {
  ForgetPast();
  concealed_ = 0;
}

void Concealment::ForgetPast() noexcept { std::fill_n(history_.get(), history_size_, int16_t{0}); }

void Concealment::OnAudio(std::span<const int16_t> samples) noexcept {
  concealed_ = 0;
  Remember(samples);
}

void Concealment::Remember(std::span<const int16_t> samples) noexcept {
  if (samples.size() >= static_cast<size_t>(history_size_)) {
    std::copy(samples.end() - history_size_, samples.end(), history_.get());
    return;
  }
  const auto kept = history_size_ - static_cast<int>(samples.size());
  std::copy(history_.get() + samples.size(), history_.get() + history_size_, history_.get());
  std::copy(samples.begin(), samples.end(), history_.get() + kept);
}

int Concealment::FindPeriod() const noexcept {
  const int16_t* newest = history_.get() + history_size_ - compared_;
  int best = period_max_;
  double best_score = -1;
  for (int period = period_min_; period <= period_max_; ++period) {
    const int16_t* older = newest - period;
    int64_t product = 0, energy = 0;
    for (int i = 0; i < compared_; ++i) {
      product += int32_t{newest[i]} * older[i];
      energy += int32_t{older[i]} * older[i];
    }
    if (product <= 0 || energy == 0) continue;
    // The squared normalised correlation, less what is the same for all periods.
    const double score =
        static_cast<double>(product) * static_cast<double>(product) / static_cast<double>(energy);
    if (score > best_score) {
      best_score = score;
      best = period;
    }
  }
  return best;
}

void Concealment::Begin() noexcept {
  period_ = FindPeriod();
  phase_ = 0;
  const int16_t* end = history_.get() + history_size_;
  const int16_t* begin = end - period_;
  std::copy(begin, end, cycle_.get());
  // The end of the cycle leads over to its beginning, by the samples that came before it.
  const int quarter = period_ / 4;
  for (int i = 0; i < quarter; ++i) {
    const int at = period_ - quarter + i;
    cycle_[at] = Blend(begin[at], begin[i - quarter], i + 1, quarter);
  }
  // What the repetition misses at the join is added and fades out.
  smooth_ = quarter;
  step_ = int32_t{end[-1]} - begin[-1];
}

int16_t Concealment::NextSample() noexcept {
  if (is_silent()) {
    ++concealed_;
    return 0;
  }
  int32_t sample = cycle_[phase_];
  if (++phase_ == period_) phase_ = 0;
  if (concealed_ < smooth_) {
    sample += static_cast<int32_t>(step_ * (smooth_ - concealed_) / smooth_);
  }
  if (concealed_ >= fade_begin_) {
    sample = static_cast<int32_t>(sample * (fade_end_ - concealed_) / (fade_end_ - fade_begin_));
  }
  ++concealed_;
  return static_cast<int16_t>(std::clamp<int32_t>(sample, INT16_MIN, INT16_MAX));
}

void Concealment::Conceal(std::span<int16_t> samples) noexcept {
  if (concealed_ == 0) Begin();
  if (is_silent()) {
    std::fill(samples.begin(), samples.end(), int16_t{0});
    return;
  }
  for (int16_t& sample : samples) sample = NextSample();
  Remember(samples);
}

void Concealment::Recover(std::span<int16_t> samples) noexcept {
  if (concealed_ == 0) return;
  // A quarter period, and more after a longer loss, up to 10 ms.
  const int64_t overlap =
      std::min({static_cast<int64_t>(samples.size()), period_ / 4 + concealed_ / 4, fade_begin_});
  for (int64_t i = 0; i < overlap; ++i) {
    samples[i] =
        Blend(NextSample(), samples[i], static_cast<int>(i + 1), static_cast<int>(overlap + 1));
  }
  concealed_ = 0;
}

}  // namespace narada::mixer::jitter
