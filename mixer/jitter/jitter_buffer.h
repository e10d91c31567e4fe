// From packets in any order to one frame a tick, for one RTP stream.
//   JitterBuffer buffer({.rate = leg_rate, .clock_rate = codec_clock});
//   buffer.Insert({number, timestamp, &decoder}, payload, now);   // when a packet arrives
//   PlayedFrame played = buffer.Pull(frame, now);                    // every tick
//   activity.Update(kernels, frame, buffer.Ahead());                 // what follows, where known
// Reorders; drops duplicates and what comes too late; conceals what is lost, by the codec where it
// knows better; starts 10 to 30 ms behind the first packet, then follows the network: where packets
// are late it stretches the sound by a period of its waveform, where they wait longer than need be
// it shortens it. A sender's clock that differs from ours is followed by resampling, for hours,
// without a period more or less. So neither jitter nor skew is heard as a click; a clean network
// and an even clock change no sample. Never holds more than `delay_max`. Takes packets of any
// length up to kPacketMax and of any codec, mixed at will; jumps of timestamps and sequence, DTX
// gaps, restarts. One thread; allocates in the constructor only.
#ifndef NARADA_MIXER_JITTER_JITTER_BUFFER_H_
#define NARADA_MIXER_JITTER_JITTER_BUFFER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/jitter/clock_follower.h"
#include "mixer/jitter/clock_skew.h"
#include "mixer/jitter/decoded_audio.h"
#include "mixer/jitter/packet_store.h"
#include "mixer/jitter/playout_delay.h"
#include "mixer/jitter/sequence_history.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"

namespace narada::mixer::jitter {

struct JitterBufferConfig {
  SampleRate rate = SampleRate::FromHertz(8000);      // Of the frames.
  ClockRate clock_rate = ClockRate::FromHertz(8000);  // Of the timestamps, until a codec differs.
  // Of decoders whose rate is not that of the frames; zeros are none.
  std::array<int, DecodedAudio::kOtherRatesMax> decoder_rates_hz = {};
  MediaDuration delay_max = Milliseconds(200);  // Hard ceiling, to 1 s.
  MediaDuration delay_min;                      // The delay is not made less than this.
  MediaDuration margin = Milliseconds(10);      // Beyond what the network needs, at the start.
  // What arrives in 10 ms at the most: so much is kept for as long as packets may wait.
  size_t payload_bytes_10ms = 80;
};

struct ArrivedPacket {
  SequenceNumber sequence_number;
  RtpTimestamp timestamp;
  // Null: comfort noise (RFC 3389), the talk ends here. Else it lives until Restart() at least.
  codec::Decoder* decoder = nullptr;
  bool is_silence = false;  // Its sender says that nothing is to be heard in it.
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
  bool is_zero = false;    // Of whatever kind, all samples are zero.
};

// Totals since construction.
struct JitterBufferStatistics {
  // Ticks with samples made up, by cause. The network: their packet was lost or late; told when the
  // stream goes on.
  uint64_t concealed_network = 0;
  uint64_t concealed_ceiling = 0;  // Frames skipped because delay_max was reached.
  uint64_t concealed_codec = 0;    // Their packet came, but its codec could not read it.
  uint64_t concealed_cpu = 0;     // Ticks that were not asked for in time: the worker was too late.
  uint64_t samples_removed = 0;   // By shortening.
  uint64_t samples_inserted = 0;  // By stretching.
  uint64_t restarts = 0;          // Jumps that were followed.
  // From the arrival of the fastest packets to their turn; 0 while nothing is played.
  MediaDuration delay;
  MediaDuration delay_max;
  uint64_t packets_skipped = 0;  // Not decoded, as their sender says nothing in them.
  int32_t clock_skew_ppb = 0;    // How much faster the sender's clock runs than ours.

  // For whatever cause.
  uint64_t concealed() const noexcept {
    return concealed_network + concealed_ceiling + concealed_codec + concealed_cpu;
  }
};

class JitterBuffer {
 public:
  static constexpr MediaDuration kPacketMax = DecodedAudio::kPacketMax;
  static constexpr MediaDuration kTick = Milliseconds(20);

  explicit JitterBuffer(const JitterBufferConfig& config);

  InsertVerdict Insert(const ArrivedPacket& packet, std::span<const uint8_t> payload,
                       MediaTime now) noexcept;

