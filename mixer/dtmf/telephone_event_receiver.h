// Makes one digit of the many packets of one key press (RFC 4733 §2.5), whatever the network and
// the sender do to them.
//   auto digit = receiver.OnPacket(*event, packet.timestamp(), packet.marker(), now);
//   if (receiver.Mutes(frame_timestamp, ticks, now)) ...   // not to be heard: it may hold the tone
// A digit is told with the first packet of its press that arrives, be it the beginning, the middle
// or an end. Known faults of senders that still give one digit: a new timestamp with every packet,
// a press longer than 65,535 ticks, no end. One RTP stream; one thread; no allocation.
#ifndef NARADA_MIXER_DTMF_TELEPHONE_EVENT_RECEIVER_H_
#define NARADA_MIXER_DTMF_TELEPHONE_EVENT_RECEIVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "mixer/rtp/telephone_event.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"

namespace narada::mixer::dtmf {

class TelephoneEventReceiver {
 public:
  explicit TelephoneEventReceiver(ClockRate clock_rate) noexcept : clock_rate_(clock_rate) {}

  // The clock that the events' payload type was agreed with: 8 or 48 kHz. A change forgets all
  // presses, whose timestamps no longer compare.
  void SetClockRate(ClockRate clock_rate) noexcept;
  ClockRate clock_rate() const noexcept { return clock_rate_; }

  // The digit, if this packet is the first of a press that is known to us. Events that are no digit
  // are ignored.
  std::optional<char> OnPacket(const rtp::TelephoneEvent& event, RtpTimestamp timestamp,
                               bool marker, MediaTime now) noexcept;

  // A press is going on: its end has not come, and packets of it still do.
  bool IsActive(MediaTime now) const noexcept;
  // The key of that press.
  std::optional<char> ActiveDigit(MediaTime now) const noexcept;

  // True for audio that lies in a press by its own timestamp, or arrives at the ear during one.
  bool Mutes(RtpTimestamp begin, RtpTicks length, MediaTime now) const noexcept;
  // The same for audio whose clock is another than that of the events: by when their packets came.
  bool MutesByArrival(MediaTime now) const noexcept;

  // A new SSRC: timestamps begin anew. A press that was going on may go on under it.
  void Reset() noexcept;

 private:
  // Of the last few presses: late and repeated packets of them are no new ones.
  static constexpr size_t kPressesRemembered = 8;
  // Packets of one press come every 20 to 50 ms; after this without one its end was lost.
  static constexpr MediaDuration kEndLost = Milliseconds(120);
  // Under a new SSRC it goes on within this: packets of 60 ms, the first of which is not yet believed, and jitter.
  static constexpr MediaDuration kGoesOnMax = Milliseconds(300);
  // A sender that stamps each packet anew advances by a packet time; a new press needs a tone and a
  // pause before it.
  static constexpr MediaDuration kRestampMax = Milliseconds(40);
  static constexpr MediaDuration kRestampGap = Milliseconds(60);
  // Audio so near to a press is not heard either: phones cut the tone out a little late.
  static constexpr MediaDuration kGuard = Milliseconds(20);
  // Timestamps this far from a press have nothing to do with it any more.
  static constexpr MediaDuration kForgotten = Seconds(5);
  // A press may last this much longer than its packets have been coming: some of the first were
  // lost. More is a sender's fault, and would mute the caller.
  static constexpr MediaDuration kBeforeFirstPacket = Milliseconds(500);
  // A segment of a long press ends within so much of the largest duration there is.
  static constexpr MediaDuration kUpdateMax = Milliseconds(100);
  // Some senders' timestamps stand still while they send no audio: a marker under the timestamp of
  // a press that ended so long ago is another press.
  static constexpr MediaDuration kPauseMin = Milliseconds(200);

  struct Press {
    bool is_used = false;
    bool is_ended = false;
    uint8_t event = 0;
    RtpTimestamp begin;  // Of its first segment.
    // Of the newest packet: differs from `begin` in long presses and with odd senders.
    RtpTimestamp segment;
    uint16_t duration = 0;  // The longest told within `segment`.
    RtpTicks end_ticks;     // Since `begin`.
    MediaTime first_arrival;
    MediaTime last_arrival;  // Of the newest packet.
  };

  Press* Find(const rtp::TelephoneEvent& event, RtpTimestamp timestamp, bool marker,
              MediaTime now) noexcept;
  // True if the packet is one more of the press that was going on before the last Reset().
  bool GoesOn(const rtp::TelephoneEvent& event, bool marker, MediaTime now) const noexcept;
  void Update(Press& press, const rtp::TelephoneEvent& event, RtpTimestamp timestamp,
              MediaTime now) noexcept;

  ClockRate clock_rate_;
  std::array<Press, kPressesRemembered> presses_ = {};  // Newest first.
  Press before_reset_;                                  // The newest then.
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_TELEPHONE_EVENT_RECEIVER_H_
