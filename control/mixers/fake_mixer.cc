#include "control/mixers/fake_mixer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::mixers {
namespace {

absl::Status UnknownLeg() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "LEG_UNKNOWN", "no such leg");
}
absl::Status CheckDigits(const std::string& digits) {
  if (!digits.empty() && digits.find_first_not_of("0123456789*#ABCD") == std::string::npos) {
    return absl::OkStatus();
  }
  return InvalidField("digits", "FIELD_INVALID", "must be digits");
}
absl::Status UnknownRoom() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN", "no such room");
}

// Stands for an SDP that names no codec of ours.
absl::Status CheckSdp(const std::string& sdp) {
  if (!absl::StartsWith(sdp, "v=0")) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SDP_INVALID", "this is not SDP");
  }
  if (!absl::StrContains(sdp, "m=audio")) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "MEDIA_UNACCEPTABLE",
                           "no audio is offered");
  }
  return absl::OkStatus();
}

std::string AnswerTo(const std::string& sdp_offer) { return absl::StrCat("answer to ", sdp_offer); }

}  // namespace

absl::Status FakeMixer::Failure(const std::string& method) {
  AskedFailure& failure = failures_[method];
  if (failure.times == 0) return absl::OkStatus();
  --failure.times;
  return failure.status;
}

absl::Status FakeMixer::CheckLeg(const std::string& leg_id) const {
  return legs_.contains(leg_id) ? absl::OkStatus() : UnknownLeg();
}

void FakeMixer::Tell(const std::string& leg_id, LegEventKind what) {
  const FakeLeg& leg = legs_.at(leg_id);
  LegEvent event{leg_id, leg.room_id, leg.labels, std::move(what)};
  if (listener_ != nullptr) listener_->OnLegEvent(shared_from_this(), std::move(event));
}

void FakeMixer::PressDigit(const std::string& leg_id, char digit) {
  FakeLeg& leg = legs_.at(leg_id);
  while (leg.playing && leg.playing->digit_barges_in) EndFirstPlayback(leg_id);
  Tell(leg_id, DigitReceived{digit});
}

void FakeMixer::EndPlayback(const std::string& leg_id) {
  FakeLeg& leg = legs_.at(leg_id);
  if (leg.playing && !leg.playing->loop) EndFirstPlayback(leg_id);
}

void FakeMixer::EndFirstPlayback(const std::string& leg_id) {
  FakeLeg& leg = legs_.at(leg_id);
  const std::string playback_id = leg.playing->playback_id;
  leg.playing.reset();
  if (!leg.waiting.empty()) {
    leg.playing = std::move(leg.waiting.front());
    leg.waiting.pop_front();
  }
  Tell(leg_id, PlaybackEnded{playback_id});
}

void FakeMixer::StopLegPlayback(const std::string& leg_id) {
  while (legs_.at(leg_id).playing) EndFirstPlayback(leg_id);
}

void FakeMixer::TimeOutMedia(const std::string& leg_id) { Tell(leg_id, MediaTimedOut{}); }

void FakeMixer::Speak(const std::string& leg_id, bool is_speaking) {
  Tell(leg_id, SpeakingChanged{is_speaking});
}

void FakeMixer::ReportQuality(const std::string& leg_id, const CallQuality& quality) {
  legs_.at(leg_id).quality = quality;
  Tell(leg_id, QualityReported{quality});
}

void FakeMixer::AddRecording(const std::string& recording_id,
                             std::map<std::string, std::string> tracks) {
  recordings_[recording_id] = {.is_stopped = true, .tracks = std::move(tracks)};
}

void FakeMixer::Restart() {
  rooms_.clear();
  legs_.clear();
  playback_ids_.clear();
  TellSnapshot();
}

void FakeMixer::Resume() {
  playback_ids_.clear();
  for (auto& [id, leg] : legs_) {
    leg.playing.reset();
    leg.waiting.clear();
  }
  TellSnapshot(/*is_resumed=*/true);
}

void FakeMixer::TellSnapshot(bool is_resumed) {
  MixerSnapshot snapshot = Snapshot();
  snapshot.is_resumed = is_resumed;
  if (listener_ != nullptr) listener_->OnMixerSnapshot(shared_from_this(), std::move(snapshot));
}

