#include "mixer/codec/g722_codec.h"

#include <cstring>

#include "base/check.h"
#include "mixer/codec/g722_joining.h"

namespace narada::mixer::codec {
namespace {

constexpr int kBitRate = 64'000;
constexpr int kOptions = 0;  // 16 kHz, octets of 8 bits.

}  // namespace

G722Decoder::G722Decoder() : state_(std::make_unique<g722_decode_state_s>()) { Reset(); }

G722Decoder::~G722Decoder() = default;

SampleCount G722Decoder::SamplesIn(std::span<const uint8_t> payload) const noexcept {
  return SampleCount(2 * static_cast<int64_t>(payload.size()));
}

Result<SampleCount, CodecError> G722Decoder::Decode(std::span<const uint8_t> payload,
                                                    std::span<int16_t> samples) noexcept {
  if (payload.empty()) return CodecError::kPayloadInvalid;
  if (samples.size() / 2 < payload.size()) return CodecError::kFrameTooSmall;
  const int decoded =
      g722_decode(state_.get(), samples.data(), payload.data(), static_cast<int>(payload.size()));
  DCHECK_EQ(decoded, SamplesIn(payload).value());
  return SampleCount(decoded);
}

void G722Decoder::Reset() noexcept {
  std::memset(state_.get(), 0, sizeof(*state_));
  CHECK(g722_decode_init(state_.get(), kBitRate, kOptions) != nullptr) << "G.722 has 64 kbit/s";
}

G722Encoder::G722Encoder()
    : state_(std::make_unique<g722_encode_state_s>()), joining_(std::make_unique<G722Joining>()) {
  Reset();
}

G722Encoder::~G722Encoder() = default;

size_t G722Encoder::Encode(std::span<const int16_t> samples, std::span<uint8_t> payload) noexcept {
  DCHECK_EQ(samples.size() % 2, 0u);
  DCHECK_GE(payload.size(), samples.size() / 2);
  return static_cast<size_t>(
      g722_encode(state_.get(), payload.data(), samples.data(), static_cast<int>(samples.size())));
}

void G722Encoder::ContinueFrom(const Encoder& other) noexcept {
  DCHECK(other.id() == id());
  *state_ = *static_cast<const G722Encoder&>(other).state_;
}

void G722Encoder::StartJoining(const Encoder& other) noexcept {
  DCHECK(other.id() == id());
  joining_->Start(*static_cast<const G722Encoder&>(other).state_);
}

size_t G722Encoder::EncodeJoining(std::span<const int16_t> samples, std::span<const uint8_t> theirs,
                                  int patience_percent, std::span<uint8_t> payload) noexcept {
  const g722_encode_state_s before = *state_;
  const size_t size = Encode(samples, payload);
  joining_->Lead(before, *state_, theirs, patience_percent, payload.first(size));
  return size;
}

bool G722Encoder::has_joined() const noexcept { return joining_->is_done(); }

void G722Encoder::Reset() noexcept {
  std::memset(state_.get(), 0, sizeof(*state_));
  CHECK(g722_encode_init(state_.get(), kBitRate, kOptions) != nullptr) << "G.722 has 64 kbit/s";
}

}  // namespace narada::mixer::codec
