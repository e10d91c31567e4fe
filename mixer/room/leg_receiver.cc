#include "mixer/room/leg_receiver.h"

#include <algorithm>
#include <utility>

#include "mixer/room/media_crypto.h"
#include "mixer/rtp/audio_level_element.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kFrame = Milliseconds(20);
// What is called quieter than this is inaudible, by dsp::VoiceActivity::kAudible, and 10 dB below the faintest speech: a packet of
// 60 ms that is silent but for the beginning of a syllable is not.
constexpr int kSilenceDbov = -65;

}  // namespace

LegReceiver::LegReceiver(LegStreams& streams, Ssrc own, int packets_per_second_max)
    : streams_(&streams),
      own_(own),
      codec_(streams.media().receive_formats[0].id),
      clock_rate_(streams.media().receive_formats[0].clock_rate()),
      rate_limit_(packets_per_second_max),
      reception_(clock_rate_),
      events_(streams.media().receive_event_clock) {
  UpdateMedia(streams);
}

void LegReceiver::UpdateMedia(LegStreams& streams) noexcept {
  if (buffer_ != &streams.jitter()) {
    buffers_before_ = BufferStatistics();
    concealed_before_ = buffers_before_.concealed();
    buffer_ = &streams.jitter();
  }
  streams_ = &streams;
  latch_.SetSignalled(media().remote_rtp, media().signaling_ip);
  rtcp_latch_.SetSignalled(media().remote_rtcp, media().signaling_ip);
  events_.SetClockRate(media().receive_event_clock);
}

bool LegReceiver::IsKnown(PayloadType type) const noexcept {
  return type == media().receive_telephone_event || type == media().receive_comfort_noise ||
         streams_->FindDecoder(type) != nullptr;
}

// A change of codec may be one of the timestamps' clock.
void LegReceiver::FollowFormat(PayloadType type) noexcept {
  for (size_t i = 0; i < media().receive_formats_count; ++i) {
    const codec::CodecFormat& format = media().receive_formats[i];
    if (format.payload_type != type) continue;
    codec_ = format.id;
    if (format.clock_rate() == clock_rate_) continue;
    clock_rate_ = format.clock_rate();
    reception_.SetClockRate(clock_rate_);
  }
}

void LegReceiver::ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                             MediaTime now) noexcept {
  MediaCrypto* const crypto = streams_->crypto();
  bool is_newest = false;
  if (crypto != nullptr) {
    if (!IsWorthOpening(source, latch_, now)) return CountDrop(rtp::DropReason::kRateLimited);
    const auto opened = crypto->OpenRtp(datagram, now);
    if (!opened.ok()) return CountDrop(opened.error());
    datagram = opened->bytes;
    is_newest = opened->is_newest;
  }
  const Result<rtp::PacketView, rtp::DropReason> parsed = rtp::PacketView::Parse(datagram);
  if (!parsed.ok()) return CountDrop(parsed.error());
  const rtp::PacketView& packet = *parsed;
  if (!IsKnown(packet.payload_type())) return CountDrop(rtp::DropReason::kPayloadTypeUnknown);

  const SourceVerdict verdict =
      crypto != nullptr ? latch_.OnProven(source, is_newest, now)
                        : latch_.OnPacket(source, packet.ssrc(), packet.sequence_number(), now);
  switch (verdict) {
    case SourceVerdict::kUntrusted:
      return CountDrop(rtp::DropReason::kSourceUntrusted);
    case SourceVerdict::kLatched:
    case SourceVerdict::kRebound:
      has_latched_ = true;
      break;
    case SourceVerdict::kTrusted:
      break;
  }
  // After the latch, so that a stranger's flood does not use up the allowance of the phone.
  if (!rate_limit_.Admit(now)) return CountDrop(rtp::DropReason::kRateLimited);
  if (!media().is_receiving) return CountDrop(rtp::DropReason::kNotReceiving);
  if (!IsFromTheStream(packet.ssrc(), now)) return CountDrop(rtp::DropReason::kSsrcUnexpected);

  ++packets_;
  payload_bytes_ += packet.payload().size();
  last_packet_ = now;
  has_activity_ = true;
  if (packet.payload_type() == media().receive_telephone_event)
    return OnTelephoneEvent(packet, now);
  OnAudio(packet, now);
}

bool LegReceiver::IsFromTheStream(Ssrc ssrc, MediaTime now) noexcept {
  if (ssrc == own_) return false;  // Our own packets, looped back.
  if (ssrc_ == ssrc) {
    ssrc_candidate_.reset();
    return true;
  }
  if (ssrc_.has_value() && !is_over_ && now - last_packet_ < kSsrcAlive &&
      ssrc_candidate_ != ssrc) {
    ssrc_candidate_ = ssrc;
    return false;
  }
  ssrc_ = ssrc;
  ssrc_candidate_.reset();
  is_over_ = false;
  reception_.Reset();
  jitter().Restart();
  events_.Reset();
  return true;
}

