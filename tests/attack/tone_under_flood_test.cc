// reliability.md V12: a mixer must not insert silence at random. In real time, over sockets, a steady tone
// goes from leg to leg while strangers send 20,000 packets a second to its ports, and is followed phase by
// phase: not one discontinuity, and every tick accounted for. Prints what it counted.
//   bazel test -c opt //tests/attack:tone_under_flood_test                    five seconds
//   ... --test_env=NARADA_FLOOD_SECONDS=3600 --test_timeout=4000 --test_output=streamed    an hour
// The virtual counterpart, with skewed clocks and without a flood: tests/simulation/steady_tone_test.cc.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/attack/attacker.h"
#include "tests/attack/callers.h"
#include "tests/attack/mixer_process.h"
#include "tests/attack/socket_queue.h"
#include "tests/phone/heard_audio.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/tone_tracker.h"

namespace narada::attack {
namespace {

using phone::MediaSession;

// 20 ms more or less turn its phase by a quarter: 247 us.
constexpr double kHertz = 1012.5;
// Moved by more between two frames it is broken: a sample is 125 us. Following the sender's clock, of which
// it learns by packets that are late at random, the mixer moves it by up to 48 us at first, without a click.
constexpr double kBreakUs = 60;
constexpr int kPacketsPerSecond = 20'000;
constexpr size_t kFrameSamples = 160;
constexpr absl::Duration kFrame = absl::Milliseconds(20);

int FloodSeconds() {
  const char* const wanted = getenv("NARADA_FLOOD_SECONDS");
  return wanted == nullptr ? 5 : atoi(wanted);
}

// One who says the tone and one who hears it, in a room of their own.
struct Talk {
  const char* name;
  Caller speaker;
  Caller listener;
  // At the beginning, and then about once a second:
  std::vector<uint64_t> concealed;          // Frames of the speaker's, until then.
  std::vector<double> delay_ms;             // Of its jitter buffer.
  std::vector<absl::Duration> heard_until;  // On the axis of what the listener heard.

  void Look(MixerProcess& mixer) {
    const mixer::v1::LegStatistics statistics = mixer.Statistics(speaker.leg);
    uint64_t sum = 0;
    for (const auto& [cause, frames] : statistics.concealed_frames()) sum += frames;
    concealed.push_back(sum);
    const auto& delay = statistics.jitter_buffer_delay();
    delay_ms.push_back(static_cast<double>(delay.seconds()) * 1e3 + delay.nanos() / 1e6);
    heard_until.push_back(listener.phone->SinceOrigin());
  }
  // Whether the mixer says that packets were late about this second: it concealed, or its jitter buffer grew
  // or shed.
  bool IsTroubledAbout(size_t second) const {
    const size_t before = second == 0 ? 0 : second - 1;
    const size_t after = std::min(second + 2, concealed.size() - 1);
    const auto [least, most] =
        std::minmax_element(delay_ms.begin() + static_cast<ptrdiff_t>(before),
                            delay_ms.begin() + static_cast<ptrdiff_t>(after) + 1);
    return concealed[after] > concealed[before] || *most > *least + 1;
  }
  uint64_t AllConcealed() const { return concealed.back() - concealed.front(); }
};

// What has become of the tone, by the seconds between two looks.
struct Hearing {
  std::vector<int> breaks;  // Frames that do not follow the one before, or are not there.
  double largest_step_us = 0;
  double faintest_of_usual = 1;
  int64_t frames = 0;

