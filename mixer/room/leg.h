// One call's RTP, both ways: from datagrams to one frame a tick, from one mix a tick to datagrams.
//   auto leg = std::make_unique<Leg>(config, media);   // off the worker: allocates here only
//   room.Add(*leg);                                    // on the worker, from here on
//   leg->ReceiveRtp(datagram, source, now);            // whenever one arrives
//   room.Tick(now, outbox, events);                    // every 20 ms: plays, mixes, encodes, tells
//
//   room.Remove(*leg);                                 // a move, also to a room of another worker
//   other_room.Add(*leg);
//
//   leg->Finish(now, outbox, events);                  // RTCP BYE; playbacks end
//   room.Remove(*leg);                                 // then it is freed elsewhere
// One thread at a time, not always the same: nothing in it is tied to a thread. It allocates in the
// constructor only, takes no lock and reads no clock. All that a network can send is counted, never
// an error.
#ifndef NARADA_MIXER_ROOM_LEG_H_
#define NARADA_MIXER_ROOM_LEG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/level_equalizer.h"
#include "mixer/dsp/limiter.h"
#include "mixer/dsp/voice_activity.h"
#include "mixer/media/playback_plan.h"
#include "mixer/quality/leg_quality.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/group_id.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/room/leg_media.h"
#include "mixer/room/leg_receiver.h"
#include "mixer/room/leg_sender.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/room/leg_streams.h"
#include "mixer/room/media_crypto.h"
#include "mixer/room/outbox.h"
#include "mixer/room/packet_rate_limit.h"
#include "mixer/room/playback_queue.h"
#include "mixer/room/rate_changer.h"
#include "mixer/room/rtcp_session.h"
#include "mixer/room/shared_mix.h"
#include "mixer/rtp/rtcp_view.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

class Room;

struct LegConfig {
  LegId id;

  // RFC 3550 §5.1 and §6.5.1: drawn by the caller from a secure source; the CNAME tells nothing
  // about the caller.
  Ssrc ssrc;
  SequenceNumber first_sequence_number;
  RtpTimestamp first_timestamp;
  std::string cname;  // Up to 64 bytes.

  // Of what need not be secret: the jitter of RTCP intervals.
  uint64_t seed = 0;

  // The wall clock (Unix time) where MediaTime is zero, for the NTP time in sender reports. Zero:
  // they count from there.
  MediaDuration unix_time_at_zero;

  MediaDuration media_timeout = Seconds(30);
  int packets_per_second_max = PacketRateLimit::kPerSecond;  // Taken, of RTP and of RTCP each.
  MediaDuration delay_max = Milliseconds(200);               // Hard ceiling of the jitter buffer.
  MediaDuration delay_min;                                   // It does not play earlier than this.
  MediaDuration delay_margin = Milliseconds(10);             // See LegStreams.
};

class Leg {
 public:
  static constexpr size_t kPlaybacksMax = PlaybackQueue::kPlansMax;          // Playing and waiting.
  static constexpr size_t kDigitsToSendMax = dtmf::DigitSender::kDigitsMax;  // Waiting to be sent.
  static constexpr size_t kExcludedMax = 16;

  Leg(const LegConfig& config, const LegMedia& media);
  // Off the worker. The leg is in no room.
  ~Leg();
  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;

  LegId id() const noexcept { return id_; }
  Room* room() const noexcept { return room_; }  // Null between two rooms.

