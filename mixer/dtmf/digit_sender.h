// Digits to the far end as telephone-event packets (RFC 4733 §2.5.1): one packet a tick in place of
// the audio.
//   if (sender.Queue("42#", Milliseconds(100))) ...
//   const std::optional<EventPacket> packet = sender.Tick(timestamp, ticks, clock_rate);
//   if (packet) Send(*packet); else SendAudio();
// A press begins with a marker and keeps one timestamp; its duration grows with each packet; its
// end is sent three times, the last two in the pause behind it. A press that outgrows the 16 bits
// of its duration (8 s at 8 kHz, 1.3 s at 48 kHz) goes on in another segment (RFC 4733 §2.5.1.3).
// One leg; one thread; no allocation.
#ifndef NARADA_MIXER_DTMF_DIGIT_SENDER_H_
#define NARADA_MIXER_DTMF_DIGIT_SENDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "mixer/rtp/telephone_event.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"

namespace narada::mixer::dtmf {

struct EventPacket {
  rtp::TelephoneEvent event;
  RtpTimestamp timestamp;
  bool marker = false;
};

class DigitSender {
 public:
  static constexpr size_t kDigitsMax = 64;  // Waiting.
  static constexpr MediaDuration kPause = Milliseconds(100);
  static constexpr MediaDuration kDigitMin = Milliseconds(40);
  static constexpr MediaDuration kDigitMax = Seconds(60);

  // All of them or none: false if one is no digit, or not all fit. Each lasts `each`, brought into
  // the limits above and rounded up to whole ticks.
  bool Queue(absl::string_view digits, MediaDuration each) noexcept;

  // The packet for the tick whose audio would be stamped `now` and be `length` long; empty: audio
  // as usual.
  std::optional<EventPacket> Tick(RtpTimestamp now, RtpTicks length, ClockRate clock_rate) noexcept;

  bool is_idle() const noexcept { return state_ == State::kIdle && size_ == 0; }

 private:
  static constexpr int kEnds = 3;
  enum class State : uint8_t { kIdle, kTone, kEnds, kPause };
  struct Digit {
    uint8_t event = 0;
    uint16_t length_ms = 0;
  };
  static_assert(kDigitMax.milliseconds() <= UINT16_MAX);

  static constexpr RtpTicks kSegmentMax{0xffff};

  EventPacket Packet(bool is_end, bool marker) const noexcept;

  size_t size_ = 0;  // Of the queue.
  State state_ = State::kIdle;
  uint8_t event_ = 0;
  RtpTimestamp begin_;
  RtpTicks sent_;    // Duration told so far, of this segment.
  RtpTicks wanted_;  // What is left of the press since the segment's beginning.
  RtpTicks pause_left_;
  int ends_sent_ = 0;

  std::array<Digit, kDigitsMax> queue_ = {};  // A ring.
  size_t first_ = 0;
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_DIGIT_SENDER_H_
