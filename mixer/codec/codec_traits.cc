#include "mixer/codec/codec_traits.h"

#include "absl/strings/match.h"

namespace narada::mixer::codec {
namespace {

constexpr ClockRate k8kClock = ClockRate::FromHertz(8000);
constexpr ClockRate k16kClock = ClockRate::FromHertz(16000);
constexpr ClockRate k48kClock = ClockRate::FromHertz(48000);
constexpr SampleRate k8k = SampleRate::FromHertz(8000);
constexpr SampleRate k16k = SampleRate::FromHertz(16000);
constexpr SampleRate k48k = SampleRate::FromHertz(48000);

// Indexed by CodecId.
constexpr CodecTraits kCodecs[kCodecCount] = {
    {CodecId::kPcma, k8kClock, k8k, 1, kPcmaPayloadType, true, Milliseconds(60)},
    {CodecId::kPcmu, k8kClock, k8k, 1, kPcmuPayloadType, true, Milliseconds(60)},
    {CodecId::kG722, k8kClock, k16k, 1, kG722PayloadType, false, Milliseconds(60)},
    {CodecId::kOpus, k48kClock, k48k, 2, std::nullopt, false, Milliseconds(60)},
    {CodecId::kL16At8k, k8kClock, k8k, 1, std::nullopt, true, Milliseconds(60)},
    {CodecId::kL16At16k, k16kClock, k16k, 1, std::nullopt, true, Milliseconds(40)},
    {CodecId::kL16At48k, k48kClock, k48k, 1, std::nullopt, true, Milliseconds(10)},
};

// Best first: that is the order of our offers.
constexpr CodecId kDefaultPreference[] = {CodecId::kOpus, CodecId::kG722, CodecId::kPcma,
                                          CodecId::kPcmu};
constexpr CodecId kAcceptedByDefault[] = {CodecId::kL16At16k, CodecId::kL16At48k,
                                          CodecId::kL16At8k};

constexpr bool IsIndexedById() {
  for (size_t i = 0; i < kCodecCount; ++i) {
    if (static_cast<size_t>(kCodecs[i].id) != i) return false;
  }
  return true;
}
static_assert(IsIndexedById());

}  // namespace

const CodecTraits& TraitsOf(CodecId id) noexcept { return kCodecs[static_cast<size_t>(id)]; }

std::span<const CodecTraits> AllCodecs() noexcept { return kCodecs; }

std::span<const CodecId> DefaultPreference() noexcept { return kDefaultPreference; }

std::span<const CodecId> AcceptedByDefault() noexcept { return kAcceptedByDefault; }

std::optional<CodecId> FindCodec(absl::string_view encoding_name, ClockRate clock_rate,
                                 int channels) noexcept {
  for (const CodecTraits& codec : kCodecs) {
    // Opus is one codec, whatever number of channels a peer writes (RFC 7587 §7 demands 2).
    if (absl::EqualsIgnoreCase(EncodingName(codec.id), encoding_name) &&
        codec.clock_rate == clock_rate &&
        (codec.channels == channels || codec.id == CodecId::kOpus)) {
      return codec.id;
    }
  }
  return std::nullopt;
}

std::optional<CodecId> FindCodec(PayloadType static_payload_type) noexcept {
  for (const CodecTraits& codec : kCodecs) {
    if (codec.static_payload_type == static_payload_type) return codec.id;
  }
  return std::nullopt;
}

std::optional<CodecId> FindCodecByName(absl::string_view name) noexcept {
  for (const CodecTraits& codec : kCodecs) {
    if (absl::EqualsIgnoreCase(CodecName(codec.id), name)) return codec.id;
  }
  return std::nullopt;
}

}  // namespace narada::mixer::codec