  int AllBreaks() const {
    int sum = 0;
    for (const int in_second : breaks) sum += in_second;
    return sum;
  }
  // In this second or next to it: sounds are on their way for some of it.
  bool IsBrokenAbout(size_t second) const {
    for (size_t at = second == 0 ? 0 : second - 1; at <= second + 1 && at < breaks.size(); ++at) {
      if (breaks[at] > 0) return true;
    }
    return false;
  }
};

Hearing HearingOf(const Talk& talk) {
  const phone::HeardAudio heard = talk.listener.phone->Heard();
  const std::span<const int16_t> samples = heard.samples();
  phone::ToneTracker tracker(kHertz, heard.rate_hz());
  Hearing hearing{.breaks = std::vector<int>(talk.heard_until.size() - 1)};
  std::vector<double> amplitudes;
  std::vector<std::pair<size_t, phone::ToneTracker::Frame>> frames;  // With their second.
  size_t second = 0;
  for (size_t at = 0; at + kFrameSamples <= samples.size(); at += kFrameSamples) {
    const phone::ToneTracker::Frame frame = tracker.Hear(samples.subspan(at, kFrameSamples));
    const absl::Duration time = kFrame * static_cast<int64_t>(at / kFrameSamples);
    if (time < talk.heard_until.front() || time >= talk.heard_until.back()) continue;
    while (time >= talk.heard_until[second + 1]) ++second;
    frames.emplace_back(second, frame);
    amplitudes.push_back(frame.amplitude);
  }
  if (frames.empty()) return hearing;
  const auto middle = amplitudes.begin() + static_cast<ptrdiff_t>(amplitudes.size() / 2);
  std::nth_element(amplitudes.begin(), middle, amplitudes.end());
  for (const auto& [in_second, frame] : frames) {
    hearing.largest_step_us = std::max(hearing.largest_step_us, std::abs(frame.step_us));
    hearing.faintest_of_usual = std::min(hearing.faintest_of_usual, frame.amplitude / *middle);
    if (std::abs(frame.step_us) > kBreakUs || frame.amplitude < 0.8 * *middle) {
      ++hearing.breaks[in_second];
    }
  }
  hearing.frames = static_cast<int64_t>(frames.size());
  return hearing;
}

uint64_t DropsOf(MixerProcess& mixer, const Caller& caller) {
  const mixer::v1::LegStatistics statistics = mixer.Statistics(caller.leg);
  uint64_t sum = 0;
  for (const auto& [reason, count] : statistics.drops()) sum += count;
  return sum;
}

class ToneUnderFlood : public testing::Test {
 protected:
  Talk Begin(const char* name, bool is_encrypted) {
    Talk talk{.name = name};
    mixer_.CreateRoom(name);
    MediaSession::Options options;
    if (is_encrypted) options.srtp_suites = {"AES_CM_128_HMAC_SHA1_80"};
    for (Caller* const caller : {&talk.speaker, &talk.listener}) {
      options.keep_audio = caller == &talk.listener;
      absl::StatusOr<Caller> made = Call(mixer_, loop_, name, options);
      EXPECT_TRUE(made.ok()) << made.status();
      if (made.ok()) *caller = *std::move(made);
    }
    talk.speaker.phone->SayTones({{kHertz, -20}});
    return talk;
  }

  // What strangers send: our own stream guessed, noise, reports, goodbyes, too long, too short.
  std::vector<Bytes> Garbage(const Caller& caller) {
    Bytes noise(400);
    for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<uint8_t>(i * i * 131 + i);
    return {Rtp({.ssrc = caller.phone->ssrc(), .number = 1}, LoudTone()),
            Rtp({.ssrc = 5, .number = 2, .payload_type = 101}, {5, 0x8a, 3, 0x20}),
            noise,
            ReceiverReport(caller.phone->ssrc()),
            Goodbye(caller.phone->ssrc()),
            Bytes(1490, 0x80),
            Bytes(3, 0x80)};
  }

