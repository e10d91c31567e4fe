// What a mixer is asked to do, call by call. (Connecting and following its events is in grpc_mixer.cc.)

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "base/status.h"
#include "control/mixers/grpc_mixer.h"
#include "control/mixers/grpc_mixer_stubs.h"
#include "control/mixers/mixer_events.h"
#include "control/mixers/snapshot_reader.h"

namespace narada::control::mixers {
namespace {

constexpr absl::Duration kTrackSizeMax = absl::Seconds(5);

}  // namespace

void GrpcMixer::CreateRoom(NewRoom room, Done done) {
  pb::CreateRoomRequest request;
  request.set_room_id(room.room_id);
  request.mutable_labels()->insert(room.labels.begin(), room.labels.end());
  if (room.empty_timeout) SetDuration(*room.empty_timeout, *request.mutable_empty_timeout());
  Call<pb::CreateRoomRequest, pb::CreateRoomResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::CreateRoomResponse> response) mutable {
        const bool exists = response.status().code() == absl::StatusCode::kAlreadyExists;
        done(exists ? absl::OkStatus() : response.status());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->CreateRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeleteRoom(std::string room_id, Done done) {
  pb::DeleteRoomRequest request;
  request.set_room_id(std::move(room_id));
  Call<pb::DeleteRoomRequest, pb::DeleteRoomResponse>(
      std::move(request), GoneIsFine<pb::DeleteRoomResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->DeleteRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::AddLeg(NewLeg leg, DoneWith<AddedLeg> done) {
  pb::AddLegRequest request;
  request.set_request_id(leg.request_id);
  request.set_room_id(leg.room_id);
  if (leg.sdp_offer.empty()) {
    request.mutable_offer();
  } else {
    request.set_sdp_offer(leg.sdp_offer);
  }
  request.set_signaling_address(leg.signaling_address);
  request.mutable_labels()->insert(leg.labels.begin(), leg.labels.end());
  Call<pb::AddLegRequest, pb::AddLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::AddLegResponse> response) mutable {
        if (!response.ok()) return done(response.status());
        done(AddedLeg{response->leg().leg_id(), response->sdp()});
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->AddLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::Negotiate(std::string leg_id, std::string sdp_offer, std::string signaling_address,
                          DoneWith<std::string> done) {
  pb::NegotiateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_signaling_address(std::move(signaling_address));
  if (sdp_offer.empty()) {
    request.set_make_offer(true);
  } else {
    request.set_sdp_offer(std::move(sdp_offer));
  }
  Call<pb::NegotiateLegRequest, pb::NegotiateLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::NegotiateLegResponse> response) mutable {
        if (!response.ok()) return done(response.status());
        done(response->sdp());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->NegotiateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::AcceptAnswer(std::string leg_id, std::string sdp_answer,
                             std::string signaling_address, Done done) {
  pb::NegotiateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_sdp_answer(std::move(sdp_answer));
  request.set_signaling_address(std::move(signaling_address));
  Call<pb::NegotiateLegRequest, pb::NegotiateLegResponse>(
      std::move(request), StatusOnly<pb::NegotiateLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->NegotiateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) {
  pb::MoveLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_room_id(std::move(room_id));
  request.set_stop_playback(stop_playback);
  Call<pb::MoveLegRequest, pb::MoveLegResponse>(
      std::move(request), StatusOnly<pb::MoveLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->MoveLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) {
  pb::RemoveLegRequest request;
  request.set_leg_id(std::move(leg_id));
  Call<pb::RemoveLegRequest, pb::RemoveLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::RemoveLegResponse> response) mutable {
        if (response.ok()) return done(QualityFrom(response->statistics()));
        if (response.status().code() == absl::StatusCode::kNotFound) return done(std::nullopt);
        done(response.status());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->RemoveLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::FindLeg(std::string leg_id, Done done) {
  pb::GetLegRequest request;
  request.set_leg_id(std::move(leg_id));
  Call<pb::GetLegRequest, pb::GetLegResponse>(
      std::move(request), StatusOnly<pb::GetLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->GetLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::Look(DoneWith<MixerSnapshot> done) {
  ReadSnapshot(*stubs_->events, std::move(done));
}

void GrpcMixer::UpdateLeg(std::string leg_id, LegSettings settings, Done done) {
  pb::UpdateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  pb::LegSettings& proto = *request.mutable_settings();
  proto.set_mute(settings.is_muted ? pb::MUTE_STATE_MUTED : pb::MUTE_STATE_OPEN);
  proto.set_deaf(settings.is_deaf);
  proto.set_hold(settings.is_held);
  proto.set_gain_db(static_cast<float>(settings.gain_db));
  proto.set_talk_right(settings.is_presenter ? pb::TALK_RIGHT_PRESENTER : pb::TALK_RIGHT_AUDIENCE);
  proto.set_group_id(settings.group_id);
  for (const char* path : {"mute", "deaf", "hold", "gain_db", "talk_right", "group_id"}) {
    request.mutable_update_mask()->add_paths(path);
  }
  Call<pb::UpdateLegRequest, pb::UpdateLegResponse>(
      std::move(request), StatusOnly<pb::UpdateLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->UpdateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::UpdateRoom(std::string room_id, RoomSettings settings, Done done) {
  pb::UpdateRoomRequest request;
  request.set_room_id(std::move(room_id));
  pb::RoomSettings& proto = *request.mutable_settings();
  proto.set_lecture(settings.is_lecture);
  for (const Group& group : settings.groups) {
    pb::Group& added = *proto.add_groups();
    added.set_group_id(group.id);
    for (const std::string& heard : group.heard_ids) added.add_hears()->set_group_id(heard);
  }
  for (const char* path : {"lecture", "groups"}) request.mutable_update_mask()->add_paths(path);
  Call<pb::UpdateRoomRequest, pb::UpdateRoomResponse>(
      std::move(request), StatusOnly<pb::UpdateRoomResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->UpdateRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::InjectDigits(std::string leg_id, std::string digits, Done done) {
  pb::InjectDigitsRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_digits(std::move(digits));
  Call<pb::InjectDigitsRequest, pb::InjectDigitsResponse>(
      std::move(request), StatusOnly<pb::InjectDigitsResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->InjectDigits(context, request, response, std::move(answer));
      });
}

void GrpcMixer::Play(NewPlayback playback, Done done) {
  pb::StartPlaybackRequest request;
  request.set_playback_id(playback.playback_id);
  SetTarget(playback.target, request);
  for (const PlayItem& item : playback.items) {
    pb::PlaybackItem& proto = *request.add_items();
    if (const PlayPrompt* prompt = std::get_if<PlayPrompt>(&item)) {
      proto.set_prompt_id(prompt->prompt_id);
    } else {
      SetDuration(std::get<PlayPause>(item).duration, *proto.mutable_pause());
    }
  }
  if (playback.loop) request.mutable_endless();
  if (playback.digit_barges_in) request.set_barge_in(pb::BARGE_IN_DIGIT);
  if (playback.append) request.set_queueing(pb::PLAYBACK_QUEUEING_APPEND);
  request.set_gain_db(static_cast<float>(playback.gain_db));
  if (playback.duck_db) request.set_duck_db(static_cast<float>(*playback.duck_db));
  Call<pb::StartPlaybackRequest, pb::StartPlaybackResponse>(
      std::move(request), StatusOnly<pb::StartPlaybackResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->StartPlayback(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StopPlayback(PlayTarget target, Done done) {
  pb::StopPlaybackRequest request;
  SetTarget(target, request);
  Call<pb::StopPlaybackRequest, pb::StopPlaybackResponse>(
      std::move(request), GoneIsFine<pb::StopPlaybackResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->StopPlayback(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StartRecording(NewRecording recording, Done done) {
  pb::StartRecordingRequest request;
  request.set_room_id(std::move(recording.room_id));
  request.set_recording_id(std::move(recording.recording_id));
  request.set_tracks(recording.with_legs ? pb::RECORDING_TRACKS_MIX_AND_LEGS
                                         : pb::RECORDING_TRACKS_MIX);
  request.mutable_labels()->insert(recording.labels.begin(), recording.labels.end());
  Call<pb::StartRecordingRequest, pb::StartRecordingResponse>(
      std::move(request), StatusOnly<pb::StartRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->StartRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::PauseRecording(std::string recording_id, Done done) {
  pb::PauseRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::PauseRecordingRequest, pb::PauseRecordingResponse>(
      std::move(request), StatusOnly<pb::PauseRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->PauseRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::ResumeRecording(std::string recording_id, Done done) {
  pb::ResumeRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::ResumeRecordingRequest, pb::ResumeRecordingResponse>(
      std::move(request), StatusOnly<pb::ResumeRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->ResumeRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StopRecording(std::string recording_id, DoneWith<TrackSizes> done) {
  pb::StopRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::StopRecordingRequest, pb::StopRecordingResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::StopRecordingResponse> response) mutable {
        if (!response.ok()) return done(response.status());
        TrackSizes sizes;
        for (const pb::Track& track : response->recording().tracks()) {
          sizes[track.track_id()] = static_cast<int64_t>(track.size_bytes());
        }
        done(std::move(sizes));
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->StopRecording(context, request, response, std::move(answer));
      });
}

absl::Status GrpcMixer::ReadRecording(const std::string& recording_id, const std::string& track_id,
                                      uint64_t offset,
                                      absl::FunctionRef<bool(absl::string_view)> sink) {
  pb::ReadRecordingRequest request;
  request.set_recording_id(recording_id);
  request.set_track_id(track_id);
  request.set_offset_bytes(offset);
  // No deadline: an hour of sound goes as fast as its reader takes it.
  grpc::ClientContext context;
  const auto reader = stubs_->recordings->ReadRecording(&context, request);
  pb::ReadRecordingResponse piece;
  while (reader->Read(&piece)) {
    if (sink(piece.content())) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  return FromCall(reader->Finish());
}

absl::StatusOr<std::optional<uint64_t>> GrpcMixer::TrackSize(const std::string& recording_id,
                                                             const std::string& track_id) {
  pb::GetRecordingRequest request;
  request.set_recording_id(recording_id);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kTrackSizeMax));
  pb::GetRecordingResponse response;
  RETURN_IF_ERROR(FromCall(stubs_->recordings->GetRecording(&context, request, &response)));
  const pb::Recording& recording = response.recording();
  const bool grows = recording.state() == pb::RECORDING_STATE_RUNNING ||
                     recording.state() == pb::RECORDING_STATE_PAUSED;
  for (const pb::Track& track : recording.tracks()) {
    if (track.track_id() != track_id) continue;
    return grows ? std::nullopt : std::optional<uint64_t>(track.size_bytes());
  }
  return ErrorWithReason(absl::StatusCode::kNotFound, "TRACK_UNKNOWN",
                         "the recording has no such track");
}

void GrpcMixer::MakePrompt(std::string prompt_id, std::string recording_id, std::string track_id,
                           Done done) {
  pb::MakePromptRequest request;
  request.set_prompt_id(std::move(prompt_id));
  request.set_recording_id(std::move(recording_id));
  request.set_track_id(std::move(track_id));
  Call<pb::MakePromptRequest, pb::MakePromptResponse>(
      std::move(request), StatusOnly<pb::MakePromptResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->MakePrompt(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeletePrompt(std::string prompt_id, Done done) {
  pb::DeletePromptRequest request;
  request.set_prompt_id(std::move(prompt_id));
  Call<pb::DeletePromptRequest, pb::DeletePromptResponse>(
      std::move(request), GoneIsFine<pb::DeletePromptResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->DeletePrompt(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeleteRecording(std::string recording_id, Done done) {
  pb::DeleteRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::DeleteRecordingRequest, pb::DeleteRecordingResponse>(
      std::move(request), GoneIsFine<pb::DeleteRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->DeleteRecording(context, request, response, std::move(answer));
      });
}

}  // namespace narada::control::mixers
