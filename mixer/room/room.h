// A mix and the legs that share it: what each speaker says, everyone else hears, exact to the
// sample.
//   Room room({.id = RoomId{1}});           // off the worker
//   room.Add(leg);                          // on the worker, from here on
//   room.Tick(now, outbox, events);         // every 20 ms
// One tick plays one frame of every leg, chooses the speakers, sums them, gives each speaker the
// sum less itself and all the others the sum, encoded once per codec, and leaves the datagrams in
// the outbox. One thread at a time. Allocates in the constructor only, takes no lock, reads no
// clock. An empty room needs no tick.
#ifndef NARADA_MIXER_ROOM_ROOM_H_
#define NARADA_MIXER_ROOM_ROOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/codec_id.h"
#include "mixer/codec/encoder.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/limiter.h"
#include "mixer/media/playback_plan.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg.h"
#include "mixer/room/mix_sink.h"
#include "mixer/room/outbox.h"
#include "mixer/room/playback_queue.h"
#include "mixer/room/speaker_selection.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

struct RoomConfig {
  RoomId id;
  SampleRate rate = SampleRate::FromHertz(8000);
  int speakers_max = 8;  // 1 to Room::kSpeakersMax; the loudest speakers win.
  // Null: the fastest that this CPU runs. All give the same bits.
  const dsp::Kernels* kernels = nullptr;
};

// Totals since the room was made, and the last tick's figures.
struct RoomStatistics {
  uint64_t ticks = 0;
  uint64_t encodes_common = 0;  // Of the mix that all listeners share: one per tick and codec.
  uint64_t encodes_own = 0;     // Of mixes that one leg alone hears.
  uint64_t packets_sent = 0;
  size_t legs = 0;
  size_t speakers = 0;  // In the last tick.
  size_t encodes_last_tick = 0;
};

class Room {
 public:
  static constexpr int kSpeakersMax = SpeakerSelection::kSpeakersMax;
  static constexpr size_t kPlaybacksMax = PlaybackQueue::kPlansMax;
  static constexpr MediaDuration kTickLength = Milliseconds(20);

  explicit Room(const RoomConfig& config);
  // Off the worker. The room is empty.
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  RoomId id() const noexcept { return id_; }
  size_t leg_count() const noexcept { return statistics_.legs; }

  // The leg is in no room and of the same rate. Linked through the leg: no limit here, admission is
  // the engine's.
  void Add(Leg& leg) noexcept;
  // The leg is in this room. What is played to it goes on in the next room.
  void Remove(Leg& leg) noexcept;

  void SetSpeakersMax(int speakers_max) noexcept;

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

  // Gets every tick's common mix; null for none. Outlives the room, or is taken away before.
  void SetMixSink(MixSink* sink) noexcept { mix_sink_ = sink; }

  // Before the room is freed: every playback ends with kTargetGone.
  void Finish(MediaTime now, EventSink& events) noexcept;

  const RoomStatistics& statistics() const noexcept { return statistics_; }

 private:
  friend class RoomInspector;  // For tests.

  // The payload of one codec in one tick, for all who hear the same.
  struct SharedPayload {
    std::unique_ptr<codec::Encoder> encoder;
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
    uint64_t tick = 0;  // When it was encoded.
    std::unique_ptr<uint8_t[]> silence;
    size_t silence_size = 0;
  };

  // The steps of a tick.
  void ListenToLegs(Gain duck, MediaTime now, EventSink& events) noexcept;
  void Mix() noexcept;
  void SendTo(Leg& leg, MediaTime now, Outbox& outbox) noexcept;

  std::span<const uint8_t> PayloadFor(Leg& leg) noexcept;
  std::span<const uint8_t> CommonPayload(codec::CodecId codec) noexcept;
  void MixOwn(Leg& leg, Gain hearing, bool has_prompt) noexcept;
  void SumOwn(const Leg& leg, Gain hearing, bool has_prompt) noexcept;
  void AddToSum(Leg& leg) noexcept;
  void AddFadingOut(Leg& leg) noexcept;
  bool IsInSum(const Leg& leg) const noexcept { return leg.mixed_tick_ == statistics_.ticks; }
  std::span<const int32_t> sum() const noexcept { return {sum_.get(), samples_}; }

  const RoomId id_;
  const SampleRate rate_;
  const size_t samples_;  // Of a frame.
  const dsp::Kernels& kernels_;
  int speakers_max_;
  Leg* first_ = nullptr;  // Linked through the legs, in the order of their coming.
  Leg* last_ = nullptr;
  PlaybackQueue playback_;
  MixSink* mix_sink_ = nullptr;
  RoomStatistics statistics_;

  // Of one tick, but for the limiter and the last speakers.
  SpeakerSelection selection_;
  std::array<Leg*, kSpeakersMax> speakers_ = {};  // The first statistics_.speakers.
  std::unique_ptr<int32_t[]> sum_;
  std::unique_ptr<int32_t[]> own_sum_;       // Of one leg that hears something of its own.
  std::unique_ptr<int16_t[]> common_;        // What all who are silent hear.
  std::unique_ptr<int16_t[]> announcement_;  // What is played to the room, if
  bool has_announcement_ = false;            // anything is.
  int addends_ = 0;                          // Frames in the sum.
  dsp::Limiter limiter_;
  float gain_before_ = 1.0f;  // The limiter's, before this tick.
  std::array<SharedPayload, codec::kCodecCount> payloads_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_H_
