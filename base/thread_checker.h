// Checks what a comment such as "Worker thread." promises.
//   void Room::Tick() { DCHECK_CALLED_ON_OWNER(thread_); ... }
//   ThreadChecker thread_;      // bound to the first thread that is checked
// Detach() when an object is handed over; the next thread that is checked becomes the owner. Free
// in -c opt. No lock, no allocation.
#ifndef NARADA_BASE_THREAD_CHECKER_H_
#define NARADA_BASE_THREAD_CHECKER_H_

#include <atomic>
#include <cstdint>

#include "base/check.h"

namespace narada {

class ThreadChecker {
 public:
  ThreadChecker() = default;

  // True on the owner's thread; the first call makes its thread the owner.
  bool CalledOnOwner() const noexcept {
    const uintptr_t self = CurrentThread();
    uintptr_t expected = 0;
    return owner_.compare_exchange_strong(expected, self, std::memory_order_relaxed) ||
           expected == self;
  }

  // The next caller of CalledOnOwner() owns.
  void Detach() noexcept { owner_.store(0, std::memory_order_relaxed); }

 private:
  // The address of a thread-local names the thread for as long as it lives.
  static uintptr_t CurrentThread() noexcept {
    static thread_local char marker;
    return reinterpret_cast<uintptr_t>(&marker);
  }

  mutable std::atomic<uintptr_t> owner_{0};
};

}  // namespace narada

#define DCHECK_CALLED_ON_OWNER(checker) \
  DCHECK((checker).CalledOnOwner()) << "called on a thread that does not own this object"

#endif  // NARADA_BASE_THREAD_CHECKER_H_
