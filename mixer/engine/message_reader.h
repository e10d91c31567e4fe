// Reads the messages of all workers, each worker's in its order, and what a moved leg told on its
// former worker before what it tells on the next.
//   MessageReader reader(workers);
//   reader.Drain([](WorkerMessage& message) { ... });
// One thread. Lists of retired plans and commands are the caller's to end.
#ifndef NARADA_MIXER_ENGINE_MESSAGE_READER_H_
#define NARADA_MIXER_ENGINE_MESSAGE_READER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "mixer/engine/worker.h"
#include "mixer/engine/worker_message.h"

namespace narada::mixer::engine {

class MessageReader {
 public:
  explicit MessageReader(std::span<Worker* const> workers);

  // Hands out everything that waits.
  void Drain(absl::FunctionRef<void(WorkerMessage&)> handle);

 private:
  struct Source {
    Worker* worker;
    uint64_t handled = 0;
    std::optional<WorkerMessage> held;  // Waits for another worker's earlier messages.
  };

  bool DrainSource(Source& source, absl::FunctionRef<void(WorkerMessage&)> handle);
  bool MustWait(const WorkerMessage& message) const;

  std::vector<Source> sources_;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_MESSAGE_READER_H_
