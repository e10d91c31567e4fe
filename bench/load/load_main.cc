// One measurement of one far end under one load; prints one JSON object.
//   load --mixer=127.0.0.1:50051 --pid=123 --legs=500 --rooms=1 --speakers=3     sets the legs up over gRPC
//   load --echo --pid=123 --legs=500 --speakers=3                                an echo server (bench/floor)
//   load --peer --pid=123 --legs=50 --speakers=3                                 another mixer, set up by who calls us
// With --echo and --peer it first prints a line with the UDP port of each leg, and reads a line `ADDRESS PORT` for each.
// The last line of output is the JSON. Exit code 0: measured, whatever the result.
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/check.h"
#include "bench/load/far_end.h"
#include "bench/load/process_meter.h"
#include "bench/load/report.h"
#include "bench/load/signals.h"
#include "bench/load/traffic.h"

ABSL_FLAG(std::string, mixer, "", "gRPC address of the mixer.");
ABSL_FLAG(bool, echo, false, "The far end sends back what it gets.");
ABSL_FLAG(bool, peer, false, "The far end is another mixer: a socket for each leg.");
ABSL_FLAG(int, pid, 0, "The far end's process, whose CPU and memory are read.");
ABSL_FLAG(std::string, thread, "",
          "Prefix of the names of the threads that carry media; empty: all.");
ABSL_FLAG(int, rooms, 1, "");
ABSL_FLAG(int, legs, 50, "Of all rooms together.");
ABSL_FLAG(int, speakers, 3, "In each room.");
ABSL_FLAG(std::string, codec, "PCMA", "PCMA, PCMU or opus.");
ABSL_FLAG(bool, srtp, false, "AES_CM_128_HMAC_SHA1_80 both ways.");
ABSL_FLAG(bool, in_band_digits, false,
          "No telephone-event is agreed: the mixer looks for keys in the sound.");
ABSL_FLAG(bool, shared_sockets, false,
          "Legs ask the mixer for a socket that they share, and send from addresses of their own.");
ABSL_FLAG(bool, levels, false,
          "Packets say how loud they are (RFC 6464); the silent ones hold a faint noise.");
ABSL_FLAG(
    double, warm_up, 3,
    "Seconds before anything counts; in the first one legs begin to send, one after the other.");
ABSL_FLAG(double, seconds, 4, "Of the window in which CPU and packets are counted.");
ABSL_FLAG(double, click_seconds, 3, "Afterwards, with bursts for latency.");
ABSL_FLAG(int, click_interval_ms, 100, "");
ABSL_FLAG(int, joins_per_second, 0, "Legs that join and leave during the window.");
ABSL_FLAG(bool, remove_legs, false, "At the end.");
ABSL_FLAG(bool, waits, false,
          "Says \"joined\" when all legs are, and sends from when it is given a line.");

