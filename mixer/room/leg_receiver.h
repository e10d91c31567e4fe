// The receiving half of a leg: from datagrams to one frame a tick and to digits.
//   receiver.ReceiveRtp(datagram, source, now);
//   PlayedFrame played = receiver.Pull(frame, now);       // telephone-events are already cut out
//   while (auto digit = receiver.TakeDigit()) ...
// Everything a stranger can send ends in a counter. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_ROOM_LEG_RECEIVER_H_
#define NARADA_MIXER_ROOM_LEG_RECEIVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "mixer/codec/codec_id.h"
#include "mixer/dtmf/digit_merger.h"
#include "mixer/dtmf/digit_path.h"
#include "mixer/dtmf/telephone_event_receiver.h"
#include "mixer/jitter/jitter_buffer.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/room/leg_media.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/room/leg_streams.h"
#include "mixer/room/packet_rate_limit.h"
#include "mixer/room/source_latch.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/rtp/reception_statistics.h"
#include "mixer/units/bring_into_cache.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

struct ReceivedDigit {
  char digit = 0;
  dtmf::DigitPath path = dtmf::DigitPath::kTelephoneEvent;
};

class LegReceiver {
 public:
  // `streams` are the leg's, and stay until others take their place.
  LegReceiver(LegStreams& streams, Ssrc own, int packets_per_second_max);

  // Codecs and addresses of `streams`, which have kept what they could of the last ones.
  void UpdateMedia(LegStreams& streams) noexcept;

  void ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                  MediaTime now) noexcept;
  // A digit that came by signaling.
  void InjectDigit(char digit, MediaTime now) noexcept;

  // A hint: a datagram comes, or a frame is pulled.
  void BringNear(bool is_played) const noexcept {
    BringIntoCache(this, is_played ? static_cast<const void*>(&rate_limit_) : &buffer_);
    if (is_played) BringIntoCache(&buffer_, reinterpret_cast<const char*>(&events_) + 64);
  }

  // A hint: destination() is asked.
  void BringLatchNear() const noexcept { BringIntoCache(&latch_, sizeof(SocketAddress)); }

  // One frame; silence where nothing is to be heard: no stream, or a key is being pressed. One that is_zero is not written.
  jitter::PlayedFrame Pull(std::span<int16_t> frame, MediaTime now) noexcept;
  // What follows that frame, as far as it is known.
  std::span<const int16_t> Ahead() const noexcept;

  // The far end said that it stops: another stream may follow at once.
  void OnGoodbye() noexcept { is_over_ = true; }

  // The next digit not yet taken, oldest first.
  std::optional<ReceivedDigit> TakeDigit() noexcept;
  // True once after each change of the latched source.
  bool TakeLatched() noexcept;
  // True once after packets were accepted: since the last call.
  bool TakeActivity() noexcept;

  void CountDrop(rtp::DropReason reason) noexcept { ++drops_[static_cast<size_t>(reason)]; }

  // Before SRTP is taken off: false for a stranger's packet that is not worth the work.
  // Where it comes from proves nothing, but a phone's packets nearly all come from where its last
  // ones came from, and those are always tried; strangers' are at the rate of one phone, all
  // together. So a flood costs next to nothing, and a phone that moves is still found in the midst of it.
  bool IsWorthOpening(const SocketAddress& source, const SourceLatch& latch,
                      MediaTime now) noexcept {
    return source == latch.latched() || strangers_limit_.Admit(now);
  }

  const SourceLatch& latch() const noexcept { return latch_; }
  const SourceLatch& rtcp_latch() const noexcept { return rtcp_latch_; }
  SourceLatch& rtcp_latch() noexcept { return rtcp_latch_; }
  std::optional<Ssrc> ssrc() const noexcept { return ssrc_; }
  rtp::ReceptionStatistics& reception() noexcept { return reception_; }
  // For continuity: whom it listens to and what it has counted, not the packets that wait.
  void SaveTo(ReceiverCheckpoint& checkpoint) const noexcept;
  void RestoreFrom(const ReceiverCheckpoint& checkpoint) noexcept;
  // Frames made up so far, for whatever cause; audio that comes is of codec().
  uint64_t concealed() const noexcept;
  codec::CodecId codec() const noexcept { return codec_; }
  // From the arrival of a packet to its being heard.
  MediaDuration delay() const noexcept;
  // Writes what this half knows.
  void FillStatistics(LegStatistics& statistics) const noexcept;

 private:
  static constexpr size_t kDigitsMax = 32;  // More within a tick come from no finger.
  // A new SSRC while the old one is alive has to prove itself by a second packet.
  static constexpr MediaDuration kSsrcAlive = Milliseconds(100);

  const LegMedia& media() const noexcept { return streams_->media(); }
  jitter::JitterBuffer& jitter() noexcept { return streams_->jitter(); }
  bool IsKnown(PayloadType type) const noexcept;
  void FollowFormat(PayloadType type) noexcept;
  void FindDigits(const jitter::PlayedFrame& played, std::span<int16_t> frame,
                  MediaTime now) noexcept;
  jitter::JitterBufferStatistics BufferStatistics() const noexcept;
  bool IsFromTheStream(Ssrc ssrc, MediaTime now) noexcept;
  void OnTelephoneEvent(const rtp::PacketView& packet, MediaTime now) noexcept;
  bool IsSilence(const rtp::PacketView& packet) const noexcept;
  void OnAudio(const rtp::PacketView& packet, MediaTime now) noexcept;
  void AddDigit(char digit, dtmf::DigitPath path, MediaTime now) noexcept;

  // What each packet looks at comes first, then what each tick does: see BringNear().
  LegStreams* streams_;  // Never null.
  const Ssrc own_;
  codec::CodecId codec_;  // Of the audio that comes,
  ClockRate clock_rate_;  // and its clock.
  bool is_over_ = false;  // It said goodbye.
  bool has_latched_ = false;
  bool has_activity_ = false;
  std::optional<Ssrc> ssrc_;
  std::optional<Ssrc> ssrc_candidate_;
  MediaTime last_packet_;
  uint64_t packets_ = 0;
  uint64_t payload_bytes_ = 0;
  PacketRateLimit rate_limit_;
  rtp::ReceptionStatistics reception_;
  SourceLatch latch_;

  const jitter::JitterBuffer* buffer_ = nullptr;  // The present one of streams_.
  uint64_t concealed_before_ = 0;                 // By those before it.
  size_t digits_size_ = 0;
  dtmf::TelephoneEventReceiver events_;

  dtmf::DigitMerger merger_;
  std::array<ReceivedDigit, kDigitsMax> digits_ = {};  // A ring.
  size_t digits_first_ = 0;
  std::array<uint32_t, dtmf::kDigitPathCount> digits_received_ = {};
  SourceLatch rtcp_latch_;
  PacketRateLimit strangers_limit_;
  int64_t lost_earlier_ = 0;                       // In an earlier life of the mixer.
  jitter::JitterBufferStatistics buffers_before_;  // Sums of those before buffer_.
  std::array<uint64_t, kLegDropCount> drops_ = {};
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_RECEIVER_H_