void FakeMixer::Look(DoneWith<MixerSnapshot> done) {
  const absl::Status status = Failure("Look");
  if (!status.ok()) return done(status);
  done(Snapshot());
}

MixerSnapshot FakeMixer::Snapshot() const {
  MixerSnapshot snapshot;
  for (const auto& [id, leg] : legs_) {
    snapshot.legs.push_back({id, leg.room_id, leg.labels, leg.settings});
  }
  for (const auto& [id, room] : rooms_) snapshot.rooms.push_back({id, room.labels});
  return snapshot;
}

std::vector<std::string> FakeMixer::LegsIn(const std::string& room_id) const {
  std::vector<std::string> ids;
  for (const auto& [id, leg] : legs_) {
    if (leg.room_id == room_id) ids.push_back(id);
  }
  return ids;
}

void FakeMixer::CreateRoom(NewRoom room, Done done) {
  absl::Status status = Failure("CreateRoom");
  if (status.ok()) rooms_.insert({room.room_id, {.labels = room.labels}});
  done(std::move(status));
}

void FakeMixer::DeleteRoom(std::string room_id, Done done) {
  if (!LegsIn(room_id).empty()) {
    return done(ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ROOM_NOT_EMPTY",
                                "somebody is in the room"));
  }
  rooms_.erase(room_id);
  done(absl::OkStatus());
}

void FakeMixer::AddLeg(NewLeg leg, DoneWith<AddedLeg> done) {
  absl::Status status = Failure("AddLeg");
  if (status.ok() && !rooms_.contains(leg.room_id)) status = UnknownRoom();
  if (status.ok() && !leg.sdp_offer.empty()) status = CheckSdp(leg.sdp_offer);
  if (!status.ok()) return done(std::move(status));
  for (const auto& [id, known] : legs_) {
    if (!leg.request_id.empty() && known.request_id == leg.request_id) {
      return done(AddedLeg{id, known.sdp});
    }
  }
  const std::string id = absl::StrCat("leg-", ++legs_made_);
  const std::string sdp = leg.sdp_offer.empty() ? "v=0 m=audio offer" : AnswerTo(leg.sdp_offer);
  legs_[id] = {.room_id = leg.room_id,
               .labels = leg.labels,
               .request_id = leg.request_id,
               .signaling_address = leg.signaling_address,
               .sdp = sdp,
               .has_offer_pending = leg.sdp_offer.empty()};
  done(AddedLeg{id, sdp});
}

void FakeMixer::Negotiate(std::string leg_id, std::string sdp_offer, std::string,
                          DoneWith<std::string> done) {
  absl::Status status = Failure("Negotiate");
  if (status.ok()) status = CheckLeg(leg_id);
  if (status.ok() && !sdp_offer.empty()) status = CheckSdp(sdp_offer);
  if (!status.ok()) return done(std::move(status));
  legs_.at(leg_id).has_offer_pending = sdp_offer.empty();
  done(sdp_offer.empty() ? "v=0 m=audio offer" : AnswerTo(sdp_offer));
}

void FakeMixer::AcceptAnswer(std::string leg_id, std::string sdp_answer, std::string, Done done) {
  absl::Status status = Failure("AcceptAnswer");
  if (status.ok()) status = CheckLeg(leg_id);
  if (status.ok() && !legs_.at(leg_id).has_offer_pending) {
    status = ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NO_OFFER_PENDING",
                             "nothing was offered");
  }
  if (status.ok()) status = CheckSdp(sdp_answer);
  if (status.ok()) legs_.at(leg_id).has_offer_pending = false;
  done(std::move(status));
}

void FakeMixer::MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) {
  absl::Status status = Failure("MoveLeg");
  if (status.ok()) status = CheckLeg(leg_id);
  if (status.ok() && !rooms_.contains(room_id)) status = UnknownRoom();
  if (!status.ok()) return done(std::move(status));
  legs_.at(leg_id).room_id = room_id;
  if (stop_playback) StopLegPlayback(leg_id);
  done(absl::OkStatus());
}

void FakeMixer::RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) {
  absl::Status status = Failure("RemoveLeg");
  if (!status.ok()) return done(std::move(status));
  std::optional<CallQuality> quality;
  if (legs_.contains(leg_id)) {
    quality = legs_.at(leg_id).quality;
    StopLegPlayback(leg_id);
    Tell(leg_id, LegGone{});
    legs_.erase(leg_id);
  }
  done(quality);
}

