#include "mixer/sdp/format_choice.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace narada::mixer::sdp {
namespace {

constexpr char kTelephoneEventName[] = "telephone-event";
constexpr char kOwnEvents[] = "0-15";  // The keys; no flash, no modem tones (RFC 4733 §3.2).
constexpr ClockRate k8kClock = ClockRate::FromHertz(8000);

const PayloadFormat* FindSameCodec(const std::vector<PayloadFormat>& formats,
                                   const PayloadFormat& wanted) {
  for (const PayloadFormat& format : formats) {
    if (format.IsSameCodec(wanted)) return &format;
  }
  return nullptr;
}

const PayloadFormat* FindClock(const std::vector<PayloadFormat>& formats, ClockRate clock_rate) {
  for (const PayloadFormat& format : formats) {
    if (format.clock_rate == clock_rate) return &format;
  }
  return nullptr;
}

bool HasPayloadType(const std::vector<PayloadFormat>& formats, PayloadType type) {
  return std::any_of(formats.begin(), formats.end(),
                     [&](const PayloadFormat& format) { return format.payload_type == type; });
}

// The one with the codec's clock, as RFC 4733 §2.1 asks; else the first: some phones offer only
// 8000 beside Opus.
const PayloadFormat* ChooseTelephoneEvent(const AudioDescription& remote, ClockRate clock_rate) {
  if (const PayloadFormat* event = FindClock(remote.telephone_events, clock_rate)) return event;
  return remote.telephone_events.empty() ? nullptr : &remote.telephone_events.front();
}

// From `wanted` on, the next number that none of the formats has.
PayloadType FreePayloadType(PayloadType wanted, const std::vector<PayloadFormat>& codecs,
                            const std::vector<PayloadFormat>& others) {
  for (uint8_t value = wanted.value(); value <= PayloadType::kMax; ++value) {
    const PayloadType type(value);
    if (!HasPayloadType(codecs, type) && !HasPayloadType(others, type)) return type;
  }
  return wanted;
}

// Opus has no frames of 30 or 50 ms.
MediaDuration FitToCodec(MediaDuration ptime, const PayloadFormat& codec) {
  if (!absl::EqualsIgnoreCase(codec.encoding_name, "opus")) return ptime;
  for (const MediaDuration fit : {Milliseconds(60), Milliseconds(40), Milliseconds(20)}) {
    if (ptime >= fit) return fit;
  }
  return Milliseconds(10);
}

}  // namespace

const PayloadFormat* FindOwn(const LocalMedia& local, const PayloadFormat& codec) {
  if (const PayloadFormat* own = FindSameCodec(local.codecs, codec)) return own;
  return FindSameCodec(local.accepted_codecs, codec);
}

const PayloadFormat* ChooseCodec(const AudioDescription& remote, const LocalMedia& local,
                                 Role role) {
  if (local.prefers_own_order && role == Role::kAnswerer) {
    for (const SharedFormats* formats : {&local.codecs, &local.accepted_codecs}) {
      for (const PayloadFormat& own : *formats) {
        if (const PayloadFormat* found = FindSameCodec(remote.codecs, own)) return found;
      }
    }
    return nullptr;
  }
  for (const PayloadFormat& offered : remote.codecs) {
    if (FindOwn(local, offered) != nullptr) return &offered;
  }
  return nullptr;
}

void ChooseFormats(const AudioDescription& remote, const LocalMedia& local, Role role,
                   const PayloadFormat& codec, NegotiatedMedia& media) {
  media.codec = codec;
  if (role == Role::kAnswerer) {
    // Our answer repeats the offer's payload types and names one codec.
    media.receive_codecs = {codec};
  } else {
    for (const PayloadFormat& offered : local.codecs) {
      const PayloadFormat* const found = FindSameCodec(remote.codecs, offered);
      if (found == nullptr) continue;
      media.receive_codecs.push_back(offered);
      media.receive_codecs.back().format_parameters = found->format_parameters;
    }
  }
  if (local.has_telephone_event) {
    if (const PayloadFormat* event = ChooseTelephoneEvent(remote, codec.clock_rate)) {
      media.send_telephone_event = *event;
      media.receive_telephone_event = *event;
      if (role == Role::kOfferer) {
        const PayloadFormat* const own =
            FindClock(local.offered_telephone_events, event->clock_rate);
        media.receive_telephone_event->payload_type =
            own != nullptr ? own->payload_type : local.telephone_event;
      }
    }
  }
  if (local.has_comfort_noise && (role == Role::kAnswerer || local.offers_comfort_noise)) {
    if (const PayloadFormat* noise = FindClock(remote.comfort_noises, codec.clock_rate)) {
      media.send_comfort_noise = *noise;
      media.receive_comfort_noise = *noise;
      if (role == Role::kOfferer) {
        media.receive_comfort_noise->payload_type = kComfortNoisePayloadType;
      }
    }
  }
}

