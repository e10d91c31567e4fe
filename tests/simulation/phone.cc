#include "tests/simulation/phone.h"

#include <algorithm>

#include "base/random.h"
#include "mixer/codec/g711.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::simulation {

using mixer::RtpTicks;
using mixer::RtpTimestamp;
using mixer::codec::CodecId;

namespace {

constexpr size_t kFrame = 160;
constexpr mixer::SampleRate kRate = mixer::SampleRate::FromHertz(8000);
// Nobody listens for longer; a wild timestamp must not take all memory.
constexpr int64_t kHeardMax = int64_t{8000} * 3600;

// The two sines of a key (ITU-T Q.23).
mixer::media::Tone KeyTone(char digit) {
  constexpr absl::string_view kKeys = "123A456B789C*0#D";
  constexpr double kRows[] = {697, 770, 852, 941}, kColumns[] = {1209, 1336, 1477, 1633};
  const size_t at = kKeys.find(digit);
  return {.frequency_hz = kRows[at / 4],
          .second_frequency_hz = kColumns[at % 4],
          .level = mixer::AudioLevel::Dbov(-15)};
}

}  // namespace

Phone::Phone(const Options& options)
    : options_(options),
      uplink_(options.seed * 2 + 1),
      downlink_(options.seed * 2 + 2),
      next_send_(options.first_send) {
  SeededRandom random(options.seed);
  ssrc_ = mixer::Ssrc(static_cast<uint32_t>(random.Next()));
  number_ = mixer::SequenceNumber(static_cast<uint16_t>(random.Next()));
  timestamp_ = RtpTimestamp(static_cast<uint32_t>(random.Next()));
}

void Phone::Say(const mixer::media::Tone& tone) {
  generator_ = mixer::media::ToneGenerator(tone, kRate);
  is_saying_ = true;
}

void Phone::Press(const std::string& digits, bool leaks) {
  digits_.Queue(digits, mixer::Milliseconds(100));
  leaks_ = leaks;
  if (leaks) key_tone_ = mixer::media::ToneGenerator(KeyTone(digits[0]), kRate);
}

void Phone::Skew(int ppm) {
  interval_ = mixer::Milliseconds(20) - mixer::Nanoseconds(20 * int64_t{ppm});
}

void Phone::ChangeSsrc() {
  ssrc_ = mixer::Ssrc(ssrc_.value() * 2654435761u + 1);
  number_ = number_ + 12'345;
  timestamp_ += RtpTicks(987'654);
}

mixer::PayloadType Phone::payload_type() const {
  return options_.codec == CodecId::kPcma ? mixer::kPcmaPayloadType : mixer::kPcmuPayloadType;
}

std::optional<Phone::Sent> Phone::SendBefore(mixer::MediaTime now) {
  while (next_send_ < now) {
    const mixer::MediaTime time = next_send_;
    const RtpTimestamp timestamp = timestamp_;
    next_send_ += interval_;
    timestamp_ += RtpTicks(kFrame);

    std::array<int16_t, kFrame> frame = {};
    if (is_saying_) generator_.Generate(frame);
    const auto event = digits_.Tick(timestamp, RtpTicks(kFrame), mixer::ClockRate::FromHertz(8000));
    if (!is_sending_) continue;
    // A bad phone says the tone as well, in packets between those of the event, here: instead of
    // every other one.
    const bool says_key = event.has_value() && leaks_ && !event->event.is_end && !event->marker &&
                          event->event.duration / kFrame % 2 == 0;
    if (says_key) key_tone_.Generate(frame);

    std::vector<uint8_t> datagram(12 + kFrame);
    mixer::rtp::PacketHeader header{.marker = is_first_,
                                    .payload_type = payload_type(),
                                    .sequence_number = number_,
                                    .timestamp = timestamp,
                                    .ssrc = ssrc_};
    const std::span<uint8_t> payload = std::span(datagram).subspan(12);
    if (event.has_value() && !says_key) {
      header.marker = event->marker;
      header.payload_type = kTelephoneEventPayloadType;
      header.timestamp = event->timestamp;
      event->event.Write(payload.first<mixer::rtp::TelephoneEvent::kSize>());
      datagram.resize(12 + mixer::rtp::TelephoneEvent::kSize);
    } else if (options_.codec == CodecId::kPcma) {
      mixer::codec::EncodeALaw(frame, payload);
    } else {
      mixer::codec::EncodeULaw(frame, payload);
    }
    header.Write(datagram);
    ++number_;
    is_first_ = false;
    ++packets_sent_;
    return Sent{.time = time, .datagram = std::move(datagram)};
  }
  return std::nullopt;
}

void Phone::Receive(std::span<const uint8_t> datagram, mixer::MediaTime now) {
  const auto packet = mixer::rtp::PacketView::Parse(datagram);
  if (!packet.ok()) return;
  ++packets_received_;
  last_received_ = now;
  if (packet->payload_type() == kTelephoneEventPayloadType) {
    const auto event = mixer::rtp::TelephoneEvent::Parse(packet->payload());
    if (event.ok() && event->digit().has_value() &&
        events_heard_.emplace(packet->timestamp().value(), *event->digit()).second) {
      digits_heard_ += *event->digit();
    }
    return;
  }
  if (!options_.is_listening || packet->payload_type() != payload_type()) return;
  if (!first_received_.has_value()) first_received_ = packet->timestamp();
  const int64_t at = (packet->timestamp() - *first_received_).value();
  const auto size = static_cast<int64_t>(packet->payload().size());
  if (at < 0 || at + size > kHeardMax) return;
  if (at + size > static_cast<int64_t>(heard_.size())) heard_.resize(at + size, 0);
  const std::span<int16_t> samples(heard_.data() + at, size);
  if (options_.codec == CodecId::kPcma) {
    mixer::codec::DecodeALaw(packet->payload(), samples);
  } else {
    mixer::codec::DecodeULaw(packet->payload(), samples);
  }
}

Hearing Phone::heard() const { return Hearing(heard_); }

}  // namespace narada::simulation
