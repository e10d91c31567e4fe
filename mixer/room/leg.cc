#include "mixer/room/leg.h"

#include <algorithm>

#include "base/check.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::mixer::room {
namespace {

// All codecs so far stamp at 8 kHz.
constexpr ClockRate kClockRate = ClockRate::FromHertz(8000);
constexpr MediaDuration kTick = Milliseconds(20);
// Steps are timed to less than this.
constexpr MediaDuration kTickTolerance = Microseconds(500);
// A worker may be late; more than so much is not made up for, for no far end would wait.
constexpr MediaDuration kMissedMax = Seconds(60);
constexpr int kTicksPerSecond = 50;

Gain Product(Gain a, Gain b) {
  return Gain::FromRaw(static_cast<int32_t>((int64_t{a.raw()} * b.raw()) >> Gain::kFractionBits));
}

}  // namespace

Leg::Leg(const LegConfig& config, const LegMedia& media)
    : config_(config),
      samples_(config.rate.SamplesIn(kTick).size()),
      receiver_(config.rate, config.delay_min, config.delay_max, config.ssrc),
      sender_(*this, config.ssrc, config.first_sequence_number, config.first_timestamp),
      rtcp_(config.ssrc, config.cname, kClockRate, config.seed, config.unix_time_at_zero),
      playback_(config.rate),
      media_timeout_(config.media_timeout),
      frame_(std::make_unique<int16_t[]>(samples_)),
      mix_(std::make_unique<int16_t[]>(samples_)),
      prompt_(std::make_unique<int16_t[]>(samples_)),
      limiter_(dsp::Kernels::Best()) {
  size_t payload_max = 0;
  for (size_t i = 0; i < encoders_.size(); ++i) {
    const auto id = static_cast<codec::CodecId>(i);
    if (codec::TraitsOf(id).sample_rate != config.rate) continue;
    encoders_[i] = codec::MakeEncoder({.id = id});
    payload_max = std::max(payload_max, encoders_[i]->PayloadSizeMax(SampleCount(samples_)));
  }
  payload_ = std::make_unique<uint8_t[]>(payload_max);
  UpdateMedia(media);
}

Leg::~Leg() { CHECK(room_ == nullptr) << "a leg is removed from its room before it is freed"; }

void Leg::UpdateMedia(const LegMedia& media) noexcept {
  media_ = media;
  receiver_.UpdateMedia(media);
}

// --- Arrival ---

void Leg::ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                     MediaTime now) noexcept {
  if (media_.rtcp_mux && rtp::IsRtcp(datagram)) return ReceiveRtcp(datagram, source, now);
  receiver_.ReceiveRtp(datagram, source, now);
}

void Leg::ReceiveRtcp(std::span<const uint8_t> datagram, const SocketAddress& source,
                      MediaTime now) noexcept {
  const Result<rtp::RtcpCompound, rtp::DropReason> compound = rtp::RtcpCompound::Parse(datagram);
  if (!compound.ok()) return receiver_.CountDrop(compound.error());
  const std::optional<Ssrc> sender =
      compound->sender() == receiver_.ssrc() ? receiver_.ssrc() : std::nullopt;
  const bool is_trusted =
      media_.rtcp_mux
          ? source == receiver_.latch().latched()
          : receiver_.rtcp_latch().OnReport(source, sender, now) != SourceVerdict::kUntrusted;
  if (!is_trusted) return receiver_.CountDrop(rtp::DropReason::kSourceUntrusted);
  if (!rtcp_limit_.Admit(now)) return receiver_.CountDrop(rtp::DropReason::kRateLimited);
  has_goodbye_ |= rtcp_.OnCompound(*compound, receiver_.ssrc(), receiver_.reception(), now);
}

void Leg::InjectDigit(char digit, MediaTime now) noexcept {
  if (rtp::TelephoneEvent::EventOf(digit).has_value()) receiver_.InjectDigit(digit, now);
}

// --- Commands ---

