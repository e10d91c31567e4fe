// What is known of one recording, running or long over.
#ifndef NARADA_MIXER_FILES_RECORDING_INFO_H_
#define NARADA_MIXER_FILES_RECORDING_INFO_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::files {

enum class RecordingState : uint8_t {
  kRunning,
  kPaused,
  kFinished,
  kFailed,  // The disk refused; what was written is playable.
};

enum class RecordingFormat : uint8_t { kWav, kOggOpus };

struct TrackInfo {
  std::string track_id;   // "mix", or the leg's.
  std::string file_name;  // In the recording's folder.
  uint64_t size_bytes = 0;
  MediaDuration duration;  // All tracks begin with the recording.
};

struct RecordingInfo {
  std::string recording_id;  // [a-z0-9_-]{1,64}; names its folder.
  std::string room_id;
  RecordingState state = RecordingState::kRunning;
  RecordingFormat format = RecordingFormat::kWav;
  bool has_legs = false;
  SampleRate rate = SampleRate::FromHertz(16000);  // Of the files.
  std::vector<TrackInfo> tracks;                   // The mix first.
  absl::Time start_time;
  MediaDuration duration;  // Without pauses.
  uint64_t frames_lost = 0;
  std::map<std::string, std::string> labels;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_RECORDING_INFO_H_
