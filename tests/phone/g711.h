#ifndef NARADA_TESTS_PHONE_G711_H_
#define NARADA_TESTS_PHONE_G711_H_

#include <cstdint>

namespace narada::phone {

// G.711 by the formulas of ITU-T G.711 and G.191, sample by sample. The phone's own on purpose: if
// it shared the mixer's tables, one mistake in them would cancel out in every test.
uint8_t EncodeAlaw(int16_t sample);
uint8_t EncodeUlaw(int16_t sample);
int16_t DecodeAlaw(uint8_t code);
int16_t DecodeUlaw(uint8_t code);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_G711_H_
