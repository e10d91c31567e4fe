// No first syllable is cut (features.md 17), on speech and noise: words that begin faintly, in two
// languages, by four voices, at 8, 16 and 48 kHz, on lines of several signal-to-noise ratios.
// Prints for each line how many onsets were late, by how much, and how often noise was taken for
// speech.
#include <algorithm>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/voice_activity.h"
#include "mixer/units/sample_count.h"
#include "tests/voice/speech.h"

namespace narada {
namespace {

using mixer::SampleRate;
using mixer::dsp::Kernels;
using mixer::dsp::VoiceActivity;

constexpr double kSpeechDbov = -24;

struct Voice {
  const char* name;
  std::vector<const char*> words;
};

// Fricatives, aspirates and nasals: what a gate hears last.
const std::vector<Voice>& Voices() {
  static const std::vector<Voice> voices = {
      {"en-us", {"fish", "seven", "have you", "thank you", "she said so", "hello", "no"}},
      {"en-gb+f2", {"five", "shop", "many", "vote", "forty three", "house", "yes"}},
      {"pl", {"szkoda", "siedem", "chodź tu", "wszystko", "fabryka", "niebo", "tak"}},
      {"pl+f2", {"świat", "hasło", "cześć", "za chwilę", "mamy czas", "sześć", "nie"}}};
  return voices;
}

// A line: three seconds of noise, then words, each followed by 1.5 s of noise.
struct Line {
  explicit Line(SampleRate rate) : rate(rate) {}

  void Pause(int ms) { clean.resize(clean.size() + rate.hertz() / 1000 * ms); }
  void Say(const std::vector<int16_t>& word) {
    begins.push_back(clean.size());
    clean.insert(clean.end(), word.begin(), word.end());
    ends.push_back(clean.size());
  }
  // Where a word becomes audible: its first 5 ms that are neither 25 dB below its level nor drowned
  // in the noise.
  size_t OnsetOf(size_t word, double noise_dbov) const {
    const auto block = static_cast<size_t>(rate.hertz() / 200);
    size_t at = begins[word];
    while (at + block < ends[word] && LevelOf(std::span(clean).subspan(at, block)) <
                                          std::max(kSpeechDbov - 25, noise_dbov + 3)) {
      at += block;
    }
    return at;
  }

  SampleRate rate;
  std::vector<int16_t> clean;
  std::vector<size_t> begins, ends;
};

// One per voice, spoken once.
const std::vector<Line>& LinesAt(int rate_hz) {
  static std::map<int, std::vector<Line>> all;
  std::vector<Line>& lines = all[rate_hz];
  if (!lines.empty()) return lines;
  const SampleRate rate = SampleRate::FromHertz(rate_hz);
  for (const Voice& voice : Voices()) {
    Line line(rate);
    line.Pause(3000);
    for (const char* word : voice.words) {
      line.Say(Speak(voice.name, word, rate, kSpeechDbov));
      line.Pause(1500);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Measured {
  int onsets = 0;
  int late = 0;
  int worst_ms = 0;
  int64_t noise_frames = 0;
  int64_t noise_taken_for_speech = 0;
};

void Measure(const Line& line, NoiseKind kind, double noise_dbov, size_t ahead, Measured& sum) {
  SeededRandom random(9);
  std::vector<int16_t> noisy = line.clean;
  AddNoise(noisy, kind, line.rate, noise_dbov, random);
  const auto frame = static_cast<size_t>(line.rate.hertz() / 50);
  VoiceActivity activity;
  std::vector<bool> gate;
  for (size_t at = 0; at + frame <= noisy.size(); at += frame) {
    const size_t known = std::min(ahead, noisy.size() - at - frame);
    activity.Update(Kernels::Best(), std::span(noisy).subspan(at, frame),
                    std::span(noisy).subspan(at + frame, known));
    gate.push_back(activity.is_speech());
  }
  for (size_t i = 0; i < line.begins.size(); ++i) {
    ++sum.onsets;
    const size_t first = line.OnsetOf(i, noise_dbov) / frame;
    size_t open = first;
    while (open < gate.size() && !gate[open]) ++open;
    const int late_ms = static_cast<int>(open - first) * 20;
    sum.late += late_ms > 0 ? 1 : 0;
    sum.worst_ms = std::max(sum.worst_ms, late_ms);
  }
  // Noise only, beyond the hangover of 500 ms, and before the next word could be seen ahead.
  const size_t hangover = VoiceActivity::kSpeechHangoverFrames + 2;
  size_t begin = 100;  // Two seconds to know the line.
  for (size_t i = 0; i < line.begins.size(); ++i) {
    for (size_t n = begin; n + 3 < line.begins[i] / frame; ++n) {
      ++sum.noise_frames;
      sum.noise_taken_for_speech += gate[n] ? 1 : 0;
    }
    begin = line.ends[i] / frame + hangover;
  }
}

class VoiceActivityOnSpeech : public testing::TestWithParam<int> {
 protected:
  // Over all voices. `ahead_ms` of what follows is known.
  Measured Listen(NoiseKind kind, double noise_dbov, int ahead_ms) {
    Measured sum;
    for (const Line& line : LinesAt(GetParam())) {
      Measure(line, kind, noise_dbov, static_cast<size_t>(GetParam() / 1000 * ahead_ms), sum);
    }
    std::printf(
        "%5d Hz %s SNR %2.0f dB, %2d ms ahead: %d of %d onsets late, by %d ms at the worst; "
        "%.2f %% of %lld noise frames open\n",
        GetParam(), kind == NoiseKind::kFan ? "fan  " : "white", kSpeechDbov - noise_dbov, ahead_ms,
        sum.late, sum.onsets, sum.worst_ms,
        100.0 * static_cast<double>(sum.noise_taken_for_speech) /
            static_cast<double>(sum.noise_frames),
        static_cast<long long>(sum.noise_frames));
    return sum;
  }
};

TEST_P(VoiceActivityOnSpeech, F17CutsNoFirstSyllableOnAGoodLine) {
  for (const NoiseKind kind : {NoiseKind::kWhite, NoiseKind::kFan}) {
    for (const double noise_dbov : {-70.0, -54.0}) {
      const Measured with = Listen(kind, noise_dbov, 20);
      EXPECT_EQ(with.late, 0);
      EXPECT_EQ(with.noise_taken_for_speech, 0);
      const Measured without = Listen(kind, noise_dbov, 0);
      EXPECT_LE(without.late, without.onsets / 10);
      EXPECT_LE(without.worst_ms, 20);
    }
  }
}

TEST_P(VoiceActivityOnSpeech, F17CutsLittleOnANoisyLine) {
  for (const NoiseKind kind : {NoiseKind::kWhite, NoiseKind::kFan}) {
    for (const double noise_dbov : {-44.0, -39.0, -34.0}) {
      // What is cut there is hardly louder than the noise it begins in.
      const Measured with = Listen(kind, noise_dbov, 20);
      const Measured without = Listen(kind, noise_dbov, 0);
      EXPECT_LE(with.worst_ms, 40);
      EXPECT_LE(with.late, with.onsets / 6);
      EXPECT_LE(without.worst_ms, 60);
      EXPECT_LE(static_cast<double>(with.noise_taken_for_speech),
                static_cast<double>(with.noise_frames) * 0.03);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(VoiceActivity, VoiceActivityOnSpeech, testing::Values(8000, 16000, 48000));

}  // namespace
}  // namespace narada
