// Speech and noise for tests: what espeak-ng says, at any rate and level, and lines that are noisy.
//   std::vector<int16_t> word = Speak("pl+f2", "szkoda", rate, -20);
//   AddNoise(line, NoiseKind::kFan, -45, random);
#ifndef NARADA_TESTS_VOICE_SPEECH_H_
#define NARADA_TESTS_VOICE_SPEECH_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "mixer/units/sample_count.h"

namespace narada {

// By a voice of espeak-ng. `level_dbov` is the mean over what is not a pause. The silence that the
// program leaves before and behind is cut off. Aborts if the program is missing.
std::vector<int16_t> Speak(const std::string& voice, const std::string& text,
                           mixer::SampleRate rate, double level_dbov);

enum class NoiseKind { kWhite, kFan };  // The fan has most of its power below 500 Hz.
void AddNoise(std::span<int16_t> samples, NoiseKind kind, mixer::SampleRate rate, double level_dbov,
              Random& random);

// In dBov; of no samples, or of zeros, -127.
double LevelOf(std::span<const int16_t> samples);

}  // namespace narada

#endif  // NARADA_TESTS_VOICE_SPEECH_H_
