#include "mixer/jitter/packet_store.h"

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::jitter {
namespace {

constexpr uint64_t MaskOf(size_t first, size_t count) {
  return (count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
}

}  // namespace

PacketStore::PacketStore(size_t blocks, size_t block_bytes)
    : blocks_(blocks),
      block_bytes_(block_bytes),
      bytes_(std::make_unique<uint8_t[]>(blocks * block_bytes)),
      packets_(std::make_unique<StoredPacket[]>(blocks)) {
  CHECK(block_bytes > 0) << "a block holds something";
  CHECK(blocks > 0 && blocks <= kBlocksMax) << "a bit stands for each block";
}

size_t PacketStore::BlocksFor(size_t payload_size) const noexcept {
  return std::max<size_t>((payload_size + block_bytes_ - 1) / block_bytes_, 1);
}

size_t PacketStore::FindFree(size_t count) const noexcept {
  for (size_t first = 0; first + count <= blocks_; ++first) {
    if ((used_ & MaskOf(first, count)) == 0) return first;
  }
  return kBlocksMax;
}

bool PacketStore::HasRoomFor(size_t payload_size) const noexcept {
  return size_ < blocks_ && FindFree(BlocksFor(payload_size)) < kBlocksMax;
}

bool PacketStore::Contains(int64_t begin) const noexcept {
  return std::any_of(packets_.get(), packets_.get() + size_,
                     [begin](const StoredPacket& packet) { return packet.begin == begin; });
}

void PacketStore::Insert(StoredPacket packet, std::span<const uint8_t> payload) noexcept {
  const size_t count = BlocksFor(payload.size());
  const size_t first = FindFree(count);
  CHECK(first < kBlocksMax && size_ < blocks_) << "the caller has made room";
  used_ |= MaskOf(first, count);
  packet.first_block = static_cast<uint8_t>(first);
  packet.blocks = static_cast<uint8_t>(count);
  packet.size = static_cast<uint16_t>(payload.size());
  std::copy(payload.begin(), payload.end(), &bytes_[first * block_bytes_]);

  size_t at = size_++;
  for (; at > 0 && packets_[at - 1].begin > packet.begin; --at) packets_[at] = packets_[at - 1];
  packets_[at] = packet;
}

void PacketStore::PopFront() noexcept {
  DCHECK(size_ > 0) << "there is a front";
  used_ &= ~MaskOf(packets_[0].first_block, packets_[0].blocks);
  std::copy(packets_.get() + 1, packets_.get() + size_, packets_.get());
  --size_;
}

void PacketStore::Clear() noexcept {
  used_ = 0;
  size_ = 0;
}

}  // namespace narada::mixer::jitter
