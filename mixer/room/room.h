// A mix and the legs that share it: what each speaker says, everyone else hears, exact to the
// sample.
//   Room room({.id = RoomId{1}});           // off the worker
//   room.Add(leg);                          // on the worker, from here on
//   room.Tick(now, outbox, events);         // every 20 ms
// One tick plays one frame of every leg, chooses the speakers, sums them, gives each speaker the
// sum less itself and all the others the sum, encoded once per format, and leaves the datagrams in
// the outbox. The mix has the highest rate that a leg can say or hear (8, 16 or 48 kHz); speakers
// are brought up to it, and it is brought down once for all who hear less. With groups there is a mix
// for each. One thread at a time. Allocates in the constructor only, takes no lock, reads no clock.
// An empty room needs no tick.
#ifndef NARADA_MIXER_ROOM_ROOM_H_
#define NARADA_MIXER_ROOM_ROOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mixer/codec/comfort_noise_payload.h"
#include "mixer/dsp/comfort_noise.h"
#include "mixer/dsp/kernels.h"
#include "mixer/media/playback_plan.h"
#include "mixer/media/recording_tap.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/playback_queue.h"
#include "mixer/room/room_groups.h"
#include "mixer/room/room_scratch.h"
#include "mixer/room/shared_mix.h"
#include "mixer/room/speaker_selection.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

// What may be changed while the room is in use.
struct RoomControls {
  int speakers_max = 8;  // 1 to Room::kSpeakersMax, in each group; the loudest speakers win.
  MediaDuration speaker_hangover = Milliseconds(400);  // So long a talker counts after a word.
  bool is_lecture = false;                             // Only presenters are heard.
  bool equalises_levels = false;                       // Of legs that do not say otherwise.
  AudioLevel comfort_noise;                            // Where nobody makes a sound. Silence: none.
  std::optional<SampleRate> rate;                      // 8, 16 or 48 kHz. Unset: follows the legs.
};

struct RoomConfig {
  RoomId id;
  RoomControls controls;
  std::vector<GroupConfig> groups;  // Up to RoomGroups::kGroupsMax names in all.
  // Null: the fastest that this CPU runs. All give the same bits.
  const dsp::Kernels* kernels = nullptr;
  // Of the thread that the room is on, shared with its other rooms. Null: the room makes its own.
  RoomScratch* scratch = nullptr;
};

// Totals since the room was made, and the last tick's figures.
struct RoomStatistics {
  uint64_t ticks = 0;
  // Packets encoded of a mix that many may hear: one for each mix and format, however many do.
  uint64_t encodes_common = 0;
  // Packets encoded for one leg alone: of its own mix, or while its encoder comes near to the common
  // one.
  uint64_t encodes_own = 0;
  uint64_t packets_sent = 0;
  size_t legs = 0;
  size_t speakers = 0;  // In the last tick, as what follows.
  size_t encodes_last_tick = 0;
};

class Room {
 public:
  static constexpr int kSpeakersMax = SpeakerSelection::kSpeakersMax;
  static constexpr size_t kPlaybacksMax = PlaybackQueue::kPlansMax;
  static constexpr MediaDuration kTickLength = Milliseconds(20);
  // Who hears the common mix again has an encoder of its own for so many ticks more at the most, with
  // a codec whose decoder remembers: see Share(). The packet that is being filled is finished first.
  static constexpr int kJoiningTicksMax = 50;

  explicit Room(const RoomConfig& config);
  // Off the worker. The room is empty.
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  RoomId id() const noexcept { return id_; }
  size_t leg_count() const noexcept { return statistics_.legs; }

  // The leg is in no room. Linked through the leg: no limit here, admission is
  // the engine's.
  void Add(Leg& leg) noexcept;
  // The leg is in this room. What is played to it goes on in the next room.
  void Remove(Leg& leg) noexcept;

  // Effective from the next tick.
  void SetControls(const RoomControls& controls) noexcept;
  const RoomControls& controls() const noexcept { return controls_; }
  // Takes the groups and leaves the ones before. Never null.
  void SetGroups(std::unique_ptr<RoomGroups>& groups) noexcept;
  // Of the mix.
  SampleRate rate() const noexcept { return rate_; }

  // To everybody in the room, now and later, one plan after the other. Takes the plan and true, or
  // leaves it and false when kPlaybacksMax are there. A PlaybackEnded event follows in any case of
  // true.
  bool Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept;
  // The one with this id, or all for 0. Told with the next tick.
  void StopPlayback(uint64_t playback_id) noexcept;

  // `now` is about kTickLength after the last tick; where ticks were missed, timestamps go on as if
  // they had not been.
  void Tick(MediaTime now, Outbox& outbox, EventSink& events) noexcept;

  // Something is being played to the room, or is about to be.
  bool is_playing() const noexcept { return playback_.is_playing(); }

  // Starts the tap, tells it who is here, and gives it every tick until EndRecording() or Finish().
  // One at a time: another one ends.
  void StartRecording(media::RecordingTap& tap, MediaTime now) noexcept;
  bool is_recorded() const noexcept { return tap_ != nullptr; }
  // Ends the tap; from then on it may be freed. Nothing where another one runs.
  void EndRecording(media::RecordingTap& tap, MediaTime now) noexcept;

  // Before the room is freed: every playback ends with kTargetGone, and the recording ends.
  void Finish(MediaTime now, EventSink& events) noexcept;

  const RoomStatistics& statistics() const noexcept { return statistics_; }

 private:
  friend class Leg;            // Which tells that its media have changed.
  friend class RoomInspector;  // For tests.

