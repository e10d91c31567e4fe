// From packets in any order to one frame a tick, for one RTP stream.
//   JitterBuffer buffer({.rate = room_rate, .clock_rate = codec_clock});
//   buffer.Insert({number, timestamp, &decoder}, payload, now);   // when a packet arrives
//   PlayedFrame played = buffer.Pull(frame, now);                    // every tick
// Reorders; drops duplicates and what comes too late; conceals what is lost; starts 10 to 30 ms
// behind the first packet, then follows the network: where packets are late it stretches the sound
// by a period of its waveform, where they wait longer than need be it shortens it, so that neither
// jitter nor a skewed clock of the sender is heard as a click. Never holds more than `delay_max`.
// Takes packets of any length up to kPacketMax, mixed at will; jumps of timestamps and sequence,
// DTX gaps, restarts. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_JITTER_BUFFER_H_
#define NARADA_MIXER_JITTER_JITTER_BUFFER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/jitter/concealment.h"
#include "mixer/jitter/packet_store.h"
#include "mixer/jitter/playout_delay.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"

namespace narada::mixer::jitter {

struct JitterBufferConfig {
  SampleRate rate = SampleRate::FromHertz(8000);      // Of the frames.
  ClockRate clock_rate = ClockRate::FromHertz(8000);  // Of the timestamps.
  MediaDuration delay_max = Milliseconds(200);        // Hard ceiling.
  MediaDuration margin = Milliseconds(10);  // Beyond what the network needs, at the start.
  size_t payload_bytes_20ms = 160;          // The largest payload of 20 ms.
};

struct ArrivedPacket {
  SequenceNumber sequence_number;
  RtpTimestamp timestamp;
  codec::Decoder* decoder = nullptr;  // Null: comfort noise (RFC 3389), the talk ends here.
};

enum class InsertVerdict : uint8_t {
  kTaken,
  kDuplicate,
  kTooLate,  // Its turn has been played.
  // Its timestamp has jumped; if the next packet confirms the jump, the stream begins anew there.
  kTooEarly,
  kInvalid,  // The codec cannot have made this payload, or it is longer than kPacketMax.
};

struct PlayedFrame {
  enum class Kind : uint8_t {
    kSilence,    // No stream: not begun, paused, or comfort noise.
    kAudio,      // All samples arrived.
    kConcealed,  // Some were made up.
  };
  Kind kind = Kind::kSilence;
  RtpTimestamp timestamp;  // Of the frame's first sample; meaningless for kSilence.
};

// Totals since construction.
struct JitterBufferStatistics {
  // Ticks with samples made up for a packet that was lost or late; told when the stream goes
  // on.
  uint64_t concealed_network = 0;
  uint64_t concealed_ceiling = 0;  // Times that sound was skipped because delay_max was reached.
  uint64_t samples_removed = 0;    // By shortening.
  uint64_t samples_inserted = 0;   // By stretching.
  uint64_t restarts = 0;           // Jumps that were followed.
  // From the arrival of the fastest packets to their turn; 0 while nothing is played.
  MediaDuration delay;
  MediaDuration delay_max;
};

class JitterBuffer {
 public:
  static constexpr MediaDuration kPacketMax = Milliseconds(120);
  static constexpr MediaDuration kTick = Milliseconds(20);

  explicit JitterBuffer(const JitterBufferConfig& config);

  InsertVerdict Insert(const ArrivedPacket& packet, std::span<const uint8_t> payload,
                       MediaTime now) noexcept;

  // `frame` holds 20 ms.
  PlayedFrame Pull(std::span<int16_t> frame, MediaTime now) noexcept;

  // A packet of the same stream that is not audio (telephone-event): its number is not missing.
  void Skip(SequenceNumber number) noexcept;

  // What was just pulled must not be heard, not even in a concealment.
  void ForgetSound() noexcept { concealment_.Reset(); }

  // Another SSRC: nothing of the old stream counts, but its sound is faded out.
  void Restart() noexcept;

  const JitterBufferStatistics& statistics() const noexcept { return statistics_; }

