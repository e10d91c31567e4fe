#include "mixer/net/udp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::mixer::net {
namespace {

// What waits in a socket while its worker ticks or while its leg moves: some seconds of one phone.
constexpr int kReceiveBufferBytes = 256 * 1024;
constexpr int kSendBufferBytes = 128 * 1024;

void CloseFile(SocketHandle handle) { close(handle); }

absl::Status ExplainOpenFailure(int error) {
  if (error == EMFILE || error == ENFILE) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "FILES_EXHAUSTED",
                           "no more open files are allowed: raise the limit of open files "
                           "(ulimit -n, LimitNOFILE=); each leg takes two");
  }
  return ErrorWithReason(absl::StatusCode::kInternal, "SOCKET_FAILED",
                         absl::StrCat("cannot open a UDP socket: ", strerror(error)));
}

absl::Status ExplainBindFailure(int error, const SocketAddress& local) {
  const std::string address = local.ToString();
  switch (error) {
    case EADDRINUSE:
      return ErrorWithReason(absl::StatusCode::kAlreadyExists, "PORT_TAKEN",
                             absl::StrCat("UDP ", address, " is taken by another program"));
    case EADDRNOTAVAIL:
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "ADDRESS_NOT_LOCAL",
                             absl::StrCat(address, " is not an address of this machine"));
    case EACCES:
      return ErrorWithReason(
          absl::StatusCode::kPermissionDenied, "PORT_FORBIDDEN",
          absl::StrCat("UDP ", address, " is a privileged port; use one above 1023"));
    default:
      return ErrorWithReason(absl::StatusCode::kInternal, "SOCKET_FAILED",
                             absl::StrCat("cannot bind UDP ", address, ": ", strerror(error)));
  }
}

}  // namespace

absl::StatusOr<UdpSocket> UdpSocket::Bind(const SocketAddress& local, int dscp) {
  sockaddr_storage address{};
  const socklen_t address_length = local.ToSockaddr(&address);
  if (address_length == 0) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "ADDRESS_NOT_LOCAL",
                           "no local address is given");
  }
  const int file = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file < 0) return ExplainOpenFailure(errno);
  UdpSocket socket(file, local, CloseFile);

  // Best effort: the kernel caps both at its own maximum.
  setsockopt(file, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(kReceiveBufferBytes));
  setsockopt(file, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof(kSendBufferBytes));
  const int is_on = 1;
  setsockopt(file, SOL_SOCKET, SO_TIMESTAMPNS, &is_on, sizeof(is_on));
  const int traffic_class = dscp << 2;  // The low bits are for congestion (RFC 3168).
  if (local.ip().is_v6()) {
    setsockopt(file, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof(traffic_class));
  } else {
    setsockopt(file, IPPROTO_IP, IP_TOS, &traffic_class, sizeof(traffic_class));
  }
  if (bind(file, reinterpret_cast<const sockaddr*>(&address), address_length) != 0) {
    return ExplainBindFailure(errno, local);
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof(bound);
  if (getsockname(file, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
    return ExplainOpenFailure(errno);
  }
  socket.local_ =
      SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&bound), length).value_or(local);
  return socket;
}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this == &other) return *this;
  Close();
  handle_ = std::exchange(other.handle_, -1);
  local_ = other.local_;
  closer_ = std::exchange(other.closer_, nullptr);
  return *this;
}

int UdpSocket::Widen(int bytes) {
  if (setsockopt(handle_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0) {
    setsockopt(handle_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }
  if (setsockopt(handle_, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) != 0) {
    setsockopt(handle_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
  }
  int doubled = 0;  // The kernel counts its own bookkeeping and tells twice what was asked for.
  socklen_t length = sizeof(doubled);
  return getsockopt(handle_, SOL_SOCKET, SO_RCVBUF, &doubled, &length) == 0 ? doubled / 2 : 0;
}

void UdpSocket::Close() {
  if (handle_ >= 0 && closer_ != nullptr) closer_(handle_);
  handle_ = -1;
}

}  // namespace narada::mixer::net
