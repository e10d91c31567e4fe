// A key press as RTP payload (RFC 4733 §2.3).
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |     event     |E|R| volume    |          duration             |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
//   Result<TelephoneEvent, DropReason> event = TelephoneEvent::Parse(packet.payload());
//   if (event.ok() && event->is_end) Take(event->digit());
//
// One press is many packets with one RTP timestamp; which of them belong together is for
// mixer/dtmf. Any thread; no allocation.
#ifndef NARADA_MIXER_RTP_TELEPHONE_EVENT_H_
#define NARADA_MIXER_RTP_TELEPHONE_EVENT_H_

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "mixer/rtp/drop_reason.h"
#include "mixer/units/rtp_timestamp.h"

namespace narada::mixer::rtp {

struct TelephoneEvent {
  static constexpr size_t kSize = 4;
  static constexpr uint8_t kVolumeMax = 63;  // As -63 dBm0.

  uint8_t event = 0;  // 0-9 digits, 10 *, 11 #, 12-15 A-D; others mean nothing to us.
  bool is_end = false;
  uint8_t volume = 10;    // -dBm0, the level of the tone that it stands for.
  uint16_t duration = 0;  // RTP ticks since the packet's timestamp; longer presses are segmented.

  // Reads the first event of a payload: more bytes than four are ignored, as RFC 2833's senders may
  // add them. Any event number is taken; fewer than four bytes are kTelephoneEvent.
  static Result<TelephoneEvent, DropReason> Parse(std::span<const uint8_t> payload) noexcept;

  // Writes kSize bytes; `out` has at least as many.
  void Write(std::span<uint8_t, kSize> out) const noexcept;

  // '0'-'9', '*', '#', 'A'-'D'; empty for any other event (flash, fax tones).
  std::optional<char> digit() const noexcept;
  // The event of a key; empty if there is no such key. Lower-case letters count.
  static std::optional<uint8_t> EventOf(char digit) noexcept;

  friend bool operator==(const TelephoneEvent&, const TelephoneEvent&) = default;
};

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_TELEPHONE_EVENT_H_
