// The 7-bit number that says how a payload is encoded (RFC 3551 §3): static below 35, agreed in SDP
// from 96 to 127.
#ifndef NARADA_MIXER_UNITS_PAYLOAD_TYPE_H_
#define NARADA_MIXER_UNITS_PAYLOAD_TYPE_H_

#include <compare>
#include <cstdint>
#include <ostream>

namespace narada::mixer {

class PayloadType {
 public:
  static constexpr uint8_t kMax = 127;

  constexpr PayloadType() = default;
  // `value` up to kMax; the bit above is the packet's marker.
  constexpr explicit PayloadType(uint8_t value) : value_(value) {}
  constexpr uint8_t value() const { return value_; }

  constexpr bool is_dynamic() const { return value_ >= 96; }

  friend constexpr auto operator<=>(PayloadType, PayloadType) = default;
  friend std::ostream& operator<<(std::ostream& out, PayloadType type) {
    return out << "payload type " << int{type.value_};
  }

 private:
  uint8_t value_ = 0;
};

inline constexpr PayloadType kPcmuPayloadType{0};
inline constexpr PayloadType kPcmaPayloadType{8};
inline constexpr PayloadType kG722PayloadType{9};
inline constexpr PayloadType kComfortNoisePayloadType{13};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_PAYLOAD_TYPE_H_
