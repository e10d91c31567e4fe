#include "mixer/media/recording_tap.h"

#include <algorithm>

namespace narada::mixer::media {
namespace {

constexpr size_t kMixRingBytes = 512 << 10;
constexpr size_t kLegsRingBytes = 4 << 20;

// Kept free of frames, so that marks find room while frames are lost: some hundred of them.
constexpr size_t kMarksReserve = 16 << 10;

// After so many without one a room was empty, or its worker skipped them.
constexpr int64_t kIdleTicksMin = 5;

size_t RingBytes(const RecordingTapOptions& options) {
  if (options.ring_bytes != 0) return options.ring_bytes + kMarksReserve;
  return options.has_legs ? kLegsRingBytes : kMixRingBytes;
}

}  // namespace

RecordingTap::RecordingTap(const RecordingTapOptions& options)
    : has_legs_(options.has_legs),
      ring_(RingBytes(options)),
      is_paused_(options.is_paused),
      tick_(options.first_tick) {}

void RecordingTap::Start(MediaTime now) noexcept { last_ = now; }

void RecordingTap::AddLeg(uint64_t leg) noexcept { Mark(TapKind::kLegAdded, leg); }

void RecordingTap::RemoveLeg(uint64_t leg) noexcept { Mark(TapKind::kLegRemoved, leg); }

void RecordingTap::BeginTick(MediaTime now) noexcept {
  if (is_paused() || has_ended()) return;
  // To the nearest: ticks come about, not exactly, 20 ms apart.
  const int64_t passed = (now - last_ + kTickLength / 2) / kTickLength;
  tick_ += std::max<int64_t>(passed, 1);
  last_ = now;
}

void RecordingTap::WriteLeg(uint64_t leg, std::span<const int16_t> frame,
                            SampleRate rate) noexcept {
  if (!has_legs_) return;
  Write(TapKind::kLeg, leg, frame, rate);
}

void RecordingTap::WriteMix(std::span<const int16_t> mix, SampleRate rate) noexcept {
  const bool is_silent = std::all_of(mix.begin(), mix.end(), [](int16_t s) { return s == 0; });
  Write(TapKind::kMix, 0, is_silent ? std::span<const int16_t>() : mix, rate);
}

void RecordingTap::Write(TapKind kind, uint64_t leg, std::span<const int16_t> frame,
                         SampleRate rate) noexcept {
  if (is_paused() || has_ended()) return;
  const TapHeader header = {
      .kind = kind, .rate_hz = rate.hertz(), .leg = leg, .tick = std::max<int64_t>(tick_ - 1, 0)};
  if (ring_.TryPush(header, frame, kMarksReserve)) return;
  frames_lost_.store(frames_lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void RecordingTap::Pause(MediaTime now) noexcept {
  if (is_paused() || has_ended()) return;
  PassIdleTicks(now);
  is_paused_.store(true, std::memory_order_relaxed);
  Mark(TapKind::kPaused, 0);
}

void RecordingTap::Resume(MediaTime now) noexcept {
  if (!is_paused() || has_ended()) return;
  is_paused_.store(false, std::memory_order_relaxed);
  last_ = now;
  Mark(TapKind::kResumed, 0);
}

void RecordingTap::End(MediaTime now) noexcept {
  if (has_ended()) return;
  if (!is_paused()) PassIdleTicks(now);
  ticks_at_end_.store(tick_, std::memory_order_release);
}

// A room that ticks has none to pass; one that was empty has.
void RecordingTap::PassIdleTicks(MediaTime now) noexcept {
  const int64_t passed = (now - last_) / kTickLength;
  if (passed < kIdleTicksMin) return;
  tick_ += passed;
  last_ += kTickLength * passed;
}

void RecordingTap::Mark(TapKind kind, uint64_t leg) noexcept {
  if (has_ended()) return;
  ring_.TryPush({.kind = kind, .leg = leg, .tick = tick_}, {}, 0);
}

}  // namespace narada::mixer::media
