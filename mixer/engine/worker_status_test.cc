#include "mixer/engine/worker_status.h"

#include <atomic>
#include <thread>

#include "gtest/gtest.h"

namespace narada::mixer::engine {
namespace {

TEST(WorkerStatus, AReaderNeverSeesHalfOfAWrite) {
  WorkerStatus status;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t i = 1; !stop.load(); ++i) {
      WorkerFigures figures;
      figures.steps = i;
      figures.ticks = 2 * i;
      figures.network.receives_in_vain = 3 * i;  // The last word.
      status.Publish(figures);
    }
  });
  uint64_t last = 0;
  for (int i = 0; i < 50000; ++i) {
    const WorkerFigures figures = status.Read();
    ASSERT_EQ(figures.ticks, 2 * figures.steps);
    ASSERT_EQ(figures.network.receives_in_vain, 3 * figures.steps);
    ASSERT_GE(figures.steps, last);
    last = figures.steps;
  }
  stop.store(true);
  writer.join();
}

}  // namespace
}  // namespace narada::mixer::engine
