// A bounded queue between exactly two threads: one pushes, one pops. Wait-free: no lock, no system
// call, no allocation after construction.
//   SpscRing<Command> commands(1024);
//   if (!commands.TryPush(std::move(command))) ...   // producer; full: the command stays here
//   for (Command command; commands.TryPop(&command);) Apply(command);   // consumer
// Either end may pass to another thread if something else orders the hand-over (a mutex around
// producers, a join). What is left inside is destroyed with the ring.
#ifndef NARADA_BASE_SPSC_RING_H_
#define NARADA_BASE_SPSC_RING_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace narada {

template <typename T>
class SpscRing {
  static_assert(std::is_nothrow_move_assignable_v<T> && std::is_default_constructible_v<T>);

 public:
  // Holds at least `capacity` elements (the next power of two).
  explicit SpscRing(size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), slots_(new T[std::bit_ceil(capacity)]()) {
    CHECK(capacity > 0) << "a ring without room can never hand anything over";
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  size_t capacity() const noexcept { return mask_ + 1; }

  // Producer. False when full; then `value` is untouched.
  bool TryPush(T&& value) noexcept {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ > mask_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ > mask_) return false;
    }
    slots_[tail & mask_] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  bool TryPush(const T& value) noexcept requires std::is_trivially_copyable_v<T> {
    T copy = value;
    return TryPush(std::move(copy));
  }

  // Producer. How many pushes are sure to succeed now.
  size_t FreeForProducer() noexcept {
    head_seen_ = head_.load(std::memory_order_acquire);
    return capacity() - (tail_.load(std::memory_order_relaxed) - head_seen_);
  }

  // Consumer. False when empty; then `*value` is untouched.
  bool TryPop(T* value) noexcept {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    *value = std::move(slots_[head & mask_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // Any thread; already old when it returns. For metrics.
  size_t ApproximateSize() const noexcept {
    const size_t head = head_.load(std::memory_order_relaxed);
    const size_t tail = tail_.load(std::memory_order_relaxed);
    return tail >= head ? tail - head : 0;
  }

 private:
  static constexpr size_t kCacheLine = 64;

  // Set at construction.
  const size_t mask_;
  const std::unique_ptr<T[]> slots_;

  // Written by the producer. It looks at `head_` only when its last sight of it says full.
  alignas(kCacheLine) std::atomic<size_t> tail_{0};
  size_t head_seen_ = 0;

  // Written by the consumer.
  alignas(kCacheLine) std::atomic<size_t> head_{0};
  size_t tail_seen_ = 0;

  static_assert(std::atomic<size_t>::is_always_lock_free);
};

}  // namespace narada

#endif  // NARADA_BASE_SPSC_RING_H_
