#include "mixer/jitter/jitter_buffer.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "mixer/jitter/time_scaling.h"

namespace narada::mixer::jitter {

JitterBuffer::JitterBuffer(const JitterBufferConfig& config)
    : config_(config),
      ticks_max_(config.clock_rate.TicksIn(config.delay_max).value()),
      margin_(config.clock_rate.TicksIn(config.margin).value()),
      slack_(config.clock_rate.TicksIn(kSlack).value()),
      too_tight_(config.clock_rate.TicksIn(kTooTight).value()),
      tick_(config.clock_rate.TicksIn(kTick).value()),
      pause_(config.clock_rate.TicksIn(kPause).value()),
      // The longest packet behind a frame that is all but complete, and a period put in.
      fifo_capacity_(config.rate.SamplesIn(kPacketMax + 2 * kTick).size()),
      store_(config.payload_bytes_20ms),
      concealment_(config.rate),
      fifo_(std::make_unique<int16_t[]>(fifo_capacity_)) {}

int64_t JitterBuffer::TicksAt(MediaTime now) const noexcept {
  return config_.clock_rate.TicksIn(now - MediaTime()).value();
}

size_t JitterBuffer::ToSamples(int64_t ticks) const noexcept {
  return config_.clock_rate.ToSamples(RtpTicks(ticks), config_.rate).size();
}

int64_t JitterBuffer::ToTicks(size_t samples) const noexcept {
  return config_.clock_rate.ToTicks(SampleCount(static_cast<int64_t>(samples)), config_.rate)
      .value();
}

// --- Arrival ---

InsertVerdict JitterBuffer::Insert(const ArrivedPacket& packet, std::span<const uint8_t> payload,
                                   MediaTime now) noexcept {
  if (IsRepeated(packet.sequence_number)) return InsertVerdict::kDuplicate;

  int64_t ticks = 0;
  if (packet.decoder == nullptr) {
    payload = {};
  } else {
    const SampleCount samples = packet.decoder->SamplesIn(payload);
    ticks = config_.clock_rate.ToTicks(samples, packet.decoder->sample_rate()).value();
    if (ticks <= 0 || ticks > config_.clock_rate.TicksIn(kPacketMax).value() ||
        payload.size() > store_.payload_size_max()) {
      return InsertVerdict::kInvalid;
    }
  }

  const int64_t now_ticks = TicksAt(now);
  const int64_t begin = Unwrap(packet.timestamp);
  const int64_t end = begin + ticks;
  if (is_playing_) {
    if (IsJump(packet, begin, end)) return InsertVerdict::kTooEarly;
    if (is_playing_) delay_.OnPacket(now_ticks - begin, now);
  }
  if (is_playing_ && end <= next_) {
    if (CanGoBackTo(begin, now_ticks)) {
      made_up_ -= next_ - begin;
      next_ = begin;
    } else {
      CommitConcealed();
      if (++late_in_a_row_ < kLateMax) return InsertVerdict::kTooLate;
      Rebase();
    }
  }
  if (!is_playing_) {
    // After a pause the sender's clock may stand elsewhere; what was known of the network holds if
    // it does not.
    if (delay_.is_known() && std::abs(now_ticks - begin - delay_.fastest()) > ticks_max_) {
      delay_.Reset();
    }
    delay_.OnPacket(now_ticks - begin, now);
  }
  late_in_a_row_ = 0;
  if (store_.Contains(begin)) return InsertVerdict::kDuplicate;

  // A sender that paused goes on with the next number and a later time; anything else was a loss.
  const bool follows_pause = packet.sequence_number - last_used_ == 1 && begin > newest_end_;
  if (pending_concealed_ > 0 && !follows_pause) CommitConcealed();
  pending_concealed_ = 0;
  if (packet.sequence_number == highest_) {
    last_used_ = highest_;
    newest_end_ = end;
  }

  // A burst after a stall: the newest packets are worth more than the oldest.
  while (!store_.HasRoomFor(payload.size())) store_.PopFront();
  store_.Insert(
      {.begin = begin, .ticks = ticks, .decoder = packet.decoder, .follows_pause = follows_pause},
      payload);
  return InsertVerdict::kTaken;
}

bool JitterBuffer::IsRepeated(SequenceNumber number) noexcept {
  const int ahead = has_sequence_ ? number - highest_ : 64;
  if (ahead > 0 || ahead <= -64) {
    // Far behind is a restart of the numbers: a packet that old would be late by its timestamp,
    // too.
    received_ = ahead > 0 && ahead < 64 ? received_ << ahead | 1 : 1;
    highest_ = number;
    has_sequence_ = true;
    return false;
  }
  const uint64_t bit = uint64_t{1} << -ahead;
  const bool is_repeated = (received_ & bit) != 0;
  received_ |= bit;
  return is_repeated;
}

void JitterBuffer::Skip(SequenceNumber number) noexcept {
  IsRepeated(number);
  if (number == highest_) last_used_ = number;
}

int64_t JitterBuffer::Unwrap(RtpTimestamp timestamp) noexcept {
  if (has_timestamp_) last_begin_ += (timestamp - last_timestamp_).value();
  has_timestamp_ = true;
  last_timestamp_ = timestamp;
  return last_begin_;
}

// Neither the ceiling nor a loss explains a distance like this. One packet may be a stray; when the
// next one agrees with it, the stream begins anew there, and this is no jump any more.
bool JitterBuffer::IsJump(const ArrivedPacket& packet, int64_t begin, int64_t end) noexcept {
  const int64_t far = ticks_max_ + pause_;
  if (begin <= next_ + far && end >= next_ - far) {
    has_jump_ = false;
    return false;
  }
  if (has_jump_ && packet.sequence_number - jump_sequence_ == 1 &&
      std::abs(begin - jump_begin_) <= ticks_max_) {
    Rebase();
    return false;
  }
  has_jump_ = true;
  jump_sequence_ = packet.sequence_number;
  jump_begin_ = begin;
  return true;
}

// Late, but nothing later has been played, and the network now needs more time than we give it.
bool JitterBuffer::CanGoBackTo(int64_t begin, int64_t now_ticks) const noexcept {
  return made_up_ > 0 && begin >= next_ - made_up_ &&
         delay_.needed() > fetches_[(fetch_ + fetches_.size() - 1) % fetches_.size()] &&
         now_ticks - begin - delay_.fastest() <= ticks_max_;
}

void JitterBuffer::Rebase() noexcept {
  ++statistics_.restarts;
  store_.Clear();
  delay_.Reset();
  is_playing_ = false;
  has_jump_ = false;
  made_up_ = 0;
}

void JitterBuffer::Restart() noexcept {
  Rebase();
  --statistics_.restarts;
  pending_concealed_ = 0;
  late_in_a_row_ = 0;
  has_timestamp_ = false;
  last_begin_ = 0;
  newest_end_ = 0;
  has_sequence_ = false;
}

// --- Playing ---

PlayedFrame JitterBuffer::Pull(std::span<int16_t> frame, MediaTime now) noexcept {
  DCHECK_EQ(frame.size(), ToSamples(tick_));
  const int64_t now_ticks = TicksAt(now);
  if (!is_playing_ && !TryStart(now_ticks)) {
    PlaySilence(frame);
    return {};
  }
  KeepBelowCeiling(now_ticks);
  const size_t made_up = FillFifo(frame.size(), now_ticks);
  if (!is_playing_) {  // Comfort noise: the talk has ended within this frame.
    PlaySilence(frame);
    return {};
  }
  if (made_up == 0) ScaleTime(frame.size(), now_ticks);

  PlayedFrame played = {.kind = PlayedFrame::Kind::kAudio};
  played.timestamp = last_timestamp_ + RtpTicks(next_ - ToTicks(fifo_size_) - last_begin_);
  statistics_.delay = config_.clock_rate.DurationOf(
      RtpTicks(std::max<int64_t>(Playout(now_ticks) - delay_.fastest(), 0)));
  statistics_.delay_max = std::max(statistics_.delay_max, statistics_.delay);

  std::copy_n(fifo_.get(), frame.size(), frame.begin());
  std::copy(fifo_.get() + frame.size(), fifo_.get() + fifo_size_, fifo_.get());
  fifo_size_ -= frame.size();

  if (made_up > 0) {
    played.kind = PlayedFrame::Kind::kConcealed;
    if (is_loss_) {
      ++statistics_.concealed_network;
    } else if (made_up_ > 0 && store_.empty()) {
      ++pending_concealed_;  // A loss or a pause? The next packet will tell.
    }
    if (made_up_ >= pause_) {
      is_playing_ = false;
      made_up_ = 0;
    }
  }
  return played;
}

bool JitterBuffer::TryStart(int64_t now_ticks) noexcept {
  while (!store_.empty() && store_.front().decoder == nullptr) store_.PopFront();
  if (store_.empty()) return false;
  const int64_t playout_max = delay_.fastest() + ticks_max_ - tick_;
  while (store_.size() > 1 && now_ticks - store_.front().begin > playout_max) store_.PopFront();
  const int64_t begin = store_.front().begin;
  if (now_ticks - begin < std::min(delay_.needed() + margin_, playout_max)) return false;
  next_ = begin;
  is_playing_ = true;
  made_up_ = 0;
  to_remove_ = to_insert_ = 0;
  scaling_pause_ = kScalingRestTicks;
  fetches_.fill(now_ticks - begin);
  return true;
}

// The rest of the last talk, faded out.
void JitterBuffer::PlaySilence(std::span<int16_t> frame) noexcept {
  statistics_.delay = MediaDuration();
  const size_t rest = std::min(fifo_size_, frame.size());
  std::copy_n(fifo_.get(), rest, frame.begin());
  std::copy(fifo_.get() + rest, fifo_.get() + fifo_size_, fifo_.get());
  fifo_size_ -= rest;
  if (rest < frame.size()) concealment_.Conceal(frame.subspan(rest));
}

void JitterBuffer::KeepBelowCeiling(int64_t now_ticks) noexcept {
  if (store_.empty() || Playout(now_ticks) - delay_.fastest() <= ticks_max_) return;
  // Skips in one go to where nearly all packets are in time.
  const int64_t wanted = std::min(delay_.needed() + margin_, delay_.fastest() + ticks_max_ - tick_);
  const int64_t target = std::min(now_ticks - wanted, store_.back().begin);
  while (store_.front().end() <= target && store_.size() > 1) store_.PopFront();
  if (store_.front().begin <= next_) return;
  next_ = store_.front().begin;
  made_up_ = 0;
  ++statistics_.concealed_ceiling;
  // A beginning concealment is what the new place is cross-faded with.
  int16_t lead;
  if (!concealment_.is_concealing()) concealment_.Conceal({&lead, 1});
}

size_t JitterBuffer::FillFifo(size_t frame, int64_t now_ticks) noexcept {
  if (fifo_size_ < frame) {
    fetches_[fetch_] = now_ticks - next_;
    fetch_ = (fetch_ + 1) % fetches_.size();
  }
  is_loss_ = false;
  size_t made_up = 0;
  while (is_playing_ && fifo_size_ < frame) {
    if (AppendNextPacket()) continue;
    if (is_playing_) made_up += Conceal(frame - fifo_size_);
  }
  return made_up;
}

bool JitterBuffer::AppendNextPacket() noexcept {
  while (!store_.empty() && store_.front().ticks > 0 && store_.front().end() <= next_) {
    store_.PopFront();
  }
  if (store_.empty() || store_.front().begin > next_) return false;
  const StoredPacket packet = store_.front();
  if (packet.decoder == nullptr) {
    store_.PopFront();
    is_playing_ = false;
    return false;
  }
  const std::span<int16_t> free(fifo_.get() + fifo_size_, fifo_capacity_ - fifo_size_);
  const auto decoded = packet.decoder->Decode(store_.payload(packet), free);
  store_.PopFront();
  if (!decoded.ok()) return false;  // Concealed, as if it had not come.
  // The first part of a packet that reaches into what was made up is past.
  const size_t past = std::min(ToSamples(next_ - packet.begin), decoded->size());
  std::copy(free.begin() + past, free.begin() + decoded->size(), free.begin());
  const std::span<int16_t> fresh = free.first(decoded->size() - past);
  concealment_.Recover(fresh);
  concealment_.OnAudio(fresh);
  fifo_size_ += fresh.size();
  next_ = packet.end();
  made_up_ = 0;
  return true;
}

size_t JitterBuffer::Conceal(size_t samples) noexcept {
  if (!store_.empty()) {  // Up to the next packet.
    samples = std::clamp<size_t>(ToSamples(store_.front().begin - next_), 1, samples);
    is_loss_ |= !store_.front().follows_pause;
  }
  concealment_.Conceal({fifo_.get() + fifo_size_, samples});
  fifo_size_ += samples;
  next_ += ToTicks(samples);
  made_up_ += ToTicks(samples);
  return samples;
}

void JitterBuffer::CommitConcealed() noexcept {
  statistics_.concealed_network += static_cast<uint64_t>(pending_concealed_);
  pending_concealed_ = 0;
}

// --- Time-scaling ---

int64_t JitterBuffer::Spare() const noexcept {
  return *std::min_element(fetches_.begin(), fetches_.end()) - delay_.needed();
}

void JitterBuffer::ScaleTime(size_t frame, int64_t now_ticks) noexcept {
  if (scaling_pause_ > 0) {
    --scaling_pause_;
    return;
  }
  if (to_remove_ == 0 && to_insert_ == 0) {
    const size_t left_over = fifo_size_ % frame;
    const int64_t spare = Spare();
    if (spare > margin_ + tick_ + slack_) {
      to_remove_ = frame + left_over;
    } else if (spare < too_tight_ && Playout(now_ticks) - delay_.fastest() + tick_ < ticks_max_) {
      to_insert_ = frame - left_over;
    }
    attempts_ = 0;
  }
  if (to_remove_ > 0) Shorten(frame);
  if (to_insert_ > 0) Stretch(frame);
}

void JitterBuffer::Shorten(size_t frame) noexcept {
  // A second packet, so that there is enough to find a period in.
  const size_t longest = config_.rate.SamplesIn(kPacketMax).size();
  while (fifo_size_ < 2 * frame && fifo_size_ + longest <= fifo_capacity_) {
    if (!AppendNextPacket()) break;
  }
  if (!is_playing_ || fifo_size_ <= frame) return;
  const size_t at_most = std::min(to_remove_, fifo_size_ - frame);
  const bool must = ++attempts_ > kAttemptsMax;
  const size_t removed = RemovePeriod({fifo_.get(), fifo_size_}, at_most, config_.rate, must);
  if (removed == 0) return;
  fifo_size_ -= removed;
  statistics_.samples_removed += removed;
  to_remove_ -= removed;
  attempts_ = 0;
  scaling_pause_ = Spare() > 4 * tick_ ? kScalingPauseTicksMin : kScalingPauseTicks;
  if (to_remove_ < ShortestPeriod(config_.rate)) {
    to_remove_ = 0;
    scaling_pause_ = kScalingRestTicks;
  }
}

void JitterBuffer::Stretch(size_t frame) noexcept {
  const bool must = ++attempts_ > kAttemptsMax;
  const size_t inserted =
      InsertPeriod({fifo_.get(), fifo_capacity_}, fifo_size_, frame, config_.rate, must);
  if (inserted == 0) return;
  fifo_size_ += inserted;
  statistics_.samples_inserted += inserted;
  attempts_ = 0;
  // More than asked for is better than less: it is the whole frame that counts.
  to_insert_ -= std::min(inserted, to_insert_);
  scaling_pause_ = to_insert_ > 0 ? kScalingPauseTicks : kScalingRestTicks;
}

}  // namespace narada::mixer::jitter
