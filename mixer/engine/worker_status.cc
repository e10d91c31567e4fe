#include "mixer/engine/worker_status.h"

#include <cstring>

namespace narada::mixer::engine {

void WorkerStatus::Publish(const WorkerFigures& figures) noexcept {
  uint64_t words[kWords];
  std::memcpy(words, &figures, sizeof(words));
  const uint64_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  // Release on each word keeps the odd number before it (Boehm, "Can seqlocks get along with
  // programming language memory models", 2012).
  for (int i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
  sequence_.store(sequence + 2, std::memory_order_release);
}

WorkerFigures WorkerStatus::Read() const noexcept {
  uint64_t words[kWords];
  while (true) {
    const uint64_t before = sequence_.load(std::memory_order_acquire);
    for (int i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
    const uint64_t after = sequence_.load(std::memory_order_relaxed);
    if (before == after && before % 2 == 0) break;
  }
  WorkerFigures figures;
  std::memcpy(static_cast<void*>(&figures), words, sizeof(words));
  return figures;
}

}  // namespace narada::mixer::engine
