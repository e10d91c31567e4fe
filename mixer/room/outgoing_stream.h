// One encoder with what it needs to make packets of any length from ticks of 20 ms.
//   OutgoingStream stream(format);                        // off the worker
//   stream.Encode(frame, room_tick);                      // every tick: 20 ms at stream.rate()
//   for (const OutgoingPacket& packet : stream.packets()) ...   // none, one or two
// Packets of 10 to 60 ms end where the count of ticks says so, in all streams of a room at once, so
// that listeners with the same format can share one payload: they follow the stream of one of them.
// One that begins in between sends a shorter packet first.
// Allocates in the constructor only. One thread at a time.
#ifndef NARADA_MIXER_ROOM_OUTGOING_STREAM_H_
#define NARADA_MIXER_ROOM_OUTGOING_STREAM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/encoder.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

struct OutgoingPacket {
  std::span<const uint8_t> payload;  // Empty: nothing to be sent (DTX).
  MediaDuration start;               // Against the beginning of this tick: negative, zero or 10 ms.
};

class OutgoingStream {
 public:
  static constexpr size_t kPacketsMax = 2;  // In a tick.

  // `format.ptime` is brought to what there is: 10, 20, 30, 40, 50 or 60 ms, and no more than fits a datagram; with Opus, which has no
  // frames of 30 and 50 ms, the next shorter one.
  explicit OutgoingStream(const codec::CodecFormat& format);

  const codec::CodecFormat& format() const noexcept { return format_; }
  SampleRate rate() const noexcept { return rate_; }
  bool is_stateless() const noexcept { return encoder_->is_stateless(); }
  size_t payload_size_max() const noexcept { return payload_size_max_; }  // Of a packet, in bytes.

  // The next 20 ms. `tick` counts the room's ticks. Returns how many packets were encoded.
  int Encode(std::span<const int16_t> frame, uint64_t tick) noexcept;
  // The next packet can be gone on with by one whose far end followed another stream until now.
  void EncodeNextIndependently() noexcept { encoder_->EncodeNextIndependently(); }
  // Of the last Encode(). Valid until the next.
  std::span<const OutgoingPacket> packets() const noexcept { return {packets_.data(), size_}; }

  // Nothing waits for the rest of its packet.
  bool is_between_packets() const noexcept { return fill_ == 0; }
  // The far end, which follows this stream, is to go on with `other`, of the same format, which has
  // the same sound: from StartJoining(), where both are between packets, EncodeJoining() takes the
  // place of Encode(), after the other's for the same tick, until has_joined(). See codec::Encoder.
  bool can_join() const noexcept { return encoder_->can_join(); }
  void StartJoining(const OutgoingStream& other) noexcept;
  int EncodeJoining(std::span<const int16_t> frame, uint64_t tick, const OutgoingStream& other,
                    int patience_percent) noexcept;
  bool has_joined() const noexcept { return encoder_->has_joined(); }
  // Goes on in place of `other`, of the same format, to whose last packet the far end has listened.
  void ContinueFrom(const OutgoingStream& other) noexcept;
  // What waits for the rest of its packet is forgotten: time has passed in which nothing was sent.
  void Skip() noexcept { fill_ = 0; }

 private:
  template <typename F>
  int EncodeWith(std::span<const int16_t> frame, uint64_t tick, F encode) noexcept;

  const codec::CodecFormat format_;
  const SampleRate rate_;
  const size_t half_tick_;     // Samples in 10 ms.
  const uint64_t half_ticks_;  // In a packet.
  std::unique_ptr<codec::Encoder> encoder_;
  size_t payload_size_max_;
  std::unique_ptr<int16_t[]> fifo_;   // The packet that is being filled; null: each tick is one.
  size_t fill_ = 0;                   // Samples in it.
  std::unique_ptr<uint8_t[]> bytes_;  // Of the packets.
  std::array<OutgoingPacket, kPacketsMax> packets_;
  size_t size_ = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_OUTGOING_STREAM_H_
