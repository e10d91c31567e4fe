#include "mixer/net/packet_buffers.h"

#include <sys/mman.h>

#include <bit>

#include "base/check.h"

namespace narada::mixer::net {
namespace {

constexpr size_t kPageBytes = 4096;

size_t RoundToPages(size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

}  // namespace

PacketBuffers::PacketBuffers(unsigned count) : count_(count) {
  CHECK(std::has_single_bit(count) && count <= 32768) << "the kernel wants a power of two";
  const size_t ring_bytes = RoundToPages(count * sizeof(io_uring_buf));
  mapped_bytes_ = ring_bytes + count * kBufferBytes;
  // Populated now, so that no first touch faults while a worker ticks.
  void* const mapping = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  CHECK(mapping != MAP_FAILED) << "no memory for " << count << " packet buffers";
  ring_ = static_cast<io_uring_buf_ring*>(mapping);
  memory_ = static_cast<uint8_t*>(mapping) + ring_bytes;
  io_uring_buf_ring_init(ring_);
  for (unsigned id = 0; id < count; ++id) GiveBack(id);
  Publish();
}

PacketBuffers::~PacketBuffers() { munmap(ring_, mapped_bytes_); }

}  // namespace narada::mixer::net
