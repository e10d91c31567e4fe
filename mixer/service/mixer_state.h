// What the API shows of the mixer: rooms and legs by their text ids, and the log of what changed
// them. Each change alters the state and appends its event under one mutex, so a snapshot is exactly
// the state at its cursor.
//   state.LegAdded(number, leg, dialog);                  // from the engine's callbacks, in order
//   absl::optional<LegEntry> leg = state.FindLeg("l-5");
//   EventReader reader(state, cursor); while (reader.Next(&response, timeout)) ...  (event_reader.h)
// Thread-safe. Nothing here waits for a worker.
#ifndef NARADA_MIXER_SERVICE_MIXER_STATE_H_
#define NARADA_MIXER_SERVICE_MIXER_STATE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/service/event_log.h"
#include "mixer/service/kept_leg.h"
#include "mixer/service/kept_room.h"
#include "mixer/service/state_keeper.h"
#include "narada/mixer/v1/event.pb.h"
#include "narada/mixer/v1/leg.pb.h"
#include "narada/mixer/v1/recording.pb.h"
#include "narada/mixer/v1/room.pb.h"

namespace narada::mixer::service {

class MixerState {
 public:
  // `epoch` names this life of the process; `events_max` events are remembered. `keeper` (may be null)
  // is told all that the next life needs.
  MixerState(const Clock& clock, std::string epoch, size_t events_max,
             StateKeeper* keeper = nullptr);

  const std::string& epoch() const { return epoch_; }
  StateKeeper* keeper() const { return keeper_; }

  // What the last life of this mixer left, before anything new: told by the snapshot, not by events.
  void ResumeFrom(absl::string_view epoch);
  void RoomResumed(const RoomEntry& room);
  void LegResumed(const LegEntry& leg);

  // Rooms. False: the id is taken.
  bool RoomCreated(const RoomEntry& room);
  void RoomUpdated(absl::string_view room_id, const v1::RoomSettings& settings);
  void RoomDeleted(absl::string_view room_id);
  std::optional<RoomEntry> FindRoom(absl::string_view room_id) const;
  // Up to `max` rooms with ids behind `after`, in order of their ids.
  std::vector<RoomEntry> ListRooms(absl::string_view after, size_t max) const;
  // Rooms that have been empty for their timeout.
  std::vector<std::string> RoomsEmptyTooLong() const;

  // Legs.
  void LegAdded(const LegEntry& leg);
  void LegMoved(absl::string_view leg_id, absl::string_view to_room_id);
  // Null: unchanged.
  void LegUpdated(absl::string_view leg_id, const v1::LegSettings* settings,
                  const v1::NegotiatedMedia* media, v1::LegState state);
  void LegRemoved(absl::string_view leg_id, const v1::LegStatistics& statistics,
                  v1::LegRemovalReason reason);
  // False: the leg is gone.
  bool QualityMeasured(room::LegId leg, const v1::LegStatistics& statistics);
  std::optional<LegEntry> FindLeg(absl::string_view leg_id) const;
  // Of one room, or of all where it is empty.
  std::vector<LegEntry> ListLegs(absl::string_view room_id, absl::string_view after,
                                 size_t max) const;
  size_t CountLegs() const;

  // Recordings: as they are now; told and remembered until RecordingForgotten().
  void RecordingChanged(const v1::Recording& recording);
  void RecordingForgotten(absl::string_view recording_id);
  std::optional<v1::Recording> FindRecording(absl::string_view recording_id) const;
  std::vector<v1::Recording> ListRecordings(absl::string_view after, size_t max) const;

  // Playbacks: text ids for the numbers that workers tell. False: the id is or was in use.
  bool PlaybackStarting(absl::string_view playback_id, uint64_t number);
  void PlaybackRefused(absl::string_view playback_id, uint64_t number);
  // 0 if it is not playing.
  uint64_t FindPlayback(absl::string_view playback_id) const;

  // From the engine.
  void OnEvent(const room::RoomEvent& event);
  void OnEventsLost(uint64_t count);
  void DrainingChanged(bool is_draining);

  // For EventReader. Waits up to `timeout` until event `sequence` is there or known to be missed.
  EventLog::Found WaitFor(uint64_t sequence, absl::Duration timeout) const;
  // All of the state in parts, and the sequence that it is of.
  std::vector<v1::Snapshot> TakeSnapshot(uint64_t* sequence) const;
  uint64_t last_sequence() const;

 private:
  using RoomMap = std::map<std::string, KeptRoom, std::less<>>;
  using LegMap = std::map<std::string, KeptLeg, std::less<>>;

  v1::Event NewEvent() const;
  void Append(v1::Event event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Insert(const LegEntry& leg) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The leg's ids and labels in the event; false if there is no such leg.
  bool Name(room::LegId leg, v1::Event* event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountLegs(absl::string_view room_id, int change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndPlayback(const room::RoomEvent& happened, v1::Event* event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Keep(absl::string_view room_id, const KeptRoom& room);
  void Keep(const v1::Leg& leg);

  const Clock& clock_;
  const std::string epoch_;
  StateKeeper* const keeper_;

  mutable absl::Mutex mutex_;
  mutable absl::CondVar appended_;
  EventLog log_ ABSL_GUARDED_BY(mutex_);
  std::string resumed_epoch_ ABSL_GUARDED_BY(mutex_);
  RoomMap rooms_ ABSL_GUARDED_BY(mutex_);
  LegMap legs_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::Recording, std::less<>> recordings_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, const std::string*> room_ids_
      ABSL_GUARDED_BY(mutex_);  // Keys of rooms_.
  absl::flat_hash_map<uint64_t, LegMap::iterator> legs_by_number_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, std::string> playback_ids_ ABSL_GUARDED_BY(mutex_);
  // Numbers by id; 0: has ended. The ended ones are forgotten in order.
  absl::flat_hash_map<std::string, uint64_t> playbacks_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> ended_playbacks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_MIXER_STATE_H_