namespace narada::bench {
namespace {

constexpr int kProbeRoomsMax = 8;
constexpr size_t kProbesPerRoom = 3;
constexpr size_t kClickersMax = 20;  // So many phases in 20 ms.
constexpr int kToneRooms = 8;        // Rooms further apart say the same tones.

int ToneOf(int room, int speaker) {
  return 300 + 25 * (kToneRooms * (speaker % 3) + room % kToneRooms) + 5 * (speaker / 3);
}

std::vector<LegPlan> PlanLegs() {
  const int rooms = absl::GetFlag(FLAGS_rooms);
  const int legs = absl::GetFlag(FLAGS_legs);
  const int speakers = absl::GetFlag(FLAGS_speakers);
  const int probe_step = std::max(1, rooms / kProbeRoomsMax);
  std::vector<LegPlan> plans;
  for (int room = 0; room < rooms; ++room) {
    const int size = legs / rooms + (room < legs % rooms ? 1 : 0);
    const bool has_probes = room % probe_step == 0;
    const int listeners = std::max(0, size - speakers);
    const int clickers = has_probes ? std::min<int>(kClickersMax, (listeners + 1) / 2) : 0;
    const int probes = has_probes ? std::min<int>(kProbesPerRoom, listeners - clickers) : 0;
    for (int i = 0; i < size; ++i) {
      LegPlan plan;
      plan.room = room;
      if (i < speakers) {
        plan.role = Role::kSpeaker;
        plan.tone_hz = ToneOf(room, i);
      } else if (i < speakers + clickers) {
        plan.role = Role::kClicker;
      } else if (probes > 0) {
        // The first of the rest, the last one, and between them.
        const int rest = size - speakers - clickers;
        const int place = i - speakers - clickers;
        for (int k = 0; k < probes; ++k) {
          plan.is_probe =
              plan.is_probe || place == (probes == 1 ? 0 : k * (rest - 1) / (probes - 1));
        }
      }
      if (absl::GetFlag(FLAGS_echo)) plan.is_probe = plan.role == Role::kClicker;
      if (absl::GetFlag(FLAGS_srtp)) {
        std::array<uint8_t, 30> key;
        for (size_t k = 0; k < key.size(); ++k)
          key[k] = static_cast<uint8_t>(plans.size() * 13 + k * 5 + 1);
        plan.send_keys = mixer::SrtpKeys(mixer::SrtpSuite::kAesCm128HmacSha1Tag80, key);
      }
      plans.push_back(plan);
    }
  }
  return plans;
}

// Late timers of ours would look like a late far end.
void PrepareThread() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  prctl(PR_SET_TIMERSLACK, 1000UL);
  const sched_param parameters = {.sched_priority = 1};
  sched_setscheduler(0, SCHED_RR, &parameters);
}

// What the far end has used and says of itself, at about one moment.
struct Sample {
  std::chrono::steady_clock::time_point at;
  ProcessUse use;
  MixerFigures figures;
};

// Taken beside the load, which a pause of a millisecond would make jitter; `mixer` may be null.
std::future<Sample> TakeSample(int pid, const std::string& thread, MixerFarEnd* mixer) {
  return std::async(std::launch::async, [=] {
    const sched_param ordinary = {};
    sched_setscheduler(0, SCHED_OTHER, &ordinary);
    Sample sample;
    sample.use = ReadProcessUse(pid, thread);
    sample.at = std::chrono::steady_clock::now();
    if (mixer != nullptr) sample.figures = mixer->Figures().value_or(MixerFigures());
    return sample;
  });
}

std::string Describe(const ProcessUse& use, double seconds, size_t legs) {
  const double per_leg_second = 1e6 / seconds / static_cast<double>(legs);
  return absl::StrFormat(
      R"("cpu_us_per_leg_second":%.1f,"thread_us_per_leg_second":%.1f,"thread_user_share":%.3f,)"
      R"("cpu_share":%.4f,"thread_share":%.4f)",
      use.cpu_s * per_leg_second, use.thread_cpu_s * per_leg_second,
      use.thread_user_s + use.thread_system_s > 0
          ? use.thread_user_s / (use.thread_user_s + use.thread_system_s)
          : 0,
      use.cpu_s / seconds, use.thread_cpu_s / seconds);
}

int Measure() {
  const Signals signals(absl::GetFlag(FLAGS_codec));
  const std::vector<LegPlan> plans = PlanLegs();
  const bool is_echo = absl::GetFlag(FLAGS_echo);
  const bool is_peer = absl::GetFlag(FLAGS_peer);
  Traffic traffic({.is_echo = is_echo,
                   .has_own_sockets = is_peer,
                   .has_own_addresses = absl::GetFlag(FLAGS_shared_sockets),
                   .click_interval_ms = absl::GetFlag(FLAGS_click_interval_ms),
                   .says_levels = absl::GetFlag(FLAGS_levels)},
                  signals, plans);
  const int pid = absl::GetFlag(FLAGS_pid);
  const std::string thread = absl::GetFlag(FLAGS_thread);
  const ProcessUse empty = ReadProcessUse(pid, thread);
  std::optional<MixerFarEnd> mixer;
  if (is_echo || is_peer) {
    std::string ports;
    for (size_t i = 0; i < traffic.size(); ++i) absl::StrAppend(&ports, traffic.local_port(i), " ");
    printf("%s\n", ports.c_str());
    fflush(stdout);
    const absl::Status status = ReadRemotes(std::cin, traffic);
    CHECK(status.ok()) << status.ToString();
  } else {
    mixer.emplace(MixerFarEnd::Options{.target = absl::GetFlag(FLAGS_mixer),
                                       .is_encrypted = absl::GetFlag(FLAGS_srtp),
                                       .has_in_band_digits = absl::GetFlag(FLAGS_in_band_digits),
                                       .has_shared_sockets = absl::GetFlag(FLAGS_shared_sockets),
                                       .says_levels = absl::GetFlag(FLAGS_levels)},
                  signals);
    const absl::Status status = mixer->AddLegs(traffic);
    if (!status.ok()) {
      fprintf(stderr, "%s\n", status.ToString().c_str());
      return 1;
    }
  }
  if (absl::GetFlag(FLAGS_waits)) {
    printf("joined\n");
    fflush(stdout);
    std::string line;
    std::getline(std::cin >> std::ws, line);
  }
  PrepareThread();
  traffic.Run(absl::GetFlag(FLAGS_warm_up));

  MixerFarEnd* const asked = mixer.has_value() ? &*mixer : nullptr;
  const double seconds = absl::GetFlag(FLAGS_seconds);
  JoinResult joins;
  std::thread joiner;
  if (const int rate = absl::GetFlag(FLAGS_joins_per_second); rate > 0 && mixer.has_value()) {
    joiner = std::thread([&, rate] {
      const sched_param ordinary = {};
      sched_setscheduler(0, SCHED_OTHER, &ordinary);
      joins = mixer->JoinAndLeave(0, rate, seconds, 8);
    });
  }
  std::future<Sample> first = TakeSample(pid, thread, asked);
  traffic.BeginWindow();
  traffic.Run(seconds);
  traffic.EndWindow();
  const GeneratorUse generator = traffic.use();
  std::future<Sample> last = TakeSample(pid, thread, asked);
  traffic.Run(0.1);
  const Sample before = first.get();
  const Sample after = last.get();
  if (joiner.joinable()) joiner.join();

  if (absl::GetFlag(FLAGS_click_seconds) > 0) {
    traffic.BeginClicks();
    traffic.Run(absl::GetFlag(FLAGS_click_seconds));
    traffic.EndClicks();
    traffic.Run(0.5);
  }

  std::set<int> tones;
  for (const LegPlan& plan : plans) {
    if (plan.role == Role::kSpeaker) tones.insert(plan.tone_hz);
  }
  JudgeOptions judging{.is_echo = is_echo, .receive_keys = {}};
  if (absl::GetFlag(FLAGS_srtp)) {
    judging.receive_keys = [&](size_t leg) {
      return is_echo ? nullptr : &mixer->receive_keys(leg);
    };
  }
  const Findings findings = Judge(traffic, signals, {tones.begin(), tones.end()}, judging);
  const double elapsed = std::chrono::duration<double>(after.at - before.at).count();
  absl::PrintF(
      R"({"legs":%d,"rooms":%d,"speakers":%d,"codec":"%s","seconds":%.2f,%s,)"
      R"("memory_bytes_per_leg":%.0f,"ticks_late":%d,"ticks_missed":%d,"encodes_per_tick":%.2f,)"
      R"("busy_ms_per_tick":%.3f,"joins_per_second":%.1f,"join_failures":%d,)"
      R"("generator_cpu_share":%.3f,"generator_lateness_max_ms":%.2f,"generator_send_failures":%d,)"
      R"("strange_datagrams":%d,"heard":%s})"
      "\n",
      traffic.size(), absl::GetFlag(FLAGS_rooms), absl::GetFlag(FLAGS_speakers),
      absl::GetFlag(FLAGS_codec), traffic.window_seconds(),
      Describe(after.use - before.use, elapsed, traffic.size()),
      static_cast<double>((before.use - empty).resident_bytes) /
          static_cast<double>(traffic.size()),
      after.figures.ticks_late - before.figures.ticks_late,
      after.figures.ticks_missed - before.figures.ticks_missed,
      static_cast<double>(after.figures.encodes - before.figures.encodes) / elapsed /
          kPacketsPerSecond,
      after.figures.load * 20,
      joins.seconds > 0 ? static_cast<double>(joins.joins) / joins.seconds : 0, joins.failures,
      generator.cpu_share, generator.lateness_max_ms, generator.send_failures, traffic.strange(),
      ToJson(findings));
  if (absl::GetFlag(FLAGS_remove_legs) && mixer.has_value()) {
    const absl::Status status = mixer->RemoveLegs();
    if (!status.ok()) {
      fprintf(stderr, "%s\n", status.ToString().c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace narada::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return narada::bench::Measure();
}
