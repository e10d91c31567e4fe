#ifndef NARADA_MIXER_NET_NETWORK_H_
#define NARADA_MIXER_NET_NETWORK_H_

#include <sys/socket.h>

#include <cstdint>
#include <span>

#include "mixer/units/media_time.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::net {

// What the kernel (or the fake) calls an open socket; see UdpSocket.
using SocketHandle = int;

// The caller's own small number for a socket that receives: an index below `sockets_max`.
using SocketTag = uint32_t;

// One datagram to be sent: a head and a body, gathered without a copy. Both must stay untouched
// until Submit() returns; `body` may be empty and may be shared by many datagrams.
struct OutgoingDatagram {
  SocketHandle socket = -1;
  SocketAddress destination;
  std::span<const uint8_t> head;
  std::span<const uint8_t> body;
};

// A datagram that will be delivered soon.
struct DatagramAhead {
  static constexpr int kFirstHint = 3;

  SocketTag tag = 0;
  // So many deliveries away: kFirstHint, then one less, down to 1. The first hints may be missing.
  int ahead = 0;
  // Where the kernel has written what it comes from; looked at by source() alone. No other datagram that is ahead has this.
  const sockaddr* name = nullptr;
  socklen_t name_length = 0;

  // For sockets whose tag does not say whom it is for. Unset: not known.
  SocketAddress source() const noexcept {
    return SocketAddress::FromSockaddr(name, name_length).value_or(SocketAddress());
  }
};

// Receives what came in, on the worker's thread.
class ReceiveHandler {
 public:
  virtual ~ReceiveHandler() = default;

  // `bytes` are valid during the call only. `arrival`: when the kernel took it from the network, which may be long
  // before Receive(), never after it.
  virtual void OnDatagram(SocketTag tag, std::span<const uint8_t> bytes,
                          const SocketAddress& source, MediaTime arrival) noexcept = 0;

  // A hint, so that what a datagram will touch can be brought into the cache meanwhile. Does nothing else.
  virtual void OnDatagramAhead(const DatagramAhead& datagram) noexcept {
    static_cast<void>(datagram);
  }

  // Ends a StopReceive(): no datagram with this tag follows, and the socket may be closed or handed
  // to another worker's network. What arrives meanwhile waits in the socket.
  virtual void OnReceiveStopped(SocketTag tag) noexcept = 0;
};

// Only ever grows. Worker thread; copied out with the worker's statistics.
struct NetworkCounters {
  uint64_t datagrams_received = 0;
  uint64_t datagrams_sent = 0;
  uint64_t submissions = 0;        // System calls that carried at least one operation.
  uint64_t entries = 0;            // All system calls.
  uint64_t dropped_oversized = 0;  // Longer than a packet buffer: cut by the kernel, not delivered.
  uint64_t dropped_send_full = 0;  // The socket's send buffer was full.
  uint64_t dropped_send_failed = 0;  // Every other refusal (no route, no permission, ...).
  uint64_t receive_errors = 0;
  uint64_t receive_rearmed = 0;      // A multishot receive had to be started again.
  uint64_t buffers_exhausted = 0;    // Datagrams had to wait in their sockets for a free buffer.
  uint64_t receive_budget_hits = 0;  // More waited than one Receive() takes; the rest comes next.
  // The kernel announced more, again and again, and had nothing: the rest comes next.
  uint64_t receives_in_vain = 0;
};

// One worker's door to the network and to time. The only two implementations are RingNetwork and
// FakeNetwork; both pass network_contract_test.
//   network.StartReceive(socket, tag);
//   loop: network.Receive(handler); network.Send(...); network.Submit(); network.SleepUntil(t);
// Owned and used by one thread. No call allocates, locks, or blocks, but SleepUntil.
class Network {
 public:
  virtual ~Network() = default;

  // Monotonic.
  virtual MediaTime Now() noexcept = 0;

  // Delivers `socket`'s datagrams under `tag` until StopReceive(tag). The tag must be free.
  // Takes effect at the next Submit(), Receive() or SleepUntil().
  virtual void StartReceive(SocketHandle socket, SocketTag tag) noexcept = 0;

  // Asks for the end; OnReceiveStopped(tag) comes from one of the next calls of Receive().
  // Datagrams may be delivered until then.
  virtual void StopReceive(SocketTag tag) noexcept = 0;

  // Delivers everything that waits; bounded, so that a flood cannot keep a worker from its tick.
  virtual void Receive(ReceiveHandler& handler) noexcept = 0;

  // Queues a datagram for the next Submit().
  virtual void Send(const OutgoingDatagram& datagram) noexcept = 0;

  // Rings another thread's bell with the next Submit(): sends one byte to the unix datagram socket
  // `bell`. A bell that is ringing already stays so.
  virtual void Ring(SocketHandle bell) noexcept = 0;

  // Hands everything queued to the kernel, in one system call unless the queue had overflown.
  virtual void Submit() noexcept = 0;

  // Submits and sleeps until `deadline`; datagrams do not end the sleep. False when it ended early
  // because the queues are full (or a signal came): call Receive(), then sleep again.
  virtual bool SleepUntil(MediaTime deadline) noexcept = 0;

  virtual const NetworkCounters& counters() const noexcept = 0;
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_NETWORK_H_
