#include "mixer/jitter/jitter_buffer.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/units/bring_into_cache.h"

namespace narada::mixer::jitter {
namespace {

// What may wait: up to the ceiling, and the longest packet on top of it.
constexpr MediaDuration WaitMax(MediaDuration delay_max) {
  return delay_max + JitterBuffer::kPacketMax;
}

// Packets of 10 ms are the shortest that come in number: one block for each, as long as there are
// blocks.
size_t BlocksFor(MediaDuration delay_max) {
  return std::clamp<size_t>(static_cast<size_t>(WaitMax(delay_max) / Milliseconds(10)), 32,
                            PacketStore::kBlocksMax);
}

size_t BlockBytesFor(const JitterBufferConfig& config) {
  const MediaDuration in_blocks_of_10_ms =
      Milliseconds(10) * static_cast<int64_t>(BlocksFor(config.delay_max));
  return config.payload_bytes_10ms * (WaitMax(config.delay_max) > in_blocks_of_10_ms ? 2 : 1);
}

}  // namespace

JitterBuffer::Ticks::Ticks(ClockRate clock, const JitterBufferConfig& config) {
  const auto in = [clock](MediaDuration duration) { return clock.TicksIn(duration).value(); };
  ceiling = in(config.delay_max);
  floor = in(std::min(config.delay_min, config.delay_max - kTick));
  margin = in(config.margin);
  slack = in(kSlack);
  calm_slack = in(kCalmSlack);
  too_tight_min = in(kTooTightMin);
  too_tight_max = in(kTooTightMax);
  frame = in(kTick);
  pause = in(kPause);
  packet_max = in(kPacketMax);
  reserve = in(kFollowingReserve);
}

JitterBuffer::JitterBuffer(const JitterBufferConfig& config)
    : config_(config),
      clock_(config.clock_rate),
      ticks_(config.clock_rate, config),
      samples_per_tick_(std::max<size_t>(ToSamples(1), 1)),
      store_(BlocksFor(config.delay_max), BlockBytesFor(config)),
      audio_(config.rate, config.decoder_rates_hz),
      follower_(config.rate) {}

int64_t JitterBuffer::TicksAt(MediaTime now) const noexcept {
  return clock_.TicksIn(now - MediaTime()).value();
}

size_t JitterBuffer::ToSamples(int64_t ticks) const noexcept {
  return clock_.ToSamples(RtpTicks(ticks), config_.rate).size();
}

int64_t JitterBuffer::ToTicks(size_t samples) const noexcept {
  return clock_.ToTicks(SampleCount(static_cast<int64_t>(samples)), config_.rate).value();
}

MediaDuration JitterBuffer::ToDuration(int64_t ticks) const noexcept {
  return clock_.DurationOf(RtpTicks(ticks));
}

void JitterBuffer::BringNear(bool is_pulled) const noexcept {
  // But for the samples that a resampler keeps, which few streams need.
  BringIntoCache(&clock_, &follower_);
  BringIntoCache(&has_timestamp_, this + 1);
  store_.BringNear(/*has_payloads=*/!audio_.is_at_rest());
  if (is_pulled) audio_.BringNear();
}

// --- Arrival ---

InsertVerdict JitterBuffer::Insert(const ArrivedPacket& packet, std::span<const uint8_t> payload,
                                   MediaTime now) noexcept {
  if (history_.IsRepeated(packet.sequence_number)) return InsertVerdict::kDuplicate;

  int64_t ticks = 0;
  if (packet.decoder == nullptr) {
    payload = {};
  } else {
    FollowClockRate(*packet.decoder);
    const SampleRate rate = packet.decoder->sample_rate();
    ticks = clock_.ToTicks(packet.decoder->SamplesIn(payload), rate).value();
    if (ticks <= 0 || ticks > ticks_.packet_max || payload.size() > store_.payload_size_max() ||
        !audio_.CanDecode(rate)) {
      return InsertVerdict::kInvalid;
    }
  }

  const int64_t now_ticks = TicksAt(now);
  const int64_t begin = Unwrap(packet.timestamp);
  const int64_t end = begin + ticks;
  if (is_playing_) {
    if (IsJump(packet, begin, end)) return InsertVerdict::kTooEarly;
    if (is_playing_) MeasureTransit(now_ticks - begin, now);
  }
  // Comfort noise lasts no time: it ends what has been played up to it.
  const bool is_late = ticks > 0 ? end <= next_ : begin < next_;
  if (is_playing_ && is_late) {
    if (CanGoBackTo(begin, now_ticks)) {
      made_up_ -= next_ - begin;
      next_ = made_up_end_ = begin;
    } else {
      CommitConcealed();
      if (++late_in_a_row_ < kLateMax) return InsertVerdict::kTooLate;
      Rebase();
    }
  }
  if (!is_playing_) {
    // What was known of the network holds, but for what the sender's clock ran on; and not if it
    // stands elsewhere after a pause.
    if (delay_.is_known()) {
      delay_.Shift(clock_.TicksIn(skew_.ChangeIn(now - last_arrival_)).value());
      if (std::abs(now_ticks - begin - delay_.fastest()) > ticks_.ceiling) {
        delay_.Reset();
        skew_.ForgetLine();
      }
    }
    MeasureTransit(now_ticks - begin, now);
  }
  last_arrival_ = now;
  late_in_a_row_ = 0;
  if (store_.Contains(begin)) return InsertVerdict::kDuplicate;

  // A sender that paused goes on with the next number and a later time; anything else was a loss.
  const bool follows_pause = packet.sequence_number - last_used_ == 1 && begin > newest_end_;
  if (pending_concealed_ > 0 && !follows_pause) CommitConcealed();
  pending_concealed_ = 0;
  if (packet.sequence_number == history_.highest()) {
    last_used_ = packet.sequence_number;
    newest_end_ = end;
  }

  // In a long silence more of it need not be looked at again when its turn comes.
  const bool is_kept = packet.decoder == nullptr ||
                       !audio_.IsMoreSilence(*packet.decoder, payload) ||
                       (!store_.empty() && store_.back().is_kept);
  if (!is_kept) payload = {};

  // A burst after a stall: the newest packets are worth more than the oldest.
  while (!store_.HasRoomFor(payload.size())) store_.PopFront();
  store_.Insert({.begin = begin,
                 .decoder = packet.decoder,
                 .ticks = static_cast<uint16_t>(ticks),
                 .is_silence = packet.is_silence,
                 .is_kept = is_kept,
                 .follows_pause = follows_pause},
                payload);
  return InsertVerdict::kTaken;
}

void JitterBuffer::Skip(SequenceNumber number) noexcept {
  history_.IsRepeated(number);
  if (number == history_.highest()) last_used_ = number;
}

// Codecs of one stream should share a clock (RFC 7160); where they do not, the stamps of the other
// one mean nothing to us.
void JitterBuffer::FollowClockRate(const codec::Decoder& decoder) noexcept {
  const ClockRate clock = codec::TraitsOf(decoder.id()).clock_rate;
  if (clock == clock_) return;
  Rebase();
  --statistics_.restarts;
  clock_ = clock;
  ticks_ = Ticks(clock, config_);
  samples_per_tick_ = std::max<size_t>(ToSamples(1), 1);
  has_timestamp_ = false;
  last_begin_ = 0;
  newest_end_ = 0;
}

int64_t JitterBuffer::Unwrap(RtpTimestamp timestamp) noexcept {
  if (has_timestamp_) last_begin_ += (timestamp - last_timestamp_).value();
  has_timestamp_ = true;
  last_timestamp_ = timestamp;
  return last_begin_;
}

void JitterBuffer::MeasureTransit(int64_t transit, MediaTime now) noexcept {
  if (!delay_.OnPacket(transit, now)) return;
  skew_.Update(ToDuration(delay_.fastest()), now);
  statistics_.clock_skew_ppb = skew_.rate_ppb();
  // The more the packets jitter the less the fastest of them say.
  const MediaDuration least = kDrift + ToDuration(delay_.needed() - delay_.fastest()) / 8;
  const MediaDuration drift = skew_.drift();
  wants_to_follow_ = follower_.is_copying() && (drift > least || drift < -least);
}

// Neither the ceiling nor a loss explains a distance like this. One packet may be a stray; when the
// next one agrees with it, the stream begins anew there, and this is no jump any more.
bool JitterBuffer::IsJump(const ArrivedPacket& packet, int64_t begin, int64_t end) noexcept {
  const int64_t far = ticks_.ceiling + ticks_.pause;
  if (begin <= next_ + far && end >= next_ - far) {
    has_jump_ = false;
    return false;
  }
  if (has_jump_ && packet.sequence_number - jump_sequence_ == 1 &&
      std::abs(begin - jump_begin_) <= ticks_.ceiling) {
    Rebase();
    return false;
  }
  has_jump_ = true;
  jump_sequence_ = packet.sequence_number;
  jump_begin_ = begin;
  return true;
}

// The network, or following the sender's clock, now needs more time than we give it.
bool JitterBuffer::IsDelayTooShort(int64_t now_ticks) const noexcept {
  if (follower_.is_following()) return Playout(now_ticks) < FollowingPlayoutMin();
  return delay_.needed() > fetches_[(fetch_ + fetches_.size() - 1) % fetches_.size()];
}

// Late, but nothing later has been played.
bool JitterBuffer::CanGoBackTo(int64_t begin, int64_t now_ticks) const noexcept {
  return made_up_ > 0 && begin >= next_ - made_up_ && IsDelayTooShort(now_ticks) &&
         now_ticks - begin - delay_.fastest() <= ticks_.ceiling;
}

void JitterBuffer::Rebase() noexcept {
  ++statistics_.restarts;
  store_.Clear();
  delay_.Reset();
  skew_.ForgetLine();
  is_playing_ = false;
  has_jump_ = false;
  made_up_ = 0;
}

void JitterBuffer::Restart() noexcept {
  Rebase();
  --statistics_.restarts;
  skew_ = ClockSkew();
  audio_.ForgetDecoder();
  pending_concealed_ = 0;
  late_in_a_row_ = 0;
  has_timestamp_ = false;
  last_begin_ = 0;
  newest_end_ = 0;
  history_.Reset();
}

// --- Playing ---

PlayedFrame JitterBuffer::Pull(std::span<int16_t> frame, MediaTime now) noexcept {
  const PlayedFrame played = PullUnlessZero(frame, now);
  if (played.is_zero) std::fill(frame.begin(), frame.end(), int16_t{0});
  return played;
}

PlayedFrame JitterBuffer::PullUnlessZero(std::span<int16_t> frame, MediaTime now) noexcept {
  DCHECK_EQ(frame.size(), ToSamples(ticks_.frame));
  CountMissedTicks(now);
  const int64_t now_ticks = TicksAt(now);
  if (!is_playing_ && !TryStart(now_ticks)) {
    return PlaySilence(frame);
  }
  KeepBelowCeiling(now_ticks);
  FollowSkew(now_ticks, now);
  const size_t needed = follower_.InputFor(frame.size());
  FillAudio(needed, now_ticks);
  if (!is_playing_) {  // Comfort noise: the talk has ended within this frame.
    return PlaySilence(frame);
  }
  const bool is_made_up = made_up_end_ > Front();
  if (!is_made_up) ScaleTime(needed, now_ticks, now);

  PlayedFrame played = {.kind = PlayedFrame::Kind::kAudio};
  played.timestamp = last_timestamp_ + RtpTicks(Front() - last_begin_);
  statistics_.delay = ToDuration(std::max<int64_t>(Playout(now_ticks) - delay_.fastest(), 0));
  statistics_.delay_max = std::max(statistics_.delay_max, statistics_.delay);

  played.is_zero = Play(needed, frame);
  if (is_made_up) {
    played.kind = PlayedFrame::Kind::kConcealed;
    CountConcealed();
    if (made_up_ >= ticks_.pause) {
      is_playing_ = false;
      made_up_ = 0;
    }
  }
  if (is_playing_) AppendAhead(now_ticks);
  statistics_.packets_skipped = audio_.skipped();
  return played;
}

// Moves between rooms stretch one tick to 30 ms at the most.
void JitterBuffer::CountMissedTicks(MediaTime now) noexcept {
  const MediaDuration late = now - last_pull_ - Milliseconds(11);
  if (is_asked_ && is_playing_ && late >= kTick) {
    statistics_.concealed_cpu += static_cast<uint64_t>(late / kTick);
  }
  if (!is_asked_) stretched_ = now;
  is_asked_ = true;
  last_pull_ = now;
}

bool JitterBuffer::TryStart(int64_t now_ticks) noexcept {
  while (!store_.empty() && store_.front().decoder == nullptr) store_.PopFront();
  if (store_.empty()) return false;
  const int64_t playout_max = delay_.fastest() + ticks_.ceiling - ticks_.frame;
  bool is_too_old = false;  // What waited for longer than the ceiling lets it.
  while (store_.size() > 1 && now_ticks - store_.front().begin > playout_max) {
    store_.PopFront();
    is_too_old = true;
  }
  const int64_t begin = store_.front().begin;
  const int64_t wanted = std::max(delay_.needed() + ticks_.margin, delay_.fastest() + ticks_.floor);
  // No longer than can be, even where some packets were later than that: they will be concealed.
  if (!is_too_old && now_ticks - begin < std::min(wanted, playout_max)) return false;
  if (audio_.is_silent()) {
    // Nobody hears where resampling begins, or ends.
    const bool is_skewed = std::abs(skew_.rate_ppb()) > kSkewPpb;
    if (is_skewed && !follower_.is_following()) follower_.BeginInSilence();
    if (!is_skewed && !follower_.is_copying()) follower_.EndInSilence();
  }
  if (follower_.is_copying()) skew_.Anchor();
  next_ = begin;
  is_playing_ = true;
  made_up_ = 0;
  made_up_end_ = begin;
  ahead_samples_ = 0;
  to_remove_ = to_insert_ = 0;
  scaling_pause_ = kScalingRestTicks;
  fetches_.fill(now_ticks - begin);
  return true;
}

// The rest of the last talk, faded out.
PlayedFrame JitterBuffer::PlaySilence(std::span<int16_t> frame) noexcept {
  statistics_.delay = MediaDuration();
  const size_t needed = follower_.InputFor(frame.size());
  if (audio_.size() < needed) audio_.Conceal(needed - audio_.size());
  return {.is_zero = Play(needed, frame)};
}

bool JitterBuffer::Play(size_t samples, std::span<int16_t> frame) noexcept {
  const std::span<const int16_t> next = audio_.samples().first(samples);
  const bool is_zero = audio_.is_at_rest() && follower_.PlaySilence(next, frame);
  if (!audio_.is_at_rest()) follower_.Play(next, frame);
  audio_.Take(samples);
  return is_zero;
}

void JitterBuffer::NoteFetch(int64_t delay) noexcept {
  fetches_[fetch_] = delay;
  fetch_ = (fetch_ + 1) % fetches_.size();
}

void JitterBuffer::FillAudio(size_t needed, int64_t now_ticks) noexcept {
  // What was decoded ahead of its time counts when it is needed.
  if (ahead_samples_ > 0 && audio_.size() - ahead_samples_ < needed) {
    NoteFetch(now_ticks - ahead_begin_);
    ahead_samples_ = 0;
  }
  while (is_playing_ && audio_.size() < needed) {
    NoteFetch(now_ticks - next_);
    if (AppendNextPacket(now_ticks)) continue;
    if (is_playing_) Conceal(needed - audio_.size());
  }
}

bool JitterBuffer::AppendNextPacket(int64_t now_ticks) noexcept {
  while (!store_.empty() && store_.front().ticks > 0 && store_.front().end() <= next_) {
    store_.PopFront();
  }
  if (store_.empty() || store_.front().begin > next_ || !audio_.HasRoom()) return false;
  const StoredPacket packet = store_.front();
  if (packet.decoder == nullptr) {
    store_.PopFront();
    is_playing_ = false;
    return false;
  }
  // A little late, and the next ones would be: all of it is played, the delay grows by what was made
  // up.
  if (packet.begin < next_ && CanGoBackTo(packet.begin, now_ticks)) {
    next_ = made_up_end_ = packet.begin;
  }
  const size_t past = ToSamples(next_ - packet.begin);
  const bool is_appended =
      packet.is_kept
          ? audio_.Append(*packet.decoder, store_.payload(packet), past, packet.is_silence)
          : audio_.AppendMoreSilence(*packet.decoder, ToSamples(packet.ticks), past);
  store_.PopFront();
  has_codec_failed_ = !is_appended;
  if (!is_appended) return false;  // Concealed, as if it had not come.
  next_ = packet.end();
  made_up_ = 0;
  are_packets_frames_ = packet.ticks % ticks_.frame == 0;
  return true;
}

// Ten milliseconds of what comes next, where it is there already.
void JitterBuffer::AppendAhead(int64_t now_ticks) noexcept {
  if (ToTicks(audio_.size()) >= ticks_.frame / 2 || store_.empty() ||
      store_.front().decoder == nullptr) {
    return;
  }
  const int64_t begin = next_;
  const size_t before = audio_.size();
  if (!AppendNextPacket(now_ticks)) return;
  ahead_begin_ = begin;
  ahead_samples_ = audio_.size() - before;
}

void JitterBuffer::Conceal(size_t samples) noexcept {
  // Whole ticks, or the media time would not be that of the samples.
  samples += (samples_per_tick_ - samples % samples_per_tick_) % samples_per_tick_;
  cause_ = has_codec_failed_              ? Cause::kCodec
           : store_.empty()               ? Cause::kUnknown
           : store_.front().follows_pause ? Cause::kPause
                                          : Cause::kNetwork;
  // Up to the next packet.
  if (!store_.empty()) samples = std::min(samples, ToSamples(store_.front().begin - next_));
  if (ConcealByCodec(samples)) return;
  audio_.Conceal(samples);
  next_ += ToTicks(samples);
  made_up_ += ToTicks(samples);
  made_up_end_ = next_;
}

// Codecs conceal whole packets: up to the one that is there, with what it tells of the one before
// it; or of 10 ms where none is.
bool JitterBuffer::ConcealByCodec(size_t samples) noexcept {
  std::span<const uint8_t> next;
  if (store_.empty()) {
    const size_t unit = ToSamples(ticks_.frame) / 2;
    samples = (samples + unit - 1) / unit * unit;
  } else if (store_.front().follows_pause) {
    return false;  // Nothing was lost.
  } else {
    const StoredPacket& packet = store_.front();
    const int64_t gap = packet.begin - next_;
    if (gap <= 0) return false;
    const bool is_before_next = gap <= packet.ticks;
    const int64_t by_codec = is_before_next ? gap : std::min(gap - packet.ticks, ticks_.pause);
    // Silence has nothing to tell.
    if (is_before_next && !packet.is_silence) next = store_.payload(packet);
    samples = ToSamples(by_codec);
  }
  if (!audio_.ConcealByCodec(samples, next)) return false;
  next_ += ToTicks(samples);
  made_up_ += ToTicks(samples);
  made_up_end_ = next_;
  return true;
}

void JitterBuffer::CountConcealed() noexcept {
  switch (cause_) {
    case Cause::kNetwork:
      ++statistics_.concealed_network;
      break;
    case Cause::kCodec:
      ++statistics_.concealed_codec;
      break;
    case Cause::kUnknown:  // The next packet will tell.
      ++pending_concealed_;
      break;
    case Cause::kPause:
      break;
  }
}

void JitterBuffer::CommitConcealed() noexcept {
  statistics_.concealed_network += static_cast<uint64_t>(pending_concealed_);
  pending_concealed_ = 0;
}

}  // namespace narada::mixer::jitter
