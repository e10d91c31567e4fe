#include "tests/phone/g711.h"

#include <algorithm>

namespace narada::phone {

uint8_t EncodeAlaw(int16_t sample) {
  // G.191 alaw_compress: 13 significant bits, negative values in one's complement.
  int magnitude = sample < 0 ? (~sample) >> 4 : sample >> 4;
  if (magnitude > 15) {
    int exponent = 1;
    while (magnitude > 16 + 15) {
      magnitude >>= 1;
      ++exponent;
    }
    magnitude = magnitude - 16 + (exponent << 4);
  }
  if (sample >= 0) magnitude |= 0x80;
  return static_cast<uint8_t>(magnitude ^ 0x55);
}

int16_t DecodeAlaw(uint8_t code) {
  const int bits = code ^ 0x55;
  const int exponent = (bits & 0x70) >> 4;
  int mantissa = bits & 0x0F;
  if (exponent > 0) mantissa += 16;
  mantissa = (mantissa << 4) + 8;
  if (exponent > 1) mantissa <<= exponent - 1;
  return static_cast<int16_t>((bits & 0x80) != 0 ? mantissa : -mantissa);
}

uint8_t EncodeUlaw(int16_t sample) {
  // G.191 ulaw_compress: 14 significant bits, bias 33, one's complement for negative values.
  int magnitude = sample < 0 ? ((~sample) >> 2) + 33 : (sample >> 2) + 33;
  magnitude = std::min(magnitude, 0x1FFF);
  int segment = 1;
  for (int rest = magnitude >> 6; rest != 0; rest >>= 1) ++segment;
  const int high = 8 - segment;
  const int low = 0x0F - ((magnitude >> segment) & 0x0F);
  int code = (high << 4) | low;
  if (sample >= 0) code |= 0x80;
  return static_cast<uint8_t>(code);
}

int16_t DecodeUlaw(uint8_t code) {
  const int inverted = ~code;
  const int exponent = (inverted >> 4) & 0x07;
  const int mantissa = inverted & 0x0F;
  const int step = 4 << (exponent + 1);
  const int magnitude = (0x80 << exponent) + step * mantissa + step / 2 - 4 * 33;
  return static_cast<int16_t>((code & 0x80) != 0 ? magnitude : -magnitude);
}

}  // namespace narada::phone
