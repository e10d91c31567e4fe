#include "mixer/units/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace narada::mixer {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Decimal digits only: no sign, no space, no leading "+".
std::optional<uint32_t> ParseDecimal(absl::string_view text, uint32_t max) noexcept {
  if (text.empty() || text.size() > 10) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > max) return std::nullopt;
  return static_cast<uint32_t>(value);
}

}  // namespace

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& bytes, uint32_t scope) noexcept {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return V4(bytes[12], bytes[13], bytes[14], bytes[15]);
  }
  IpAddress ip;
  ip.family_ = Family::kV6;
  ip.bytes_ = bytes;
  ip.scope_ = scope;
  return ip;
}

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) noexcept {
  uint32_t scope = 0;
  if (const size_t percent = text.find('%'); percent != absl::string_view::npos) {
    const std::optional<uint32_t> parsed = ParseDecimal(text.substr(percent + 1), UINT32_MAX);
    if (!parsed.has_value()) return std::nullopt;
    scope = *parsed;
    text = text.substr(0, percent);
    if (text.find(':') == absl::string_view::npos) return std::nullopt;
  }
  char copy[INET6_ADDRSTRLEN];  // inet_pton wants a terminated string.
  if (text.empty() || text.size() >= sizeof(copy) || text.find('\0') != absl::string_view::npos) {
    return std::nullopt;
  }
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  std::array<uint8_t, 16> bytes = {};
  if (inet_pton(AF_INET, copy, bytes.data()) == 1) {
    return V4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (inet_pton(AF_INET6, copy, bytes.data()) == 1) return V6(bytes, scope);
  return std::nullopt;
}

bool IpAddress::is_unspecified() const noexcept {
  return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const noexcept {
  if (is_v4()) return bytes_[0] == 127;
  return is_v6() && bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.begin() + 15, [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const noexcept {
  if (is_v6()) return bytes_[0] == 0xff;
  const bool is_broadcast =
      bytes_[0] == 255 && bytes_[1] == 255 && bytes_[2] == 255 && bytes_[3] == 255;
  return is_v4() && ((bytes_[0] & 0xf0) == 0xe0 || is_broadcast);
}

std::string IpAddress::ToString() const {
  if (!is_set()) return "(unset)";
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof(text));
  return scope_ == 0 ? std::string(text) : absl::StrCat(text, "%", scope_);
}

std::optional<SocketAddress> SocketAddress::Parse(absl::string_view text) noexcept {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  // A bare IPv6 address would have its last group taken for a port.
  if (has_brackets != (host.find(':') != absl::string_view::npos)) return std::nullopt;
  const std::optional<IpAddress> ip = IpAddress::Parse(host);
  const std::optional<uint32_t> port = ParseDecimal(text.substr(colon + 1), 65535);
  if (!ip.has_value() || !port.has_value()) return std::nullopt;
  return SocketAddress(*ip, static_cast<uint16_t>(*port));
}

std::optional<SocketAddress> SocketAddress::FromSockaddr(const sockaddr* address,
                                                         socklen_t length) noexcept {
  if (length < static_cast<socklen_t>(sizeof(sa_family_t))) return std::nullopt;
  sa_family_t family;
  std::memcpy(&family, &address->sa_family, sizeof(family));
  if (family == AF_INET && length >= static_cast<socklen_t>(sizeof(sockaddr_in))) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof(in));
    uint8_t b[4];
    std::memcpy(b, &in.sin_addr, sizeof(b));
    return SocketAddress(IpAddress::V4(b[0], b[1], b[2], b[3]), ntohs(in.sin_port));
  }
  if (family == AF_INET6 && length >= static_cast<socklen_t>(sizeof(sockaddr_in6))) {
    sockaddr_in6 in6;
    std::memcpy(&in6, address, sizeof(in6));
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
    return SocketAddress(IpAddress::V6(bytes, in6.sin6_scope_id), ntohs(in6.sin6_port));
  }
  return std::nullopt;
}

socklen_t SocketAddress::ToSockaddr(sockaddr_storage* address, bool as_v6) const noexcept {
  *address = {};
  if (!is_set()) return 0;
  if (ip_.is_v4() && !as_v6) {
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, ip_.bytes().data(), 4);
    std::memcpy(address, &in, sizeof(in));
    return sizeof(in);
  }
  std::array<uint8_t, 16> bytes = ip_.bytes();
  if (ip_.is_v4()) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
    std::copy(ip_.bytes().begin(), ip_.bytes().begin() + 4, bytes.begin() + 12);
  }
  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port_);
  in6.sin6_scope_id = ip_.scope();
  std::memcpy(&in6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(address, &in6, sizeof(in6));
  return sizeof(in6);
}

std::string SocketAddress::ToString() const {
  if (!is_set()) return "(unset)";
  return ip_.is_v4() ? absl::StrCat(ip_.ToString(), ":", port_)
                     : absl::StrCat("[", ip_.ToString(), "]:", port_);
}

}  // namespace narada::mixer
