// A network of sockets in memory with a clock moved by hand, and the faults that the real one will
// not make on demand. Passes network_contract_test like RingNetwork.
//   FakeWire wire;                                  // carries datagrams between all its sockets
//   FakeNetwork network(wire);                      // one per worker
//   UdpSocket phone = wire.Open(address);           // the far end: wire.SendFrom / wire.Take
//   wire.Advance(Milliseconds(20));
// One thread. It allocates, being a test's: it stands outside the media path's rule.
#ifndef NARADA_MIXER_NET_FAKE_NETWORK_H_
#define NARADA_MIXER_NET_FAKE_NETWORK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "mixer/net/network.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::net {

struct FakeDatagram {
  std::vector<uint8_t> bytes;
  SocketAddress source;
  MediaTime sent;
};

class FakeWire {
 public:
  // A socket at `local`; the port must be free.
  UdpSocket Open(const SocketAddress& local);
  // An even port and the next above it on `ip`, and their end.
  SocketPair OpenPair(const IpAddress& ip);
  void Close(SocketPair pair);

  // From one socket to wherever `destination` is; nobody there means it is lost.
  void SendFrom(const SocketAddress& source, const SocketAddress& destination,
                std::span<const uint8_t> bytes);
  // All that waits in a socket, oldest first; empties it.
  std::vector<FakeDatagram> Take(const SocketAddress& local);

  MediaTime now() const { return now_; }
  void Advance(MediaDuration step) { now_ += step; }

  // Faults: how many of the next sends fail as a full send buffer would, and how many datagrams of
  // one socket a single Receive() delivers.
  int sends_to_refuse = 0;
  int datagrams_per_receive_max = 1 << 30;

 private:
  friend class FakeNetwork;

  struct Socket {
    SocketAddress local;
    std::deque<FakeDatagram> waiting;
  };

  Socket* Find(const SocketAddress& address);

  MediaTime now_ = MediaTime::FromNanoseconds(1'000'000'000);
  std::map<SocketHandle, Socket> sockets_;
  SocketHandle next_handle_ = 1'000'000;  // Never a real file's number.
  uint16_t next_pair_port_ = 20000;
};

class FakeNetwork final : public Network {
 public:
  explicit FakeNetwork(FakeWire& wire) : wire_(wire) {}

  MediaTime Now() noexcept override { return wire_.now(); }
  void StartReceive(SocketHandle socket, SocketTag tag) noexcept override;
  void StopReceive(SocketTag tag) noexcept override;
  void Receive(ReceiveHandler& handler) noexcept override;
  void Send(const OutgoingDatagram& datagram) noexcept override;
  void Ring(SocketHandle bell) noexcept override;
  void Submit() noexcept override;
  // Moves the wire's clock forward.
  bool SleepUntil(MediaTime deadline) noexcept override;
  const NetworkCounters& counters() const noexcept override { return counters_; }

 private:
  struct Receiver {
    SocketHandle socket;
    bool is_stopping;
  };

  FakeWire& wire_;
  std::map<SocketTag, Receiver> receivers_;
  std::vector<OutgoingDatagram> queued_;
  NetworkCounters counters_;
};

// Hands out a wire's pairs.
class FakeSocketPairs final : public SocketPairs {
 public:
  FakeSocketPairs(FakeWire& wire, const IpAddress& ip) : wire_(wire), ip_(ip) {}
  absl::StatusOr<SocketPair> Open() override;
  absl::StatusOr<SocketPair> Reopen(uint16_t rtp_port) override;
  void Close(SocketPair pair) override;

  int pairs_max = 1 << 30;  // Fault: no more ports.

 private:
  FakeWire& wire_;
  const IpAddress ip_;
  int open_ = 0;
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_FAKE_NETWORK_H_
