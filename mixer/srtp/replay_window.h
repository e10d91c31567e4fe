// Which packets of one source have been taken: each once, and none from before the window (RFC 3711
// §3.3.2).
//   if (!window.IsFresh(index)) Drop();
//   if (authentic) window.Take(index);
// A plain struct, copied into checkpoints as it is. No allocation.
#ifndef NARADA_MIXER_SRTP_REPLAY_WINDOW_H_
#define NARADA_MIXER_SRTP_REPLAY_WINDOW_H_

#include <cstdint>

namespace narada::mixer::srtp {

struct ReplayWindow {
  // At least 64 (RFC 3711 §3.3.2). 128 packets of 20 ms are 2.5 s of reordering.
  static constexpr int kSize = 128;

  uint64_t highest = 0;
  bool has_any = false;
  uint64_t seen[2] = {};  // Bit i of the whole: highest - i has been taken.

  bool IsFresh(uint64_t index) const noexcept {
    if (!has_any || index > highest) return true;
    const uint64_t age = highest - index;
    if (age >= kSize) return false;
    return (seen[age / 64] >> (age % 64) & 1) == 0;
  }

  bool IsNewest(uint64_t index) const noexcept { return !has_any || index > highest; }

  // Of an authenticated packet that is fresh.
  void Take(uint64_t index) noexcept {
    if (!has_any || index > highest) {
      Shift(has_any ? index - highest : kSize);
      highest = index;
      has_any = true;
    }
    const uint64_t age = highest - index;
    seen[age / 64] |= uint64_t{1} << (age % 64);
  }

  // From here on, whatever is not beyond `index` counts as taken: of a stream that is resumed from
  // a checkpoint, whose packets since are unknown.
  void StartAfter(uint64_t index) noexcept {
    highest = index;
    has_any = true;
    seen[0] = seen[1] = ~uint64_t{0};
  }

 private:
  void Shift(uint64_t by) noexcept {
    if (by >= kSize) {
      seen[0] = seen[1] = 0;
    } else if (by >= 64) {
      seen[1] = seen[0] << (by - 64);
      seen[0] = 0;
    } else if (by > 0) {
      seen[1] = seen[1] << by | seen[0] >> (64 - by);
      seen[0] <<= by;
    }
  }
};

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_REPLAY_WINDOW_H_
