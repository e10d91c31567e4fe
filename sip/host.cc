#include "sip/host.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::sip {
namespace {

bool IsLoopback(absl::string_view address) {
  return absl::StartsWith(address, "127.") || address == "::1";
}

}  // namespace

std::string InUri(absl::string_view host) {
  return absl::StrContains(host, ':') && !absl::StartsWith(host, "[") ? absl::StrCat("[", host, "]")
                                                                      : std::string(host);
}

std::string MediaPeer(absl::string_view listen_address, absl::string_view peer) {
  const bool is_interface_of_ours =
      IsLoopback(listen_address) && !peer.empty() && !IsLoopback(peer);
  return std::string(is_interface_of_ours ? listen_address : peer);
}

absl::Status TryPort(const std::string& host, int port, int type, const char* name) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found) != 0) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "ADDRESS_UNUSABLE",
                           absl::StrCat("\"", host, "\" is no IP address to listen on"));
  }
  const int fd = socket(found->ai_family, type, 0);
  const int on = 1;
  // Connections of our predecessor in TIME_WAIT do not occupy the port.
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const int bound = bind(fd, found->ai_addr, found->ai_addrlen);
  const int error = errno;
  freeaddrinfo(found);
  close(fd);
  if (bound == 0) return absl::OkStatus();
  if (error == EADDRINUSE) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
                           absl::StrCat(name, " port ", port, " of ", host,
                                        " is taken by another program: stop it, or choose "
                                        "another with --sip_port"));
  }
  return ErrorWithReason(
      absl::StatusCode::kUnavailable, "ADDRESS_UNUSABLE",
      absl::StrCat("cannot listen on ", host, " ", name, " port ", port, ": ", strerror(error)));
}

}  // namespace narada::sip
