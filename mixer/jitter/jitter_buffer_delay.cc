// The part of JitterBuffer that keeps the delay: by the sender's clock, below the ceiling, and by time-scaling.
#include <algorithm>

#include "mixer/jitter/jitter_buffer.h"
#include "mixer/jitter/time_scaling.h"

namespace narada::mixer::jitter {

// --- The sender's clock ---

int64_t JitterBuffer::FollowingPlayoutMin() const noexcept {
  return std::min(
      std::max(delay_.needed() + ticks_.frame + ticks_.reserve, delay_.fastest() + ticks_.floor),
      delay_.fastest() + ticks_.ceiling - ticks_.frame);
}

void JitterBuffer::FollowSkew(int64_t now_ticks, MediaTime now) noexcept {
  const int64_t shortest = FollowingPlayoutMin();
  const int64_t playout = Playout(now_ticks);
  if (wants_to_follow_ && playout >= shortest) {
    wants_to_follow_ = false;
    follower_.Begin();
  }
  if (!follower_.is_following()) return;
  // Within these two the delay is left as it is.
  const int64_t longest = shortest + ticks_.slack + (delay_.needed() - delay_.fastest()) / 2;
  const int64_t excess = playout - std::clamp(playout, shortest, longest);
  const int64_t slew = ToDuration(excess).nanoseconds() / (kSlewTime / Seconds(1));
  follower_.Follow(skew_.ppb(now) +
                   static_cast<int32_t>(std::clamp(slew, -kSlewMaxPpb, kSlewMaxPpb)));
}

// --- The ceiling ---

void JitterBuffer::KeepBelowCeiling(int64_t now_ticks) noexcept {
  if (Playout(now_ticks) - delay_.fastest() <= ticks_.ceiling) return;
  // What is decoded goes first, but for what has to be played now.
  const size_t frame = ToSamples(ticks_.frame);
  if (audio_.size() > frame) {
    const int64_t dropped = ToTicks(audio_.size() - frame);
    audio_.FadeOutAfter(frame);
    statistics_.concealed_ceiling +=
        static_cast<uint64_t>((dropped + ticks_.frame - 1) / ticks_.frame);
    ahead_samples_ = 0;
  }
  if (Playout(now_ticks) - delay_.fastest() <= ticks_.ceiling) return;
  // Skips in one go to where nearly all packets are in time, be they there or not.
  const int64_t wanted =
      std::min(delay_.needed() + ticks_.margin, delay_.fastest() + ticks_.ceiling - ticks_.frame);
  const int64_t target = now_ticks - wanted;
  while (!store_.empty() && store_.front().end() <= target) store_.PopFront();
  const int64_t next = store_.empty() ? target : std::max(target, store_.front().begin);
  const int64_t skipped = next - next_;
  if (skipped <= 0) return;
  next_ = next;
  made_up_ = 0;
  statistics_.concealed_ceiling +=
      static_cast<uint64_t>((skipped + ticks_.frame - 1) / ticks_.frame);
  audio_.Skip();
}

// --- Time-scaling ---

int64_t JitterBuffer::Spare() const noexcept {
  return *std::min_element(fetches_.begin(), fetches_.end()) - delay_.needed();
}

int64_t JitterBuffer::TooTight() const noexcept {
  return std::clamp((delay_.needed() - delay_.fastest()) / kTooTightPart, ticks_.too_tight_min,
                    ticks_.too_tight_max);
}

void JitterBuffer::ScaleTime(size_t frame, int64_t now_ticks, MediaTime now) noexcept {
  if (scaling_pause_ > 0) {
    --scaling_pause_;
    return;
  }
  if (to_remove_ == 0 && to_insert_ == 0) {
    const size_t left_over = audio_.size() % frame;
    const int64_t spare = Spare();
    const int64_t above_floor = Playout(now_ticks) - delay_.fastest() - ticks_.floor;
    const int64_t too_tight = TooTight();
    const int64_t slack =
        now - stretched_ < calm_after_ ? ticks_.slack : too_tight + ticks_.calm_slack;
    if (spare > ticks_.margin + ticks_.frame + slack && above_floor > ticks_.frame) {
      to_remove_ = frame + left_over;
    } else if (follower_.is_copying() && !wants_to_follow_ && are_packets_frames_ &&
               left_over >= ShortestPeriod(config_.rate) && spare > too_tight &&
               above_floor > ToTicks(left_over)) {
      // What lies before a packet that is fetched with the tick is delay for nothing.
      to_remove_ = left_over;
    } else if (spare < too_tight &&
               Playout(now_ticks) - delay_.fastest() + ticks_.frame < ticks_.ceiling) {
      to_insert_ = frame - left_over;
      const bool is_soon = now - stretched_ < kSoon * calm_after_;
      calm_after_ = is_soon ? std::min(2 * calm_after_, kCalmMax) : kCalmMin;
      stretched_ = now;
    } else if (wants_to_follow_) {
      to_insert_ = ToSamples(std::max<int64_t>(FollowingPlayoutMin() - Playout(now_ticks), 0));
    }
    attempts_ = 0;
  }
  if (to_remove_ > 0) Shorten(frame, now_ticks);
  if (to_insert_ > 0) Stretch(frame);
}

void JitterBuffer::Shorten(size_t frame, int64_t now_ticks) noexcept {
  // A second packet, so that there is enough to find a period in.
  while (audio_.size() < 2 * frame && AppendNextPacket(now_ticks)) {
  }
  if (!is_playing_ || audio_.size() <= frame) return;
  const size_t removed =
      audio_.Shorten(std::min(to_remove_, audio_.size() - frame), ++attempts_ > kAttemptsMax);
  if (removed == 0) return;
  statistics_.samples_removed += removed;
  to_remove_ -= removed;
  attempts_ = 0;
  scaling_pause_ = Spare() > 4 * ticks_.frame ? kScalingPauseTicksMin : kScalingPauseTicks;
  if (to_remove_ < ShortestPeriod(config_.rate)) {
    to_remove_ = 0;
    // What was just fetched tells already whether there is more to spare.
    scaling_pause_ = Spare() > 4 * ticks_.frame ? kScalingPauseTicks : kScalingRestTicks;
  }
}

void JitterBuffer::Stretch(size_t frame) noexcept {
  const size_t inserted = audio_.Stretch(frame, ++attempts_ > kAttemptsMax);
  if (inserted == 0) return;
  statistics_.samples_inserted += inserted;
  attempts_ = 0;
  // More than asked for is better than less: it is the whole frame that counts.
  to_insert_ -= std::min(inserted, to_insert_);
  scaling_pause_ = to_insert_ > 0 ? kScalingPauseTicks : kScalingRestTicks;
}

}  // namespace narada::mixer::jitter
