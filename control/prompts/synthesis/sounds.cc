#include "control/prompts/synthesis/sounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/check.h"

namespace narada::control::prompts {
namespace {

constexpr double kToneLevelDbov = -24;   // Below the voices that it interrupts.
constexpr double kMusicLevelDbov = -27;  // Pleasant for long, and well below a voice.

// A struck bar: a fundamental and two quieter partials that die away sooner. All partials stay
// within a telephone's band.
struct Partial {
  double ratio;
  double amplitude;
  double decay_seconds;  // To 1/e, for a note at 440 Hz.
};
constexpr std::array<Partial, 3> kBell = {{{1, 1, 0.9}, {2, 0.28, 0.45}, {3, 0.1, 0.2}}};
constexpr double kTopHz = 3200;

double Hertz(int midi_note) { return 440 * std::exp2((midi_note - 69) / 12.0); }

// Adds one note; what exceeds the end goes on at the beginning if `wraps`.
void Strike(Audio& audio, double at_seconds, int midi_note, double amplitude, double sustain,
            bool wraps) {
  const double fundamental = Hertz(midi_note);
  const size_t start = static_cast<size_t>(at_seconds * kRecordingRateHz);
  const size_t attack = kRecordingRateHz / 1000 * 8;
  const size_t length = std::min(audio.size(), static_cast<size_t>(sustain * 5 * kRecordingRateHz));
  for (const Partial& partial : kBell) {
    const double hertz = fundamental * partial.ratio;
    if (hertz > kTopHz) continue;
    const double decay = partial.decay_seconds * sustain * std::sqrt(440 / fundamental);
    for (size_t i = 0; i < length; ++i) {
      size_t place = start + i;
      if (place >= audio.size()) {
        if (!wraps) break;
        place -= audio.size();
      }
      const double t = static_cast<double>(i) / kRecordingRateHz;
      const double onset = i < attack ? static_cast<double>(i) / static_cast<double>(attack) : 1;
      // The last tenth fades to nothing, so that a note never ends with a click.
      const double rest = static_cast<double>(length - i) / (0.1 * static_cast<double>(length));
      audio[place] += amplitude * partial.amplitude * onset * std::min(1.0, rest) *
                      std::exp(-t / decay) * std::sin(2 * std::numbers::pi * hertz * t);
    }
  }
}

Audio AtLevel(Audio audio, double level_dbov) {
  double sum = 0;
  for (double sample : audio) sum += sample * sample;
  const double rms = std::sqrt(sum / static_cast<double>(audio.size()));
  const double gain = std::pow(10, level_dbov / 20) / rms;
  for (double& sample : audio) sample *= gain;
  return audio;
}

// Two soft strokes: up for somebody who comes, down for somebody who goes.
Audio TwoStrokes(int first, int second) {
  Audio audio(static_cast<size_t>(0.42 * kRecordingRateHz));
  Strike(audio, 0, first, 1, 0.12, false);
  Strike(audio, 0.13, second, 1, 0.16, false);
  return AtLevel(std::move(audio), kToneLevelDbov);
}

// Short and high: heard beneath a voice, and never in its way.
Audio OneStroke(int note) {
  Audio audio(static_cast<size_t>(0.2 * kRecordingRateHz));
  Strike(audio, 0, note, 1, 0.08, false);
  return AtLevel(std::move(audio), kToneLevelDbov - 6);
}

// One bar: a bass note, four notes of the broken chord, and the melody's two notes (0: none).
struct Bar {
  int bass;
  std::array<int, 4> chord;
  std::array<int, 2> melody;
};

// "Narada", sixteen slow bars in A minor and C major, in MIDI note numbers.
constexpr std::array<Bar, 16> kWaitingMusic = {{
    {57, {60, 64, 67, 64}, {76, 0}},
    {53, {60, 65, 69, 65}, {72, 74}},
    {60, {64, 67, 72, 67}, {76, 79}},
    {55, {59, 62, 67, 62}, {74, 0}},
    {57, {60, 64, 69, 64}, {72, 76}},
    {50, {57, 62, 65, 62}, {77, 76}},
    {55, {59, 65, 67, 65}, {74, 71}},
    {60, {64, 67, 72, 67}, {72, 0}},
    {53, {57, 60, 65, 60}, {69, 72}},
    {55, {59, 62, 67, 62}, {74, 79}},
    {52, {59, 64, 67, 64}, {76, 74}},
    {57, {60, 64, 69, 64}, {72, 0}},
    {50, {57, 62, 65, 69}, {77, 74}},
    {55, {59, 62, 65, 67}, {71, 74}},
    {60, {64, 67, 72, 67}, {76, 72}},
    {52, {56, 59, 64, 59}, {71, 0}},
}};
constexpr double kBeatSeconds = 0.72;
constexpr int kBeats = 4;

Audio WaitingMusic() {
  const double bar_seconds = kBeats * kBeatSeconds;
  Audio audio(static_cast<size_t>(kWaitingMusic.size() * bar_seconds * kRecordingRateHz));
  for (size_t i = 0; i < kWaitingMusic.size(); ++i) {
    const Bar& bar = kWaitingMusic[i];
    const double at = static_cast<double>(i) * bar_seconds;
    Strike(audio, at, bar.bass, 0.8, 1.4, true);
    for (size_t beat = 0; beat < bar.chord.size(); ++beat) {
      // The last stroke of a bar comes a little late and soft, as a hand would play it.
      const double late = beat + 1 == bar.chord.size() ? 0.02 : 0;
      const double amplitude = beat == 0 ? 0.5 : 0.38;
      Strike(audio, at + static_cast<double>(beat) * kBeatSeconds + late, bar.chord[beat],
             amplitude, 1.0, true);
    }
    for (size_t half = 0; half < bar.melody.size(); ++half) {
      if (bar.melody[half] == 0) continue;
      Strike(audio, at + static_cast<double>(half) * bar_seconds / 2, bar.melody[half], 0.62, 1.2,
             true);
    }
  }
  return AtLevel(std::move(audio), kMusicLevelDbov);
}

}  // namespace

Audio ComposeSound(PromptKey key) {
  switch (key) {
    case PromptKey::kEntryTone:
      return TwoStrokes(76, 81);
    case PromptKey::kExitTone:
      return TwoStrokes(81, 76);
    case PromptKey::kRecordingTone:
      return OneStroke(88);
    case PromptKey::kMusicOnHold:
      return WaitingMusic();
    default:
      break;
  }
  CHECK(false) << PromptKeyName(key) << " is not a sound";
  return {};
}

}  // namespace narada::control::prompts