  enum class Fade : uint8_t { kNone, kIn, kOut };

  // Another leg's encoder goes on in place of this one's, or this one in place of the other's.
  void StopFollowing(Leg& leg) noexcept;
  void FollowRates() noexcept;
  void FindGroupOf(Leg& leg) noexcept;
  void SetRate(SampleRate rate) noexcept;

  // The steps of a tick: who says what (room.cc),
  void ListenToLegs(dsp::GainRamp duck, MediaTime now, EventSink& events) noexcept;
  void ChooseSpeakers() noexcept;
  void ChooseSpeakersOf(size_t group) noexcept;
  void FadeOutFormerSpeakers() noexcept;
  void Mix(Leg& leg, Fade fade) noexcept;
  // who hears what (room_hearing.cc),
  void CountVoices() noexcept;
  void DecideHearing(Leg& leg) noexcept;
  void Share(Leg& leg, SharedMix& mix) noexcept;
  bool HasJoined(Leg& leg, SharedStream& stream) noexcept;
  void Sum(size_t group) noexcept;
  void AddFarewells(const RoomGroups::Group& group) noexcept;
  void SumOwn(Leg& leg, std::span<const int16_t> voice, bool has_prompt) noexcept;
  void MixOwn(Leg& leg) noexcept;
  // what is recorded (room_recording.cc),
  void RecordLegs(MediaTime now) noexcept;
  void RecordMix() noexcept;
  // and what is sent to it (room_sending.cc).
  void SendTo(Leg& leg, MediaTime now, Outbox& outbox) noexcept;
  bool IsSentComfortNoise(Leg& leg) noexcept;
  void SendComfortNoise(Leg& leg, const SocketAddress& destination, Outbox& outbox) noexcept;
  std::span<const OutgoingPacket> PacketsFor(Leg& leg) noexcept;
  int EncodeOwn(Leg& leg, std::span<const int16_t> frame) noexcept;  // Returns the packets.
  std::span<const OutgoingPacket> EncodeShared(SharedStream& stream) noexcept;
  // At the room's rate.
  std::span<const int16_t> FrameOf(const SharedMix& mix) const noexcept {
    return &mix == &silence_ ? Samples(scratch_.noise) : Samples(scratch_.common);
  }
  std::span<const int16_t> Lowered(SharedMix& mix, SampleRate rate) noexcept;
  void JoinTo(int16_t last, std::span<int16_t> frame) const noexcept;
  void CountEncodes(int packets, uint64_t& total) noexcept;

  bool IsInSum(const Leg& leg) const noexcept { return leg.mixed_tick_ == statistics_.ticks; }
  // How loud a leg is in the mix of a group that it may not even be heard in.
  Gain GainIn(const RoomGroups::Group& group, const Leg& leg) const noexcept;
  // Calls f(Leg&) for each leg whose group has this place.
  template <typename F>
  void ForEachLegOf(size_t group, F f) noexcept {
    for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
      if (leg->group_place_ == group) f(*leg);
    }
  }
  // All legs; those that come next are brought near meanwhile.
  template <typename F>
  void ForEachLeg(Leg::Work work, F f) noexcept {
    std::array<Leg*, 3> ahead = {first_, first_, first_};  // By 1, 2 and 3 legs, once begun.
    const auto bring = [&ahead, work](int distance) {
      Leg*& leg = ahead[static_cast<size_t>(distance - 1)];
      if (leg == nullptr) return;
      leg->BringNear(work, distance);
      leg = leg->next_;
    };
    for (int distance = 3; distance > 0; --distance) {
      for (int i = 0; i <= distance; ++i) bring(distance);
    }
    for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
      for (int distance = 3; distance > 0; --distance) bring(distance);
      f(*leg);
    }
  }
  // All legs, of which little is looked at.
  template <typename F>
  void ForEachLegInPassing(F f) noexcept {
    for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
      if (leg->next_ != nullptr) leg->next_->BringDecisionsNear();
      f(*leg);
    }
  }
  template <typename T>
  std::span<T> Samples(std::array<T, kFrameMax>& frame) const noexcept {
    return std::span<T>(frame).first(samples_);
  }

  const RoomId id_;
  const dsp::Kernels& kernels_;
  std::unique_ptr<RoomScratch> own_scratch_;
  RoomScratch& scratch_;
  RoomControls controls_;
  SampleRate rate_;
  size_t samples_;             // Of a frame.
  bool has_new_rate_ = false;  // Since the last tick.
  Leg* first_ = nullptr;       // Linked through the legs, in the order of their coming.
  Leg* last_ = nullptr;
  PlaybackQueue playback_;
  Gain duck_;  // Of voices for what is played to the room, in the last tick.
  media::RecordingTap* tap_ = nullptr;  // Of the recording, if there is one.
  RoomStatistics statistics_;
  std::unique_ptr<RoomGroups> groups_;
  // The level of `noise_` as a payload (RFC 3389).
  std::array<uint8_t, codec::ComfortNoise::kPayloadSizeMax> noise_payload_ = {};
  SharedMix silence_;  // Heard by those who hear nobody: the comfort noise.
  dsp::ComfortNoise noise_;
  // By group: what those who left while they spoke said last.
  std::array<int32_t, RoomGroups::kGroupsMax> farewells_ = {};
  bool has_farewells_ = false;
  bool had_farewells_ = false;  // In the last tick.

  // Of one tick.
  bool has_announcement_ = false;
  std::array<int, RoomGroups::kGroupsMax> voices_ = {};    // By group: frames in its mix.
  std::array<const SharedMix*, kRateCount> lowered_ = {};  // What scratch_.common_at holds.
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_H_
