#ifndef NARADA_SIP_PEER_LIST_H_
#define NARADA_SIP_PEER_LIST_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::sip {

// A set of IP addresses and networks, such as "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32".
// An IPv4 address and its IPv6-mapped form are the same. A value; read on any thread.
class PeerList {
 public:
  // Adds one entry. INVALID_ARGUMENT / PEER_INVALID that says what is wrong.
  absl::Status Add(absl::string_view entry);

  bool Contains(absl::string_view address) const;  // False for what is no address.
  bool is_empty() const { return networks_.empty(); }

 private:
  using Address = std::array<uint8_t, 16>;
  struct Network {
    Address address;
    int prefix_bits;  // Of 128.
  };

  static bool Parse(absl::string_view text, Address* address, bool* is_ipv4);

  std::vector<Network> networks_;
};

}  // namespace narada::sip

#endif  // NARADA_SIP_PEER_LIST_H_
