// A bounded queue of records of any length between exactly two threads: a worker pushes frames, a
// file thread takes them out. Wait-free: no lock, no system call, no allocation after construction.
//   TapRing ring(1 << 20);
//   if (!ring.TryPush({.kind = TapKind::kMix, .tick = 7}, frame, 0)) ...   // full: nothing happened
//   for (TapRecord record; ring.Front(&record);) { ...record.samples... ring.PopFront(); }
#ifndef NARADA_MIXER_MEDIA_TAP_RING_H_
#define NARADA_MIXER_MEDIA_TAP_RING_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "base/check.h"

namespace narada::mixer::media {

enum class TapKind : uint8_t {
  kNothing,     // Fills up to the ring's end; never seen by a reader.
  kMix,         // The room's mix of one tick; without samples: silence.
  kLeg,         // What one leg said in one tick.
  kLegAdded,    // The leg is in the room from this tick on ...
  kLegRemoved,  // ... and is not from this one on.
  kPaused,
  kResumed,
};

struct TapHeader {
  TapKind kind = TapKind::kNothing;
  uint16_t samples = 0;  // Set by TryPush().
  int32_t rate_hz = 0;
  uint64_t leg = 0;
  int64_t tick = 0;  // Of 20 ms since the recording's beginning, pauses left out.
};

struct TapRecord {
  TapHeader header;
  std::span<const int16_t> samples;  // In the ring: until PopFront().
};

class TapRing {
 public:
  // Holds `bytes`, rounded up to a power of two. Touches all of it, so that no worker has to fault it
  // in.
  explicit TapRing(size_t bytes)
      : mask_(std::bit_ceil(bytes) - 1), bytes_(std::make_unique<uint8_t[]>(mask_ + 1)) {
    CHECK(bytes >= 4096) << "a ring holds some frames";
  }
  TapRing(const TapRing&) = delete;
  TapRing& operator=(const TapRing&) = delete;

  size_t capacity() const noexcept { return mask_ + 1; }

  // Producer. False, and nothing happened, where fewer than `reserve` bytes would stay free.
  bool TryPush(TapHeader header, std::span<const int16_t> samples, size_t reserve) noexcept {
    const size_t size = SizeOf(samples.size());
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    const size_t to_end = capacity() - (tail & mask_);
    const size_t skipped = size > to_end ? to_end : 0;
    if (tail + skipped + size + reserve - head_seen_ > capacity()) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail + skipped + size + reserve - head_seen_ > capacity()) return false;
    }
    if (skipped > 0) bytes_[tail & mask_] = static_cast<uint8_t>(TapKind::kNothing);
    uint8_t* const at = bytes_.get() + ((tail + skipped) & mask_);
    header.samples = static_cast<uint16_t>(samples.size());
    std::memcpy(at, &header, sizeof(header));
    if (!samples.empty()) std::memcpy(at + sizeof(header), samples.data(), samples.size_bytes());
    tail_.store(tail + skipped + size, std::memory_order_release);
    return true;
  }

  // Consumer. The oldest record; false when empty.
  bool Front(TapRecord* record) noexcept {
    uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    if (bytes_[head & mask_] == static_cast<uint8_t>(TapKind::kNothing)) {
      head += capacity() - (head & mask_);
      head_.store(head, std::memory_order_release);
    }
    const uint8_t* const at = bytes_.get() + (head & mask_);
    std::memcpy(&record->header, at, sizeof(TapHeader));
    record->samples = {reinterpret_cast<const int16_t*>(at + sizeof(TapHeader)),
                       record->header.samples};
    return true;
  }

  // Consumer, after Front().
  void PopFront() noexcept {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    TapHeader header;
    std::memcpy(&header, bytes_.get() + (head & mask_), sizeof(header));
    head_.store(head + SizeOf(header.samples), std::memory_order_release);
  }

 private:
  static constexpr size_t kCacheLine = 64;
  static constexpr size_t kAlignment = alignof(TapHeader);
  static_assert(offsetof(TapHeader, kind) == 0, "the first byte tells what a record is");

  // Multiples of the alignment, so at least a `kind` always fits before the end.
  static constexpr size_t SizeOf(size_t samples) {
    const size_t size = sizeof(TapHeader) + samples * sizeof(int16_t);
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }

  // Set at construction.
  const size_t mask_;
  const std::unique_ptr<uint8_t[]> bytes_;

  // Written by the producer. Positions count all bytes ever pushed.
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};
  uint64_t head_seen_ = 0;

  // Written by the consumer.
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};
  uint64_t tail_seen_ = 0;
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_TAP_RING_H_
