// What a run has shown, from what the legs counted and kept.
//   const Findings findings = Judge(traffic, signals, tones, options);
//   puts(ToJson(findings).c_str());
#ifndef NARADA_BENCH_LOAD_REPORT_H_
#define NARADA_BENCH_LOAD_REPORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/load/signals.h"
#include "bench/load/traffic.h"
#include "mixer/units/srtp_keys.h"

namespace narada::bench {

struct Quantiles {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
  size_t count = 0;
};
// Sorts `values`.
Quantiles QuantilesOf(std::vector<double>& values);

struct Findings {
  // Packets, in the window.
  uint64_t packets = 0;
  uint64_t lost = 0;
  uint64_t reordered = 0;
  double loss = 0;  // Share, by sequence numbers.
  double deficit =
      0;  // Share of 50 packets per leg and second that did not come: mean of the legs,
  double deficit_max = 0;  // and the worst one.
  size_t legs_unheard = 0;
  double jitter_ms = 0;  // Mean of the legs.
  double gap_max_ms = 0;
  // Sound, of the packets that each leg kept.
  size_t legs_listened = 0;
  size_t legs_wrong = 0;  // A tone missing, its own, or another room's; or a constant offset.
  std::string first_wrong;
  double sinad_p1_db = 0;  // 1 leg in 100 hears worse.
  double sinad_p50_db = 0;
  double offset_max = 0;  // Samples: the worst mean of what a leg hears.
  // Bursts: from the datagram with a burst's beginning leaving us to the one with it coming back.
  Quantiles delay_ms;
  uint64_t clicks_sent = 0;
  uint64_t clicks_expected = 0;  // Heard ones, if every probe hears all of its room.
};

struct JudgeOptions {
  bool is_echo = false;
  // What the far end sends leg `i` under; null: plain RTP.
  std::function<const mixer::SrtpKeys*(size_t)> receive_keys;
};

// `tones` are all that any speaker of the run says.
Findings Judge(const Traffic& traffic, const Signals& signals, const std::vector<int>& tones,
               const JudgeOptions& options);

// One object; no line ends within.
std::string ToJson(const Findings& findings);

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_REPORT_H_
