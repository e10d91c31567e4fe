// Calls a worker's Step() on time: the only clock that its rooms have.
//   WorkerLoop loop(worker, network);
//   loop.Run(stop);                    // on the worker's thread, until `stop`
// Steps are a fixed raster, and rooms live on it: a step is told the time at which it was due, not
// the time at which it came to run. What was missed is made up at once, so that a busy machine delays
// packets but tears no sound; when more than 100 ms were missed, which is more than phones buffer,
// whole ticks are skipped and counted.
#ifndef NARADA_MIXER_ENGINE_WORKER_LOOP_H_
#define NARADA_MIXER_ENGINE_WORKER_LOOP_H_

#include <atomic>

#include "mixer/engine/worker.h"
#include "mixer/net/network.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::engine {

class WorkerLoop {
 public:
  WorkerLoop(Worker& worker, net::Network& network)
      : worker_(worker), network_(network), due_(network.Now()) {}

  void Run(const std::atomic<bool>& stop) noexcept;
  // Sleeps until the next step and makes it; true unless it was woken early.
  bool RunOnce() noexcept;

  // When the next step is due.
  MediaTime due() const noexcept { return due_; }

 private:
  Worker& worker_;
  net::Network& network_;
  MediaTime due_;  // Of the next step.
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_LOOP_H_