  // What arrived on the leg's RTP port, or its RTCP port. With rtcp-mux (RFC 5761 §4) RTCP on the
  // RTP port is told apart here.
  void ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                  MediaTime now) noexcept;
  void ReceiveRtcp(std::span<const uint8_t> datagram, const SocketAddress& source,
                   MediaTime now) noexcept;

  // Hints to the CPU: the leg is about to get a datagram, be listened to, have it decided what it hears, or be sent to. In three
  // steps, of which each finds the way to the next: with 3, 2 and 1, and other work between them. They name what that work touches
  // of a quiet leg: what is left out costs time, and so does what is named in vain.
  enum class Work { kReceive, kListen, kDecide, kSend };
  void BringNear(Work work, int ahead) const noexcept;

  // A further offer or answer. The latched source stays unless the addresses changed; codecs whose
  // format stays go on. `streams` were made for this leg; it takes them and leaves what it does not
  // need any more, to be freed off the worker.
  void UpdateMedia(std::unique_ptr<LegStreams>& streams) noexcept;
  // The same off the worker: allocates.
  void UpdateMedia(const LegMedia& media);
  const LegMedia& media() const noexcept { return streams_->media(); }

  void SetMuted(bool is_muted) noexcept {
    is_muted_ = is_muted;
  }  // Not heard by the room; digits still count.
  void SetDeaf(bool is_deaf) noexcept {
    is_deaf_ = is_deaf;
  }  // Hears nothing of the room, but what is played to it.
  void SetHold(bool is_held) noexcept { is_held_ = is_held; }  // Both; and no media timeout.
  void SetGain(Gain gain) noexcept {
    gain_ = gain;
  }  // Of what it says, once before the sum, rounded and saturated.
  void SetListenGain(Gain gain) noexcept { listen_gain_ = gain; }  // Of what it hears of the room.
  void SetLevelEqualisation(std::optional<bool> is_on) noexcept {
    level_equalisation_ = is_on;
  }  // Unset: as the room says.
  void SetPresenter(bool is_presenter) noexcept {
    is_presenter_ = is_presenter;
  }  // Heard in lecture mode as well.
  void SetGroup(const GroupId& group) noexcept;
  // Legs that this one does not want to hear, up to kExcludedMax.
  void SetExcluded(std::span<const LegId> legs) noexcept;
  void SetMediaTimeout(MediaDuration timeout) noexcept { media_timeout_ = timeout; }

  // Takes the plan and true, or leaves it and false when kPlaybacksMax are there. A PlaybackEnded
  // event follows in any case of true.
  bool Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept;
  // The one with this id, or all for 0. Told with the next tick.
  void StopPlayback(uint64_t playback_id) noexcept;

  // Sends RFC 4733 events, one digit after the other. False, and nothing is sent: no
  // telephone-event was agreed, not all are digits, or too many are waiting.
  bool SendDigits(absl::string_view digits, MediaDuration each) noexcept;
  // A digit that came by signaling. The same press by RTP counts once.
  void InjectDigit(char digit, MediaTime now) noexcept;

  // Says goodbye: RTCP BYE into the outbox; every playback ends with kTargetGone; digits not yet
  // told are told.
  void Finish(MediaTime now, Outbox& outbox, EventSink& events) noexcept;

  // Continuity: see LegCheckpoint. A restored leg's clock goes on as if its ticks had been missed.
  void SaveTo(LegCheckpoint& checkpoint) const noexcept;
  // Before the leg is in a room.
  void RestoreFrom(const LegCheckpoint& checkpoint) noexcept;

  LegStatistics statistics() const noexcept;

  // What it says in this tick, for whoever records it: after equalisation and gain, whether the
  // room hears it or not. 20 ms at voice_rate(), the highest rate that the far end may send.
  std::span<const int16_t> voice() const noexcept { return streams().voice(0); }
  SampleRate voice_rate() const noexcept { return streams().rate(); }

 private:
  friend class Room;
  friend class RoomInspector;  // For tests.

  // What a room says to all its legs for one tick.
  struct Hall {
    const dsp::Kernels& kernels;
    dsp::GainRamp duck;  // Of voices, while something is played to the room.
    bool is_lecture = false;
    bool equalises_levels = false;
    int hangover_ticks = 0;
  };

  // On its way from its own encoder to a stream that others share.
  struct Joining {
    const SharedMix* mix = nullptr;  // That it has heard,
    int ticks = 0;                   // for so long.
    SharedStream* stream = nullptr;  // That its own packets come near to; null: not yet.
    uint64_t began = 0;              // That stream: another one may have taken its place.
  };

  // The room's steps of a tick, in this order.
  // Plays one frame and makes of it what the room hears: `voice()`, its level in activity_.
  // `was_speaker` says that the last frame was heard, so that this one is kept to be faded out where
  // the leg falls silent by command.
  void Listen(const Hall& hall, bool was_speaker, MediaTime now, EventSink& events) noexcept;
  void AdvanceClock(MediaTime now) noexcept;
  void TellSpeaking(bool is_speaking, MediaTime now, EventSink& events) noexcept;
  void SendReport(MediaTime now, Outbox& outbox) noexcept;

  RoomEvent Event(RoomEventKind kind, MediaTime now) const noexcept;
  void TellDigits(MediaTime now, EventSink& events) noexcept;
  void TellMediaState(MediaTime now, EventSink& events) noexcept;
  void FollowTalk(int hangover_ticks) noexcept;
  uint64_t ApplyGains(const Hall& hall, bool fades_in, std::span<int16_t> frame) noexcept;
  void MeasureLevel(uint64_t energy) noexcept;
  // Of plain RTCP.
  bool IsTrustedReport(const rtp::RtcpCompound& compound, const SocketAddress& source,
                       MediaTime now) noexcept;
  SocketAddress ReportDestination() const noexcept;
  quality::QualityEstimate EstimateQuality() const noexcept;
  // For the far end, if it has asked for them.
  std::optional<rtp::VoipMetrics> MeasureForReport() const noexcept;
  void SendCompound(std::span<const uint8_t> compound, Outbox& outbox) noexcept;
  // By us or by the far end: it is not heard, and need not send.
  bool is_on_hold() const noexcept { return is_held_ || media().is_held_by_remote; }
  const LegStreams& streams() const noexcept { return *streams_; }
  LegStreams& streams() noexcept { return *streams_; }
  OutgoingStream& outgoing() noexcept { return streams_->outgoing(); }
  bool Excludes(const Leg& other) const noexcept;
  void FindCrypto() noexcept;
  // Hints for passes over all legs that touch little of each.
  void BringDecisionsNear() const noexcept;

  static constexpr uint64_t kNever = UINT64_MAX - 1;

  // In the order in which a tick comes to it, what no tick touches last: of thousands of legs none is in the cache when its turn
  // comes, and each line of it costs time. See BringNear().

  // What passes over all legs of a room look at.
  Room* room_ = nullptr;
  Leg* next_ = nullptr;
  Leg* previous_ = nullptr;
  size_t group_place_ = 0;  // In the room's groups; behind the last one if the room has no such.
  uint64_t chosen_tick_ = kNever;   // The room's tick in which it was last a speaker,
  uint64_t mixed_tick_ = kNever;    // and last in the sum: a tick longer, to fade out.
  const int16_t* mixed_ = nullptr;  // Its frame in the sum, at the room's rate.
  dsp::VoiceActivity activity_;
  int talk_left_ = 0;          // Ticks until it does not count as a talker any more.
  uint32_t level_before_ = 0;  // Mean square of the frame before this one.
  bool is_behind_ = false;     // It is heard a frame later, from before its talk began.
  bool was_speech_ = false;
  bool is_speaking_ = false;

  // Settings.
  bool is_muted_ = false;
  bool is_deaf_ = false;
  bool is_held_ = false;
  bool is_presenter_ = false;
  bool was_silenced_ = false;  // Muted, on hold or in the audience of a lecture, in the last tick.
  std::optional<bool> level_equalisation_;
  Gain gain_;
  Gain listen_gain_;

  PlaybackQueue playback_;

  // Its media.
  std::unique_ptr<LegStreams> streams_;
  MediaCrypto::Places crypto_places_;
  bool has_ticked_ = false;
  bool has_media_ = false;
  bool has_timed_out_ = false;
  bool has_goodbye_ = false;
  MediaTime clock_;  // When the last tick was due, on this leg's own grid of 20 ms.
  MediaTime last_packet_;
  MediaDuration media_timeout_;
  uint64_t ticks_ = 0;

  // How it sounds, and what it says.
  uint64_t concealed_before_ = 0;  // Up to the last tick.
  uint64_t level_energy_ = 0;
  size_t level_samples_ = 0;
  int level_ticks_ = 0;
  dsp::LevelEqualizer equalizer_;
  quality::LegQuality quality_;
  AudioLevel level_;

  // What it hears.
  dsp::Limiter limiter_;
  SharedStream* followed_ = nullptr;  // Null: its own encoder is what the far end listens to.
  Joining joining_;
  bool had_own_limiter_ = false;
  bool had_prompt_ = false;  // In the last tick.
  int silent_ticks_ = 0;     // For so long it has heard nobody.
  // In this tick:
  bool is_sent_to_ = false;
  SharedMix* shared_mix_ = nullptr;  // Null: it hears something of its own,
  Gain hearing_;                     // the others with this gain,
  Gain hearing_before_;              // coming from this one,
  uint64_t hearing_tick_ = kNever;   // as decided in this tick of the room.
  int16_t last_heard_ = 0;           // The last sample of it, at the rate that is sent.
  size_t excluded_size_ = 0;

  LegSender sender_;
  RtcpSession rtcp_;
  LegReceiver receiver_;

  PacketRateLimit rtcp_limit_;
  uint64_t reports_received_ = 0;
  uint64_t encodes_ = 0;
  GroupId group_;
  std::array<LegId, kExcludedMax> excluded_ = {};
  StreamPast heard_past_;  // Of its own mix, at the room's rate.
  const LegId id_;
  const MediaDuration delay_max_;
  const MediaDuration delay_min_;
  const MediaDuration delay_margin_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_H_
