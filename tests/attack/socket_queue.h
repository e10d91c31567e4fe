// What waits before a UDP socket of loopback, and what the kernel has dropped there: a datagram that never
// reached a program has not tested it.
//   const SocketQueue before = QueueOf(port);
//   ... send ...
//   QueueOf(port).dropped - before.dropped    // never seen by whoever has the port
#ifndef NARADA_TESTS_ATTACK_SOCKET_QUEUE_H_
#define NARADA_TESTS_ATTACK_SOCKET_QUEUE_H_

#include <cstdint>

namespace narada::attack {

struct SocketQueue {
  uint64_t waiting_bytes = 0;  // As the kernel counts them: with its own overhead.
  uint64_t dropped = 0;        // Datagrams, since the socket was made.
};

// Of the socket bound to this port of 127.0.0.1; it must be there.
SocketQueue QueueOf(uint16_t port);

}  // namespace narada::attack

#endif  // NARADA_TESTS_ATTACK_SOCKET_QUEUE_H_
