#include "mixer/jitter/jitter_buffer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/g711.h"

namespace narada::mixer::jitter {
namespace {

using Kind = PlayedFrame::Kind;

// A quarter of an hour; three minutes where every access is checked.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kSkewMs = 180'000;
#else
constexpr int kSkewMs = 900'000;
#endif

// A phone that says a 440 Hz tone in G.711, a network that the test makes bad, and the buffer, on a
// virtual clock of 1 ms. Packets are sent at `20 ms * n`; ticks are at `20 ms * n + phase`.
class JitterBufferTest : public testing::Test {
 protected:
  static constexpr double kHertz = 440;

  JitterBufferTest() : decoder_(codec::MakeDecoder({.id = codec::CodecId::kPcma})) {}

  std::vector<uint8_t> Payload(int64_t begin, int samples) const {
    std::vector<int16_t> tone(samples);
    for (int i = 0; i < samples; ++i) {
      tone[i] = static_cast<int16_t>(
          std::lround(4000 * std::sin(2 * std::numbers::pi * kHertz * (begin + i) / 8000)));
    }
    std::vector<uint8_t> payload(samples);
    codec::EncodeALaw(tone, payload);
    return payload;
  }

  // Puts packet number `n` on the wire, to arrive after `delay_ms`.
  void Send(int n, int delay_ms) {
    const int ms = n * ptime_ms_;
    const int64_t begin = int64_t{n} * ptime_ms_ * 8;
    const ArrivedPacket packet{.sequence_number = SequenceNumber(first_sequence_) + n,
                               .timestamp = RtpTimestamp(first_timestamp_) + RtpTicks(begin),
                               .decoder = decoder_.get()};
    arrivals_.emplace(ms + delay_ms, std::pair(packet, Payload(begin, ptime_ms_ * 8)));
  }

  // Runs until `end_ms`; `delay_ms_of` says of each packet how long it travels, or -1 for a loss.
  void RunUntil(int end_ms, const std::function<int(int n)>& delay_ms_of) {
    for (; now_ms_ < end_ms; ++now_ms_) {
      const MediaTime now = MediaTime() + Seconds(1000) + Milliseconds(now_ms_);
      if (now_ms_ % ptime_ms_ == 0) {
        const int n = now_ms_ / ptime_ms_;
        if (const int delay = delay_ms_of(n); delay >= 0) Send(n, delay);
      }
      for (auto it = arrivals_.find(now_ms_); it != arrivals_.end() && it->first == now_ms_;) {
        ++verdicts_[buffer_->Insert(it->second.first, it->second.second, now)];
        it = arrivals_.erase(it);
      }
      if (now_ms_ % 20 == phase_ms_) {
        std::vector<int16_t> frame(160);
        frames_.push_back(buffer_->Pull(frame, now));
        heard_.insert(heard_.end(), frame.begin(), frame.end());
      }
    }
  }

  int FramesOf(Kind kind, size_t from = 0) const {
    return static_cast<int>(std::count_if(frames_.begin() + from, frames_.end(),
                                          [&](const PlayedFrame& f) { return f.kind == kind; }));
  }

  // The tick of the first audio.
  size_t FirstAudio() const {
    return std::find_if(frames_.begin(), frames_.end(),
                        [](const PlayedFrame& f) { return f.kind == Kind::kAudio; }) -
           frames_.begin();
  }

  // The largest step between two samples, from this tick on: a click is larger than the tone's own.
  int LargestStep(size_t from_tick) const {
    int largest = 0;
    for (size_t i = from_tick * 160 + 1; i < heard_.size(); ++i) {
      largest = std::max(largest, std::abs(heard_[i] - heard_[i - 1]));
    }
    return largest;
  }
  static int ToneStep() {
    return static_cast<int>(4000 * 2 * std::numbers::pi * kHertz / 8000) + 130;
  }

  // The longest stretch without the tone, in ms, from this tick on.
  int LongestGapMs(size_t from_tick) const {
    int gap = 0, longest = 0;
    for (size_t at = from_tick * 160; at + 8 <= heard_.size(); at += 8) {
      int64_t energy = 0;
      // Over a bit more than a half wave.
      for (size_t i = at; i < std::min(at + 10, heard_.size()); ++i)
        energy += heard_[i] * heard_[i];
      gap = energy < 10 * 400 * 400 ? gap + 1 : 0;
      longest = std::max(longest, gap);
    }
    return longest;
  }

