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

#include <cstddef>
#include <cstdint>
#include <memory>

#include "mixer/media/playback_plan.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

class RoomState;

struct RoomConfig {
  RoomId id;
  SampleRate rate = SampleRate::FromHertz(8000);
  int speakers_max = 8;  // 1 to Room::kSpeakersMax; the loudest speakers win.
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
  static constexpr int kSpeakersMax = 64;
  static constexpr size_t kPlaybacksMax = 4;
  static constexpr MediaDuration kTickLength = Milliseconds(20);

  explicit Room(const RoomConfig& config);
  // Off the worker. The room is empty.
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  RoomId id() const noexcept;
  size_t leg_count() const noexcept;

  // The leg is in no room and of the same rate. Linked through the leg: no limit here, admission is
  // the engine's.
  void Add(Leg& leg) noexcept;
  // The leg is in this room. What is played to it goes on in the next room.
  void Remove(Leg& leg) noexcept;

  void SetSpeakersMax(int speakers_max) noexcept;

  // To everybody in the room, up to kPlaybacksMax at once, summed. Takes the plan and true, or
  // leaves it and false. With kReplace it ends all others first; with kAppend it is played beside
  // them.
  bool Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept;
  // The one with this id, or all for 0. Told with the next tick.
  void StopPlayback(uint64_t playback_id) noexcept;

  // `now` is about kTickLength after the last tick; where ticks were missed, timestamps go on as if
  // they had not been.
  void Tick(MediaTime now, Outbox& outbox, EventSink& events) noexcept;

  // Before the room is freed: every playback ends with kTargetGone.
  void Finish(MediaTime now, EventSink& events) noexcept;

  RoomStatistics statistics() const noexcept;

 private:
  std::unique_ptr<RoomState> state_;  // The thread that has the room.
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_H_
