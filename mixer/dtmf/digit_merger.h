// From three paths to one: a press that arrives as telephone-event, as a tone and by signaling
// counts once.
//   if (merger.IsNew('5', DigitPath::kSignaling, now)) Tell('5');
//   merger.Holds('5', DigitPath::kTelephoneEvent, now);      // while the key is still down
// Each path tells every press once, so the n-th '5' of one path is the n-th '5' of another when
// they are at most kWindow apart; two quick presses stay two on each. Signaling may tell a press at
// its end, so the window begins when the key is let go. One leg; one thread; no allocation.
#ifndef NARADA_MIXER_DTMF_DIGIT_MERGER_H_
#define NARADA_MIXER_DTMF_DIGIT_MERGER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/dtmf/digit_path.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::dtmf {

class DigitMerger {
 public:
  // SIP INFO is often sent when the key is released, and travels through several proxies.
  static constexpr MediaDuration kWindow = Milliseconds(1500);

  // True if no other path has told this press yet.
  bool IsNew(char digit, DigitPath path, MediaTime now) noexcept;
  // The press that `path` told last goes on.
  void Holds(char digit, DigitPath path, MediaTime now) noexcept;

 private:
  // More presses than this within the window come from no finger.
  static constexpr size_t kPressesRemembered = 16;

  struct Press {
    char digit = 0;
    uint8_t paths = 0;  // A bit for each DigitPath that told it.
    MediaTime time;     // When it was told, or last held.
  };

  std::array<Press, kPressesRemembered> presses_ = {};  // A ring.
  size_t next_ = 0;                                     // The oldest, to be overwritten.
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_DIGIT_MERGER_H_
