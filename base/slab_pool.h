// Objects of one type from memory taken once: making and ending one allocates nothing.
//   SlabPool<Entry> entries(legs_max * 4);   // each leg holds at most four
//   Entry* entry = entries.TryNew(a, b);     // nullptr: all are in use
//   entries.Delete(entry);
// One thread at a time. Every object must be deleted before the pool is.
#ifndef NARADA_BASE_SLAB_POOL_H_
#define NARADA_BASE_SLAB_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/check.h"

namespace narada {

template <typename T>
class SlabPool {
 public:
  explicit SlabPool(size_t capacity) : capacity_(capacity), slots_(new Slot[capacity]) {
    for (size_t i = 0; i < capacity; ++i) {
      slots_[i].next = i + 1 < capacity ? &slots_[i + 1] : nullptr;
    }
    free_ = capacity > 0 ? &slots_[0] : nullptr;
  }
  ~SlabPool() { CHECK_EQ(in_use_, size_t{0}) << "an object outlives its pool"; }
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  template <typename... Args>
  T* TryNew(Args&&... args) noexcept {
    if (free_ == nullptr) return nullptr;
    Slot* const slot = free_;
    free_ = slot->next;
    ++in_use_;
    return ::new (static_cast<void*>(slot->bytes)) T(std::forward<Args>(args)...);
  }

  void Delete(T* object) noexcept {
    Slot* const slot = reinterpret_cast<Slot*>(object);
    DCHECK(slot >= &slots_[0] && slot < &slots_[0] + capacity_) << "not an object of this pool";
    object->~T();
    slot->next = free_;
    free_ = slot;
    --in_use_;
  }

  size_t capacity() const noexcept { return capacity_; }
  size_t in_use() const noexcept { return in_use_; }

 private:
  union Slot {
    Slot() : next(nullptr) {}
    Slot* next;  // While free.
    alignas(T) unsigned char bytes[sizeof(T)];
  };

  const size_t capacity_;
  const std::unique_ptr<Slot[]> slots_;
  Slot* free_ = nullptr;
  size_t in_use_ = 0;
};

}  // namespace narada

#endif  // NARADA_BASE_SLAB_POOL_H_
