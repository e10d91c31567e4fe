#include "mixer/codec/g722_codec.h"

#include <cstring>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

constexpr int kBitRate = 64'000;
constexpr int kOptions = 0;  // 16 kHz, octets of 8 bits.

}  // namespace

SampleCount G722Decoder::SamplesIn(std::span<const uint8_t> payload) const noexcept {
  return SampleCount(2 * static_cast<int64_t>(payload.size()));
}

Result<SampleCount, CodecError> G722Decoder::Decode(std::span<const uint8_t> payload,
                                                    std::span<int16_t> samples) noexcept {
  if (payload.empty()) return CodecError::kPayloadInvalid;
  if (samples.size() / 2 < payload.size()) return CodecError::kFrameTooSmall;
  const int decoded =
      g722_decode(&state_, samples.data(), payload.data(), static_cast<int>(payload.size()));
  DCHECK_EQ(decoded, SamplesIn(payload).value());
  return SampleCount(decoded);
}

void G722Decoder::Reset() noexcept {
  std::memset(&state_, 0, sizeof(state_));
  CHECK(g722_decode_init(&state_, kBitRate, kOptions) != nullptr) << "G.722 has 64 kbit/s";
}

size_t G722Encoder::Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept {
  DCHECK_EQ(samples.size() % 2, 0u);
  DCHECK_GE(payload.size(), samples.size() / 2);
  return static_cast<size_t>(
      g722_encode(&state_, payload.data(), samples.data(), static_cast<int>(samples.size())));
}

void G722Encoder::ContinueFrom(const Encoder& other) noexcept {
  DCHECK(other.id() == id());
  state_ = static_cast<const G722Encoder&>(other).state_;
}

bool G722Encoder::AgreesWith(const Encoder& other) const noexcept {
  return other.id() == id() &&
         std::memcmp(&state_, &static_cast<const G722Encoder&>(other).state_, sizeof(state_)) == 0;
}

void G722Encoder::Reset() noexcept {
  std::memset(&state_, 0, sizeof(state_));
  CHECK(g722_encode_init(&state_, kBitRate, kOptions) != nullptr) << "G.722 has 64 kbit/s";
}

}  // namespace narada::mixer::codec