  // `frame` holds 20 ms.
  PlayedFrame Pull(std::span<int16_t> frame, MediaTime now) noexcept;
  // The same for whoever has a frame of zeros already: one that is_zero is not written.
  PlayedFrame PullUnlessZero(std::span<int16_t> frame, MediaTime now) noexcept;
  // What comes next, as far as it is decoded; often nothing, and always where it is zeros. Until the next call of anything.
  std::span<const int16_t> Ahead() const noexcept {
    return audio_.is_at_rest() ? std::span<const int16_t>() : audio_.samples();
  }

  // A packet of the same stream that is not audio (telephone-event): its number is not missing.
  void Skip(SequenceNumber number) noexcept;

  // What was just pulled must not be heard, not even in a concealment.
  void ForgetSound() noexcept { audio_.ForgetSound(); }

  // Another SSRC, or other decoders: nothing of the old stream counts, but its sound is faded out.
  void Restart() noexcept;

  const JitterBufferStatistics& statistics() const noexcept { return statistics_; }

  // In a long silence: frames are zeros as long as nothing else comes.
  bool is_at_rest() const noexcept { return audio_.is_at_rest(); }

  // A hint to the CPU: a packet comes, or a frame is pulled.
  void BringNear(bool is_pulled) const noexcept;

 private:
  // So many late packets in a row are no accident: the stream is followed to where it is now.
  static constexpr int kLateMax = 4;
  // Made up for so long, a stream has paused.
  static constexpr MediaDuration kPause = Milliseconds(100);
  // Stretching begins when less than this part of the network's jitter is spare, within these: who varies by little now will not
  // vary by much in a moment.
  static constexpr int kTooTightPart = 4;
  static constexpr MediaDuration kTooTightMin = Microseconds(500);
  static constexpr MediaDuration kTooTightMax = Milliseconds(2);
  // Shortening waits until this much more could be spared than it needs: less where nothing had to
  // be stretched for some time, which is doubled when it proves to have been too short: when
  // within so many of it stretching is needed again.
  static constexpr MediaDuration kSlack = Milliseconds(10);
  static constexpr MediaDuration kCalmSlack = Milliseconds(1);  // Beyond what is too tight.
  static constexpr MediaDuration kCalmMin = Seconds(4);
  static constexpr MediaDuration kCalmMax = Seconds(256);
  static constexpr int kSoon = 8;
  // Between two periods taken out or put in, fewer while the delay is far too long; and after the
  // last one.
  static constexpr int kScalingPauseTicks = 3;
  static constexpr int kScalingPauseTicksMin = 1;
  static constexpr int kScalingRestTicks = 6;
  // After so many attempts in vain a stretch of noise is cross-faded without a period.
  static constexpr int kAttemptsMax = 25;

  // Resampling begins when the sender has run ahead of us, or fallen behind, by so much; with a new
  // talk, when the rates differ by so much.
  static constexpr MediaDuration kDrift = Milliseconds(1);
  static constexpr int32_t kSkewPpb = 3'000;
  // While it resamples, the grid of packets slides along that of ticks, so that a whole tick more
  // is needed than for the present place; and this reserve, for the steps in which arrivals are
  // noticed.
  static constexpr MediaDuration kFollowingReserve = Milliseconds(3);
  // A delay outside of what is wanted is changed within about this time, not faster than a pitch
  // changes unheard.
  static constexpr MediaDuration kSlewTime = Seconds(1);
  static constexpr int64_t kSlewMaxPpb = 5'000'000;

  // Lengths in RTP ticks of the present clock.
  struct Ticks {
    explicit Ticks(ClockRate clock, const JitterBufferConfig& config);
    int64_t ceiling, floor, margin, slack, calm_slack, too_tight_min, too_tight_max, frame, pause,
        packet_max, reserve;
  };
  // Why samples are made up. Unknown: a loss or a pause.
  enum class Cause : uint8_t { kUnknown, kPause, kNetwork, kCodec };

  int64_t TicksAt(MediaTime now) const noexcept;
  size_t ToSamples(int64_t ticks) const noexcept;
  int64_t ToTicks(size_t samples) const noexcept;
  MediaDuration ToDuration(int64_t ticks) const noexcept;

  // Arrival.
  int64_t Unwrap(RtpTimestamp timestamp) noexcept;
  void FollowClockRate(const codec::Decoder& decoder) noexcept;
  void MeasureTransit(int64_t transit, MediaTime now) noexcept;
  bool IsJump(const ArrivedPacket& packet, int64_t begin, int64_t end) noexcept;
  bool IsDelayTooShort(int64_t now_ticks) const noexcept;
  bool CanGoBackTo(int64_t begin, int64_t now_ticks) const noexcept;
  void Rebase() noexcept;

