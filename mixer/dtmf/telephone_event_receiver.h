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

  // The digit, if this packet is the first of a press that is known to us. Events that are no digit
  // are ignored.
  std::optional<char> OnPacket(const rtp::TelephoneEvent& event, RtpTimestamp timestamp,
                               bool marker, MediaTime now) noexcept;

  // A press is going on: its end has not come, and packets of it still do.
  bool IsActive(MediaTime now) const noexcept;

  // True for audio that lies in a press by its own timestamp, or arrives at the ear during one.
  bool Mutes(RtpTimestamp begin, RtpTicks length, MediaTime now) const noexcept;

  // A new SSRC: timestamps begin anew.
  void Reset() noexcept { presses_ = {}; }

 private:
  // Of the last few presses: late and repeated packets of them are no new ones.
  static constexpr size_t kPressesRemembered = 8;
  // Packets of one press come every 20 to 50 ms; after this without one its end was lost.
  static constexpr MediaDuration kEndLost = Milliseconds(120);
  // A sender that stamps each packet anew advances by a packet time; a new press needs a tone and a
  // pause before it.
  static constexpr MediaDuration kRestampMax = Milliseconds(40);
  static constexpr MediaDuration kRestampGap = Milliseconds(60);
  // Audio so near to a press is not heard either: phones cut the tone out a little late.
  static constexpr MediaDuration kGuard = Milliseconds(20);
  // Timestamps this far from a press have nothing to do with it any more.
  static constexpr MediaDuration kForgotten = Seconds(5);

  struct Press {
    bool is_used = false;
    bool is_ended = false;
    uint8_t event = 0;
    RtpTimestamp begin;  // Of its first segment.
    RtpTimestamp
        // Of the newest packet: differs from `begin` in long presses and with odd senders.
        segment;
    RtpTicks end_ticks;      // Since `begin`.
    MediaTime last_arrival;  // Of the newest packet.
  };

  Press* Find(uint8_t event, RtpTimestamp timestamp, bool marker, MediaTime now) noexcept;

  const ClockRate clock_rate_;
  std::array<Press, kPressesRemembered> presses_ = {};  // Newest first.
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_TELEPHONE_EVENT_RECEIVER_H_
