#include "mixer/dtmf/digit_merger.h"

namespace narada::mixer::dtmf {

namespace {

uint8_t BitOf(DigitPath path) { return static_cast<uint8_t>(1u << static_cast<unsigned>(path)); }

}  // namespace

bool DigitMerger::IsNew(char digit, DigitPath path, MediaTime now) noexcept {
  const uint8_t bit = BitOf(path);
  // From the oldest on: presses of one key are told in order by every path.
  for (size_t i = 0; i < presses_.size(); ++i) {
    Press& press = presses_[(next_ + i) % presses_.size()];
    if (press.digit != digit || (press.paths & bit) != 0 || now - press.time > kWindow) continue;
    press.paths |= bit;
    return false;
  }
  presses_[next_] = {.digit = digit, .paths = bit, .time = now};
  next_ = (next_ + 1) % presses_.size();
  return true;
}

void DigitMerger::Holds(char digit, DigitPath path, MediaTime now) noexcept {
  for (size_t i = 1; i <= presses_.size(); ++i) {  // From the newest on.
    Press& press = presses_[(next_ + presses_.size() - i) % presses_.size()];
    if (press.digit != digit || (press.paths & BitOf(path)) == 0) continue;
    press.time = now;
    return;
  }
}

}  // namespace narada::mixer::dtmf
