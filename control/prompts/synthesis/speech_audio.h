// What happens to a synthesised voice before it is a recording: whole words, no silence around
// them, one level, the rate we keep. Build time only; not for the media path.
#ifndef NARADA_CONTROL_PROMPTS_SYNTHESIS_SPEECH_AUDIO_H_
#define NARADA_CONTROL_PROMPTS_SYNTHESIS_SPEECH_AUDIO_H_

#include <cstdint>
#include <span>
#include <vector>

namespace narada::control::prompts {

// Samples between -1 and 1.
using Audio = std::vector<double>;

// Wideband: the mixer makes 8 kHz of it, and loses nothing for those who hear more.
inline constexpr int kRecordingRateHz = 16000;
// Of the voice while it speaks, in dB below a full-scale square wave (RFC 6464's dBov).
inline constexpr double kSpeechLevelDbov = -20;

Audio ToAudio(std::span<const int16_t> samples);
// Rounded and saturated.
std::vector<int16_t> ToPcm(std::span<const double> audio);

// Windowed-sinc resampling: 60 dB down from the lower of the two Nyquist frequencies on.
Audio Resampled(std::span<const double> audio, int from_hz, int to_hz);

// Without the silence around the words: 5 ms before the first sound, so that a greeting is heard at
// once, and 30 ms after the last, faded at both ends so that nothing clicks. Silence stays empty.
Audio Trimmed(std::span<const double> audio, int rate_hz);

// Level in dBov over the 10 ms pieces in which there is speech; -127 if there is none.
double SpeechLevelDbov(std::span<const double> audio, int rate_hz);

// At kSpeechLevelDbov, or as near as peaks below -1.5 dBov allow.
Audio Levelled(std::span<const double> audio, int rate_hz);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_SYNTHESIS_SPEECH_AUDIO_H_
