#include "mixer/service/mixer_state.h"

#include <utility>

#include "base/check.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

// Ended playbacks whose ids still mean "has been": a repeated request changes nothing.
constexpr size_t kEndedPlaybacksMax = 16384;

// Rooms and legs in one part of a snapshot; a gRPC message holds 4 MiB.
constexpr size_t kSnapshotPartMax = 500;

v1::DigitPath ToProto(room::DigitPath path) {
  switch (path) {
    case room::DigitPath::kTelephoneEvent:
      return v1::DIGIT_PATH_TELEPHONE_EVENT;
    case room::DigitPath::kInBand:
      return v1::DIGIT_PATH_IN_BAND;
    case room::DigitPath::kSignaling:
      return v1::DIGIT_PATH_SIGNALING;
  }
  return v1::DIGIT_PATH_UNSPECIFIED;
}

v1::PlaybackEndReason ToProto(room::PlaybackEnd end) {
  switch (end) {
    case room::PlaybackEnd::kCompleted:
      return v1::PLAYBACK_END_REASON_COMPLETED;
    case room::PlaybackEnd::kBargedIn:
      return v1::PLAYBACK_END_REASON_BARGED_IN;
    case room::PlaybackEnd::kStopped:
      return v1::PLAYBACK_END_REASON_STOPPED;
    case room::PlaybackEnd::kReplaced:
      return v1::PLAYBACK_END_REASON_REPLACED;
    case room::PlaybackEnd::kTargetGone:
      return v1::PLAYBACK_END_REASON_TARGET_GONE;
  }
  return v1::PLAYBACK_END_REASON_UNSPECIFIED;
}

// Up to `max` of a map's entries behind `after`, as `shown` makes them of an id and what is kept of it; none of those of which it
// makes nothing.
template <typename Map, typename F>
auto ListBehind(const Map& map, absl::string_view after, size_t max, F shown) {
  std::vector<typename decltype(shown(map.begin()->first, map.begin()->second))::value_type> page;
  for (auto it = map.upper_bound(after); it != map.end() && page.size() < max; ++it) {
    if (auto entry = shown(it->first, it->second)) page.push_back(*std::move(entry));
  }
  return page;
}

// The leg's ids and labels in the event.
void SetLeg(const v1::Leg& leg, v1::Event* event) {
  event->set_leg_id(leg.leg_id());
  event->set_room_id(leg.room_id());
  *event->mutable_labels() = leg.labels();
}

}  // namespace

MixerState::MixerState(const Clock& clock, std::string epoch, size_t events_max,
                       StateKeeper* keeper)
    : clock_(clock), epoch_(std::move(epoch)), keeper_(keeper), log_(events_max) {}

void MixerState::ResumeFrom(absl::string_view epoch) {
  absl::MutexLock lock(&mutex_);
  resumed_epoch_ = std::string(epoch);
}

void MixerState::RoomResumed(const RoomEntry& room) {
  absl::MutexLock lock(&mutex_);
  const auto kept =
      rooms_.insert_or_assign(room.room.room_id(), KeptRoom(room, clock_.Now())).first;
  room_ids_[room.number.value] = &kept->first;
}

void MixerState::LegResumed(const LegEntry& leg) {
  absl::MutexLock lock(&mutex_);
  Insert(leg);
}

void MixerState::Insert(const LegEntry& leg) {
  const auto kept = legs_.insert_or_assign(leg.leg.leg_id(), KeptLeg(leg)).first;
  legs_by_number_[leg.number.value] = kept;
  CountLegs(leg.leg.room_id(), 1);
}

void MixerState::Keep(const v1::Leg& leg) {
  if (keeper_ != nullptr) keeper_->KeepLeg(leg);
}

void MixerState::Keep(absl::string_view room_id, const KeptRoom& room) {
  if (keeper_ != nullptr) keeper_->KeepRoom(room.ToRecord(room_id));
}

v1::Event MixerState::NewEvent() const {
  v1::Event event;
  event.mutable_cursor()->set_epoch(epoch_);
  *event.mutable_time() = ToTimestamp(clock_.Now());
  return event;
}

