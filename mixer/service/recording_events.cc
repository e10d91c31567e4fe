#include "mixer/service/recording_events.h"

#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

v1::RecordingState ToProto(files::RecordingState state) {
  switch (state) {
    case files::RecordingState::kRunning:
      return v1::RECORDING_STATE_RUNNING;
    case files::RecordingState::kPaused:
      return v1::RECORDING_STATE_PAUSED;
    case files::RecordingState::kFinished:
      return v1::RECORDING_STATE_FINISHED;
    case files::RecordingState::kFailed:
      return v1::RECORDING_STATE_FAILED;
  }
  return v1::RECORDING_STATE_UNSPECIFIED;
}

}  // namespace

v1::Recording ToProto(const files::RecordingInfo& info) {
  v1::Recording proto;
  proto.set_recording_id(info.recording_id);
  proto.set_room_id(info.room_id);
  proto.set_state(ToProto(info.state));
  proto.set_format(info.format == files::RecordingFormat::kWav ? v1::RECORDING_FORMAT_WAV
                                                               : v1::RECORDING_FORMAT_OGG_OPUS);
  for (const files::TrackInfo& track : info.tracks) {
    v1::Track& added = *proto.add_tracks();
    added.set_track_id(track.track_id);
    added.set_size_bytes(track.size_bytes);
    *added.mutable_offset() = ToDuration(MediaDuration());
    *added.mutable_duration() = ToDuration(track.duration);
  }
  *proto.mutable_start_time() = ToTimestamp(info.start_time);
  *proto.mutable_duration() = ToDuration(info.duration);
  proto.set_frames_lost(info.frames_lost);
  for (const auto& [key, value] : info.labels) (*proto.mutable_labels())[key] = value;
  return proto;
}

}  // namespace narada::mixer::service
