#include "mixer/room/leg.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "mixer/quality/voip_metrics.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/rtp/telephone_event.h"
#include "mixer/units/bring_into_cache.h"

namespace narada::mixer::room {
namespace {

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
    : playback_(SampleRate::FromHertz(8000)),
      streams_(std::make_unique<LegStreams>(media, config.delay_min, config.delay_max,
                                            config.delay_margin)),
      media_timeout_(config.media_timeout),
      limiter_(dsp::Kernels::Best()),
      sender_(*this, config.ssrc, config.first_sequence_number, config.first_timestamp),
      rtcp_(config.ssrc, config.cname, media.send_format.clock_rate(), config.seed,
            config.unix_time_at_zero),
      receiver_(*streams_, config.ssrc, config.packets_per_second_max),
      rtcp_limit_(config.packets_per_second_max),
      id_(config.id),
      delay_max_(config.delay_max),
      delay_min_(config.delay_min),
      delay_margin_(config.delay_margin) {
  sender_.SetClockRates(media.send_format.clock_rate(), media.send_event_clock);
  rtcp_.SetExtendedReports(media.extended_reports);
  sender_.SetCrypto(streams_->crypto());
  FindCrypto();
}

void Leg::FindCrypto() noexcept {
  const MediaCrypto* const crypto = streams().crypto();
  crypto_places_ = crypto == nullptr ? MediaCrypto::Places() : crypto->places();
}

Leg::~Leg() { CHECK(room_ == nullptr) << "a leg is removed from its room before it is freed"; }

void Leg::UpdateMedia(std::unique_ptr<LegStreams>& streams) noexcept {
  if (room_ != nullptr) room_->StopFollowing(*this);
  streams->KeepFrom(*streams_);
  std::swap(streams, streams_);
  receiver_.UpdateMedia(*streams_);
  const ClockRate clock_rate = media().send_format.clock_rate();
  sender_.SetClockRates(clock_rate, media().send_event_clock);
  sender_.SetCrypto(streams_->crypto());
  FindCrypto();
  rtcp_.SetClockRate(clock_rate);
  rtcp_.SetExtendedReports(media().extended_reports);
  if (room_ != nullptr) room_->FollowRates();
}

void Leg::UpdateMedia(const LegMedia& media) {
  auto streams = std::make_unique<LegStreams>(media, delay_min_, delay_max_, delay_margin_);
  UpdateMedia(streams);
}

void Leg::BringNear(Work work, int ahead) const noexcept {
  if (ahead == 2) {
    if (work == Work::kReceive) crypto_places_.BringNear(/*is_sent=*/false);
    if (work == Work::kSend) crypto_places_.BringNear(/*is_sent=*/true);
    return streams_->BringNear();
  }
  if (ahead == 1) {
    if (work == Work::kReceive) streams_->BringBuffersNear(/*is_played=*/false);
    if (work == Work::kListen) streams_->BringBuffersNear(/*is_played=*/true);
    return;
  }
  if (work == Work::kReceive) {
    BringIntoCache(&streams_, &has_ticked_);
    return receiver_.BringNear(/*is_played=*/false);
  }
  constexpr size_t kBegin = 32;  // Of a member whose beginning says that there is no more to do.
  BringIntoCache(this, reinterpret_cast<const char*>(&playback_) + kBegin);
  if (work == Work::kListen) {
    BringIntoCache(&streams_, &limiter_);
    receiver_.BringNear(/*is_played=*/true);
  } else {
    BringIntoCache(&streams_, &has_ticked_);
    BringIntoCache(&limiter_, &sender_);
    receiver_.BringLatchNear();
    if (work == Work::kDecide) return;
    sender_.BringNear();
    BringIntoCache(&rtcp_, kBegin);
  }
}

void Leg::BringDecisionsNear() const noexcept {
  BringIntoCache(this, reinterpret_cast<const char*>(&playback_) + 16);
}

// --- Arrival ---

void Leg::ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                     MediaTime now) noexcept {
  if (media().rtcp_mux && rtp::IsRtcp(datagram)) return ReceiveRtcp(datagram, source, now);
  receiver_.ReceiveRtp(datagram, source, now);
}

void Leg::ReceiveRtcp(std::span<const uint8_t> datagram, const SocketAddress& source,
                      MediaTime now) noexcept {
  MediaCrypto* const crypto = streams().crypto();
  bool is_newest = false;
  if (crypto != nullptr) {
    const SourceLatch& latch = media().rtcp_mux ? receiver_.latch() : receiver_.rtcp_latch();
    if (!receiver_.IsWorthOpening(source, latch, now)) {
      return receiver_.CountDrop(rtp::DropReason::kRateLimited);
    }
    const auto opened = crypto->OpenRtcp(datagram, now);
    if (!opened.ok()) return receiver_.CountDrop(opened.error());
    datagram = opened->bytes;
    is_newest = opened->is_newest;
  }
  const Result<rtp::RtcpCompound, rtp::DropReason> compound = rtp::RtcpCompound::Parse(datagram);
  if (!compound.ok()) return receiver_.CountDrop(compound.error());
  if (crypto != nullptr) {
    if (!media().rtcp_mux) receiver_.rtcp_latch().OnProven(source, is_newest, now);
  } else if (!IsTrustedReport(*compound, source, now)) {
    return receiver_.CountDrop(rtp::DropReason::kSourceUntrusted);
  }
  if (!rtcp_limit_.Admit(now)) return receiver_.CountDrop(rtp::DropReason::kRateLimited);
  ++reports_received_;
  if (!rtcp_.OnCompound(*compound, receiver_.ssrc(), receiver_.reception(), now)) return;
  has_goodbye_ = true;
  receiver_.OnGoodbye();
}

bool Leg::IsTrustedReport(const rtp::RtcpCompound& compound, const SocketAddress& source,
                          MediaTime now) noexcept {
  if (media().rtcp_mux) return source == receiver_.latch().latched();
  const std::optional<Ssrc> sender =
      compound.sender() == receiver_.ssrc() ? receiver_.ssrc() : std::nullopt;
  return receiver_.rtcp_latch().OnReport(source, sender, now) != SourceVerdict::kUntrusted;
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
  return media().send_telephone_event.has_value() && sender_.QueueDigits(digits, each);
}

void Leg::Finish(MediaTime now, Outbox& outbox, EventSink& events) noexcept {
  TellDigits(now, events);
  playback_.Stop(0, PlaybackEnd::kTargetGone);
  playback_.TellEnded(room_ ? room_->id() : RoomId{}, id(), now, events);
  if (!ReportDestination().is_set()) return;
  SendCompound(rtcp_.MakeGoodbye(sender_.sent(), receiver_.reception(), receiver_.ssrc(), now,
                                 MeasureForReport()),
               outbox);
}

void Leg::SetGroup(const GroupId& group) noexcept {
  group_ = group;
  if (room_ != nullptr) room_->FindGroupOf(*this);
}

void Leg::SetExcluded(std::span<const LegId> legs) noexcept {
  excluded_size_ = std::min(legs.size(), kExcludedMax);
  std::copy_n(legs.begin(), excluded_size_, excluded_.begin());
}

bool Leg::Excludes(const Leg& other) const noexcept {
  const auto end = excluded_.begin() + excluded_size_;
  return std::find(excluded_.begin(), end, other.id()) != end;
}

// --- A tick ---

RoomEvent Leg::Event(RoomEventKind kind, MediaTime now) const noexcept {
  return {.kind = kind, .room = room_ ? room_->id() : RoomId{}, .leg = id(), .time = now};
}

// The RTP clock goes on by whole frames of the time that was due, not of the time at which a busy
// worker came to it: a late tick and a punctual one after it are two frames, and a missed tick is
// one more.
void Leg::AdvanceClock(MediaTime now) noexcept {
  if (!has_ticked_) {
    has_ticked_ = true;
    clock_ = now;
    sender_.BeginTick(MediaDuration());
    return;
  }
  const MediaDuration passed = std::min(now - clock_, kMissedMax);
  const int64_t frames = std::max<int64_t>((passed + kTickTolerance) / kTick, 1);
  // Not ahead of the time: the first tick may have been the late one.
  clock_ = passed < kMissedMax ? std::min(clock_ + kTick * frames, now) : now;
  sender_.BeginTick(kTick * frames);
}

void Leg::Listen(const Hall& hall, bool was_speaker, MediaTime now, EventSink& events) noexcept {
  AdvanceClock(now);
  ++ticks_;
  streams().NextVoice();
  const std::span<int16_t> frame = streams().voice(0);
  const jitter::PlayedFrame played = receiver_.Pull(frame, now);
  const uint64_t concealed = receiver_.concealed();
  quality_.OnTick(played.kind != jitter::PlayedFrame::Kind::kSilence, concealed - concealed_before_,
                  receiver_.codec());
  concealed_before_ = concealed;
  played.is_zero ? streams().MakeVoiceZero() : streams().OnVoiceWritten();
  TellDigits(now, events);
  TellMediaState(now, events);

  const bool is_silenced = is_muted_ || is_on_hold() || (hall.is_lecture && !is_presenter_);
  const bool begins_to_be_heard = was_silenced_ && !is_silenced;
  was_silenced_ = is_silenced;
  level_before_ = activity_.mean_square();
  if (is_silenced && !was_speaker) {
    streams().MakeVoiceZero();
    activity_.Silence();
    talk_left_ = 0;
    MeasureLevel(0);
    return;
  }
  const std::span<const int16_t> ahead = receiver_.Ahead();
  if (played.is_zero && ahead.empty()) {
    activity_.UpdateWithSilence();
  } else {
    activity_.Update(hall.kernels, frame, ahead);
  }
  FollowTalk(hall.hangover_ticks);
  const uint64_t energy = played.is_zero ? 0 : ApplyGains(hall, begins_to_be_heard, frame);
  if (is_silenced) {  // The room fades this frame out.
    activity_.Silence();
    talk_left_ = 0;
  }
  MeasureLevel(is_silenced ? 0 : energy);
}

// Returns the energy of what comes of it.
uint64_t Leg::ApplyGains(const Hall& hall, bool fades_in, std::span<int16_t> frame) noexcept {
  equalizer_.SetEnabled(level_equalisation_.value_or(hall.equalises_levels));
  dsp::GainRamp ramp = equalizer_.Update(activity_.mean_square(), activity_.is_talk()).Times(gain_);
  if (!hall.duck.is_unity()) {
    ramp = {.from = Product(ramp.from, hall.duck.from), .to = Product(ramp.to, hall.duck.to)};
  }
  dsp::ApplyGainRamp(hall.kernels, ramp, frame);
  const auto samples = static_cast<int32_t>(frame.size());
  for (int32_t i = 0; i < samples && fades_in; ++i) {
    frame[i] = static_cast<int16_t>(frame[i] * i / samples);
  }
  return ramp.is_unity() && !fades_in ? activity_.energy()
                                      : hall.kernels.Energy(frame.data(), frame.size());
}

// A talker counts as one for the room's hangover after its last syllable, and from the frame before
// its first one where that is known.
void Leg::FollowTalk(int hangover_ticks) noexcept {
  const bool begins = activity_.is_speech() && !was_speech_;
  was_speech_ = activity_.is_speech();
  if (activity_.is_talk()) {
    talk_left_ = hangover_ticks + 1;
  } else {
    talk_left_ = std::max(talk_left_ - 1, begins ? 1 : 0);
  }
}

void Leg::MeasureLevel(uint64_t energy) noexcept {
  level_energy_ += energy;
  level_samples_ += streams().samples();
  if (++level_ticks_ < kTicksPerSecond) return;
  level_ = AudioLevel::FromSumOfSquares(level_energy_, level_samples_);
  level_energy_ = 0;
  level_samples_ = 0;
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
  if (is_active || is_on_hold() || !media().is_receiving || ticks_ == 1) last_packet_ = now;
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
  return media().rtcp_mux ? receiver_.latch().destination() : receiver_.rtcp_latch().destination();
}

void Leg::SendReport(MediaTime now, Outbox& outbox) noexcept {
  if (!rtcp_.IsDue(now)) return;
  if (!ReportDestination().is_set()) return;
  SendCompound(rtcp_.MakeReport(sender_.sent(), receiver_.reception(), receiver_.ssrc(), now,
                                MeasureForReport()),
               outbox);
}

void Leg::SendCompound(std::span<const uint8_t> compound, Outbox& outbox) noexcept {
  if (MediaCrypto* const crypto = streams().crypto()) compound = crypto->SealRtcp(compound);
  if (compound.empty()) return;  // It cannot be sealed, so it is not sent.
  outbox.Push(
      {.leg = this, .destination = ReportDestination(), .is_rtcp = true, .header = compound});
}

// From the far end's mouth to the mix: a packet is filled, travels half of the round trip, and waits
// here.
quality::QualityEstimate Leg::EstimateQuality() const noexcept {
  const MediaDuration round_trip = rtcp_.remote_report().round_trip_time.value_or(MediaDuration());
  return quality_.Estimate(kTick + round_trip / 2 + receiver_.delay());
}

std::optional<rtp::VoipMetrics> Leg::MeasureForReport() const noexcept {
  if (!rtcp_.wants_voip_metrics() || !receiver_.ssrc().has_value()) return std::nullopt;
  LegStatistics statistics;
  receiver_.FillStatistics(statistics);
  return quality::MakeVoipMetrics(
      {.source = *receiver_.ssrc(),
       .packets_expected =
           static_cast<int64_t>(statistics.packets_received) + statistics.packets_lost,
       .packets_lost = statistics.packets_lost,
       .packets_discarded = static_cast<int64_t>(statistics.dropped(LegDrop::kTooLate) +
                                                 statistics.dropped(LegDrop::kTooEarly)),
       .bursts = quality_.bursts().Summary(),
       .estimate = EstimateQuality(),
       .round_trip_time = rtcp_.remote_report().round_trip_time,
       .mixer_delay = statistics.mixer_delay,
       .level = level_,
       .jitter_buffer = statistics.jitter_buffer_delay,
       .jitter_buffer_max = statistics.jitter_buffer_delay_max,
       .jitter_buffer_ceiling = delay_max_});
}

void Leg::SaveTo(LegCheckpoint& checkpoint) const noexcept {
  checkpoint.has_ticked = has_ticked_;
  checkpoint.clock = clock_;
  checkpoint.has_media = has_media_;
  checkpoint.has_timed_out = has_timed_out_;
  sender_.SaveTo(checkpoint.sender);
  receiver_.SaveTo(checkpoint.receiver);
  if (const MediaCrypto* const crypto = streams().crypto()) crypto->SaveTo(checkpoint.crypto);
}

void Leg::RestoreFrom(const LegCheckpoint& checkpoint) noexcept {
  CHECK(room_ == nullptr) << "a leg is restored before it is in a room";
  has_ticked_ = checkpoint.has_ticked;
  clock_ = checkpoint.clock;
  has_media_ = checkpoint.has_media;
  has_timed_out_ = checkpoint.has_timed_out;
  sender_.RestoreFrom(checkpoint.sender);
  receiver_.RestoreFrom(checkpoint.receiver);
  if (MediaCrypto* const crypto = streams().crypto()) crypto->RestoreFrom(checkpoint.crypto);
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
  statistics.remote_voip_metrics = remote.voip_metrics;
  statistics.reports_received = reports_received_;
  statistics.quality = EstimateQuality();
  statistics.ticks = ticks_;
  statistics.encodes = encodes_;
  statistics.ssrc_sent = sender_.ssrc();
  statistics.level = level_;
  statistics.is_speaking = is_speaking_;
  return statistics;
}

}  // namespace narada::mixer::room