  // Playing.
  bool TryStart(int64_t now_ticks) noexcept;
  PlayedFrame PlaySilence(std::span<int16_t> frame) noexcept;
  // Into `frame`, from the audio; true: zeros, not written.
  bool Play(size_t samples, std::span<int16_t> frame) noexcept;
  void KeepBelowCeiling(int64_t now_ticks) noexcept;
  void FillAudio(size_t needed, int64_t now_ticks) noexcept;
  bool AppendNextPacket(
      int64_t now_ticks) noexcept;  // False: its turn has not come, or there is none.
  void AppendAhead(int64_t now_ticks) noexcept;
  void Conceal(size_t samples) noexcept;
  bool ConcealByCodec(size_t samples) noexcept;
  void CountConcealed() noexcept;
  void CommitConcealed() noexcept;
  void CountMissedTicks(MediaTime now) noexcept;
  void NoteFetch(int64_t delay) noexcept;

  // The sender's clock.
  void FollowSkew(int64_t now_ticks, MediaTime now) noexcept;
  int64_t FollowingPlayoutMin() const noexcept;

  // Time-scaling. What counts is when a packet is fetched from the store, which happens for a whole
  // frame at a time: so the delay is changed by one frame in all, in several periods.
  int64_t Spare() const noexcept;
  int64_t TooTight() const noexcept;  // For Spare().
  void ScaleTime(size_t frame, int64_t now_ticks, MediaTime now) noexcept;
  void Shorten(size_t frame, int64_t now_ticks) noexcept;
  void Stretch(size_t frame) noexcept;

  // Media time of the sample that is played next.
  int64_t Front() const noexcept { return next_ - ToTicks(audio_.size() + follower_.behind()); }
  // From its time to its turn.
  int64_t Playout(int64_t now_ticks) const noexcept { return now_ticks - Front(); }

  const JitterBufferConfig config_;
  ClockRate clock_;
  Ticks ticks_;
  size_t samples_per_tick_;  // Of the RTP clock; 1 where that is the faster one.

  PacketStore store_;
  PlayoutDelay delay_;
  ClockSkew skew_;
  DecodedAudio audio_;
  ClockFollower follower_;

  // Media time of packets, unwrapped.
  bool has_timestamp_ = false;
  RtpTimestamp last_timestamp_;
  int64_t last_begin_ = 0;
  int64_t newest_end_ = 0;  // Of the newest packet that was taken.
  MediaTime last_arrival_;

  SequenceHistory history_;
  SequenceNumber last_used_;  // Of the newest packet that was taken or skipped.

  // Playing.
  bool is_playing_ = false;
  int64_t next_ = 0;               // Media time behind the audio.
  int64_t made_up_ = 0;            // Ticks made up since the last packet that was played.
  int64_t made_up_end_ = 0;        // Media time up to which samples were made up.
  Cause cause_ = Cause::kUnknown;  // Of the last samples made up.
  bool has_codec_failed_ = false;  // The packet at next_ could not be read.
  int pending_concealed_ = 0;      // Frames made up that may turn out to be a pause of the sender.
  bool is_asked_ = false;          // A frame was pulled before.
  MediaTime last_pull_;

  // Of the last packets, how long after their own time they were fetched: a ring. And what was
  // decoded before it was needed.
  std::array<int64_t, 4> fetches_ = {};
  size_t fetch_ = 0;
  bool are_packets_frames_ = true;  // The last one was as long as one frame, or as several.
  int64_t ahead_begin_ = 0;
  size_t ahead_samples_ = 0;

  bool wants_to_follow_ = false;  // The skew, as soon as the delay is long enough for it.

  // Time-scaling.
  size_t to_remove_ = 0;  // Samples, while shortening.
  size_t to_insert_ = 0;  // Samples, while stretching.
  int attempts_ = 0;      // In vain: no period was found.
  int scaling_pause_ = 0;
  MediaTime stretched_;  // Or begun.
  MediaDuration calm_after_ = kCalmMin;

  // Jumps.
  int late_in_a_row_ = 0;
  bool has_jump_ = false;
  SequenceNumber jump_sequence_;
  int64_t jump_begin_ = 0;

  JitterBufferStatistics statistics_;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_JITTER_BUFFER_H_
