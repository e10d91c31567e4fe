// The folder of recordings, and the threads that write them.
//   ASSIGN_OR_RETURN(auto recorder, Recorder::Open({.folder = "/var/lib/narada/recordings"}, clock, listener));
//   ASSIGN_OR_RETURN(auto recording, recorder->Start(info));
//   ... the worker of the room gets &recording->tap(), until it has ended it ...
//   recorder->Find(id);  recorder->List(after, 100);  recorder->Read(id, "mix", 0, 1 << 20);
// Thread-safe. A recording lives until the worker has ended its tap and its files are whole; the
// recorder is destroyed after all workers have stopped, and finishes what still runs.
#ifndef NARADA_MIXER_FILES_RECORDER_H_
#define NARADA_MIXER_FILES_RECORDER_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "mixer/files/folder.h"
#include "mixer/files/leg_names.h"
#include "mixer/files/recording.h"
#include "mixer/files/recording_info.h"

namespace narada::mixer::files {

// Hears of recordings. A file thread, which must not wait for long.
class RecorderListener {
 public:
  virtual ~RecorderListener() = default;
  virtual void OnRecordingChanged(const RecordingInfo& info) = 0;
};

struct RecorderOptions {
  std::string folder;
  int threads = 1;
  uint64_t reserve_bytes = 0;
  int opus_bitrate = 0;
  MediaDuration duration_max = MediaDuration::Max();
  size_t ring_bytes = 0;   // As RecordingTapOptions.
  WriteHook before_write;  // For tests.
};

// Since the start, but for `running`.
struct RecorderFigures {
  uint64_t running = 0;  // Paused ones as well.
  uint64_t started = 0;
  uint64_t failed = 0;
  uint64_t frames_lost = 0;
  uint64_t free_bytes = 0;  // Of the disk, now.
};

class Recorder {
 public:
  // Reads what is in the folder. Errors: FAILED_PRECONDITION / RECORDINGS_DIR_UNUSABLE.
  static absl::StatusOr<std::unique_ptr<Recorder>> Open(const RecorderOptions& options,
                                                        const Clock& clock,
                                                        RecorderListener& listener);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  LegNames& leg_names() { return leg_names_; }

  // `info` says id, room, format, tracks, rate and labels. Errors: ALREADY_EXISTS / RECORDING_EXISTS
  // where the id is taken or the room is being recorded, RESOURCE_EXHAUSTED / DISK_FULL, UNAVAILABLE /
  // DISK_FAILED.
  absl::StatusOr<std::shared_ptr<Recording>> Start(RecordingInfo info);
  // What a process that died left: each is either to go on, once its room is there again, or to end
  // where it is. To be asked before anything is started.
  std::vector<RecordingInfo> Interrupted() const;
  // Errors: as Recording::Continue().
  absl::StatusOr<std::shared_ptr<Recording>> Continue(const std::string& recording_id);
  void EndInterrupted(const std::string& recording_id);

  // For one whose tap no worker ever got: as if it had not been.
  void Discard(const std::string& recording_id);

  // Whose tap a worker has. Null: unknown, or over.
  std::shared_ptr<Recording> FindRunning(absl::string_view recording_id) const;
  // Whose files are over although a worker still has the tap: it is to end it.
  std::vector<std::shared_ptr<Recording>> TapsToEnd() const;

  // Until the files of one whose tap has ended are whole; false if they are not after `timeout`. A
  // file thread needs some hundredths of a second, but for a slow disk.
  bool WaitUntilOver(absl::string_view recording_id, absl::Duration timeout) const;

  std::optional<RecordingInfo> Find(absl::string_view recording_id) const;
  // Up to `max` behind `after`, in order of their ids.
  std::vector<RecordingInfo> List(absl::string_view after, size_t max) const;
  // Up to `size_max` bytes from `offset`; empty at the end. Errors: NOT_FOUND / RECORDING_UNKNOWN |
  // TRACK_UNKNOWN, OUT_OF_RANGE / OFFSET_PAST_END.
  absl::StatusOr<std::string> Read(absl::string_view recording_id, absl::string_view track_id,
                                   uint64_t offset, size_t size_max) const;
  // With its files. Errors: NOT_FOUND / RECORDING_UNKNOWN, FAILED_PRECONDITION / RECORDING_RUNNING.
  absl::Status Delete(const std::string& recording_id);

  RecorderFigures Figures() const;

 private:
  struct Entry {
    RecordingInfo info;                    // Where `recording` is null.
    std::shared_ptr<Recording> recording;  // Until its tap has ended and its files are whole.
    bool is_interrupted = false;
  };
  using EntryMap = std::map<std::string, Entry, std::less<>>;

  Recorder(Folder folder, const RecorderOptions& options, const Clock& clock,
           RecorderListener& listener);
  absl::Status ReadFolder();
  void ReadRecording(const std::string& name);
  RecordingOptions OptionsFor(RecordingInfo info) const;
  // Under mutex_.
  void Give(const std::string& recording_id, std::shared_ptr<Recording> recording);
  void EndFiles(const RecordingInfo& info) const;
  void Run(size_t thread);
  std::vector<std::shared_ptr<Recording>> RecordingsOf(size_t thread) const;
  void Retire(const std::string& recording_id);

  const RecorderOptions options_;
  const Clock& clock_;
  RecorderListener& listener_;
  const Folder folder_;
  LegNames leg_names_;

  mutable std::mutex mutex_;                 // Guards what follows, but for the threads.
  std::condition_variable wake_;             // Something to do, or the end.
  mutable std::condition_variable retired_;  // A recording is over.
  EntryMap entries_;
  std::vector<std::vector<std::shared_ptr<Recording>>> by_thread_;
  bool is_stopping_ = false;
  RecorderFigures figures_;
  std::vector<std::thread> threads_;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_RECORDER_H_
