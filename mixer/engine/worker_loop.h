// Calls a worker's Step() on time: the only clock that its rooms have.
//   WorkerLoop loop(worker, network);
//   loop.Run(stop);                    // on the worker's thread, until `stop`
// Steps are a fixed raster. A late step is made at once; when more than 20 ms were missed, whole
// ticks are skipped and counted, so that phases stay and no burst follows.
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

 private:
  Worker& worker_;
  net::Network& network_;
  MediaTime due_;  // Of the next step.
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_LOOP_H_