  MixerProcess mixer_{{.rtp_port_min = 17100, .rtp_port_max = 17199}};
  phone::PhoneLoop loop_;
};

TEST_F(ToneUnderFlood, ControlAHoleOfAFewPacketsIsFound) {
  Talk talk = Begin("hole", false);
  if (HasFailure()) return;
  absl::SleepFor(absl::Seconds(1));
  talk.Look(mixer_);
  absl::SleepFor(absl::Milliseconds(500));
  talk.speaker.phone->SetSending(false);
  absl::SleepFor(absl::Milliseconds(200));
  talk.speaker.phone->SetSending(true);
  absl::SleepFor(absl::Milliseconds(500));
  talk.Look(mixer_);
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_GT(HearingOf(talk).AllBreaks(), 0) << "if this is not found, no test here can fail";
}

TEST_F(ToneUnderFlood, V12NothingIsInsertedOrDropped) {
  std::array<Talk, 2> attacked = {Begin("plain", false), Begin("encrypted", true)};
  Talk beside = Begin("beside", false);  // Unattacked: what both have at once is the machine's.
  if (HasFailure()) return;
  absl::SleepFor(absl::Seconds(2));

  std::vector<uint16_t> ports;
  std::vector<Bytes> garbage;
  for (const Talk& talk : attacked) {
    for (const Caller* const caller : {&talk.speaker, &talk.listener}) {
      ports.insert(ports.end(), {caller->rtp_port, caller->rtcp_port});
    }
    for (Bytes& datagram : Garbage(talk.speaker)) garbage.push_back(std::move(datagram));
  }
  const auto look = [&] {
    for (Talk& talk : attacked) talk.Look(mixer_);
    beside.Look(mixer_);
  };
  Attacker foreign("127.0.0.66");
  Attacker neighbour("127.0.0.1");
  const absl::Duration length = absl::Seconds(FloodSeconds());
  const absl::Duration cpu_before = mixer_.CpuTime();
  const size_t memory_before = mixer_.ResidentBytes();
  look();
  const absl::Time began = absl::Now();
  absl::Time next_look = began + absl::Seconds(1);
  int64_t sent = 0;
  while (absl::Now() < began + length) {
    const auto due =
        static_cast<int64_t>(absl::ToDoubleSeconds(absl::Now() - began) * kPacketsPerSecond);
    for (; sent < due; ++sent) {
      const auto at = static_cast<size_t>(sent);
      (sent % 2 == 0 ? foreign : neighbour)
          .Send(ports[at / 2 % ports.size()], garbage[at % garbage.size()]);
    }
    if (absl::Now() >= next_look) {
      look();
      next_look += absl::Seconds(1);
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  look();
  const absl::Duration took = absl::Now() - began;
  const absl::Duration cpu = mixer_.CpuTime() - cpu_before;
  const size_t memory_after = mixer_.ResidentBytes();
  absl::SleepFor(absl::Milliseconds(500));  // What was said until then has been heard.

  uint64_t counted = 0;
  uint64_t not_seen = 0;
  for (const Talk& talk : attacked) {
    for (const Caller* const caller : {&talk.speaker, &talk.listener}) {
      counted += DropsOf(mixer_, *caller);
      not_seen += QueueOf(caller->rtp_port).dropped + QueueOf(caller->rtcp_port).dropped;
    }
  }
  printf(
      "%.0f s, %lld packets of strangers (%.0f a second), %llu of them counted by the mixer, %llu "
      "dropped "
      "by the kernel; mixer: CPU %.1f %%, memory %+.1f MiB\n",
      absl::ToDoubleSeconds(took), static_cast<long long>(sent),
      static_cast<double>(sent) / absl::ToDoubleSeconds(took),
      static_cast<unsigned long long>(counted), static_cast<unsigned long long>(not_seen),
      100 * absl::FDivDuration(cpu, took),
      (static_cast<double>(memory_after) - static_cast<double>(memory_before)) / (1 << 20));
  // The flood was one, and met the mixer: what it did not count the kernel kept from it.
  EXPECT_GT(sent, kPacketsPerSecond * 0.9 * absl::ToDoubleSeconds(length));
  EXPECT_GE(counted + not_seen, static_cast<uint64_t>(sent));
  EXPECT_GT(counted, static_cast<uint64_t>(sent) / 2);
  EXPECT_EQ(foreign.CountReceived() + neighbour.CountReceived(), 0u);
  EXPECT_LT(memory_after, memory_before + (32u << 20));

  const Hearing undisturbed = HearingOf(beside);
  const auto tell = [&](const Talk& talk, const Hearing& hearing) {
    const phone::MediaReport report = talk.listener.phone->Report();
    printf(
        "%s: %lld frames, %d breaks, largest step %.1f us, faintest frame %.3f of the usual; "
        "concealed %llu; "
        "%llu packets, %llu lost, %llu jumps of their timestamps; the phone sent up to %.1f ms "
        "late\n",
        talk.name, static_cast<long long>(hearing.frames), hearing.AllBreaks(),
        hearing.largest_step_us, hearing.faintest_of_usual,
        static_cast<unsigned long long>(talk.AllConcealed()),
        static_cast<unsigned long long>(report.packets_received),
        static_cast<unsigned long long>(report.packets_lost),
        static_cast<unsigned long long>(report.timestamp_jumps + report.timestamp_slips),
        talk.speaker.phone->Report().latest_send_ms);
  };
  tell(beside, undisturbed);
  for (const Talk& talk : attacked) {
    const Hearing hearing = HearingOf(talk);
    tell(talk, hearing);
    // Every tick of the time is there.
    EXPECT_NEAR(static_cast<double>(hearing.frames),
                (talk.heard_until.back() - talk.heard_until.front()) / kFrame, 2)
        << talk.name;
    // A machine that stalls makes packets late, and the mixer says what it did about it; or it stalls the
    // talk beside, too. Whatever else breaks the tone is the mixer's doing.
    for (size_t second = 0; second < hearing.breaks.size(); ++second) {
      if (hearing.breaks[second] == 0 || undisturbed.IsBrokenAbout(second)) continue;
      EXPECT_TRUE(talk.IsTroubledAbout(second))
          << talk.name << ": the tone breaks in second " << second << " and nothing tells why";
    }
    // A phone of ours that was itself later than two packets has made holes that are not the flood's.
    if (talk.speaker.phone->Report().latest_send_ms < 40) {
      EXPECT_LE(talk.AllConcealed(), 2 * beside.AllConcealed() + 2) << talk.name;
      EXPECT_LE(hearing.AllBreaks(), 2 * undisturbed.AllBreaks() + 4) << talk.name;
    }
    EXPECT_EQ(mixer_.Statistics(talk.speaker.leg).digits_received(), 0u);
  }
  EXPECT_TRUE(mixer_.IsRunning()) << mixer_.Log();
}

}  // namespace
}  // namespace narada::attack
