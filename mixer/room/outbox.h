// What the rooms of one step want sent; the engine sends it and clears it.
//   room.Tick(now, outbox, events);
//   for (const OutgoingDatagram& datagram : outbox.datagrams()) ...
//   outbox.Clear();
// Worker thread. Allocates in the constructor only. The memory that a datagram points to belongs to
// its leg or its room and stays untouched until that room's next Tick(), so a leg or room that is
// taken out must be kept until the datagrams of the step have left.
#ifndef NARADA_MIXER_ROOM_OUTBOX_H_
#define NARADA_MIXER_ROOM_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/units/socket_address.h"

namespace narada::mixer::room {

class Leg;

struct OutgoingDatagram {
  Leg* leg = nullptr;  // Whose sockets it leaves from.
  SocketAddress destination;
  bool is_rtcp = false;  // From the leg's RTCP port; with rtcp-mux that is its RTP port.
  std::span<const uint8_t>
      header;  // The leg's own: an RTP header, or a whole RTCP compound packet.
  std::span<const uint8_t> payload;  // Perhaps shared with many datagrams; empty for RTCP.
};

class Outbox {
 public:
  // Room for `capacity` datagrams: three per leg of all rooms that tick in one step (RTP of 10 ms, and
  // RTCP).
  explicit Outbox(size_t capacity)
      : capacity_(capacity), datagrams_(std::make_unique<OutgoingDatagram[]>(capacity)) {}

  // A full outbox drops the datagram and counts it: the engine has sized it too small.
  void Push(const OutgoingDatagram& datagram) noexcept {
    if (size_ == capacity_) {
      ++dropped_;
      return;
    }
    datagrams_[size_++] = datagram;
  }

  // In the order in which the rooms made them.
  std::span<const OutgoingDatagram> datagrams() const noexcept { return {datagrams_.get(), size_}; }
  void Clear() noexcept { size_ = 0; }

  // Since construction.
  uint64_t dropped() const noexcept { return dropped_; }

 private:
  const size_t capacity_;
  std::unique_ptr<OutgoingDatagram[]> datagrams_;  // Worker thread, as all below.
  size_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_OUTBOX_H_
