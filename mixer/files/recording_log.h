// The page of text beside a recording's tracks: what it is, who is in which track, where it paused.
// Lines are only ever added, so that a crash loses the last ones at the most. docs/recordings.md
// shows one.
//   std::string text = LogHead(info);
//   text += LogTrack(at, "l-12", "leg-l-12.wav");  text += LogMark(at, "paused", now);
//   absl::StatusOr<RecordingInfo> info = ParseLog(text);    // after a restart
// Pure functions; `at` counts samples of the files since the recording's beginning.
#ifndef NARADA_MIXER_FILES_RECORDING_LOG_H_
#define NARADA_MIXER_FILES_RECORDING_LOG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mixer/files/recording_info.h"

namespace narada::mixer::files {

// Of its folder.
inline constexpr char kLogName[] = "recording.log";

std::string LogHead(const RecordingInfo& info);
std::string LogTrack(int64_t at, absl::string_view track_id, absl::string_view file_name);
std::string LogJoined(int64_t at, absl::string_view leg_id);
std::string LogLeft(int64_t at, absl::string_view leg_id);
// The process had died, and another one goes on.
std::string LogContinued(int64_t at, absl::Time now);
std::string LogPaused(int64_t at, absl::Time now);
std::string LogResumed(int64_t at, absl::Time now);
// In all, so far.
std::string LogLost(int64_t at, uint64_t frames);
// The last line. kFinished or kFailed.
std::string LogEnd(int64_t at, RecordingState state, absl::Time now);

// All that the text tells: sizes are the file system's to tell. Running or paused where no end is
// there: the process died. A last line without its end is left out. Errors: DATA_LOSS /
// RECORDING_DAMAGED.
absl::StatusOr<RecordingInfo> ParseLog(absl::string_view text);

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_RECORDING_LOG_H_