void FakeMixer::FindLeg(std::string leg_id, Done done) { done(CheckLeg(leg_id)); }

void FakeMixer::UpdateLeg(std::string leg_id, LegSettings settings, Done done) {
  absl::Status status = Failure("UpdateLeg");
  if (status.ok()) status = CheckLeg(leg_id);
  if (status.ok()) legs_.at(leg_id).settings = std::move(settings);
  done(std::move(status));
}

void FakeMixer::UpdateRoom(std::string room_id, RoomSettings settings, Done done) {
  absl::Status status = Failure("UpdateRoom");
  const auto room = rooms_.find(room_id);
  if (status.ok() && room == rooms_.end()) status = UnknownRoom();
  if (status.ok()) room->second.settings = std::move(settings);
  done(std::move(status));
}

void FakeMixer::InjectDigits(std::string leg_id, std::string digits, Done done) {
  absl::Status status = CheckLeg(leg_id);
  if (status.ok()) status = CheckDigits(digits);
  if (!status.ok()) return done(std::move(status));
  legs_.at(leg_id).injected += digits;
  for (const char digit : digits) PressDigit(leg_id, digit);
  done(absl::OkStatus());
}

void FakeMixer::Play(NewPlayback playback, Done done) {
  absl::Status status = Failure("Play");
  if (!status.ok()) return done(std::move(status));
  if (const RoomTarget* room = std::get_if<RoomTarget>(&playback.target)) {
    const auto found = rooms_.find(room->room_id);
    if (found == rooms_.end()) return done(UnknownRoom());
    if (!playback_ids_.insert(playback.playback_id).second) return done(absl::OkStatus());
    found->second.played.push_back(std::move(playback));
    return done(absl::OkStatus());
  }
  const std::string leg_id = std::get<LegTarget>(playback.target).leg_id;
  if (!legs_.contains(leg_id)) return done(UnknownLeg());
  if (!playback_ids_.insert(playback.playback_id).second) return done(absl::OkStatus());
  if (!playback.append) StopLegPlayback(leg_id);
  FakeLeg& leg = legs_.at(leg_id);
  leg.played.push_back(playback);
  if (leg.playing) {
    leg.waiting.push_back(std::move(playback));
  } else {
    leg.playing = std::move(playback);
  }
  done(absl::OkStatus());
}

void FakeMixer::StopPlayback(PlayTarget target, Done done) {
  if (const LegTarget* leg = std::get_if<LegTarget>(&target)) {
    if (legs_.contains(leg->leg_id)) StopLegPlayback(leg->leg_id);
  }
  done(absl::OkStatus());
}

absl::StatusOr<FakeMixer::FakeRecording*> FakeMixer::FindRecording(
    const std::string& recording_id) {
  const auto recording = recordings_.find(recording_id);
  if (recording == recordings_.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN", "no such recording");
  }
  if (recording->second.is_stopped) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_ENDED",
                           "the recording has ended");
  }
  return &recording->second;
}

void FakeMixer::StartRecording(NewRecording recording, Done done) {
  absl::Status status = Failure("StartRecording");
  if (!status.ok()) return done(std::move(status));
  const auto room = rooms_.find(recording.room_id);
  if (room == rooms_.end()) return done(UnknownRoom());
  const auto known = recordings_.find(recording.recording_id);
  const bool is_repeated =
      known != recordings_.end() && known->second.what.room_id == recording.room_id;
  if (is_repeated) return done(absl::OkStatus());
  if (known != recordings_.end() || !room->second.recording_id.empty()) {
    return done(ErrorWithReason(absl::StatusCode::kAlreadyExists, "RECORDING_EXISTS",
                                "the room is being recorded"));
  }
  const std::string id = recording.recording_id;
  room->second.recording_id = id;
  recordings_[id] = {.what = std::move(recording)};
  done(absl::OkStatus());
}

void FakeMixer::PauseRecording(std::string recording_id, Done done) {
  absl::Status status = Failure("PauseRecording");
  if (!status.ok()) return done(std::move(status));
  const absl::StatusOr<FakeRecording*> recording = FindRecording(recording_id);
  if (recording.ok()) (*recording)->is_paused = true;
  done(recording.status());
}

