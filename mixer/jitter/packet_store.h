// Payloads waiting for their turn, in the order of their media time whatever the order of their
// arrival.
//   if (!store.HasRoomFor(payload.size())) store.PopFront();
//   store.Insert(packet, payload);
//   if (!store.empty()) decoder.Decode(store.payload(store.front()), samples);
// Payloads are copied into fixed blocks, several in a row for a long one. Memory of a few KiB,
// allocated in the constructor. One thread.
#ifndef NARADA_MIXER_JITTER_PACKET_STORE_H_
#define NARADA_MIXER_JITTER_PACKET_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/codec/decoder.h"
#include "mixer/units/bring_into_cache.h"

namespace narada::mixer::jitter {

struct StoredPacket {
  int64_t begin = 0;                  // Media time in RTP ticks, unwrapped.
  codec::Decoder* decoder = nullptr;  // Null: comfort noise, which ends the talk.
  uint16_t ticks = 0;                 // How long it plays; 0 for comfort noise.
  uint16_t size = 0;
  uint8_t first_block = 0;
  uint8_t blocks = 0;
  bool is_silence : 1 = false;     // Its sender says that it is.
  bool is_kept : 1 = true;         // Else silence of which no payload is needed, nor there.
  bool follows_pause : 1 = false;  // Nothing was lost before it: the sender had nothing to say.

  int64_t end() const { return begin + ticks; }
};
static_assert(sizeof(StoredPacket) == 24);  // Of thousands of legs each, 32 to 64.

class PacketStore {
 public:
  static constexpr size_t kBlocksMax = 64;

  // `blocks` of `block_bytes`: so many packets at the most, and fewer that are longer than a block.
  PacketStore(size_t blocks, size_t block_bytes);

  // A hint to the CPU: the first packets, or places for them, are about to be used; and their payloads.
  void BringNear(bool has_payloads) const noexcept {
    if (has_payloads) BringIntoCache(bytes_.get(), block_bytes_);
    BringIntoCache(packets_.get(), 2 * sizeof(StoredPacket));
  }

  bool empty() const noexcept { return size_ == 0; }
  size_t size() const noexcept { return size_; }
  const StoredPacket& front() const noexcept { return packets_[0]; }
  const StoredPacket& back() const noexcept { return packets_[size_ - 1]; }
  std::span<const uint8_t> payload(const StoredPacket& packet) const noexcept {
    return {&bytes_[packet.first_block * block_bytes_], packet.size};
  }

  // The largest payload that an empty store takes.
  size_t payload_size_max() const noexcept { return blocks_ * block_bytes_; }
  bool HasRoomFor(size_t payload_size) const noexcept;
  bool Contains(int64_t begin) const noexcept;
  // Copies the payload. HasRoomFor() it, and not Contains() its begin.
  void Insert(StoredPacket packet, std::span<const uint8_t> payload) noexcept;
  void PopFront() noexcept;
  void Clear() noexcept;

 private:
  // The first of `count` free blocks in a row; kBlocksMax if there are none.
  size_t FindFree(size_t count) const noexcept;
  size_t BlocksFor(size_t payload_size) const noexcept;

  const size_t blocks_;
  const size_t block_bytes_;
  std::unique_ptr<uint8_t[]> bytes_;
  uint64_t used_ = 0;                        // A bit for each block.
  std::unique_ptr<StoredPacket[]> packets_;  // By begin; the first `size_`.
  size_t size_ = 0;
};

}  // namespace narada::mixer::jitter

#endif  // NARADA_MIXER_JITTER_PACKET_STORE_H_
