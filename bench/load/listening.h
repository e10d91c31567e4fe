// What can be told about sound that was heard: which tones are in it and how clean they are, where clicks begin.
// Sound is 8 kHz. No state.
#ifndef NARADA_BENCH_LOAD_LISTENING_H_
#define NARADA_BENCH_LOAD_LISTENING_H_

#include <cstdint>
#include <span>
#include <vector>

namespace narada::bench {

// In 200 ms of sound, where tones of whole multiples of 5 Hz are orthogonal.
inline constexpr size_t kToneWindow = 1600;

// Measures some tones again and again.
//   const ToneBank bank({440, 500});                     // whole multiples of 5 Hz
//   const std::vector<double> amplitudes = bank.Amplitudes(window);      // of kToneWindow samples
class ToneBank {
 public:
  explicit ToneBank(std::span<const int> tones);
  std::vector<double> Amplitudes(std::span<const int16_t> window) const;

 private:
  struct Wave {
    std::vector<float> cosine;
    std::vector<float> sine;
  };
  std::vector<Wave> waves_;
};

// Signal to noise and distortion, in dB: the power of tones of these amplitudes against that of all the rest but a constant
// offset, which is judged by Offset(). 0 where no tone is.
double Sinad(std::span<const int16_t> window, std::span<const double> amplitudes);

// The mean of the samples.
double Offset(std::span<const int16_t> window);

struct HeardClick {
  size_t sample = 0;  // Its first one.
  int id = 0;
};

// The clicks of Signals::Click(), in order.
std::vector<HeardClick> FindClicks(std::span<const int16_t> sound);

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_LISTENING_H_
