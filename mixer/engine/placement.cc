#include "mixer/engine/placement.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::mixer::engine {
namespace {

// What a leg costs before there is a measurement to tell: 2,500 legs fill a core.
constexpr double kLegLoadGuess = 0.0004;
// Fewer legs than this say little, for the fixed cost of stepping hides theirs: the guess counts for
// those that are missing. A few legs that cost much are seen all the same.
constexpr uint32_t kLegsToMeasureMin = 100;
// A worker this much more loaded than the best is as good as the best.
constexpr double kAsGood = 0.05;

// A second's measurement later it may look different.
constexpr absl::Duration kRetryDelay = absl::Seconds(2);

absl::Status Full(absl::string_view why) {
  return WithRetryAfter(ErrorWithReason(absl::StatusCode::kResourceExhausted, "MIXER_FULL",
                                        absl::StrCat(why, "; try again later or on another mixer")),
                        kRetryDelay);
}

}  // namespace

double ExpectedLoad(const WorkerLoad& load) {
  const uint32_t guessed = kLegsToMeasureMin - std::min(load.legs_measured, kLegsToMeasureMin);
  const double per_leg = (load.measured + guessed * kLegLoadGuess) / (load.legs_measured + guessed);
  const double change = static_cast<double>(load.legs) - static_cast<double>(load.legs_measured);
  return std::max(0.0, load.measured + change * per_leg);
}

int ChooseWorker(std::span<const WorkerLoad> loads, int near) {
  size_t best = 0;
  for (size_t i = 1; i < loads.size(); ++i) {
    if (ExpectedLoad(loads[i]) < ExpectedLoad(loads[best])) best = i;
  }
  if (near >= 0) {
    const double near_load = ExpectedLoad(loads[static_cast<size_t>(near)]);
    if (near_load <= ExpectedLoad(loads[best]) + kAsGood) return near;
  }
  return static_cast<int>(best);
}

absl::Status Admit(const WorkerLoad& load, const AdmissionLimits& limits) {
  if (load.legs >= limits.legs_max) {
    return Full(absl::StrCat("the worker holds its ", limits.legs_max, " legs"));
  }
  WorkerLoad with_one_more = load;
  ++with_one_more.legs;
  const double expected = ExpectedLoad(with_one_more);
  if (expected > limits.load_max) {
    return Full(absl::StrCat("the worker would be busy for ", static_cast<int>(100 * expected),
                             "% of the time, allowed are ", static_cast<int>(100 * limits.load_max),
                             "%"));
  }
  return absl::OkStatus();
}

}  // namespace narada::mixer::engine
