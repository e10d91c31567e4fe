#include "tests/phone/sip_channel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::phone {
namespace {

sockaddr_in Address(absl::string_view host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const std::string numeric = host == "localhost" ? "127.0.0.1" : std::string(host);
  inet_pton(AF_INET, numeric.c_str(), &address.sin_addr);
  return address;
}

uint16_t LocalPort(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

absl::Status SystemError(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

// The size of the first whole message in `buffer`, or 0 if more must come.
size_t WholeMessage(absl::string_view buffer) {
  const size_t end = buffer.find("\r\n\r\n");
  if (end == absl::string_view::npos) return 0;
  size_t length = 0;
  for (absl::string_view line : absl::StrSplit(buffer.substr(0, end), "\r\n")) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, colon));
    if (absl::EqualsIgnoreCase(name, "Content-Length") || absl::EqualsIgnoreCase(name, "l")) {
      (void)absl::SimpleAtoi(line.substr(colon + 1), &length);
    }
  }
  return buffer.size() >= end + 4 + length ? end + 4 + length : 0;
}

}  // namespace

SipChannel::SipChannel(PhoneLoop& loop, bool is_tcp, std::string local_address, Receive receive)
    : loop_(loop),
      is_tcp_(is_tcp),
      local_address_(std::move(local_address)),
      receive_(std::move(receive)) {}

SipChannel::~SipChannel() {
  while (!connections_.empty()) Close(connections_.begin()->first);
  if (socket_ >= 0) {
    loop_.Unwatch(socket_);
    close(socket_);
  }
}

absl::Status SipChannel::Open(uint16_t port) {
  if (is_tcp_ && port == 0) return absl::OkStatus();
  socket_ = socket(AF_INET, (is_tcp_ ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return SystemError("socket");
  const sockaddr_in address = Address(local_address_, port);
  const int on = 1;
  if (is_tcp_) setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      (is_tcp_ && listen(socket_, 16) != 0)) {
    const absl::Status error = SystemError(absl::StrCat("SIP port ", port, " of ", local_address_));
    close(socket_);
    socket_ = -1;
    return error;
  }
  local_port_ = LocalPort(socket_);
  loop_.Watch(socket_, [this] { is_tcp_ ? Accept() : ReadUdp(); });
  return absl::OkStatus();
}

int SipChannel::ConnectionTo(const sockaddr_in& to) const {
  for (const auto& [fd, connection] : connections_) {
    if (connection.peer.sin_port == to.sin_port &&
        connection.peer.sin_addr.s_addr == to.sin_addr.s_addr) {
      return fd;
    }
  }
  return -1;
}

absl::Status SipChannel::Prepare(absl::string_view host, uint16_t port) {
  const sockaddr_in to = Address(host, port);
  if (!is_tcp_ || ConnectionTo(to) >= 0) return absl::OkStatus();
  // Blocking, bounded by the kernel: on loopback it is immediate or refused.
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemError("socket");
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    const absl::Status error = SystemError(absl::StrCat("connect to ", host, ":", port));
    close(fd);
    return error;
  }
  if (socket_ < 0) local_port_ = LocalPort(fd);
  Adopt(fd, to);
  return absl::OkStatus();
}

absl::Status SipChannel::SendTo(absl::string_view host, uint16_t port, absl::string_view message) {
  const sockaddr_in to = Address(host, port);
  if (!is_tcp_) {
    if (sendto(socket_, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof(to)) < 0) {
      return SystemError("sendto");
    }
    return absl::OkStatus();
  }
  if (absl::Status prepared = Prepare(host, port); !prepared.ok()) return prepared;
  return SendOn(ConnectionTo(to), message);
}

absl::Status SipChannel::Reply(const Peer& peer, absl::string_view message) {
  if (is_tcp_) {
    if (connections_.count(peer.connection) == 0) return absl::UnavailableError("connection gone");
    return SendOn(peer.connection, message);
  }
  if (sendto(socket_, message.data(), message.size(), 0,
             reinterpret_cast<const sockaddr*>(&peer.address), sizeof(peer.address)) < 0) {
    return SystemError("sendto");
  }
  return absl::OkStatus();
}

absl::Status SipChannel::SendOn(int fd, absl::string_view message) {
  // The kernel's buffer takes a whole SIP message; a peer that reads so little that it does not is
  // not served.
  const ssize_t sent = send(fd, message.data(), message.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(message.size())) return SystemError("send");
  return absl::OkStatus();
}

void SipChannel::Adopt(int fd, const sockaddr_in& peer) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connections_[fd].peer = peer;
  loop_.Watch(fd, [this, fd] { ReadTcp(fd); });
}

void SipChannel::Accept() {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  const int fd = accept4(socket_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
  if (fd >= 0) Adopt(fd, peer);
}

void SipChannel::ReadUdp() {
  std::array<char, 65536> buffer;
  while (true) {
    Peer peer;
    socklen_t from_size = sizeof(peer.address);
    const ssize_t size = recvfrom(socket_, buffer.data(), buffer.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer.address), &from_size);
    if (size < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      continue;  // ECONNREFUSED of an earlier send.
    }
    receive_(absl::string_view(buffer.data(), static_cast<size_t>(size)), peer);
  }
}

void SipChannel::ReadTcp(int fd) {
  std::array<char, 65536> bytes;
  const ssize_t size = recv(fd, bytes.data(), bytes.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
  if (size <= 0) {
    Close(fd);
    return;
  }
  connections_[fd].buffer.append(bytes.data(), static_cast<size_t>(size));
  while (connections_.count(fd) > 0) {
    std::string& buffer = connections_[fd].buffer;
    // Keep-alives between messages (RFC 5626 §3.5.1).
    buffer.erase(0, std::min(buffer.find_first_not_of("\r\n"), buffer.size()));
    const size_t whole = WholeMessage(buffer);
    if (whole == 0) return;
    const std::string message = buffer.substr(0, whole);
    buffer.erase(0, whole);
    receive_(message, Peer{connections_[fd].peer, fd});
  }
}

void SipChannel::Close(int fd) {
  loop_.Unwatch(fd);
  close(fd);
  connections_.erase(fd);
}

}  // namespace narada::phone
