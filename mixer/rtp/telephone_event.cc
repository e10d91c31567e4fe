#include "mixer/rtp/telephone_event.h"

#include <algorithm>

#include "mixer/rtp/byte_order.h"

namespace narada::mixer::rtp {
namespace {

constexpr char kDigits[] = "0123456789*#ABCD";  // Indexed by event.
constexpr size_t kDigitCount = sizeof(kDigits) - 1;

}  // namespace

Result<TelephoneEvent, DropReason> TelephoneEvent::Parse(
    std::span<const uint8_t> payload) noexcept {
  if (payload.size() < kSize) return DropReason::kTelephoneEvent;
  TelephoneEvent event;
  event.event = payload[0];
  event.is_end = (payload[1] & 0x80) != 0;
  event.volume = payload[1] & 0x3f;
  event.duration = ReadU16(&payload[2]);
  return event;
}

void TelephoneEvent::Write(std::span<uint8_t, kSize> out) const noexcept {
  out[0] = event;
  out[1] = static_cast<uint8_t>((is_end ? 0x80 : 0) | std::min(volume, kVolumeMax));
  WriteU16(&out[2], duration);
}

std::optional<char> TelephoneEvent::digit() const noexcept {
  if (event >= kDigitCount) return std::nullopt;
  return kDigits[event];
}

std::optional<uint8_t> TelephoneEvent::EventOf(char digit) noexcept {
  if (digit >= 'a' && digit <= 'd') digit = static_cast<char>(digit - 'a' + 'A');
  for (size_t event = 0; event < kDigitCount; ++event) {
    if (kDigits[event] == digit) return static_cast<uint8_t>(event);
  }
  return std::nullopt;
}

}  // namespace narada::mixer::rtp