 private:
  // So many late packets in a row are no accident: the stream is followed to where it is now.
  static constexpr int kLateMax = 4;
  // Made up for so long, a stream has paused.
  static constexpr MediaDuration kPause = Milliseconds(100);
  // Shortening waits until this much more could be spared than it needs.
  static constexpr MediaDuration kSlack = Milliseconds(10);
  // Stretching begins when less than this is spare.
  static constexpr MediaDuration kTooTight = Milliseconds(2);
  // Between two periods taken out or put in, fewer while the delay is far too long; and after the
  // last one.
  static constexpr int kScalingPauseTicks = 3;
  static constexpr int kScalingPauseTicksMin = 1;
  static constexpr int kScalingRestTicks = 6;
  // After so many attempts in vain a stretch of noise is cross-faded without a period.
  static constexpr int kAttemptsMax = 25;

  int64_t TicksAt(MediaTime now) const noexcept;
  size_t ToSamples(int64_t ticks) const noexcept;
  int64_t ToTicks(size_t samples) const noexcept;

  // Arrival.
  bool IsRepeated(SequenceNumber number) noexcept;
  int64_t Unwrap(RtpTimestamp timestamp) noexcept;
  bool IsJump(const ArrivedPacket& packet, int64_t begin, int64_t end) noexcept;
  bool CanGoBackTo(int64_t begin, int64_t now_ticks) const noexcept;
  void Rebase() noexcept;

  // Playing.
  bool TryStart(int64_t now_ticks) noexcept;
  void PlaySilence(std::span<int16_t> frame) noexcept;
  void KeepBelowCeiling(int64_t now_ticks) noexcept;
  size_t FillFifo(size_t frame, int64_t now_ticks) noexcept;  // Returns the samples made up.
  bool AppendNextPacket() noexcept;  // False: its turn has not come, or there is none.
  size_t Conceal(size_t samples) noexcept;
  void CommitConcealed() noexcept;

  // Time-scaling. What counts is when a packet is fetched from the store, which happens for a whole
  // frame at a time: so the delay is changed by one frame in all, in several periods.
  int64_t Spare() const noexcept;
  void ScaleTime(size_t frame, int64_t now_ticks) noexcept;
  void Shorten(size_t frame) noexcept;
  void Stretch(size_t frame) noexcept;

  // From arrival to turn of the sample that leaves the fifo next.
  int64_t Playout(int64_t now_ticks) const noexcept {
    return now_ticks - (next_ - ToTicks(fifo_size_));
  }

  const JitterBufferConfig config_;
  const int64_t ticks_max_;  // delay_max,
  const int64_t margin_;     // margin,
  const int64_t slack_;      // kSlack,
  const int64_t too_tight_;  // kTooTight,
  const int64_t tick_;       // kTick,
  const int64_t pause_;      // kPause, all in RTP ticks.
  const size_t fifo_capacity_;

  PacketStore store_;
  PlayoutDelay delay_;
  Concealment concealment_;
  std::unique_ptr<int16_t[]> fifo_;  // Decoded, not yet pulled.
  size_t fifo_size_ = 0;

  // Media time of packets, unwrapped.
  bool has_timestamp_ = false;
  RtpTimestamp last_timestamp_;
  int64_t last_begin_ = 0;
  int64_t newest_end_ = 0;  // Of the newest packet that was taken.

  // Which of the last 64 sequence numbers came.
  bool has_sequence_ = false;
  SequenceNumber highest_;
  SequenceNumber last_used_;  // Of the newest packet that was taken or skipped.
  uint64_t received_ = 0;

  // Playing.
  bool is_playing_ = false;
  int64_t next_ = 0;           // Media time behind the fifo.
  int64_t made_up_ = 0;        // Ticks made up since the last packet that was played.
  int pending_concealed_ = 0;  // Frames made up that may turn out to be a pause of the sender.
  bool is_loss_ = false;  // This frame holds samples made up for a packet that is known to be lost.

  // Time-scaling.
  std::array<int64_t, 4> fetches_ =
      {};  // The last packets' delays from their own time to their fetch; a ring.
  size_t fetch_ = 0;
  size_t to_remove_ = 0;  // Samples, while shortening.
  size_t to_insert_ = 0;  // Samples, while stretching.
  int attempts_ = 0;      // In vain: no period was found.
  int scaling_pause_ = 0;

  // Jumps.
  int late_in_a_row_ = 0;
  bool has_jump_ = false;
  SequenceNumber jump_sequence_;
  int64_t jump_begin_ = 0;

  JitterBufferStatistics statistics_;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_JITTER_BUFFER_H_
