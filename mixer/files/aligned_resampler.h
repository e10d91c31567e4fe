// Changes the rate of what is recorded without moving it: the output begins where the input begins and
// has exactly its length, to the sample.
//   AlignedResampler resampler(SampleRate::FromHertz(8000), SampleRate::FromHertz(16000), before);
//   resampler.Process(frame, out);          // appends; holds some milliseconds back ...
//   resampler.Finish(after, out);           // ... until it knows what comes behind them
// File thread: allocates.
#ifndef NARADA_MIXER_FILES_ALIGNED_RESAMPLER_H_
#define NARADA_MIXER_FILES_ALIGNED_RESAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mixer/dsp/stream_resampler.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::files {

// Frames of 20 ms at 8, 16 or 48 kHz; `frame` at another rate, just well enough for the edge of a
// filter to see what lies beyond.
std::vector<int16_t> RoughlyAt(std::span<const int16_t> frame, size_t samples);

class AlignedResampler {
 public:
  // `before`: the frame that came before at the rate of the input; empty for silence.
  AlignedResampler(SampleRate from, SampleRate to, std::span<const int16_t> before);

  SampleRate from() const { return resampler_.from(); }

  // One frame of 20 ms. Appends to `out`.
  void Process(std::span<const int16_t> frame, std::vector<int16_t>& out);
  // The stream ends here; `after` is the frame that comes next at the rate of the input, empty for
  // silence. Afterwards as many samples are in `out` as belong to all frames.
  void Finish(std::span<const int16_t> after, std::vector<int16_t>& out);

 private:
  // Takes any number of samples, in blocks of 20 ms.
  void Feed(std::span<const int16_t> samples, std::vector<int16_t>& out);

  dsp::StreamResampler resampler_;
  const size_t block_in_;
  const size_t block_out_;
  std::vector<int16_t> waiting_;  // Less than a block.
  size_t to_drop_;                // Outputs that stand before the first frame.
  int64_t owed_ = 0;              // Outputs that belong to frames and are not out yet.
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_ALIGNED_RESAMPLER_H_
