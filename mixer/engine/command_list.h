// First-in first-out list of commands, linked through themselves: never full, allocates nothing.
//   list.PushBack(command);  while (Command* command = list.PopFront()) ...
// One thread.
#ifndef NARADA_MIXER_ENGINE_COMMAND_LIST_H_
#define NARADA_MIXER_ENGINE_COMMAND_LIST_H_

#include "mixer/engine/command.h"

namespace narada::mixer::engine {

// `T` is Command or a class derived from it.
template <typename T>
class CommandList {
 public:
  bool is_empty() const noexcept { return first_ == nullptr; }
  T* front() const noexcept { return static_cast<T*>(first_); }

  void PushBack(T& command) noexcept {
    command.next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = &command;
    last_ = &command;
  }

  // Null when empty.
  T* PopFront() noexcept {
    Command* const command = first_;
    if (command == nullptr) return nullptr;
    first_ = command->next;
    if (first_ == nullptr) last_ = nullptr;
    command->next = nullptr;
    return static_cast<T*>(command);
  }

  // Takes out each command for which `f(T&)` is true; `f` then has it. The others stay in order.
  template <typename F>
  void TakeIf(F&& f) noexcept {
    CommandList kept;
    while (T* const command = PopFront()) {
      if (!f(*command)) kept.PushBack(*command);
    }
    *this = kept;
  }

 private:
  Command* first_ = nullptr;
  Command* last_ = nullptr;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_COMMAND_LIST_H_
