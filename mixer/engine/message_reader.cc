#include "mixer/engine/message_reader.h"

#include <utility>

namespace narada::mixer::engine {

MessageReader::MessageReader(std::span<Worker* const> workers) {
  for (Worker* const worker : workers) sources_.push_back({.worker = worker, .held = {}});
}

void MessageReader::Drain(absl::FunctionRef<void(WorkerMessage&)> handle) {
  // Ends: a leg's departure happens before its arrival, so what is waited for is never behind what
  // waits.
  bool has_progress = true;
  while (has_progress) {
    has_progress = false;
    for (Source& source : sources_) has_progress = DrainSource(source, handle) || has_progress;
  }
}

bool MessageReader::DrainSource(Source& source, absl::FunctionRef<void(WorkerMessage&)> handle) {
  bool has_progress = false;
  while (true) {
    if (!source.held.has_value()) {
      WorkerMessage message;
      if (!source.worker->messages().TryPop(&message)) return has_progress;
      source.held = std::move(message);
    }
    if (MustWait(*source.held)) return has_progress;
    WorkerMessage message = *std::move(source.held);
    source.held.reset();
    ++source.handled;
    has_progress = true;
    handle(message);
  }
}

bool MessageReader::MustWait(const WorkerMessage& message) const {
  if (message.kind != WorkerMessage::Kind::kCommand || message.command->after_worker < 0) {
    return false;
  }
  const Source& earlier = sources_[static_cast<size_t>(message.command->after_worker)];
  return earlier.handled < message.command->after_position;
}

}  // namespace narada::mixer::engine
