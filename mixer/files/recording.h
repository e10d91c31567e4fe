// One recording: takes from its tap what a worker left there and writes it into the tracks and the log
// of the recording's folder.
//   ASSIGN_OR_RETURN(std::unique_ptr<Recording> recording, Recording::Start(folder, options, names));
//   ... recording->tap() is handed to the room's worker ...
//   recording->Drain(now);  recording->Flush(now);     // file thread, some times a second, each
//   recording->HasChanged()                            // something that watchers are told
//   recording->is_over()                               // no file grows any more
// A disk that refuses costs frames, which are counted; after kPatience it ends the recording, and so
// does free space below the reserve. What was written then is playable.
#ifndef NARADA_MIXER_FILES_RECORDING_H_
#define NARADA_MIXER_FILES_RECORDING_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mixer/files/append_file.h"
#include "mixer/files/folder.h"
#include "mixer/files/leg_names.h"
#include "mixer/files/recording_info.h"
#include "mixer/files/track.h"
#include "mixer/media/recording_tap.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::files {

struct RecordingOptions {
  RecordingInfo info;          // Without tracks and what grows.
  int opus_bitrate = 0;        // 0: by the rate.
  uint64_t reserve_bytes = 0;  // Of free space that stays.
  MediaDuration duration_max = MediaDuration::Max();
  size_t ring_bytes = 0;  // As RecordingTapOptions.
};

class Recording {
 public:
  // How long a disk may refuse before it ends the recording.
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // Makes the folder `info.recording_id` with the log and the mix's track in it. Errors: as Folder's,
  // RESOURCE_EXHAUSTED / DISK_FULL where less than the reserve is free.
  static absl::StatusOr<std::unique_ptr<Recording>> Start(const Folder& folder,
                                                          const RecordingOptions& options,
                                                          const LegNames& names);

  // Goes on with what another process left: `options.info` as it was read. The time in between is
  // silence, unless it was paused. Errors: as Folder's, DATA_LOSS / RECORDING_DAMAGED.
  static absl::StatusOr<std::unique_ptr<Recording>> Continue(const Folder& folder,
                                                             const RecordingOptions& options,
                                                             const LegNames& names, absl::Time now);

  // Any thread.
  media::RecordingTap& tap() { return tap_; }
  const media::RecordingTap& tap() const { return tap_; }
  RecordingInfo info() const;  // As of the last Drain() or Flush().

  // File thread, as all below. Takes everything that waits. Once the tap has ended, finishes.
  void Drain(absl::Time now);
  // Brings it to the disk; to be called at least every half second.
  void Flush(absl::Time now);
  // Ends here, wherever the tap is: what it still gives is thrown away by Drain().
  void Finish(absl::Time now);
  // Since the last call: state, tracks or losses.
  bool HasChanged();
  bool is_over() const { return is_over_; }

 private:
  Recording(Folder folder, const RecordingOptions& options, const LegNames& names, AppendFile log,
            int64_t first_tick);

  void Take(const media::TapRecord& record, absl::Time now);
  // Null where its file cannot be made.
  Track* TrackOf(uint64_t leg, int64_t tick);
  absl::Status AddTrack(const std::string& track_id, int64_t tick);
  absl::Status ContinueTrack(const TrackInfo& track);
  void Write(Track* track, const media::TapRecord& record);
  absl::Status FlushFiles();
  void End(RecordingState state, absl::Time now);
  void UpdateInfo();
  int64_t SampleAt(int64_t tick) const { return tick * samples_per_tick_; }

  const RecordingOptions options_;
  const LegNames& names_;
  const int64_t samples_per_tick_;
  media::RecordingTap tap_;

  // File thread.
  Folder folder_;
  AppendFile log_;
  std::vector<std::unique_ptr<Track>> tracks_;  // The mix first.
  std::unordered_map<uint64_t, Track*> track_of_leg_;
  int64_t ticks_;
  uint64_t frames_refused_ = 0;  // Lost by the disk; the tap counts its own.
  uint64_t frames_lost_told_ = 0;
  absl::Time refused_since_ = absl::InfiniteFuture();
  RecordingState state_;
  bool has_changed_ = false;
  bool is_over_ = false;

  mutable std::mutex mutex_;
  RecordingInfo info_;  // Guarded by mutex_.
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_RECORDING_H_
