#include "mixer/codec/codec_traits.h"

#include "absl/strings/match.h"

namespace narada::mixer::codec {
namespace {

constexpr ClockRate k8kClock = ClockRate::FromHertz(8000);
constexpr SampleRate k8k = SampleRate::FromHertz(8000);

// Indexed by CodecId.
constexpr CodecTraits kCodecs[kCodecCount] = {
    {CodecId::kPcma, k8kClock, k8k, 1, kPcmaPayloadType},
    {CodecId::kPcmu, k8kClock, k8k, 1, kPcmuPayloadType},
};

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

std::optional<CodecId> FindCodec(absl::string_view encoding_name, ClockRate clock_rate,
                                 int channels) noexcept {
  for (const CodecTraits& codec : kCodecs) {
    if (absl::EqualsIgnoreCase(EncodingName(codec.id), encoding_name) &&
        codec.clock_rate == clock_rate && codec.channels == channels) {
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

}  // namespace narada::mixer::codec
