#ifndef NARADA_SIP_HOST_H_
#define NARADA_SIP_HOST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace narada::sip {

// A host as it stands in a URI or a header: IPv6 addresses in brackets.
std::string InUri(absl::string_view host);

// Where the RTP of a phone comes from whose SIP came from `peer` to `listen_address`, as far as that
// can be told: from `peer`. But loopback is reached by this machine's phones alone, and one that
// gives its SIP the address of an interface (baresip does) may leave its RTP without an address: then
// the kernel sends from loopback to loopback. Empty for an unknown `peer`.
std::string MediaPeer(absl::string_view listen_address, absl::string_view peer);

// Says whether a port of ours can be had, in words; sofia itself only says that something failed.
// `type` is SOCK_DGRAM or SOCK_STREAM, `name` what it is for.
// UNAVAILABLE / PORT_OCCUPIED or ADDRESS_UNUSABLE.
absl::Status TryPort(const std::string& host, int port, int type, const char* name);

}  // namespace narada::sip

#endif  // NARADA_SIP_HOST_H_
