// Who sends: the synchronisation source of RFC 3550 §3. A mixer lists those it mixed as Csrc.
#ifndef NARADA_MIXER_UNITS_SSRC_H_
#define NARADA_MIXER_UNITS_SSRC_H_

#include <compare>
#include <cstdint>
#include <ostream>

namespace narada::mixer {

class Ssrc {
 public:
  constexpr Ssrc() = default;
  constexpr explicit Ssrc(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }

  // An order for containers; it means nothing.
  friend constexpr auto operator<=>(Ssrc, Ssrc) = default;
  friend std::ostream& operator<<(std::ostream& out, Ssrc ssrc) {
    return out << "SSRC " << ssrc.value_;
  }
  template <typename H>
  friend H AbslHashValue(H h, Ssrc ssrc) {
    return H::combine(std::move(h), ssrc.value_);
  }

 private:
  uint32_t value_ = 0;
};

using Csrc = Ssrc;

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_SSRC_H_
