// Which worker a room is to live on, and whether a worker can carry one leg more. Pure functions of
// what the workers measured.
//   const int worker = ChooseWorker(loads, near);
//   RETURN_IF_ERROR(Admit(loads[worker], limits));
#ifndef NARADA_MIXER_ENGINE_PLACEMENT_H_
#define NARADA_MIXER_ENGINE_PLACEMENT_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace narada::mixer::engine {

struct WorkerLoad {
  double measured = 0;         // Busy share of the last second, 0 to 1.
  uint32_t legs_measured = 0;  // Legs that it was measured with.
  uint32_t legs = 0;           // Legs that are there now or on their way.
};

struct AdmissionLimits {
  double load_max = 0.8;
  uint32_t legs_max = 2000;  // Per worker.
};

// The load that is to be expected now that legs came or left since the measurement.
double ExpectedLoad(const WorkerLoad& load);

// The least loaded worker. `near` (-1: none) is taken where it is about as good, for a leg that is
// there already need not move.
int ChooseWorker(std::span<const WorkerLoad> loads, int near);

// RESOURCE_EXHAUSTED / MIXER_FULL with a time to retry, when one leg more would push the worker over
// its limits. Refused, never accepted and starved.
absl::Status Admit(const WorkerLoad& load, const AdmissionLimits& limits);

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_PLACEMENT_H_
