#include "mixer/jitter/clock_follower.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace narada::mixer::jitter {

ClockFollower::ClockFollower(SampleRate rate)
    : resampler_(rate, rate),
      // A whole number of samples, which the delay in nanoseconds may have rounded down.
      lookahead_(rate.SamplesIn(resampler_.delay() + Microseconds(1)).size()) {}

void ClockFollower::Begin() noexcept {
  if (state_ == State::kCopying) state_ = State::kPreparing;
}

void ClockFollower::BeginInSilence() noexcept {
  resampler_.Reset();
  state_ = State::kFollowing;
}

void ClockFollower::EndInSilence() noexcept {
  resampler_.Reset();
  resampler_.set_skew_ppb(0);
  state_ = State::kCopying;
}

size_t ClockFollower::InputFor(size_t frame) const noexcept {
  switch (state_) {
    case State::kCopying:
    case State::kPreparing:
      return frame;
    case State::kJoining:
      return frame + lookahead_;
    case State::kFollowing:
      break;
  }
  return resampler_.InputFor(frame);
}

bool ClockFollower::PlaySilence(std::span<const int16_t> zeros, std::span<int16_t> frame) noexcept {
  if (state_ == State::kCopying) return true;
  const size_t before = zeros_;
  if (state_ == State::kFollowing && before >= dsp::kSkewFilterTaps) {
    resampler_.PassSilence(zeros.size(), frame.size());
    return true;
  }
  Play(zeros, frame);
  zeros_ = before + zeros.size();
  return false;
}

void ClockFollower::Play(std::span<const int16_t> in, std::span<int16_t> frame) noexcept {
  zeros_ = 0;
  DCHECK_EQ(in.size(), InputFor(frame.size()));
  DCHECK(frame.size() <= kFrameMax);
  std::array<int16_t, kFrameMax> played_before;
  switch (state_) {
    case State::kCopying:
      std::copy(in.begin(), in.end(), frame.begin());
      return;
    case State::kPreparing:
      std::copy(in.begin(), in.end(), frame.begin());
      resampler_.Reset();
      resampler_.Process(in, std::span(played_before).first(in.size()));
      state_ = State::kJoining;
      return;
    case State::kJoining:
      resampler_.Process(in.first(lookahead_), std::span(played_before).first(lookahead_));
      in = in.subspan(lookahead_);
      state_ = State::kFollowing;
      break;
    case State::kFollowing:
      break;
  }
  resampler_.Process(in, frame);
}

}  // namespace narada::mixer::jitter
