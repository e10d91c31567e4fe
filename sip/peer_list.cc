#include "sip/peer_list.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::sip {

bool PeerList::Parse(absl::string_view text, Address* address, bool* is_ipv4) {
  const std::string terminated(text);
  in_addr v4;
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    // ::ffff:0:0/96
    *address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    memcpy(address->data() + 12, &v4, 4);
    *is_ipv4 = true;
    return true;
  }
  *is_ipv4 = false;
  return inet_pton(AF_INET6, terminated.c_str(), address->data()) == 1;
}

absl::Status PeerList::Add(absl::string_view entry) {
  const size_t slash = entry.find('/');
  Network network{};
  bool is_ipv4 = false;
  int bits = 0;
  const bool has_bits = slash != absl::string_view::npos;
  const bool is_right = Parse(entry.substr(0, slash), &network.address, &is_ipv4) &&
                        (!has_bits || (absl::SimpleAtoi(entry.substr(slash + 1), &bits) &&
                                       bits >= 0 && bits <= (is_ipv4 ? 32 : 128)));
  if (!is_right) {
    return ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "PEER_INVALID",
        absl::StrCat("\"", entry, "\" is no IP address or network such as 10.0.0.0/8"));
  }
  network.prefix_bits = !has_bits ? 128 : is_ipv4 ? bits + 96 : bits;
  networks_.push_back(network);
  return absl::OkStatus();
}

bool PeerList::Contains(absl::string_view address) const {
  Address wanted;
  bool is_ipv4;
  if (!Parse(address, &wanted, &is_ipv4)) return false;
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const size_t bytes = static_cast<size_t>(network.prefix_bits / 8);
    const int rest = network.prefix_bits % 8;
    if (!std::equal(wanted.begin(), wanted.begin() + bytes, network.address.begin())) return false;
    if (rest == 0) return true;
    const uint8_t mask = static_cast<uint8_t>(0xFF << (8 - rest));
    return (wanted[bytes] & mask) == (network.address[bytes] & mask);
  });
}

}  // namespace narada::sip
