// ITU-T G.711: one octet for each sample of 8 kHz speech. Stateless.
//   DecodeALaw(packet.payload(), frame);      // as many samples as octets
//   EncodeALaw(frame, payload);
// Bit by bit as the ITU's reference (G.191 STL, src/g711): negative samples are taken in one's
// complement. spandsp's µ-law rounds 127 negative segment edges to the neighbouring code; ours does
// not. Both spans have one size. Any thread; no allocation; loops that the compiler vectorises.
#ifndef NARADA_MIXER_CODEC_G711_H_
#define NARADA_MIXER_CODEC_G711_H_

#include <cstdint>
#include <span>

namespace narada::mixer::codec {

// The octets nearest to silence: A-law +8, µ-law 0.
inline constexpr uint8_t kALawSilence = 0xd5;
inline constexpr uint8_t kULawSilence = 0xff;

void DecodeALaw(std::span<const uint8_t> octets, std::span<int16_t> samples) noexcept;
void DecodeULaw(std::span<const uint8_t> octets, std::span<int16_t> samples) noexcept;
// Whether it decodes to nothing but -8, 0 and 8. Looks at the first octet alone where that is more.
bool IsSilenceOfALaw(std::span<const uint8_t> octets) noexcept;
bool IsSilenceOfULaw(std::span<const uint8_t> octets) noexcept;

void EncodeALaw(std::span<const int16_t> samples, std::span<uint8_t> octets) noexcept;
void EncodeULaw(std::span<const int16_t> samples, std::span<uint8_t> octets) noexcept;

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_G711_H_