void LegReceiver::OnTelephoneEvent(const rtp::PacketView& packet, MediaTime now) noexcept {
  reception_.OnPacketWithoutTiming(packet.sequence_number());
  jitter().Skip(packet.sequence_number());
  const auto event = rtp::TelephoneEvent::Parse(packet.payload());
  if (!event.ok()) return CountDrop(event.error());
  const std::optional<char> digit =
      events_.OnPacket(*event, packet.timestamp(), packet.marker(), now);
  if (digit.has_value()) AddDigit(*digit, dtmf::DigitPath::kTelephoneEvent, now);
}

// By what the sender says of it, where that was agreed. Nobody but the sender is harmed by a lie: silence is not heard, and
// what is called loud is listened to as ever.
bool LegReceiver::IsSilence(const rtp::PacketView& packet) const noexcept {
  if (!media().receive_audio_level.has_value()) return false;
  const AudioLevelExtension& agreed = *media().receive_audio_level;
  const std::optional<rtp::AudioLevelElement> level =
      rtp::AudioLevelElement::Parse(packet.FindExtensionElement(agreed.id));
  return level.has_value() && level->level_dbov < kSilenceDbov &&
         !(agreed.has_voice_flag && level->is_voice);
}

void LegReceiver::OnAudio(const rtp::PacketView& packet, MediaTime now) noexcept {
  FollowFormat(packet.payload_type());
  reception_.OnPacket(packet.sequence_number(), packet.timestamp(), now);
  // Some phones hold their NAT's binding open with packets that hold nothing.
  if (packet.payload().empty()) return jitter().Skip(packet.sequence_number());
  const jitter::InsertVerdict verdict =
      jitter().Insert({.sequence_number = packet.sequence_number(),
                       .timestamp = packet.timestamp(),
                       .decoder = streams_->FindDecoder(packet.payload_type()),
                       .is_silence = IsSilence(packet)},
                      packet.payload(), now);
  switch (verdict) {
    case jitter::InsertVerdict::kTaken:
      break;
    case jitter::InsertVerdict::kDuplicate:
      return CountDrop(rtp::DropReason::kDuplicate);
    case jitter::InsertVerdict::kTooLate:
      return CountDrop(rtp::DropReason::kTooLate);
    case jitter::InsertVerdict::kTooEarly:
      return CountDrop(rtp::DropReason::kTooEarly);
    case jitter::InsertVerdict::kInvalid:
      return CountDrop(rtp::DropReason::kPayloadInvalid);
  }
}

void LegReceiver::InjectDigit(char digit, MediaTime now) noexcept {
  AddDigit(digit, dtmf::DigitPath::kSignaling, now);
}

void LegReceiver::AddDigit(char digit, dtmf::DigitPath path, MediaTime now) noexcept {
  if (!merger_.IsNew(digit, path, now)) return;
  if (digits_size_ == digits_.size()) return;
  digits_[(digits_first_ + digits_size_++) % digits_.size()] = {.digit = digit, .path = path};
  ++digits_received_[static_cast<size_t>(path)];
}

std::optional<ReceivedDigit> LegReceiver::TakeDigit() noexcept {
  if (digits_size_ == 0) return std::nullopt;
  const ReceivedDigit digit = digits_[digits_first_];
  digits_first_ = (digits_first_ + 1) % digits_.size();
  --digits_size_;
  return digit;
}

bool LegReceiver::TakeLatched() noexcept { return std::exchange(has_latched_, false); }

bool LegReceiver::TakeActivity() noexcept { return std::exchange(has_activity_, false); }

jitter::PlayedFrame LegReceiver::Pull(std::span<int16_t> frame, MediaTime now) noexcept {
  jitter::PlayedFrame played = jitter().PullUnlessZero(frame, now);
  // What is left of a talk that has ended is played without a timestamp.
  const bool has_stamp =
      played.kind != jitter::PlayedFrame::Kind::kSilence && events_.clock_rate() == clock_rate_;
  const bool is_muted =
      events_.IsActive(now) ||
      (has_stamp ? events_.Mutes(played.timestamp, clock_rate_.TicksIn(kFrame), now)
                 : events_.MutesByArrival(now));
  if (played.is_zero && streams_->in_band_digits() != nullptr) {
    std::fill(frame.begin(), frame.end(), int16_t{0});
    played.is_zero = false;  // What comes out of the search is older.
  }
  if (is_muted) {
    if (!played.is_zero) std::fill(frame.begin(), frame.end(), int16_t{0});
    jitter().ForgetSound();
  }
  FindDigits(played, frame, now);
  return played;
}