void FakeMixer::ResumeRecording(std::string recording_id, Done done) {
  absl::Status status = Failure("ResumeRecording");
  if (!status.ok()) return done(std::move(status));
  const absl::StatusOr<FakeRecording*> recording = FindRecording(recording_id);
  if (recording.ok()) (*recording)->is_paused = false;
  done(recording.status());
}

void FakeMixer::StopRecording(std::string recording_id, DoneWith<TrackSizes> done) {
  absl::Status status = Failure("StopRecording");
  if (!status.ok()) return done(std::move(status));
  const absl::StatusOr<FakeRecording*> running = FindRecording(recording_id);
  if (running.status().code() == absl::StatusCode::kNotFound) return done(running.status());
  if (running.ok()) {
    FakeRecording& recording = **running;
    recording.is_stopped = true;
    recording.tracks["mix"] = "the voices of all";
    for (const auto& [id, leg] : legs_) {
      if (recording.what.with_legs && leg.room_id == recording.what.room_id) {
        recording.tracks[id] = "one voice";
      }
    }
    const auto room = rooms_.find(recording.what.room_id);
    if (room != rooms_.end()) room->second.recording_id.clear();
  }
  TrackSizes sizes;
  for (const auto& [track, said] : recordings_.at(recording_id).tracks) {
    sizes[track] = static_cast<int64_t>(said.size());
  }
  done(std::move(sizes));
}

absl::Status FakeMixer::ReadRecording(const std::string& recording_id, const std::string& track_id,
                                      uint64_t offset,
                                      absl::FunctionRef<bool(absl::string_view)> sink) {
  const auto recording = recordings_.find(recording_id);
  if (recording == recordings_.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN", "no such recording");
  }
  const auto track = recording->second.tracks.find(track_id);
  if (track == recording->second.tracks.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "TRACK_UNKNOWN", "no such track");
  }
  if (offset > track->second.size()) {
    return ErrorWithReason(absl::StatusCode::kOutOfRange, "OFFSET_PAST_END", "too far");
  }
  sink(absl::string_view(track->second).substr(offset));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<uint64_t>> FakeMixer::TrackSize(const std::string& recording_id,
                                                             const std::string& track_id) {
  std::optional<uint64_t> size;
  RETURN_IF_ERROR(ReadRecording(recording_id, track_id, 0, [&](absl::string_view bytes) {
    size = bytes.size();
    return true;
  }));
  return recordings_.at(recording_id).is_stopped ? size : std::nullopt;
}

void FakeMixer::MakePrompt(std::string prompt_id, std::string recording_id, std::string,
                           Done done) {
  absl::Status status = Failure("MakePrompt");
  if (!status.ok()) return done(std::move(status));
  const auto recording = recordings_.find(recording_id);
  if (recording == recordings_.end()) {
    return done(ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN", "no such one"));
  }
  if (!recording->second.is_stopped) {
    return done(ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_RUNNING",
                                "the recording is running"));
  }
  made_prompts_.insert(std::move(prompt_id));
  done(absl::OkStatus());
}

void FakeMixer::DeletePrompt(std::string prompt_id, Done done) {
  made_prompts_.erase(prompt_id);
  done(absl::OkStatus());
}

void FakeMixer::DeleteRecording(std::string recording_id, Done done) {
  absl::Status status = Failure("DeleteRecording");
  if (status.ok()) recordings_.erase(recording_id);
  done(std::move(status));
}

std::shared_ptr<Mixer> FakeMixerDirectory::LeastLoaded() {
  const auto least = std::min_element(
      mixers_.begin(), mixers_.end(),
      [](const auto& a, const auto& b) { return a->legs().size() < b->legs().size(); });
  return least == mixers_.end() ? nullptr : *least;
}

std::vector<std::shared_ptr<Mixer>> FakeMixerDirectory::All() {
  return std::vector<std::shared_ptr<Mixer>>(mixers_.begin(), mixers_.end());
}

std::shared_ptr<Mixer> FakeMixerDirectory::Find(absl::string_view address) {
  for (const auto& mixer : mixers_) {
    if (mixer->address() == address) return mixer;
  }
  return nullptr;
}

}  // namespace narada::control::mixers
