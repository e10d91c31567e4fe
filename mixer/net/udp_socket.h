#ifndef NARADA_MIXER_NET_UDP_SOCKET_H_
#define NARADA_MIXER_NET_UDP_SOCKET_H_

#include "absl/status/statusor.h"
#include "mixer/net/network.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::net {

// An open UDP socket, closed when this object dies. Made and closed off the workers (both are
// system calls); a worker only ever sees the handle.
class UdpSocket {
 public:
  using Closer = void (*)(SocketHandle);

  // Binds to `local`; port 0 lets the system choose. `dscp` (0-63) marks what is sent (RFC 2474).
  // Errors: RESOURCE_EXHAUSTED / FILES_EXHAUSTED
  // (raise the limit of open files), ALREADY_EXISTS / PORT_TAKEN, INVALID_ARGUMENT /
  // ADDRESS_NOT_LOCAL, PERMISSION_DENIED / PORT_FORBIDDEN, INTERNAL / SOCKET_FAILED.
  static absl::StatusOr<UdpSocket> Bind(const SocketAddress& local, int dscp = 0);

  // Wraps a handle that is already open; `closer` (may be null) ends it.
  UdpSocket(SocketHandle handle, const SocketAddress& local, Closer closer)
      : handle_(handle), local_(local), closer_(closer) {}
  UdpSocket() = default;
  ~UdpSocket() { Close(); }
  UdpSocket(UdpSocket&& other) noexcept { *this = static_cast<UdpSocket&&>(other); }
  UdpSocket& operator=(UdpSocket&& other) noexcept;
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  void Close();

  // Makes room for `bytes` that wait to be received, and to be sent, as far as the kernel lets us (net.core.rmem_max and
  // wmem_max, unless we may administer the network). Returns how much may wait to be received.
  int Widen(int bytes);

  bool is_open() const { return handle_ >= 0; }
  SocketHandle handle() const { return handle_; }
  // With the port that was really bound.
  const SocketAddress& local() const { return local_; }

 private:
  SocketHandle handle_ = -1;
  SocketAddress local_;
  Closer closer_ = nullptr;
};

// The two sockets of a leg: RTP on an even port, RTCP on the next (RFC 3550 §11).
struct SocketPair {
  UdpSocket rtp;
  UdpSocket rtcp;
};

// Opens and takes back socket pairs; thread-safe. UdpSocketPairs is the real one, FakeNetwork's
// the other.
class SocketPairs {
 public:
  virtual ~SocketPairs() = default;

  // Errors: RESOURCE_EXHAUSTED / PORTS_EXHAUSTED or FILES_EXHAUSTED; others as UdpSocket::Bind.
  virtual absl::StatusOr<SocketPair> Open() = 0;

  // The pair on exactly these ports, for a leg that lived before this process. Errors: ALREADY_EXISTS /
  // PORT_TAKEN (perhaps still by the process that died), INVALID_ARGUMENT / PORT_RANGE_EMPTY where
  // they are not ours to give; others as UdpSocket::Bind.
  virtual absl::StatusOr<SocketPair> Reopen(uint16_t rtp_port) = 0;

  // Closes the pair; its ports rest for the quarantine before another leg can get them.
  virtual void Close(SocketPair pair) = 0;
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_UDP_SOCKET_H_