void LegReceiver::SaveTo(ReceiverCheckpoint& checkpoint) const noexcept {
  latch_.SaveTo(checkpoint.rtp);
  rtcp_latch_.SaveTo(checkpoint.rtcp);
  checkpoint.has_ssrc = ssrc_.has_value();
  checkpoint.ssrc = ssrc_.value_or(Ssrc());
  checkpoint.packets = packets_;
  checkpoint.payload_bytes = payload_bytes_;
  checkpoint.packets_lost = lost_earlier_ + reception_.lost();
  checkpoint.digits = digits_received_;
  checkpoint.drops = drops_;
}

void LegReceiver::RestoreFrom(const ReceiverCheckpoint& checkpoint) noexcept {
  latch_.RestoreFrom(checkpoint.rtp);
  rtcp_latch_.RestoreFrom(checkpoint.rtcp);
  if (checkpoint.has_ssrc) ssrc_ = checkpoint.ssrc;
  packets_ = checkpoint.packets;
  payload_bytes_ = checkpoint.payload_bytes;
  lost_earlier_ = checkpoint.packets_lost;
  digits_received_ = checkpoint.digits;
  drops_ = checkpoint.drops;
}

// A tone that is found is not in `frame` any more, nor in those that follow.
void LegReceiver::FindDigits(const jitter::PlayedFrame& played, std::span<int16_t> frame,
                             MediaTime now) noexcept {
  if (const std::optional<char> digit = events_.ActiveDigit(now)) {
    merger_.Holds(*digit, dtmf::DigitPath::kTelephoneEvent, now);
  }
  dtmf::InBandDigits* const in_band = streams_->in_band_digits();
  if (in_band == nullptr) return;
  const bool is_concealed = played.kind == jitter::PlayedFrame::Kind::kConcealed;
  if (const std::optional<char> digit = in_band->Process(frame, is_concealed)) {
    AddDigit(*digit, dtmf::DigitPath::kInBand, now);
  } else if (in_band->digit() != 0) {
    merger_.Holds(in_band->digit(), dtmf::DigitPath::kInBand, now);
  }
}

std::span<const int16_t> LegReceiver::Ahead() const noexcept {
  const dtmf::InBandDigits* const in_band = streams_->in_band_digits();
  return in_band != nullptr ? in_band->Ahead() : streams_->jitter().Ahead();
}

MediaDuration LegReceiver::delay() const noexcept {
  const MediaDuration look_back =
      streams_->in_band_digits() != nullptr ? dtmf::InBandDigits::kLookBack : MediaDuration();
  return buffer_->statistics().delay + look_back;
}

// Totals of this leg, whatever buffers it has had.
jitter::JitterBufferStatistics LegReceiver::BufferStatistics() const noexcept {
  jitter::JitterBufferStatistics totals = buffers_before_;
  if (buffer_ == nullptr) return totals;
  const jitter::JitterBufferStatistics& present = buffer_->statistics();
  totals.concealed_network += present.concealed_network;
  totals.concealed_ceiling += present.concealed_ceiling;
  totals.concealed_codec += present.concealed_codec;
  totals.concealed_cpu += present.concealed_cpu;
  totals.packets_skipped += present.packets_skipped;
  totals.samples_removed += present.samples_removed;
  totals.samples_inserted += present.samples_inserted;
  totals.delay = present.delay;
  totals.delay_max = std::max(totals.delay_max, present.delay_max);
  totals.clock_skew_ppb = present.clock_skew_ppb;
  return totals;
}

uint64_t LegReceiver::concealed() const noexcept {
  return concealed_before_ + buffer_->statistics().concealed();
}

void LegReceiver::FillStatistics(LegStatistics& statistics) const noexcept {
  statistics.packets_received = packets_;
  statistics.payload_bytes_received = payload_bytes_;
  statistics.packets_lost = lost_earlier_ + reception_.lost();
  statistics.interarrival_jitter = reception_.jitter();
  statistics.drops = drops_;
  const jitter::JitterBufferStatistics jitter = BufferStatistics();
  statistics.concealed_network = jitter.concealed_network;
  statistics.concealed_ceiling = jitter.concealed_ceiling;
  statistics.concealed_codec = jitter.concealed_codec;
  statistics.concealed_cpu = jitter.concealed_cpu;
  statistics.clock_skew_ppb = jitter.clock_skew_ppb;
  statistics.packets_skipped = jitter.packets_skipped;
  statistics.mixer_delay = delay();
  statistics.samples_removed = jitter.samples_removed;
  statistics.samples_inserted = jitter.samples_inserted;
  statistics.jitter_buffer_delay = jitter.delay;
  statistics.jitter_buffer_delay_max = jitter.delay_max;
  statistics.digits_received = digits_received_;
  statistics.latched_source = latch_.latched();
  statistics.ssrc_received = ssrc_.value_or(Ssrc());
}

}  // namespace narada::mixer::room
