// Talk-off: how often does the detector of keys take speech or music for a key? Never, here.
// Speech of espeak-ng in Polish and English with voices of both sexes and several pitches, louder
// and fainter, and chords and melodies of instruments, at 8 kHz. Prints how much it listened to.
//   bazel test //tests/dtmf:talk_off_test                   about ten minutes of speech, ten of music
//   ... --test_arg=long                                     some two hours of both
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "control/prompts/synthesis/espeak.h"
#include "mixer/dsp/resampler.h"
#include "mixer/dtmf/tone_detector.h"
#include "mixer/units/sample_count.h"

namespace narada {
namespace {

using mixer::SampleRate;

constexpr SampleRate kRate = SampleRate::FromHertz(8000);
bool is_long = false;

// Full of the vowels, glides and whistled sounds that are nearest to two tones.
constexpr char kEnglish[] =
    "The quick brown fox jumps over the lazy dog while the committee considers the annual budget, "
    "and every participant is asked to state clearly whether the schedule of deliveries, the "
    "quality of service and the price per minute are acceptable. We would like to thank everybody "
    "who joined this conference today, and remind you that recordings will be available tomorrow "
    "morning. Numbers such as twelve, fifteen, one hundred and forty four, and seven million eight "
    "hundred thousand are often read aloud in meetings. Who are you, where do we go, how do you "
    "do, see the trees by the sea, no one knows, oh dear, you too. Please enter your pin followed "
    "by the hash key: zero, one, two, three, four, five, six, seven, eight, nine, star, pound.";
constexpr char kPolish[] =
    "Dzień dobry państwu, witamy na dzisiejszej konferencji. Proszę o wyciszenie mikrofonów, "
    "ponieważ w tle słychać hałas. Omówimy budżet na przyszły rok, harmonogram dostaw oraz jakość "
    "usług świadczonych przez naszych podwykonawców. W Szczebrzeszynie chrząszcz brzmi w trzcinie "
    "i Szczebrzeszyn z tego słynie. Pierwszy, drugi, trzeci, piętnaście, sto czterdzieści cztery, "
    "siedem milionów osiemset tysięcy. Ojej, uuu, iii, tu i ówdzie widać gęś, źrebię, żółw i łoś. "
    "Podaj numer pokoju i zatwierdź krzyżykiem: zero, jeden, dwa, trzy, cztery, pięć, sześć, "
    "siedem, osiem, dziewięć, gwiazdka, krzyżyk. Dziękuję bardzo za uwagę i do widzenia.";

class TalkOff {
 public:
  // At several levels, as loud speakers and faint ones.
  void Listen(std::span<const int16_t> samples) {
    for (const int percent : {100, 30, 8}) {
      std::vector<int16_t> scaled;
      scaled.reserve(samples.size());
      for (const int sample : samples)
        scaled.push_back(static_cast<int16_t>(sample * percent / 100));
      detector_.Process(scaled, [this](mixer::dtmf::ToneChange change) {
        if (change.digit != 0) digits_ += change.digit;
      });
    }
    seconds_ += static_cast<double>(samples.size()) / kRate.hertz();
  }

  double minutes() const { return seconds_ / 60; }
  const std::string& digits() const { return digits_; }

 private:
  mixer::dtmf::ToneDetector detector_;
  std::string digits_;
  double seconds_ = 0;
};

void Report(absl::string_view what, const TalkOff& heard) {
  std::printf("%s: %.1f min, each at 3 levels, %zu keys%s%s\n", std::string(what).c_str(),
              heard.minutes(), heard.digits().size(), heard.digits().empty() ? "" : ": ",
              heard.digits().c_str());
}

TEST(TalkOff, TakesNoSpeechForAKey) {
  TalkOff heard;
  const std::vector<int> pitches = is_long ? std::vector{10, 30, 50, 70, 90} : std::vector{50};
  const std::vector<int> speeds = is_long ? std::vector{120, 160, 220} : std::vector{160};
  const std::pair<const char*, const char*> voices[] = {
      {"en-us", kEnglish},         {"en-us+f2", kEnglish},    {"en-gb+m3", kEnglish},
      {"en-gb+f4", kEnglish},      {"en-029+m7", kEnglish},   {"en-us+f5", kEnglish},
      {"en-gb+whisper", kEnglish}, {"en-gb+croak", kEnglish}, {"pl", kPolish},
      {"pl+f2", kPolish},          {"pl+m3", kPolish},        {"pl+f4", kPolish},
      {"pl+m7", kPolish},          {"pl+f1", kPolish},        {"pl+f5", kPolish},
      {"pl+m1", kPolish}};
  for (const auto& [name, text] : voices) {
    for (const int pitch : pitches) {
      for (const int speed : speeds) {
        control::prompts::Voice voice;
        voice.name = name;
        voice.pitch = pitch;
        voice.words_per_minute = speed;
        const auto speech = control::prompts::SpeakWithEspeak(voice, text);
        ASSERT_TRUE(speech.ok()) << speech.status();
        heard.Listen(mixer::dsp::Resample(
            speech->samples, SampleRate::FromHertz(static_cast<int>(speech->rate_hz)), kRate));
      }
    }
  }
  Report("speech", heard);
  EXPECT_GT(heard.minutes(), 5);
  EXPECT_EQ(heard.digits(), "");
}

// Chords of two to four notes of an equal-tempered scale, each with harmonics, a decaying envelope
// and some vibrato.
TEST(TalkOff, TakesNoMusicForAKey) {
  SeededRandom random(3);
  TalkOff heard;
  const int chords = is_long ? 12'000 : 1500;
  for (int chord = 0; chord < chords; ++chord) {
    std::vector<double> sum(static_cast<size_t>(random.Between(1600, 4800)));
    const int64_t notes = random.Between(2, 4);
    for (int64_t note = 0; note < notes; ++note) {
      const double hertz = 110 * std::pow(2, static_cast<double>(random.Between(0, 40)) / 12);
      const double harmonics = 0.2 + 0.6 * random.Fraction();  // Each weaker than the last.
      const double vibrato = 0.004 * random.Fraction();
      double strength = 3000;
      for (int harmonic = 1; harmonic <= 8 && harmonic * hertz < 3800; ++harmonic) {
        for (size_t i = 0; i < sum.size(); ++i) {
          const double t = static_cast<double>(i) / kRate.hertz();
          const double wobble = vibrato * std::sin(2 * std::numbers::pi * 5.5 * t) / 5.5;
          sum[i] += strength * std::exp(-2 * t) *
                    std::sin(2 * std::numbers::pi * harmonic * hertz * (t + wobble));
        }
        strength *= harmonics;
      }
    }
    std::vector<int16_t> samples;
    for (const double sample : sum) {
      samples.push_back(static_cast<int16_t>(std::clamp(sample, -32768.0, 32767.0)));
    }
    heard.Listen(samples);
  }
  Report("music", heard);
  EXPECT_GT(heard.minutes(), 5);
  EXPECT_EQ(heard.digits(), "");
}

}  // namespace
}  // namespace narada

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  narada::is_long = argc > 1 && absl::string_view(argv[1]) == "long";
  return RUN_ALL_TESTS();
}