void MixerState::Append(v1::Event event) {
  log_.Append(std::move(event));
  appended_.SignalAll();
}

bool MixerState::RoomCreated(const RoomEntry& room) {
  absl::MutexLock lock(&mutex_);
  const std::string& id = room.room.room_id();
  const auto [kept, is_new] = rooms_.try_emplace(id, room, clock_.Now());
  if (!is_new) return false;
  Keep(id, kept->second);
  room_ids_[room.number.value] = &kept->first;
  v1::Event event = NewEvent();
  event.set_room_id(id);
  *event.mutable_room_created()->mutable_room() = room.room;
  Append(std::move(event));
  return true;
}

void MixerState::RoomUpdated(absl::string_view room_id, const v1::RoomSettings& settings) {
  absl::MutexLock lock(&mutex_);
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  found->second.SetSettings(settings);
  Keep(found->first, found->second);
  v1::Event event = NewEvent();
  event.set_room_id(found->first);
  *event.mutable_room_updated()->mutable_room() = found->second.ToEntry(found->first).room;
  Append(std::move(event));
}

void MixerState::RoomDeleted(absl::string_view room_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  v1::Event event = NewEvent();
  event.set_room_id(found->first);
  event.mutable_room_deleted();
  if (keeper_ != nullptr) keeper_->ForgetRoom(room_id);
  room_ids_.erase(found->second.number().value);
  rooms_.erase(found);
  Append(std::move(event));
}

std::optional<RoomEntry> MixerState::FindRoom(absl::string_view room_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return std::nullopt;
  return found->second.ToEntry(found->first);
}

std::vector<RoomEntry> MixerState::ListRooms(absl::string_view after, size_t max) const {
  absl::MutexLock lock(&mutex_);
  return ListBehind(rooms_, after, max, [](const std::string& id, const KeptRoom& room) {
    return std::optional(room.ToEntry(id));
  });
}

std::vector<std::string> MixerState::RoomsEmptyTooLong() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  const absl::Time now = clock_.Now();
  for (const auto& [id, room] : rooms_) {
    if (room.IsEmptyTooLong(now)) ids.push_back(id);
  }
  return ids;
}

void MixerState::CountLegs(absl::string_view room_id, int change) {
  const auto found = rooms_.find(room_id);
  if (found != rooms_.end()) found->second.CountLegs(change, clock_.Now());
}

void MixerState::LegAdded(const LegEntry& leg) {
  absl::MutexLock lock(&mutex_);
  Insert(leg);
  Keep(leg.leg);
  v1::Event event = NewEvent();
  SetLeg(leg.leg, &event);
  *event.mutable_leg_added()->mutable_leg() = leg.leg;
  Append(std::move(event));
}

void MixerState::LegMoved(absl::string_view leg_id, absl::string_view to_room_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = legs_.find(leg_id);
  if (found == legs_.end()) return;
  KeptLeg& leg = found->second;
  const std::string from = leg.room_id();
  leg.SetRoom(to_room_id);
  CountLegs(from, -1);
  CountLegs(to_room_id, 1);
  const v1::Leg moved = leg.ToProto(leg_id);
  Keep(moved);
  v1::Event event = NewEvent();
  SetLeg(moved, &event);
  event.mutable_leg_moved()->set_from_room_id(from);
  Append(std::move(event));
}

void MixerState::LegUpdated(absl::string_view leg_id, const v1::LegSettings* settings,
                            const v1::NegotiatedMedia* media, v1::LegState state) {
  absl::MutexLock lock(&mutex_);
  const auto found = legs_.find(leg_id);
  if (found == legs_.end()) return;
  found->second.Change([&](v1::Leg& leg) {
    if (settings != nullptr) *leg.mutable_settings() = *settings;
    if (media != nullptr) *leg.mutable_media() = *media;
    leg.set_state(state);
  });
  const v1::Leg leg = found->second.ToProto(leg_id);
  Keep(leg);
  v1::Event event = NewEvent();
  SetLeg(leg, &event);
  *event.mutable_leg_updated()->mutable_settings() = leg.settings();
  *event.mutable_leg_updated()->mutable_media() = leg.media();
  Append(std::move(event));
}

