// One track of a recording: puts the frames of the mix, or of one leg, at their places in a file.
//   Track track("l-12", "leg-l-12.wav", std::move(writer), rate);
//   if (!track.Write(tick, frame, frame_rate)) ++lost;
//   track.PadTo(ticks);                       // all tracks of a recording end together
// Ticks of 20 ms since the recording's beginning: what is skipped is silence, so every track begins with
// the recording. Frames of another rate than the file's are resampled, without being moved.
// File thread.
#ifndef NARADA_MIXER_FILES_TRACK_H_
#define NARADA_MIXER_FILES_TRACK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mixer/files/aligned_resampler.h"
#include "mixer/files/track_writer.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::files {

class Track {
 public:
  Track(std::string track_id, std::string file_name, std::unique_ptr<TrackWriter> writer,
        SampleRate rate);

  const std::string& track_id() const { return track_id_; }
  const std::string& file_name() const { return file_name_; }
  TrackWriter& writer() { return *writer_; }
  const TrackWriter& writer() const { return *writer_; }

  // An empty frame is silence. False, and the frame is lost: as much waits for the disk as may. What
  // comes before an earlier frame is ignored.
  bool Write(int64_t tick, std::span<const int16_t> frame, SampleRate rate);
  // Silence up to this tick. May stop early where the disk refuses.
  void PadTo(int64_t tick);
  // The same, and nothing is held back any more: no frame follows.
  void End(int64_t tick);

 private:
  void Append(std::span<const int16_t> frame, SampleRate rate);
  // What the resampler holds back goes out; `next` is what follows.
  void EndStream(std::span<const int16_t> next);

  const std::string track_id_;
  const std::string file_name_;
  const std::unique_ptr<TrackWriter> writer_;
  const SampleRate rate_;
  const int64_t samples_per_tick_;
  int64_t next_tick_;  // Of the frame that would come next.
  std::optional<AlignedResampler> resampler_;
  std::vector<int16_t> last_;  // The last frame as it came; empty after silence.
  std::vector<int16_t> resampled_;
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_TRACK_H_