  const JitterBufferStatistics& statistics() const { return buffer_->statistics(); }

  std::unique_ptr<codec::Decoder> decoder_;
  std::unique_ptr<JitterBuffer> buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{});
  uint16_t first_sequence_ = 65'500;         // Wraps soon.
  uint32_t first_timestamp_ = 0xffff'0000u;  // This, too.
  int ptime_ms_ = 20;
  int phase_ms_ = 7;
  int now_ms_ = 0;
  std::multimap<int, std::pair<ArrivedPacket, std::vector<uint8_t>>> arrivals_;
  std::map<InsertVerdict, int> verdicts_;
  std::vector<PlayedFrame> frames_;
  std::vector<int16_t> heard_;
};

TEST_F(JitterBufferTest, PlaysAnEvenNetworkWithoutAnyChange) {
  RunUntil(60'000, [](int) { return 3; });
  EXPECT_EQ(verdicts_[InsertVerdict::kTaken], 3000);
  EXPECT_EQ(statistics().concealed_network, 0u);
  EXPECT_EQ(statistics().samples_removed + statistics().samples_inserted, 0u);
  EXPECT_EQ(FramesOf(Kind::kAudio), 3000 - static_cast<int>(FirstAudio()));
  EXPECT_LT(LargestStep(FirstAudio() + 1), ToneStep());
  // Bit by bit what was said.
  const auto said = Payload(0, 8000);
  std::vector<int16_t> expected(said.size());
  codec::DecodeALaw(said, expected);
  const std::vector<int16_t> heard(heard_.begin() + FirstAudio() * 160,
                                   heard_.begin() + FirstAudio() * 160 + 8000);
  // But for the fade-in of the first samples.
  EXPECT_TRUE(std::equal(heard.begin() + 80, heard.end(), expected.begin() + 80));
}

class JitterBufferAtPhase : public JitterBufferTest, public testing::WithParamInterface<int> {};

TEST_P(JitterBufferAtPhase, StartsTenToThirtyMillisecondsBehindThePacket) {
  phase_ms_ = GetParam();
  RunUntil(1000, [](int) { return 0; });
  EXPECT_GE(statistics().delay, Milliseconds(10));
  EXPECT_LT(statistics().delay, Milliseconds(30));
  EXPECT_EQ(statistics().concealed_network, 0u);
}

// Two late packets have cost a frame of delay; of a network that was steady again for long nothing is kept back but what cannot be
// told from it.
TEST_P(JitterBufferAtPhase, GoesBackToTheNextTickOnASteadyNetwork) {
  phase_ms_ = GetParam();
  buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{.margin = MediaDuration()});
  RunUntil(30'000, [](int n) { return n == 250 || n == 251 ? 12 : 0; });
  EXPECT_LE(statistics().delay,
            Milliseconds(phase_ms_ < 2 ? 23 : 19));  // Of a frame and a part of a period.
  EXPECT_LE(statistics().concealed_network, 2u);
}

INSTANTIATE_TEST_SUITE_P(JitterBuffer, JitterBufferAtPhase,
                         testing::Values(0, 1, 2, 3, 5, 9, 10, 11, 19));

class JitterBufferWithPtime : public JitterBufferTest, public testing::WithParamInterface<int> {};

TEST_P(JitterBufferWithPtime, PlaysPacketsOfAnyLength) {
  ptime_ms_ = GetParam();
  for (phase_ms_ = 0; phase_ms_ < 20; phase_ms_ += 7) {
    SCOPED_TRACE(testing::Message() << "phase " << phase_ms_);
    buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{});
    frames_.clear(), heard_.clear(), arrivals_.clear();
    const int begin = now_ms_;
    RunUntil(begin + 12'000, [](int) { return 3; });
    // Where the packets do not fit the ticks the delay is found in the first seconds; then nothing
    // changes any more.
    const auto inserted = statistics().samples_inserted, removed = statistics().samples_removed;
    const auto concealed = statistics().concealed_network;
    const size_t settled = frames_.size();
    RunUntil(begin + 60'000, [](int) { return 3; });
    EXPECT_LE(concealed, 3u);
    EXPECT_EQ(statistics().concealed_network, concealed);
    EXPECT_EQ(statistics().samples_inserted, inserted);
    EXPECT_EQ(statistics().samples_removed, removed);
    EXPECT_EQ(FramesOf(Kind::kAudio, settled), static_cast<int>(frames_.size() - settled));
    EXPECT_LT(LargestStep(settled), ToneStep());
    EXPECT_LT(statistics().delay, Milliseconds(ptime_ms_ + 45));
    now_ms_ = (now_ms_ + 599) / 600 * 600;
  }
}

INSTANTIATE_TEST_SUITE_P(JitterBuffer, JitterBufferWithPtime, testing::Values(10, 20, 30, 40, 60));

TEST_F(JitterBufferTest, ReordersWhatArrivesOutOfOrder) {
  RunUntil(10'000, [](int n) { return n % 7 == 3 ? 24 : 3; });
  EXPECT_EQ(verdicts_[InsertVerdict::kTaken], 500 - verdicts_[InsertVerdict::kTooLate]);
  EXPECT_LE(verdicts_[InsertVerdict::kTooLate], 2);
  EXPECT_LE(statistics().concealed_network, 3u);
}

TEST_F(JitterBufferTest, CountsADuplicateAndPlaysItOnce) {
  RunUntil(5'000, [this](int n) {
    if (n > 0) Send(n - 1, 25);
    return 3;
  });
  EXPECT_EQ(verdicts_[InsertVerdict::kTaken], 250);
  EXPECT_EQ(verdicts_[InsertVerdict::kDuplicate], 249);
  EXPECT_EQ(statistics().concealed_network, 0u);
}

TEST_F(JitterBufferTest, HidesTheLossOfOnePacketInTen) {
  RunUntil(20'000, [](int n) { return n % 10 == 9 ? -1 : 3; });
  EXPECT_EQ(statistics().concealed_network, 99u);  // The last one is not known to be lost yet.
  EXPECT_LT(LongestGapMs(FirstAudio() + 1), 5);
  EXPECT_LT(LargestStep(FirstAudio() + 1), 2 * ToneStep());
}

TEST_F(JitterBufferTest, CountsEveryFrameOfALongerLoss) {
  RunUntil(5'000, [](int n) { return n >= 100 && n < 103 ? -1 : 3; });
  EXPECT_EQ(statistics().concealed_network, 3u);
  EXPECT_EQ(statistics().samples_inserted + statistics().samples_removed, 0u);
}

TEST_F(JitterBufferTest, DoesNotTakeAPauseForALoss) {
  // Discontinuous transmission: the numbers go on, the timestamps jump.
  RunUntil(2'000, [](int) { return 3; });
  const int paused = 50;
  first_sequence_ = static_cast<uint16_t>(first_sequence_ - paused);
  RunUntil(3'000, [](int) { return -1; });
  RunUntil(5'000, [](int) { return 3; });
  EXPECT_EQ(statistics().concealed_network, 0u);
  EXPECT_EQ(verdicts_[InsertVerdict::kTaken], 200);
  EXPECT_LT(statistics().delay, Milliseconds(30));
}

TEST_F(JitterBufferTest, TakesAShortPauseForAPauseToo) {
  RunUntil(2'000, [](int) { return 3; });
  first_sequence_ = static_cast<uint16_t>(first_sequence_ - 2);
  RunUntil(2'040, [](int) { return -1; });
  RunUntil(5'000, [](int) { return 3; });
  EXPECT_EQ(statistics().concealed_network, 0u);
}

TEST_F(JitterBufferTest, DoesNotMissNumbersThatTelephoneEventsUsed) {
  RunUntil(2'000, [](int) { return 3; });
  for (int n = 100; n < 110; ++n) buffer_->Skip(SequenceNumber(first_sequence_) + n);
  RunUntil(2'200, [](int) { return -1; });
  RunUntil(5'000, [](int) { return 3; });
  EXPECT_EQ(statistics().concealed_network, 0u);
}

TEST_F(JitterBufferTest, WaitsLongerWhenTheNetworkBecomesSlower) {
  RunUntil(2'000, [](int) { return 3; });
  RunUntil(10'000, [](int) { return 63; });
  // The step itself cannot be hidden; after it nothing is missing.
  EXPECT_LE(statistics().concealed_network, 5u);
  const auto concealed = statistics().concealed_network;
  const size_t settled = frames_.size();
  RunUntil(20'000, [](int) { return 63; });
  EXPECT_EQ(statistics().concealed_network, concealed);
  EXPECT_EQ(FramesOf(Kind::kAudio, settled), static_cast<int>(frames_.size() - settled));
  EXPECT_LT(statistics().delay, Milliseconds(30));
}

TEST_F(JitterBufferTest, ShedsTheDelayWithoutAClickWhenTheNetworkRecovers) {
  SeededRandom random(4);
  RunUntil(10'000, [&](int) { return static_cast<int>(random.Below(100)); });
  EXPECT_GT(statistics().delay, Milliseconds(60));
  EXPECT_LE(statistics().delay, Milliseconds(200));
  const size_t recovered = frames_.size();
  RunUntil(20'000, [](int) { return 3; });
  EXPECT_LT(statistics().delay, Milliseconds(45));
  EXPECT_EQ(FramesOf(Kind::kConcealed, recovered + 10), 0);
  EXPECT_LT(LargestStep(recovered + 10), ToneStep() * 5 / 4);
  EXPECT_LT(LongestGapMs(recovered + 10), 5);
}

TEST_F(JitterBufferTest, AHiccupDelaysForSecondsNotForGood) {
  buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{.margin = MediaDuration()});
  const auto hiccup = [](int n) { return n % 500 == 250 || n % 500 == 251 ? 6 : 1; };
  RunUntil(4'000, hiccup);
  EXPECT_LT(statistics().delay, Milliseconds(10));
  RunUntil(6'000, hiccup);  // It came at 5 s.
  EXPECT_GT(statistics().delay, Milliseconds(20));
  RunUntil(14'000, hiccup);
  EXPECT_LT(statistics().delay, Milliseconds(10));
  EXPECT_LT(LargestStep(FirstAudio() + 1), ToneStep() * 5 / 4);
  // One every ten seconds, for an hour: soon it is waited for, for minutes.
  RunUntil(3'600'000, hiccup);
  EXPECT_LT(statistics().samples_inserted, 40u * 160);
  EXPECT_LT(statistics().concealed_network, 40u);
}

TEST_F(JitterBufferTest, LosesLittleUnderSteadyJitterOfFiftyMilliseconds) {
  SeededRandom random(5);
  RunUntil(60'000, [&](int) { return static_cast<int>(random.Below(50)); });
  // The slowest packet but one of each second sets the delay.
  EXPECT_LT(statistics().concealed_network, 3000u / 20);
  EXPECT_LE(statistics().delay_max, Milliseconds(120));
}

TEST_F(JitterBufferTest, NeverHoldsMoreThanItsCeiling) {
  RunUntil(2'000, [](int) { return 3; });
  // A stall: 1.5 s of packets arrive at once.
  RunUntil(3'500, [](int n) { return 3'503 - n * 20; });
  RunUntil(4'500, [](int) { return 3; });
  EXPECT_LE(statistics().delay, Milliseconds(200));
  RunUntil(15'000, [](int) { return 3; });
  EXPECT_LT(statistics().delay, Milliseconds(45));
  EXPECT_LE(statistics().delay_max, Milliseconds(220));
}

TEST_F(JitterBufferTest, FollowsAJumpOfTheTimestampWithinAHundredMilliseconds) {
  for (int64_t jump : {int64_t{1} << 15, int64_t{1} << 31, int64_t{-100'000}, int64_t{8'000}}) {
    SCOPED_TRACE(testing::Message() << "jump " << jump);
    buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{});
    frames_.clear(), heard_.clear(), arrivals_.clear();
    const int begin = now_ms_;
    RunUntil(begin + 2'000, [](int) { return 3; });
    first_timestamp_ += static_cast<uint32_t>(jump);
    const size_t jumped = frames_.size();
    RunUntil(begin + 4'000, [](int) { return 3; });
    EXPECT_EQ(statistics().restarts, 1u);
    EXPECT_LE(FramesOf(Kind::kConcealed, jumped) + FramesOf(Kind::kSilence, jumped), 6);
    EXPECT_LT(statistics().delay, Milliseconds(30));
  }
}

TEST_F(JitterBufferTest, IsNotLedAstrayByASingleStray) {
  RunUntil(2'000, [](int) { return 3; });
  const uint32_t before = first_timestamp_;
  first_timestamp_ += 1'000'000;
  RunUntil(2'020, [](int) { return 3; });
  first_timestamp_ = before;
  RunUntil(5'000, [](int) { return 3; });
  EXPECT_EQ(verdicts_[InsertVerdict::kTooEarly], 1);
  EXPECT_EQ(statistics().concealed_network, 1u);
  EXPECT_EQ(statistics().restarts, 0u);
}

TEST_F(JitterBufferTest, BeginsAnewWithAnotherSource) {
  RunUntil(2'000, [](int) { return 3; });
  buffer_->Restart();
  first_sequence_ = 7;
  first_timestamp_ = 12'345'678;
  const size_t restarted = frames_.size();
  RunUntil(4'000, [](int) { return 3; });
  EXPECT_LE(FramesOf(Kind::kSilence, restarted), 2);
  EXPECT_EQ(statistics().concealed_network, 0u);
  EXPECT_LT(LargestStep(FirstAudio() + 1), 2 * ToneStep());
}

TEST_F(JitterBufferTest, ResumesWithinAHundredMillisecondsAfterAnOutage) {
  RunUntil(2'000, [](int) { return 3; });
  RunUntil(4'000, [](int) { return -1; });
  const size_t back = frames_.size();
  RunUntil(6'000, [](int) { return 3; });
  EXPECT_LE(FramesOf(Kind::kSilence, back), 3);
  EXPECT_EQ(FramesOf(Kind::kConcealed, back), 0);
  EXPECT_LT(statistics().delay, Milliseconds(30));
}

// A network that held everything back for longer than the ceiling lets wait, and then delivers it at once: what the latest packets
// needed is more than there may be, and no reason to stay silent until it is forgotten.
class JitterBufferAfterStall : public JitterBufferTest,
                               public testing::WithParamInterface<int> {};  // Of so many packets.
TEST_P(JitterBufferAfterStall, ResumesWithinAHundredMilliseconds) {
  constexpr int kStalled = 100;
  const int released = kStalled + GetParam();
  RunUntil(5'000, [=](int n) { return n >= kStalled && n < released ? 20 * (released - n) : 0; });
  const auto resumed = static_cast<size_t>(released + 5);
  EXPECT_EQ(FramesOf(Kind::kAudio, resumed), static_cast<int>(frames_.size() - resumed));
  EXPECT_LT(LongestGapMs(resumed), 40);
}
INSTANTIATE_TEST_SUITE_P(, JitterBufferAfterStall, testing::Values(5, 9, 12, 20, 40, 90));

TEST_F(JitterBufferTest, FallsSilentWhenTheStreamEnds) {
  RunUntil(2'000, [](int) { return 3; });
  RunUntil(4'000, [](int) { return -1; });
  EXPECT_EQ(frames_.back().kind, Kind::kSilence);
  EXPECT_EQ(std::vector<int16_t>(heard_.end() - 8000, heard_.end()), std::vector<int16_t>(8000, 0));
  EXPECT_EQ(statistics().concealed_network, 0u);  // Nobody knows that anything was lost.
}

TEST_F(JitterBufferTest, EndsTheTalkWithComfortNoise) {
  RunUntil(2'000, [](int) { return 3; });
  const ArrivedPacket comfort_noise{
      .sequence_number = SequenceNumber(first_sequence_) + 100,
      .timestamp = RtpTimestamp(first_timestamp_) + RtpTicks(100 * 160)};
  const uint8_t level = 60;
  EXPECT_EQ(buffer_->Insert(comfort_noise, {&level, 1},
                            MediaTime() + Seconds(1000) + Milliseconds(now_ms_)),
            InsertVerdict::kTaken);
  RunUntil(3'000, [](int) { return -1; });
  EXPECT_EQ(FramesOf(Kind::kConcealed), 0);
  EXPECT_EQ(frames_.back().kind, Kind::kSilence);
}

TEST_F(JitterBufferTest, FollowsASkewedClockWithoutAPeriodMoreOrLess) {
  // The sender is slow: its packets come later and later; or fast. Whatever the phase of the ticks.
  for (int ppm : {200, -200, 300, -300}) {
    buffer_ = std::make_unique<JitterBuffer>(JitterBufferConfig{});
    frames_.clear(), heard_.clear(), arrivals_.clear();
    phase_ms_ = (phase_ms_ + 7) % 20;
    now_ms_ = 0;
    const auto transit = [&](int n) { return 800 + n * 20 / 1000 * ppm / 1000; };
    SCOPED_TRACE(testing::Message() << ppm << " ppm");
    // Where the delay was too short for what a skew needs, one or two periods go in.
    RunUntil(30'000, transit);
    const auto inserted = statistics().samples_inserted;
    EXPECT_LE(inserted, 160u);
    RunUntil(kSkewMs, transit);
    EXPECT_EQ(statistics().concealed_network, 0u);
    EXPECT_EQ(statistics().samples_inserted, inserted);
    EXPECT_EQ(statistics().samples_removed, 0u);
    EXPECT_NEAR(statistics().clock_skew_ppb, -ppm * 1000, 20'000);
    EXPECT_LT(statistics().delay_max, Milliseconds(50));
    EXPECT_LT(LargestStep(FirstAudio() + 1), ToneStep() * 5 / 4);
    EXPECT_LT(LongestGapMs(FirstAudio() + 1), 5);
  }
}

// Packets of 1 ms to the longest that are taken, then longer ones, then usual ones, each arriving when
// it is complete.
TEST_F(JitterBufferTest, V11FollowsPacketsOfEveryLengthInOneStream) {
  int begin_ms = 0;
  int number = 0;
  const auto say = [&](int ms) {
    const int64_t begin = int64_t{begin_ms} * 8;
    begin_ms += ms;
    const ArrivedPacket packet{.sequence_number = SequenceNumber(first_sequence_) + number++,
                               .timestamp = RtpTimestamp(first_timestamp_) + RtpTicks(begin),
                               .decoder = decoder_.get()};
    arrivals_.emplace(begin_ms, std::pair(packet, Payload(begin, ms * 8)));
  };
  const auto nothing_else = [](int) { return -1; };
  const int longest_ms = static_cast<int>(JitterBuffer::kPacketMax.milliseconds());
  for (int ms = 1; ms <= longest_ms; ++ms) {
    for (int said = 0; said < 480; said += ms) say(ms);
  }
  RunUntil(begin_ms + 1, nothing_else);
  EXPECT_EQ(verdicts_[InsertVerdict::kInvalid], 0);
  EXPECT_LE(LongestGapMs(FirstAudio()), 100);
  EXPECT_LE(statistics().delay_max, Milliseconds(200));
  const int before = begin_ms;
  for (int ms = longest_ms + 1; ms <= 200; ++ms) say(ms);
  EXPECT_GT(begin_ms, before);
  RunUntil(begin_ms + 1, nothing_else);
  EXPECT_EQ(verdicts_[InsertVerdict::kInvalid], 200 - longest_ms);
  const size_t usual_again = frames_.size();
  for (int said = 0; said < 4000; said += 20) say(20);
  RunUntil(begin_ms + 1, nothing_else);
  EXPECT_EQ(verdicts_[InsertVerdict::kInvalid], 200 - longest_ms);
  // They wait as long as the longest ones had to: that is what is known of this sender.
  EXPECT_LE(LongestGapMs(usual_again), longest_ms + 40);
  EXPECT_EQ(LongestGapMs(frames_.size() - 50), 0);
}

TEST_F(JitterBufferTest, SurvivesAnything) {
  SeededRandom random(6);
  std::vector<int16_t> frame(160);
  MediaTime now = MediaTime() + Seconds(5);
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  for (int i = 0; i < 200'000; ++i) {
    now += Milliseconds(random.Between(0, 15));
    const std::vector<uint8_t> payload(random.OneIn(10) ? random.Below(1400) : 160, 0x55);
    sequence =
        static_cast<uint16_t>(sequence + (random.OneIn(50) ? random.Next() : random.Below(3)));
    timestamp += static_cast<uint32_t>(random.OneIn(50) ? random.Next() : 160 * random.Below(3));
    buffer_->Insert({.sequence_number = SequenceNumber(sequence),
                     .timestamp = RtpTimestamp(timestamp),
                     .decoder = random.OneIn(40) ? nullptr : decoder_.get()},
                    payload, now);
    if (random.OneIn(2)) buffer_->Pull(frame, now);
    if (random.OneIn(5000)) buffer_->Restart();
  }
}

}  // namespace
}  // namespace narada::mixer::jitter
