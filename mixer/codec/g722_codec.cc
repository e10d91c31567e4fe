#include "mixer/codec/g722_codec.h"

// In spandsp's own order, which each needs.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
#include <spandsp/private/g722.h>
// clang-format on

#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

constexpr int kBitRate = 64'000;
constexpr int kOptions = 0;  // 16 kHz, octets of 8 bits.

// How far the states of two encoders may be apart.
constexpr int kStepMax = 1000;       // Of the logarithmic step size: 2048 are a factor of two.
constexpr int kPredictorMax = 1500;  // Of the predictors' coefficients: 16384 are one.

template <typename Band>
bool AreNear(const Band& a, const Band& b) {
  const auto are_near = [](const int16_t* one, const int16_t* two, int count) {
    for (int i = 0; i < count; ++i) {
      if (std::abs(one[i] - two[i]) > kPredictorMax) return false;
    }
    return true;
  };
  return std::abs(a.nb - b.nb) <= kStepMax && are_near(a.a, b.a, 2) && are_near(a.b, b.b, 6);
}

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

G722Encoder::G722Encoder() : state_(std::make_unique<g722_encode_state_s>()) { Reset(); }

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

// Two encoders that code the same sound never come to the same state, as each adapts to its own
// errors; but they come near each other, and the decoder's state follows the codes that it gets (it
// forgets a transmission error in the same way). Measured over voices that change at the first such
// moment: 18 dB between voice and seam in the first 100 ms, 30 dB after 200 ms; 8 dB less without.
bool G722Encoder::AgreesWith(const Encoder& other) const noexcept {
  if (other.id() != id()) return false;
  const g722_encode_state_s& theirs = *static_cast<const G722Encoder&>(other).state_;
  for (int band = 0; band < 2; ++band) {
    if (!AreNear(state_->band[band], theirs.band[band])) return false;
  }
  return true;
}

void G722Encoder::Reset() noexcept {
  std::memset(state_.get(), 0, sizeof(*state_));
  CHECK(g722_encode_init(state_.get(), kBitRate, kOptions) != nullptr) << "G.722 has 64 kbit/s";
}

}  // namespace narada::mixer::codec