bool Leg::Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept {
  return playback_.Play(plan, queueing);
}

void Leg::StopPlayback(uint64_t playback_id) noexcept {
  playback_.Stop(playback_id, PlaybackEnd::kStopped);
}

bool Leg::SendDigits(absl::string_view digits, MediaDuration each) noexcept {
  return media_.send_telephone_event.has_value() && sender_.QueueDigits(digits, each);
}

void Leg::Finish(MediaTime now, Outbox& outbox, EventSink& events) noexcept {
  TellDigits(now, events);
  playback_.Stop(0, PlaybackEnd::kTargetGone);
  playback_.TellEnded(room_ ? room_->id() : RoomId{}, id(), now, events);
  const SocketAddress destination = ReportDestination();
  if (!destination.is_set()) return;
  outbox.Push(
      {.leg = this,
       .destination = destination,
       .is_rtcp = true,
       .header = rtcp_.MakeGoodbye(sender_.sent(), receiver_.reception(), receiver_.ssrc(), now)});
}

// --- A tick ---

RoomEvent Leg::Event(RoomEventKind kind, MediaTime now) const noexcept {
  return {.kind = kind, .room = room_ ? room_->id() : RoomId{}, .leg = id(), .time = now};
}

// The RTP clock goes on by whole frames of the time that was due, not of the time at which a busy
// worker came to it: a late tick and a punctual one after it are two frames, and a missed tick is
// one more.
void Leg::AdvanceClock(MediaTime now) noexcept {
  const RtpTicks frame_ticks = kClockRate.TicksIn(kTick);
  if (!has_ticked_) {
    has_ticked_ = true;
    clock_ = now;
    sender_.BeginTick(RtpTicks(0), frame_ticks);
    return;
  }
  const MediaDuration passed = std::min(now - clock_, kMissedMax);
  const int64_t frames = std::max<int64_t>((passed + kTickTolerance) / kTick, 1);
  // Not ahead of the time: the first tick may have been the late one.
  clock_ = passed < kMissedMax ? std::min(clock_ + kTick * frames, now) : now;
  sender_.BeginTick(frame_ticks * frames, frame_ticks);
}

void Leg::Listen(const dsp::Kernels& kernels, Gain duck, bool was_speaker, MediaTime now,
                 EventSink& events) noexcept {
  AdvanceClock(now);
  ++ticks_;
  receiver_.Pull(frame(), now);
  TellDigits(now, events);
  TellMediaState(now, events);

  const bool is_silenced = is_muted_ || is_on_hold();
  const bool begins_to_be_heard = was_silenced_ && !is_silenced;
  was_silenced_ = is_silenced;
  if (is_silenced && !was_speaker) {
    std::fill_n(frame_.get(), samples_, int16_t{0});
    activity_.Silence();
    MeasureLevel(0);
    return;
  }
  const Gain gain = duck.is_unity() ? gain_ : Product(gain_, duck);
  if (!gain.is_unity()) kernels.ApplyGain(frame_.get(), gain.raw(), frame_.get(), samples_);
  if (is_silenced) {  // The room fades this frame out.
    activity_.Silence();
    MeasureLevel(0);
    return;
  }
  if (begins_to_be_heard) {
    const auto samples = static_cast<int32_t>(samples_);
    for (int32_t i = 0; i < samples; ++i) {
      frame_[i] = static_cast<int16_t>(frame_[i] * i / samples);
    }
  }
  activity_.Update(kernels, frame());
  MeasureLevel(activity_.energy());
}

void Leg::MeasureLevel(uint64_t energy) noexcept {
  level_energy_ += energy;
  if (++level_ticks_ < kTicksPerSecond) return;
  level_ = AudioLevel::FromSumOfSquares(level_energy_, samples_ * kTicksPerSecond);
  level_energy_ = 0;
  level_ticks_ = 0;
}

