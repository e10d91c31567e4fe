#ifndef NARADA_TESTS_PHONE_SIP_CHANNEL_H_
#define NARADA_TESTS_PHONE_SIP_CHANNEL_H_

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/phone/phone_loop.h"

namespace narada::phone {

// Carries SIP messages as text: one UDP socket, or TCP connections (framed by Content-Length).
// Every function requires the loop's mutex; `receive` is called with it held.
class SipChannel {
 public:
  // Where a message came from, so that an answer goes back there.
  struct Peer {
    sockaddr_in address{};
    int connection = -1;  // TCP only.
  };
  using Receive = std::function<void(absl::string_view message, const Peer& peer)>;

  SipChannel(PhoneLoop& loop, bool is_tcp, std::string local_address, Receive receive);
  ~SipChannel();
  SipChannel(const SipChannel&) = delete;
  SipChannel& operator=(const SipChannel&) = delete;

  // Opens the UDP socket, or listens by TCP if `port` is not 0.
  absl::Status Open(uint16_t port);
  // By TCP: connects to host:port unless a connection is open, so that local_port() is known.
  absl::Status Prepare(absl::string_view host, uint16_t port);
  // Sends to host:port, after Prepare.
  absl::Status SendTo(absl::string_view host, uint16_t port, absl::string_view message);
  absl::Status Reply(const Peer& peer, absl::string_view message);

  bool is_tcp() const { return is_tcp_; }
  // Of the socket; by TCP of the latest connection, so the peer can reach us through it.
  uint16_t local_port() const { return local_port_; }

 private:
  struct Connection {
    sockaddr_in peer{};
    std::string buffer;
  };

  int ConnectionTo(const sockaddr_in& to) const;  // -1: none.
  absl::Status SendOn(int fd, absl::string_view message);
  void Adopt(int fd, const sockaddr_in& peer);
  void Accept();
  void ReadUdp();
  void ReadTcp(int fd);
  void Close(int fd);

  PhoneLoop& loop_;
  const bool is_tcp_;
  const std::string local_address_;
  const Receive receive_;
  int socket_ = -1;  // UDP, or the TCP listener.
  uint16_t local_port_ = 0;
  std::map<int, Connection> connections_;
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SIP_CHANNEL_H_
