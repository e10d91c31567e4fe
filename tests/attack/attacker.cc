#include "tests/attack/attacker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace narada::attack {
namespace {

sockaddr_in AddressOf(const std::string& ip, uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  CHECK_EQ(inet_pton(AF_INET, ip.c_str(), &address.sin_addr), 1) << ip << " is no address";
  return address;
}

void Append(Bytes& bytes, uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace

Bytes Rtp(const RtpFields& fields, const Bytes& payload) {
  Bytes packet = {0x80, static_cast<uint8_t>(fields.payload_type | (fields.marker ? 0x80 : 0))};
  Append(packet, fields.number, 2);
  Append(packet, fields.timestamp, 4);
  Append(packet, fields.ssrc, 4);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Bytes LoudTone() {
  Bytes payload;
  for (int i = 0; i < 160; ++i) payload.push_back(i % 8 < 4 ? 0xa4 : 0x24);
  return payload;
}

Bytes ReceiverReport(uint32_t ssrc) {
  Bytes packet = {0x80, 201, 0, 1};
  Append(packet, ssrc, 4);
  return packet;
}

Bytes Goodbye(uint32_t ssrc) {
  Bytes packet = ReceiverReport(ssrc);
  const Bytes bye = {0x81, 203, 0, 1};
  packet.insert(packet.end(), bye.begin(), bye.end());
  Append(packet, ssrc, 4);
  return packet;
}

Attacker::Attacker(const std::string& address)
    : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in own = AddressOf(address, 0);
  CHECK_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof(own)), 0) << address;
  socklen_t size = sizeof(own);
  CHECK_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size), 0) << address;
  port_ = ntohs(own.sin_port);
}

Attacker::~Attacker() { close(socket_); }

void Attacker::Send(uint16_t port, const Bytes& datagram) {
  const sockaddr_in to = AddressOf("127.0.0.1", port);
  // A port that nobody has answers by an error of the next call.
  sendto(socket_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to),
         sizeof(to));
  ++sent_;
}

std::vector<Bytes> Attacker::Receive() {
  std::vector<Bytes> datagrams;
  Bytes buffer(2048);
  for (int i = 0; i < 100'000; ++i) {
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == ECONNREFUSED) continue;
    if (size < 0) break;
    datagrams.emplace_back(buffer.begin(), buffer.begin() + size);
  }
  received_ += datagrams.size();
  return datagrams;
}

uint64_t Attacker::CountReceived() {
  Receive();
  return received_;
}

}  // namespace narada::attack