void Leg::TellDigits(MediaTime now, EventSink& events) noexcept {
  while (const std::optional<ReceivedDigit> digit = receiver_.TakeDigit()) {
    playback_.BargeIn();
    playback_.TellEnded(room_ ? room_->id() : RoomId{}, id(), now, events);
    RoomEvent event = Event(RoomEventKind::kDigit, now);
    event.digit = digit->digit;
    event.digit_path = digit->path;
    events.Push(event);
  }
}

void Leg::TellMediaState(MediaTime now, EventSink& events) noexcept {
  if (receiver_.TakeLatched()) {
    RoomEvent event = Event(RoomEventKind::kSourceLatched, now);
    event.source = receiver_.latch().latched();
    events.Push(event);
  }
  if (has_goodbye_) {
    has_goodbye_ = false;
    events.Push(Event(RoomEventKind::kRemoteGoodbye, now));
  }
  const bool is_active = receiver_.TakeActivity();
  // On hold nothing need come, and the time begins when the hold ends.
  if (is_active || is_on_hold() || !media_.is_receiving || ticks_ == 1) last_packet_ = now;
  if (is_active && (!has_media_ || has_timed_out_)) {
    has_media_ = true;
    has_timed_out_ = false;
    events.Push(Event(RoomEventKind::kMediaStarted, now));
  }
  if (!has_timed_out_ && now - last_packet_ >= media_timeout_) {
    has_timed_out_ = true;
    events.Push(Event(RoomEventKind::kMediaTimedOut, now));
  }
}

void Leg::TellSpeaking(bool is_speaking, MediaTime now, EventSink& events) noexcept {
  if (is_speaking == is_speaking_) return;
  is_speaking_ = is_speaking;
  events.Push(Event(is_speaking ? RoomEventKind::kSpeaking : RoomEventKind::kSilent, now));
}

SocketAddress Leg::ReportDestination() const noexcept {
  return media_.rtcp_mux ? receiver_.latch().destination() : receiver_.rtcp_latch().destination();
}

void Leg::SendReport(MediaTime now, Outbox& outbox) noexcept {
  if (!rtcp_.IsDue(now)) return;
  const SocketAddress destination = ReportDestination();
  if (!destination.is_set()) return;
  outbox.Push(
      {.leg = this,
       .destination = destination,
       .is_rtcp = true,
       .header = rtcp_.MakeReport(sender_.sent(), receiver_.reception(), receiver_.ssrc(), now)});
}

void Leg::SaveTo(LegCheckpoint& checkpoint) const noexcept {
  checkpoint.has_ticked = has_ticked_;
  checkpoint.clock = clock_;
  checkpoint.has_media = has_media_;
  checkpoint.has_timed_out = has_timed_out_;
  sender_.SaveTo(checkpoint.sender);
  receiver_.SaveTo(checkpoint.receiver);
}

void Leg::RestoreFrom(const LegCheckpoint& checkpoint) noexcept {
  CHECK(room_ == nullptr) << "a leg is restored before it is in a room";
  has_ticked_ = checkpoint.has_ticked;
  clock_ = checkpoint.clock;
  has_media_ = checkpoint.has_media;
  has_timed_out_ = checkpoint.has_timed_out;
  sender_.RestoreFrom(checkpoint.sender);
  receiver_.RestoreFrom(checkpoint.receiver);
}

LegStatistics Leg::statistics() const noexcept {
  LegStatistics statistics;
  receiver_.FillStatistics(statistics);
  statistics.packets_sent = sender_.packets();
  statistics.payload_bytes_sent = sender_.octets();
  const RemoteReport& remote = rtcp_.remote_report();
  statistics.remote_packets_lost = remote.packets_lost;
  statistics.remote_interarrival_jitter = remote.interarrival_jitter;
  statistics.round_trip_time = remote.round_trip_time;
  statistics.ticks = ticks_;
  statistics.encodes = encodes_;
  statistics.ssrc_sent = sender_.ssrc();
  statistics.level = level_;
  statistics.is_speaking = is_speaking_;
  return statistics;
}

}  // namespace narada::mixer::room
