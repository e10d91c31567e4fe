// Takes key presses out of a leg's audio: tells them, and lets nobody hear them.
//   InBandDigits digits(SampleRate::FromHertz(16000));            // off the worker: allocates
//   if (auto digit = digits.Process(frame, is_concealed)) ...     // every tick; frame is replaced
// What comes out is kLookBack older than what went in. So a tone that is recognised, which takes up
// to 40 ms, has not been heard yet, and is cut out from before its first sample until it is over,
// with short fades instead of clicks. One leg; one thread; no allocation after construction.
#ifndef NARADA_MIXER_DTMF_IN_BAND_DIGITS_H_
#define NARADA_MIXER_DTMF_IN_BAND_DIGITS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "mixer/dsp/stream_resampler.h"
#include "mixer/dtmf/tone_detector.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::dtmf {

class InBandDigits {
 public:
  static constexpr MediaDuration kLookBack = Milliseconds(60);

  explicit InBandDigits(SampleRate rate);

  // One frame of 20 ms in, one of kLookBack ago out; the key whose press was recognised, if one
  // was. `is_concealed`: the frame was made up, so it neither ends a press nor splits it.
  std::optional<char> Process(std::span<int16_t> frame, bool is_concealed) noexcept;

  // The key that is down; 0: none.
  char digit() const noexcept { return detector_.digit(); }
  // What will come out next, as far as it is known to be no tone.
  std::span<const int16_t> Ahead() const noexcept;

 private:
  // Of the detector's rate, 8 kHz.
  static constexpr int64_t kSamplesPerMs = 8;
  static constexpr int64_t kFrame = 20 * kSamplesPerMs;
  static constexpr int64_t kDelay = 60 * kSamplesPerMs;
  // The tone began no earlier than this before it was noticed: one block more than it takes, for a
  // beginning that is faint or damaged.
  static constexpr int64_t kBefore = ToneDetector::kDelayMax + ToneDetector::kBlock;
  static constexpr int64_t kFade = 3 * kSamplesPerMs;
  // The same key again after so short a pause is the same press: a pause is 40 ms at least (ITU-T
  // Q.24), which is never told as less than three blocks.
  static constexpr int64_t kPauseMin = 3 * ToneDetector::kBlock;
  // Cut out, in samples of the detector; several, for quick presses.
  static constexpr int64_t kStillPressed = INT64_MAX / 4;
  struct Press {
    int64_t begin = 0;
    int64_t end = kStillPressed;
  };
  static constexpr size_t kPressesRemembered = 4;

  std::optional<char> Detect(std::span<const int16_t> frame, bool is_concealed) noexcept;
  std::optional<char> OnChange(ToneChange change) noexcept;
  // Mutes what of `frame`, which begins at `begin`, lies in `press`.
  void CutOut(const Press& press, int64_t begin, std::span<int16_t> frame) const noexcept;

  const int64_t ratio_;  // Samples of the leg to one of the detector.
  ToneDetector detector_;
  std::optional<dsp::StreamResampler> to_8k_;
  std::unique_ptr<int16_t[]> line_;  // A ring of kLookBack.
  size_t line_size_;
  size_t line_at_ = 0;
  int64_t position_ = 0;  // Of the next frame in, in samples of the detector.

  std::array<Press, kPressesRemembered> presses_ = {};  // A ring.
  size_t newest_ = 0;
  char last_digit_ = 0;
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_IN_BAND_DIGITS_H_
