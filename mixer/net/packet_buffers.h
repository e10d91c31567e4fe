// The memory that datagrams are received into: a ring of equal buffers that the kernel takes from
// by itself and that go back once their datagram was read.
//   PacketBuffers buffers(4096);
//   RETURN_IF_ERROR(ring.RegisterBufferRing(buffers.ring(), buffers.count()));
//   ...buffers.Bytes(id)... ; buffers.GiveBack(id); ...; buffers.Publish();
// One thread. All memory is taken and touched in the constructor.
#ifndef NARADA_MIXER_NET_PACKET_BUFFERS_H_
#define NARADA_MIXER_NET_PACKET_BUFFERS_H_

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <span>

namespace narada::mixer::net {

class PacketBuffers {
 public:
  // An Ethernet frame's worth of datagram (1,500 bytes) behind the kernel's header and the source
  // address, rounded up to a power of two so that no buffer straddles a page.
  static constexpr size_t kBufferBytes = 2048;

  // `count` is a power of two, at most 32,768. All buffers are available at once.
  explicit PacketBuffers(unsigned count);
  ~PacketBuffers();
  PacketBuffers(const PacketBuffers&) = delete;
  PacketBuffers& operator=(const PacketBuffers&) = delete;

  std::span<uint8_t> Bytes(unsigned id) noexcept {
    return {memory_ + id * kBufferBytes, kBufferBytes};
  }

  // Returns one buffer; the kernel sees it after Publish().
  void GiveBack(unsigned id) noexcept {
    io_uring_buf_ring_add(ring_, memory_ + id * kBufferBytes, kBufferBytes,
                          static_cast<uint16_t>(id), io_uring_buf_ring_mask(count_), unpublished_);
    ++unpublished_;
  }
  void Publish() noexcept {
    if (unpublished_ > 0) io_uring_buf_ring_advance(ring_, unpublished_);
    unpublished_ = 0;
  }

  io_uring_buf_ring* ring() noexcept { return ring_; }
  unsigned count() const noexcept { return count_; }

 private:
  const unsigned count_;
  size_t mapped_bytes_ = 0;
  io_uring_buf_ring* ring_ = nullptr;  // At the start of the mapping: must be page-aligned.
  uint8_t* memory_ = nullptr;          // Behind it.
  int unpublished_ = 0;
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_PACKET_BUFFERS_H_