void MixerState::LegRemoved(absl::string_view leg_id, const v1::LegStatistics& statistics,
                            v1::LegRemovalReason reason) {
  absl::MutexLock lock(&mutex_);
  const auto found = legs_.find(leg_id);
  if (found == legs_.end()) return;
  const v1::Leg leg = found->second.ToProto(leg_id);
  v1::Event quality = NewEvent();
  SetLeg(leg, &quality);
  *quality.mutable_quality_reported()->mutable_statistics() = statistics;
  Append(std::move(quality));
  v1::Event removed = NewEvent();
  SetLeg(leg, &removed);
  *removed.mutable_leg_removed()->mutable_statistics() = statistics;
  removed.mutable_leg_removed()->set_reason(reason);
  CountLegs(leg.room_id(), -1);
  if (keeper_ != nullptr) keeper_->ForgetLeg(leg_id);
  legs_by_number_.erase(found->second.number().value);
  legs_.erase(found);
  Append(std::move(removed));
}

bool MixerState::QualityMeasured(room::LegId leg, const v1::LegStatistics& statistics) {
  absl::MutexLock lock(&mutex_);
  v1::Event event = NewEvent();
  if (!Name(leg, &event)) return false;
  *event.mutable_quality_reported()->mutable_statistics() = statistics;
  Append(std::move(event));
  return true;
}

std::optional<LegEntry> MixerState::FindLeg(absl::string_view leg_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = legs_.find(leg_id);
  if (found == legs_.end()) return std::nullopt;
  return found->second.ToEntry(found->first);
}

std::vector<LegEntry> MixerState::ListLegs(absl::string_view room_id, absl::string_view after,
                                           size_t max) const {
  absl::MutexLock lock(&mutex_);
  return ListBehind(legs_, after, max, [room_id](const std::string& id, const KeptLeg& leg) {
    const bool is_asked_for = room_id.empty() || leg.room_id() == room_id;
    return is_asked_for ? std::optional(leg.ToEntry(id)) : std::nullopt;
  });
}

size_t MixerState::CountLegs() const {
  absl::MutexLock lock(&mutex_);
  return legs_.size();
}

void MixerState::RecordingChanged(const v1::Recording& recording) {
  absl::MutexLock lock(&mutex_);
  recordings_[recording.recording_id()] = recording;
  v1::Event event = NewEvent();
  event.set_room_id(recording.room_id());
  *event.mutable_recording_changed()->mutable_recording() = recording;
  Append(std::move(event));
}

void MixerState::RecordingForgotten(absl::string_view recording_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = recordings_.find(recording_id);
  if (found != recordings_.end()) recordings_.erase(found);
}

std::optional<v1::Recording> MixerState::FindRecording(absl::string_view recording_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = recordings_.find(recording_id);
  if (found == recordings_.end()) return std::nullopt;
  return found->second;
}

std::vector<v1::Recording> MixerState::ListRecordings(absl::string_view after, size_t max) const {
  absl::MutexLock lock(&mutex_);
  return ListBehind(
      recordings_, after, max,
      [](const std::string&, const v1::Recording& recording) { return std::optional(recording); });
}

bool MixerState::PlaybackStarting(absl::string_view playback_id, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  if (!playbacks_.emplace(std::string(playback_id), number).second) return false;
  playback_ids_[number] = std::string(playback_id);
  return true;
}

void MixerState::PlaybackRefused(absl::string_view playback_id, uint64_t number) {
  absl::MutexLock lock(&mutex_);
  playbacks_.erase(std::string(playback_id));
  playback_ids_.erase(number);
}

uint64_t MixerState::FindPlayback(absl::string_view playback_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = playbacks_.find(std::string(playback_id));
  return found == playbacks_.end() ? 0 : found->second;
}

void MixerState::EndPlayback(const room::RoomEvent& happened, v1::Event* event) {
  const auto found = playback_ids_.find(happened.playback_id);
  if (found == playback_ids_.end()) return;
  event->mutable_playback_ended()->set_playback_id(found->second);
  event->mutable_playback_ended()->set_reason(ToProto(happened.playback_end));
  playbacks_[found->second] = 0;
  ended_playbacks_.push_back(found->second);
  playback_ids_.erase(found);
  if (ended_playbacks_.size() > kEndedPlaybacksMax) {
    playbacks_.erase(ended_playbacks_.front());
    ended_playbacks_.pop_front();
  }
}