MediaDuration ChoosePtime(const AudioDescription& remote, const LocalMedia& local,
                          const PayloadFormat& codec) {
  MediaDuration max = local.ptime_max;
  if (const PayloadFormat* own = FindOwn(local, codec)) max = std::min(max, own->ptime_max);
  const MediaDuration min = std::min(local.ptime_min, max);  // The codec's limit goes first.
  if (remote.maxptime.has_value()) max = std::min(max, *remote.maxptime);
  const MediaDuration wished = std::min(remote.ptime.value_or(local.ptime), max);
  const MediaDuration whole = Milliseconds(10) * (wished / Milliseconds(10));
  return std::max(FitToCodec(whole, codec), min);
}

std::vector<PayloadFormat> OfferedCodecs(const LocalMedia& local,
                                         const std::optional<NegotiatedMedia>& agreed) {
  if (!agreed.has_value()) return local.codecs;
  std::vector<PayloadFormat> codecs = agreed->receive_codecs;
  for (PayloadFormat& codec : codecs) {
    // Ours again: what fmtp says is about the one who writes it.
    const PayloadFormat* const own = FindOwn(local, codec);
    codec.format_parameters = own != nullptr ? own->format_parameters : "";
  }
  const auto is_taken = [&](PayloadType type) {
    const auto is_of = [type](const std::optional<PayloadFormat>& format) {
      return format.has_value() && format->payload_type == type;
    };
    return is_of(agreed->receive_telephone_event) || is_of(agreed->receive_comfort_noise) ||
           HasPayloadType(codecs, type);
  };
  for (const PayloadFormat& own : local.codecs) {
    if (FindSameCodec(codecs, own) == nullptr && !is_taken(own.payload_type)) codecs.push_back(own);
  }
  return codecs;
}

std::vector<PayloadFormat> OfferedTelephoneEvents(const LocalMedia& local,
                                                  const std::vector<PayloadFormat>& codecs,
                                                  const std::optional<NegotiatedMedia>& agreed) {
  std::vector<PayloadFormat> events;
  if (!local.has_telephone_event) return events;
  if (agreed.has_value() && agreed->receive_telephone_event.has_value()) {
    events.push_back(OwnTelephoneEvent(agreed->receive_telephone_event->payload_type,
                                       agreed->receive_telephone_event->clock_rate));
  }
  // 8000 first where it is among them: that is the number every phone knows.
  std::vector<ClockRate> clocks;
  for (const PayloadFormat& codec : codecs) clocks.push_back(codec.clock_rate);
  std::stable_partition(clocks.begin(), clocks.end(),
                        [](ClockRate clock) { return clock == k8kClock; });
  for (const ClockRate clock : clocks) {
    if (FindClock(events, clock) != nullptr) continue;
    events.push_back(
        OwnTelephoneEvent(FreePayloadType(local.telephone_event, codecs, events), clock));
  }
  return events;
}

std::vector<PayloadFormat> OfferedComfortNoises(const LocalMedia& local,
                                                const std::vector<PayloadFormat>& codecs) {
  if (!local.offers_comfort_noise || FindClock(codecs, k8kClock) == nullptr) return {};
  PayloadFormat noise;
  noise.encoding_name = "CN";
  noise.payload_type = kComfortNoisePayloadType;
  return {noise};
}

PayloadFormat OwnTelephoneEvent(PayloadType payload_type, ClockRate clock_rate) {
  PayloadFormat event;
  event.encoding_name = kTelephoneEventName;
  event.payload_type = payload_type;
  event.clock_rate = clock_rate;
  event.format_parameters = kOwnEvents;
  return event;
}

}  // namespace narada::mixer::sdp
