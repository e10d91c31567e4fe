// The sending half of a leg: RTP headers with a sequence and a clock that never stop, and digits in
// place of audio.
//   sender.BeginTick(passed);
//   if (sender.SendDigit(outbox)) ...                   // this tick belongs to a telephone-event
//   else sender.SendAudio(packet, outbox);              // one or more, or SendNothing()
// One thread; no allocation.
#ifndef NARADA_MIXER_ROOM_LEG_SENDER_H_
#define NARADA_MIXER_ROOM_LEG_SENDER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/strings/string_view.h"
#include "mixer/dtmf/digit_sender.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/room/media_crypto.h"
#include "mixer/room/outbox.h"
#include "mixer/room/outgoing_stream.h"
#include "mixer/room/rtcp_session.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/telephone_event.h"
#include "mixer/units/bring_into_cache.h"
#include "mixer/units/media_time.h"
#include "mixer/units/payload_type.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

class Leg;

class LegSender {
 public:
  static constexpr size_t kPacketsMax = 2;  // Packets of 10 ms.

  LegSender(Leg& leg, Ssrc ssrc, SequenceNumber first_number, RtpTimestamp first_timestamp) noexcept
      : leg_(leg), ssrc_(ssrc), number_(first_number), timestamp_(first_timestamp) {}

  // Of the audio's and the telephone-events' timestamps from now on (RFC 4733 asks for one of both).
  void SetClockRates(ClockRate audio, ClockRate events) noexcept {
    clock_rate_ = audio;
    event_clock_rate_ = events;
  }

  // Through which every packet leaves from now on; null: plain RTP.
  void SetCrypto(MediaCrypto* crypto) noexcept { crypto_ = crypto; }

  // A hint: about to send.
  void BringNear() const noexcept {
    BringIntoCache(this, reinterpret_cast<const char*>(&digits_) + 16);  // Whether it is idle.
  }

  bool QueueDigits(absl::string_view digits, MediaDuration each) noexcept {
    return digits_.Queue(digits, each);
  }

  // The media clock goes on by what has passed since the last tick: one frame, more if ticks were
  // missed, none at the first.
  void BeginTick(MediaDuration passed) noexcept { timestamp_ += clock_rate_.TicksIn(passed); }

  // Sends the packet of a digit if one is due. `type` is telephone-event's.
  bool SendDigit(std::optional<PayloadType> type, const SocketAddress& destination,
                 Outbox& outbox) noexcept;
  // kPacketsMax at the most in a tick.
  void SendAudio(PayloadType type, const OutgoingPacket& packet, const SocketAddress& destination,
                 Outbox& outbox) noexcept;
  // Silence, as a packet that says how loud it is (RFC 3389); what follows begins a talk. `payload`
  // lives as long as the outbox.
  void SendComfortNoise(PayloadType type, std::span<const uint8_t> payload,
                        const SocketAddress& destination, Outbox& outbox) noexcept;
  // The next packet begins a talk (RFC 3551 §4.1): it gets the marker.
  void SendNothing() noexcept { is_first_ = true; }

  // For continuity. The next packet begins a talk: the far end is to expect a gap.
  void SaveTo(SenderCheckpoint& checkpoint) const noexcept {
    checkpoint = {
        .next_number = number_, .timestamp = timestamp_, .packets = packets_, .octets = octets_};
  }
  void RestoreFrom(const SenderCheckpoint& checkpoint) noexcept {
    number_ = checkpoint.next_number;
    timestamp_ = checkpoint.timestamp;
    packets_ = checkpoint.packets;
    octets_ = checkpoint.octets;
  }

  SentSoFar sent() const noexcept {
    return {.timestamp = timestamp_,
            .packets = static_cast<uint32_t>(packets_),
            .octets = static_cast<uint32_t>(octets_)};
  }
  uint64_t packets() const noexcept { return packets_; }
  uint64_t octets() const noexcept { return octets_; }
  Ssrc ssrc() const noexcept { return ssrc_; }

 private:
  void Send(rtp::PacketHeader header, std::span<const uint8_t> payload,
            const SocketAddress& destination, Outbox& outbox) noexcept;

  Leg& leg_;
  MediaCrypto* crypto_ = nullptr;
  const Ssrc ssrc_;
  SequenceNumber number_;   // Of the next packet.
  RtpTimestamp timestamp_;  // Of this tick's frame.
  ClockRate clock_rate_ = ClockRate::FromHertz(8000);
  ClockRate event_clock_rate_ = ClockRate::FromHertz(8000);
  bool is_first_ = true;
  uint64_t packets_ = 0;
  uint64_t octets_ = 0;
  std::array<std::array<uint8_t, 12>, kPacketsMax> headers_ = {};  // In turn.
  std::array<uint8_t, rtp::TelephoneEvent::kSize> event_ = {};
  dtmf::DigitSender digits_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_SENDER_H_
