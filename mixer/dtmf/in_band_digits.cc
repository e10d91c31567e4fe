#include "mixer/dtmf/in_band_digits.h"

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::dtmf {
namespace {

constexpr SampleRate kDetectorRate = SampleRate::FromHertz(8000);

}  // namespace

InBandDigits::InBandDigits(SampleRate rate)
    : ratio_(rate.hertz() / kDetectorRate.hertz()), line_size_(rate.SamplesIn(kLookBack).size()) {
  CHECK_EQ(rate.hertz() % kDetectorRate.hertz(), 0) << "a leg's rate is 8, 16 or 48 kHz";
  if (ratio_ > 1) to_8k_.emplace(rate, kDetectorRate);
  line_ = std::make_unique<int16_t[]>(line_size_);
  for (Press& press : presses_) press = {.begin = -kStillPressed, .end = -kStillPressed};
}

std::optional<char> InBandDigits::Process(std::span<int16_t> frame, bool is_concealed) noexcept {
  DCHECK_EQ(static_cast<int64_t>(frame.size()), kFrame * ratio_) << "20 ms of the leg's rate";
  const std::optional<char> digit = Detect(frame, is_concealed);
  std::swap_ranges(frame.begin(), frame.end(), line_.get() + line_at_);
  line_at_ = (line_at_ + frame.size()) % line_size_;
  for (const Press& press : presses_) CutOut(press, position_ - kDelay, frame);
  position_ += kFrame;
  return digit;
}

std::span<const int16_t> InBandDigits::Ahead() const noexcept {
  // A press that has just ended may still be in the line.
  if (position_ - kDelay < presses_[newest_].end + kFade) return {};
  return {line_.get() + line_at_, static_cast<size_t>(kFrame * ratio_)};
}

std::optional<char> InBandDigits::Detect(std::span<const int16_t> frame,
                                         bool is_concealed) noexcept {
  if (is_concealed && detector_.digit() != 0) {
    detector_.Skip(kFrame);
    return std::nullopt;
  }
  std::array<int16_t, kFrame> narrow;
  if (to_8k_.has_value()) {
    to_8k_->Process(frame, narrow);
    frame = narrow;
  }
  std::optional<char> digit;
  detector_.Process(frame, [&](ToneChange change) {
    if (const auto pressed = OnChange(change)) digit = pressed;
  });
  return digit;
}

std::optional<char> InBandDigits::OnChange(ToneChange change) noexcept {
  Press& newest = presses_[newest_];
  if (change.digit == 0) {
    newest.end = change.at;
    return std::nullopt;
  }
  if (newest.end == kStillPressed) newest.end = change.at;  // From one key straight to another.
  if (change.digit == last_digit_ && change.at - newest.end < kPauseMin) {
    newest.end = kStillPressed;
    return std::nullopt;
  }
  last_digit_ = change.digit;
  newest_ = (newest_ + 1) % presses_.size();
  presses_[newest_] = {.begin = change.at - kBefore};
  return change.digit;
}

void InBandDigits::CutOut(const Press& press, int64_t begin,
                          std::span<int16_t> frame) const noexcept {
  if (press.end + kFade <= begin || press.begin - kFade >= begin + kFrame) return;
  // Full volume at -kFade and before, none from 0 to the end of the press, full again kFade later.
  const int64_t from = (begin - press.begin) * ratio_;
  const int64_t fade = kFade * ratio_;
  const int64_t length =
      press.end == kStillPressed ? kStillPressed : (press.end - press.begin) * ratio_;
  for (size_t i = 0; i < frame.size(); ++i) {
    const int64_t at = from + static_cast<int64_t>(i);
    const int64_t distance = std::clamp<int64_t>(std::max(-at, at - length), 0, fade);
    frame[i] = static_cast<int16_t>(frame[i] * distance / fade);
  }
}

}  // namespace narada::mixer::dtmf
