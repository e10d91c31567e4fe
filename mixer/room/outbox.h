// What rooms want sent, on its way to who sends it: in batches, in the midst of a tick, so that the first packets of a large room
// have left before the last ones are made.
//   Outbox outbox(64, &carrier);
//   room.Tick(now, outbox, events);  // The carrier is given each 64,
//   outbox.Flush();                  // and the rest.
// Without a carrier they are kept, to be looked at and cleared by whoever asked for the tick.
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

class OutboxCarrier {
 public:
  // On the worker. Sends them, in this order; they are not valid any longer than the call.
  virtual void Carry(std::span<const OutgoingDatagram> datagrams) noexcept = 0;

 protected:
  ~OutboxCarrier() = default;
};

class Outbox {
 public:
  // Room for `capacity` datagrams. The carrier outlives the outbox.
  explicit Outbox(size_t capacity, OutboxCarrier* carrier = nullptr)
      : capacity_(capacity),
        carrier_(carrier),
        datagrams_(std::make_unique<OutgoingDatagram[]>(capacity)) {}

  // A full outbox that has no carrier drops the datagram and counts it.
  void Push(const OutgoingDatagram& datagram) noexcept {
    if (size_ == capacity_) {
      ++dropped_;
      return;
    }
    datagrams_[size_++] = datagram;
    if (size_ == capacity_ && carrier_ != nullptr) Flush();
  }

  // Gives what is there to the carrier, which there is.
  void Flush() noexcept {
    carrier_->Carry(datagrams());
    Clear();
  }

  // In the order in which the rooms made them; what the carrier was given is not among them.
  std::span<const OutgoingDatagram> datagrams() const noexcept { return {datagrams_.get(), size_}; }
  void Clear() noexcept { size_ = 0; }

  // Since construction.
  uint64_t dropped() const noexcept { return dropped_; }

 private:
  const size_t capacity_;
  OutboxCarrier* const carrier_;
  std::unique_ptr<OutgoingDatagram[]> datagrams_;  // Worker thread, as all below.
  size_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_OUTBOX_H_
