// An IP address and a port as plain values, so that `room` can compare sources without knowing
// sockets.
//   std::optional<SocketAddress> address = SocketAddress::Parse("[2001:db8::1]:5004");
//   if (source.ip() == signalled.ip()) ...     // same host, any port
// IPv4-mapped IPv6 addresses become IPv4, so that one peer has one value on any socket. No
// allocation but in ToString().
#ifndef NARADA_MIXER_UNITS_SOCKET_ADDRESS_H_
#define NARADA_MIXER_UNITS_SOCKET_ADDRESS_H_

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace narada::mixer {

class IpAddress {
 public:
  constexpr IpAddress() = default;  // Unset: neither family.
  static constexpr IpAddress V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    IpAddress ip;
    ip.family_ = Family::kV4;
    ip.bytes_ = {a, b, c, d};
    return ip;
  }
  // In network order. A mapped IPv4 address becomes IPv4. `scope` matters for link-local ones only.
  static IpAddress V6(const std::array<uint8_t, 16>& bytes, uint32_t scope = 0) noexcept;
  // "192.0.2.1", "2001:db8::1", "fe80::1%3" (numeric scope). No brackets, no names.
  static std::optional<IpAddress> Parse(absl::string_view text) noexcept;

  constexpr bool is_set() const { return family_ != Family::kNone; }
  constexpr bool is_v4() const { return family_ == Family::kV4; }
  constexpr bool is_v6() const { return family_ == Family::kV6; }
  bool is_unspecified() const noexcept;  // 0.0.0.0 or :: (and unset).
  bool is_loopback() const noexcept;
  bool is_multicast() const noexcept;  // The IPv4 broadcast address counts as well.

  // Network order; IPv4 uses the first four.
  constexpr const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  constexpr uint32_t scope() const { return scope_; }
  std::string ToString() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
  friend std::ostream& operator<<(std::ostream& out, const IpAddress& ip) {
    return out << ip.ToString();
  }
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& ip) {
    return H::combine(std::move(h), static_cast<uint8_t>(ip.family_), ip.bytes_, ip.scope_);
  }

 private:
  enum class Family : uint8_t { kNone, kV4, kV6 };

  std::array<uint8_t, 16> bytes_ = {};
  uint32_t scope_ = 0;
  Family family_ = Family::kNone;
};

class SocketAddress {
 public:
  constexpr SocketAddress() = default;  // Unset.
  constexpr SocketAddress(const IpAddress& ip, uint16_t port) : ip_(ip), port_(port) {}
  // "192.0.2.1:5004", "[2001:db8::1]:5004". The port is required.
  static std::optional<SocketAddress> Parse(absl::string_view text) noexcept;
  // Empty unless `address` is a whole sockaddr_in or sockaddr_in6.
  static std::optional<SocketAddress> FromSockaddr(const sockaddr* address,
                                                   socklen_t length) noexcept;

  constexpr const IpAddress& ip() const { return ip_; }
  constexpr uint16_t port() const { return port_; }
  constexpr bool is_set() const { return ip_.is_set(); }
  constexpr SocketAddress WithPort(uint16_t port) const { return SocketAddress(ip_, port); }

  // Writes a sockaddr_in or sockaddr_in6 and returns its length; 0 if unset. `as_v6` writes IPv4 as
  // a mapped address, for a dual-stack socket.
  socklen_t ToSockaddr(sockaddr_storage* address, bool as_v6 = false) const noexcept;
  std::string ToString() const;

  friend constexpr auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
  friend std::ostream& operator<<(std::ostream& out, const SocketAddress& address) {
    return out << address.ToString();
  }
  template <typename H>
  friend H AbslHashValue(H h, const SocketAddress& address) {
    return H::combine(std::move(h), address.ip_, address.port_);
  }

 private:
  IpAddress ip_;
  uint16_t port_ = 0;
};

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_SOCKET_ADDRESS_H_
