#include "tests/simulation/phone.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/random.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/telephone_event.h"

namespace narada::simulation {

using mixer::RtpTicks;
using mixer::RtpTimestamp;

namespace {

// Nobody listens for longer; a wild timestamp must not take all memory.
constexpr mixer::MediaDuration kHeardMax = mixer::Seconds(3600);

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
      rate_(options.format.sample_rate()),
      clock_rate_(options.format.clock_rate()),
      encoder_(mixer::codec::MakeEncoder(options.format)),
      decoder_(mixer::codec::MakeDecoder(options.format)),
      uplink_(options.seed * 2 + 1),
      downlink_(options.seed * 2 + 2),
      next_send_(options.first_send),
      interval_(options.format.ptime),
      disturbed_(options.first_send) {
  SeededRandom random(options.seed);
  ssrc_ = mixer::Ssrc(static_cast<uint32_t>(random.Next()));
  number_ = mixer::SequenceNumber(static_cast<uint16_t>(random.Next()));
  timestamp_ = RtpTimestamp(static_cast<uint32_t>(random.Next()));
}

size_t Phone::samples() const { return rate_.SamplesIn(options_.format.ptime).size(); }

RtpTicks Phone::ticks() const { return clock_rate_.TicksIn(options_.format.ptime); }

void Phone::Say(const mixer::media::Tone& tone) {
  generator_ = mixer::media::ToneGenerator(tone, rate_);
  is_saying_ = true;
}

void Phone::Press(const std::string& digits, bool leaks) {
  digits_.Queue(digits, mixer::Milliseconds(100));
  leaks_ = leaks;
  if (leaks) key_tone_ = mixer::media::ToneGenerator(KeyTone(digits[0]), rate_);
}

void Phone::Skew(int ppm) {
  const mixer::MediaDuration ptime = options_.format.ptime;
  interval_ = ptime - mixer::Nanoseconds(ptime.milliseconds() * int64_t{ppm});
}

void Phone::ChangeSsrc() {
  ssrc_ = mixer::Ssrc(ssrc_.value() * 2654435761u + 1);
  Restart();
}

void Phone::Restart() {
  number_ = number_ + 12'345;
  timestamp_ += RtpTicks(987'654);
  is_first_ = true;
  disturbed_ = next_send_;
}

mixer::MediaDuration Phone::OnlyKeysSince(mixer::MediaTime now) const {
  return leaks_ && uplink_.is_even() ? now - disturbed_ : mixer::MediaDuration();
}

std::vector<uint8_t> Phone::Payload(std::span<const int16_t> samples) {
  std::vector<uint8_t> payload(
      encoder_->PayloadSizeMax(mixer::SampleCount(static_cast<int64_t>(samples.size()))));
  payload.resize(encoder_->Encode(samples, payload));
  return payload;
}

std::optional<Phone::Sent> Phone::SendBefore(mixer::MediaTime now) {
  while (next_send_ < now) {
    const mixer::MediaTime time = next_send_;
    const RtpTimestamp timestamp = timestamp_;
    next_send_ += interval_;
    if (!holds_timestamps_) timestamp_ += ticks();

    std::vector<int16_t> frame(samples());
    if (is_saying_) {
      generator_.Generate(frame);
      disturbed_ = time;
    }
    const auto event = digits_.Tick(timestamp, ticks(), clock_rate_);
    if (!is_sending_) continue;
    const bool has_nothing = options_.is_discontinuous && !is_saying_ && !event.has_value();
    const bool says_nothing_more = has_nothing && std::exchange(is_silent_, true);
    if (!has_nothing) is_first_ |= std::exchange(is_silent_, false);
    if (says_nothing_more) continue;
    // A bad phone says the tone as well, in packets between those of the event, here: instead of
    // every other one.
    const bool says_key = event.has_value() && leaks_ && !event->event.is_end && !event->marker &&
                          event->event.duration / ticks().value() % 2 == 0;
    if (says_key) key_tone_.Generate(frame);

    mixer::rtp::PacketHeader header{.marker = is_first_,
                                    .payload_type = options_.format.payload_type,
                                    .sequence_number = number_,
                                    .timestamp = timestamp,
                                    .ssrc = ssrc_};
    std::vector<uint8_t> payload;
    if (event.has_value() && !says_key) {
      header.marker = event->marker;
      header.payload_type = kTelephoneEventPayloadType;
      header.timestamp = event->timestamp;
      std::array<uint8_t, mixer::rtp::TelephoneEvent::kSize> bytes;
      event->event.Write(bytes);
      payload.assign(bytes.begin(), bytes.end());
    } else if (has_nothing) {
      header.payload_type = kComfortNoisePayloadType;
      payload = {70};
    } else {
      payload = Payload(frame);
    }
    std::vector<uint8_t> datagram(12);
    header.Write(std::span<uint8_t, 12>(datagram));
    datagram.insert(datagram.end(), payload.begin(), payload.end());
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
  const bool is_wanted = options_.is_listening || ear_ != nullptr;
  if (!is_wanted || packet->payload_type() != options_.format.payload_type) return;
  std::vector<int16_t> samples(decoder_->SamplesIn(packet->payload()).size());
  const auto decoded = decoder_->Decode(packet->payload(), samples);
  if (!decoded.ok()) return;
  if (ear_ != nullptr) ear_(samples);
  if (!options_.is_listening) return;
  if (!first_received_.has_value()) first_received_ = packet->timestamp();
  const int64_t at = clock_rate_.ToSamples(packet->timestamp() - *first_received_, rate_).value();
  const auto size = static_cast<int64_t>(samples.size());
  if (at < 0 || at + size > rate_.SamplesIn(kHeardMax).value()) return;
  if (at + size > static_cast<int64_t>(heard_.size())) heard_.resize(at + size, 0);
  std::copy(samples.begin(), samples.end(), heard_.begin() + at);
}

Hearing Phone::heard() const { return Hearing(heard_, rate_); }

}  // namespace narada::simulation
