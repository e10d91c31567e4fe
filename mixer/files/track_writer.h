// One sound file that grows at its end: mono, at a fixed rate. Playable up to the last Flush(),
// whatever happens to us afterwards.
//   writer.Append(samples);  writer.AppendSilence(48000);
//   if (!writer.Flush().ok()) ...          // kept, and tried again with the next Flush()
//   writer.Finish();
// One thread. Never waits but for the disk.
#ifndef NARADA_MIXER_FILES_TRACK_WRITER_H_
#define NARADA_MIXER_FILES_TRACK_WRITER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace narada::mixer::files {

class TrackWriter {
 public:
  virtual ~TrackWriter() = default;

  virtual void Append(std::span<const int16_t> samples) = 0;
  // May stop early where as much waits for the disk as may: see samples().
  virtual void AppendSilence(int64_t samples) = 0;
  // As much waits for the disk as may: nothing more is to be appended before a Flush() has worked.
  virtual bool is_blocked() const = 0;
  virtual absl::Status Flush() = 0;
  // Flushes what belongs to the end of the file and waits until it is on the disk.
  virtual absl::Status Finish() = 0;

  // After a Flush() that failed for good: gives up what waits, and leaves a file that is playable up
  // to the last one that worked.
  virtual absl::Status Abandon() = 0;

  // Appended so far.
  virtual int64_t samples() const = 0;
  // Of the file, as flushed.
  virtual uint64_t size_bytes() const = 0;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_TRACK_WRITER_H_
