#include "mixer/codec/g711.h"

#include <array>
#include <bit>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

// G.711 table 1: sign, three bits of segment, four bits within it; even bits inverted on the line.
constexpr int16_t ExpandALaw(uint8_t octet) {
  const int code = (octet ^ 0x55) & 0x7f;
  const int segment = code >> 4;
  int magnitude = (code & 0x0f) << 4 | 0x08;  // The middle of the quantising step.
  if (segment > 0) magnitude = (magnitude | 0x100) << (segment - 1);
  return static_cast<int16_t>((octet & 0x80) != 0 ? magnitude : -magnitude);
}

// G.711 table 2: like A-law, biased by 33 so that the leading bit names the segment; all bits
// inverted.
constexpr int16_t ExpandULaw(uint8_t octet) {
  const int code = ~octet & 0x7f;
  const int magnitude = (((code & 0x0f) << 3 | 0x84) << (code >> 4)) - 0x84;
  return static_cast<int16_t>((octet & 0x80) != 0 ? magnitude : -magnitude);
}

template <typename Expand>
constexpr std::array<int16_t, 256> MakeTable(Expand expand) {
  std::array<int16_t, 256> table = {};
  for (int octet = 0; octet < 256; ++octet) {
    table[static_cast<size_t>(octet)] = expand(static_cast<uint8_t>(octet));
  }
  return table;
}

constexpr std::array<int16_t, 256> kALawTable = MakeTable(ExpandALaw);
constexpr std::array<int16_t, 256> kULawTable = MakeTable(ExpandULaw);

// The position of the leading bit and the four bits below it, as (position << 4 | bits): what both
// laws call segment and step. A float's exponent and mantissa are just that, exact for 24 bits, and
// every vector unit converts integers to floats, while few count leading zeros.
inline int32_t LeadingBitAndNextFour(int32_t magnitude) {
  const int32_t bits = std::bit_cast<int32_t>(static_cast<float>(magnitude));
  return (bits >> 19) - (127 << 4);
}

inline uint8_t CompressALaw(int16_t sample) {
  const int32_t sign = sample >> 15;               // 0 or -1.
  const int32_t magnitude = (sample ^ sign) >> 4;  // One's complement, 0 to 2047.
  const int32_t logarithmic = LeadingBitAndNextFour(magnitude) - (3 << 4);
  // The first segment is linear. A mask, as a conditional would keep the loop from being vectorised.
  const int32_t is_linear = (magnitude - 16) >> 31;  // 0 or -1.
  const int32_t code = (magnitude & is_linear) | (logarithmic & ~is_linear);
  return static_cast<uint8_t>((code | (~sign & 0x80)) ^ 0x55);
}

inline uint8_t CompressULaw(int16_t sample) {
  const int32_t sign = sample >> 15;
  const int32_t biased = ((sample ^ sign) >> 2) + 33;  // One's complement of 14 bits, at least 33.
  const int32_t clipped = biased > 0x1fff ? 0x1fff : biased;
  const int32_t code = LeadingBitAndNextFour(clipped) - (5 << 4);
  return static_cast<uint8_t>((code ^ 0x7f) | (~sign & 0x80));
}

// The codes of both laws grow with the magnitude, once the bits that are inverted on the line are as they were.
template <uint8_t kInverted, uint8_t kLargest>
bool IsAtMost(std::span<const uint8_t> octets) {
  if (octets.empty() || ((octets.front() ^ kInverted) & 0x7f) > kLargest) return false;
  uint8_t peak = 0;
  for (const uint8_t octet : octets) {
    const auto code = static_cast<uint8_t>((octet ^ kInverted) & 0x7f);
    peak = code > peak ? code : peak;
  }
  return peak <= kLargest;
}

}  // namespace

bool IsSilenceOfALaw(std::span<const uint8_t> octets) noexcept { return IsAtMost<0x55, 0>(octets); }

bool IsSilenceOfULaw(std::span<const uint8_t> octets) noexcept { return IsAtMost<0x7f, 1>(octets); }

void DecodeALaw(std::span<const uint8_t> octets, std::span<int16_t> samples) noexcept {
  DCHECK_EQ(octets.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = kALawTable[octets[i]];
}

void DecodeULaw(std::span<const uint8_t> octets, std::span<int16_t> samples) noexcept {
  DCHECK_EQ(octets.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = kULawTable[octets[i]];
}

void EncodeALaw(std::span<const int16_t> samples, std::span<uint8_t> octets) noexcept {
  DCHECK_EQ(octets.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) octets[i] = CompressALaw(samples[i]);
}

void EncodeULaw(std::span<const int16_t> samples, std::span<uint8_t> octets) noexcept {
  DCHECK_EQ(octets.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) octets[i] = CompressULaw(samples[i]);
}

}  // namespace narada::mixer::codec
