// Finds the tone pairs of keys in audio of 8 kHz (ITU-T Q.23, Q.24), by spandsp's receiver.
//   ToneDetector detector;                                  // off the worker: allocates
//   detector.Process(samples, [&](ToneChange change) { ... });
// A tone of 40 ms and more is found, at most kDelayMax after it begins; one of less than 23 ms
// hardly ever. What each limit is worth is measured in tone_detector_test.cc and told in
// docs/digits.md. One stream; one thread; no allocation after construction.
#ifndef NARADA_MIXER_DTMF_TONE_DETECTOR_H_
#define NARADA_MIXER_DTMF_TONE_DETECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct dtmf_rx_state_s;

namespace narada::mixer::dtmf {

// A press began or ended.
struct ToneChange {
  char digit = 0;  // 0: the tone has ended.
  int64_t at = 0;  // Samples since construction, when it was noticed.
};

class ToneDetector {
 public:
  // What is decided upon at a time: 12.75 ms, in samples. Two blocks in a row make a press; it ends
  // when two in a row are something else.
  static constexpr int64_t kBlock = 102;
  // From the beginning of a clean tone to the ToneChange: the block it begins in, and two whole
  // ones.
  static constexpr int64_t kDelayMax = 3 * kBlock;

  ToneDetector();
  ~ToneDetector();
  ToneDetector(const ToneDetector&) = delete;
  ToneDetector& operator=(const ToneDetector&) = delete;

  // Calls tell(ToneChange) for what is noticed within `samples`.
  template <typename Tell>
  void Process(std::span<const int16_t> samples, Tell tell) noexcept {
    while (!samples.empty()) {
      samples = samples.subspan(ProcessSome(samples));
      if (has_change_) tell(change_);
      has_change_ = false;
    }
  }
  // `samples` of the stream are missing: whether a tone goes on is decided by what follows.
  void Skip(size_t samples) noexcept;

  // The key whose tone is heard; 0: none.
  char digit() const noexcept { return digit_; }
  int64_t position() const noexcept { return position_; }

 private:
  static void OnTone(void* self, int code, int level, int delay) noexcept;
  // Up to the end of a block; returns how many.
  size_t ProcessSome(std::span<const int16_t> samples) noexcept;

  struct Deleter {
    void operator()(dtmf_rx_state_s* state) const noexcept;
  };
  std::unique_ptr<dtmf_rx_state_s, Deleter> state_;
  int64_t position_ = 0;
  int64_t block_end_ = kBlock;
  char digit_ = 0;
  bool has_change_ = false;
  ToneChange change_;
};

}  // namespace narada::mixer::dtmf

#endif  // NARADA_MIXER_DTMF_TONE_DETECTOR_H_
