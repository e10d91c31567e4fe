// Places of one size in a file that is mapped into memory. What is written there outlives the
// process, however it ends, for the price of the stores: no system call, no lock.
//   ASSIGN_OR_RETURN(SlotFile file, SlotFile::Open(path, {.version = 1, .value_bytes = sizeof(V)}, n));
//   Slot slot = file.slot(7);
//   FillIn(slot.Begin<V>()); slot.Commit();                  // one writer at a time
//   const V* value = file.slot(7).Read<V>();                 // in the next life; null: never written
// Every slot holds two copies and the number of the last complete one. A process that is killed
// between two stores leaves the other copy whole, so no slot is ever torn. The file belongs on a
// tmpfs: on a disk the kernel may make a writer wait for the page's write-back.
#ifndef NARADA_MIXER_CONTINUITY_SLOT_FILE_H_
#define NARADA_MIXER_CONTINUITY_SLOT_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "absl/status/statusor.h"

namespace narada::mixer::continuity {

// One place. A view: it is copied freely and lives as long as its file. Values are read and written
// as one type, trivially copyable, of the size that the file was opened with.
class Slot {
 public:
  Slot() = default;  // None: see is_set().
  bool is_set() const noexcept { return memory_ != nullptr; }

  // The copy that is not valid, to be overwritten whole; Commit() makes it the valid one. Whoever
  // owns the slot.
  template <typename T>
  T& Begin() noexcept {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlignment);
    // A killed process has made all stores before some instruction and none behind it, so it is
    // only the compiler that must keep these behind the last Commit().
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return *reinterpret_cast<T*>(memory_ + CopyOffset(generation() + 1));
  }
  void Commit() noexcept {
    std::atomic_ref<uint64_t>(generation()).fetch_add(1, std::memory_order_release);
  }
  // The value as it was committed last; null where there is none.
  template <typename T>
  const T* Read() const noexcept {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlignment);
    if (generation() == 0) return nullptr;
    return reinterpret_cast<const T*>(memory_ + CopyOffset(generation()));
  }
  // Forgets the value.
  void Clear() noexcept {
    std::atomic_ref<uint64_t>(generation()).store(0, std::memory_order_release);
  }

 private:
  friend class SlotFile;
  static constexpr size_t kAlignment = 64;  // A cache line: neighbours are other workers' legs.

  Slot(uint8_t* memory, size_t copy_bytes) : memory_(memory), copy_bytes_(copy_bytes) {}
  uint64_t& generation() const noexcept { return *reinterpret_cast<uint64_t*>(memory_); }
  size_t CopyOffset(uint64_t generation) const noexcept {
    return kAlignment + (generation % 2) * copy_bytes_;
  }

  uint8_t* memory_ = nullptr;  // The generation, alone in its line, then two copies.
  size_t copy_bytes_ = 0;
};

struct SlotLayout {
  uint32_t version = 1;  // Of the value's meaning; raised with every change of it.
  size_t value_bytes = 0;
};

class SlotFile {
 public:
  // Opens or makes the file, with at least `count` places, all of them in memory before it returns. A
  // file of another layout is emptied. Errors: FAILED_PRECONDITION / STATE_UNUSABLE.
  static absl::StatusOr<SlotFile> Open(const std::string& path, const SlotLayout& layout,
                                       uint32_t count);
  SlotFile(SlotFile&& other) noexcept;
  SlotFile& operator=(SlotFile&&) = delete;
  ~SlotFile();

  uint32_t count() const noexcept { return count_; }
  Slot slot(uint32_t index) noexcept;

 private:
  SlotFile(uint8_t* memory, size_t bytes, uint32_t count, size_t copy_bytes)
      : memory_(memory), bytes_(bytes), count_(count), copy_bytes_(copy_bytes) {}

  uint8_t* memory_;
  size_t bytes_;
  uint32_t count_;
  size_t copy_bytes_;
};

}  // namespace narada::mixer::continuity

#endif  // NARADA_MIXER_CONTINUITY_SLOT_FILE_H_