bool MixerState::Name(room::LegId leg, v1::Event* event) {
  const auto found = legs_by_number_.find(leg.value);
  if (found == legs_by_number_.end()) return false;
  const auto& [leg_id, kept] = *found->second;
  SetLeg(kept.ToProto(leg_id), event);
  return true;
}

void MixerState::OnEvent(const room::RoomEvent& happened) {
  absl::MutexLock lock(&mutex_);
  v1::Event event = NewEvent();
  const bool is_of_leg = happened.leg != room::LegId{};
  if (is_of_leg) {
    if (!Name(happened.leg, &event)) return;
  }
  // The room where it happened, which is another than the leg's while it moves.
  const auto room = room_ids_.find(happened.room.value);
  if (room != room_ids_.end()) event.set_room_id(*room->second);

  switch (happened.kind) {
    case room::RoomEventKind::kDigit:
      event.mutable_digit_received()->set_digit(std::string(1, happened.digit));
      event.mutable_digit_received()->set_path(ToProto(happened.digit_path));
      break;
    case room::RoomEventKind::kPlaybackEnded:
      EndPlayback(happened, &event);
      if (!event.has_playback_ended()) return;
      break;
    case room::RoomEventKind::kSpeaking:
    case room::RoomEventKind::kSilent: {
      const bool is_speaking = happened.kind == room::RoomEventKind::kSpeaking;
      legs_by_number_.find(happened.leg.value)->second->second.SetSpeaking(is_speaking);
      event.mutable_speaking_changed()->set_is_speaking(is_speaking);
      break;
    }
    case room::RoomEventKind::kMediaStarted:
      event.mutable_media_started();
      break;
    case room::RoomEventKind::kMediaTimedOut:
      event.mutable_media_timed_out();
      break;
    case room::RoomEventKind::kSourceLatched:  // Seen in the leg's statistics.
    case room::RoomEventKind::kRemoteGoodbye:  // A hint that signaling does not need.
      return;
  }
  Append(std::move(event));
}

void MixerState::OnEventsLost(uint64_t count) {
  absl::MutexLock lock(&mutex_);
  log_.Skip(count);
  appended_.SignalAll();
}

void MixerState::DrainingChanged(bool is_draining) {
  absl::MutexLock lock(&mutex_);
  v1::Event event = NewEvent();
  event.mutable_mixer_changed()->set_is_draining(is_draining);
  Append(std::move(event));
}

EventLog::Found MixerState::WaitFor(uint64_t sequence, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  while (sequence > log_.last()) {
    if (appended_.WaitWithTimeout(&mutex_, timeout)) break;
  }
  return log_.Find(sequence);
}

std::vector<v1::Snapshot> MixerState::TakeSnapshot(uint64_t* sequence) const {
  absl::MutexLock lock(&mutex_);
  *sequence = log_.last();
  std::vector<v1::Snapshot> parts(1);
  size_t in_part = 0;
  const auto part = [&]() -> v1::Snapshot& {
    if (in_part == kSnapshotPartMax) {
      parts.emplace_back();
      in_part = 0;
    }
    ++in_part;
    return parts.back();
  };
  for (const auto& [id, room] : rooms_) *part().add_rooms() = room.ToEntry(id).room;
  for (const auto& [id, leg] : legs_) *part().add_legs() = leg.ToProto(id);
  for (const auto& [id, recording] : recordings_) *part().add_recordings() = recording;
  for (v1::Snapshot& snapshot : parts) {
    snapshot.mutable_cursor()->set_epoch(epoch_);
    snapshot.mutable_cursor()->set_sequence(log_.last());
    snapshot.set_resumed_epoch(resumed_epoch_);
  }
  parts.back().set_is_last_part(true);
  return parts;
}

uint64_t MixerState::last_sequence() const {
  absl::MutexLock lock(&mutex_);
  return log_.last();
}

}  // namespace narada::mixer::service
