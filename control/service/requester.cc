#include "control/service/requester.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"

namespace narada::control::service {

bool IsFromConsole(const grpc::ServerContextBase& context) {
  // A network's transport names its peer, beginning with the address family; the one inside the process
  // names none.
  const std::string peer = context.peer();
  return !absl::StartsWith(peer, "ipv4:") && !absl::StartsWith(peer, "ipv6:") &&
         !absl::StartsWith(peer, "unix:");
}

Requester RequesterOf(const grpc::ServerContextBase& context) {
  if (IsFromConsole(context)) {
    RequesterMetadata metadata;
    for (const auto& [key, value] : context.client_metadata()) {
      metadata.emplace(std::string(key.data(), key.size()),
                       std::string(value.data(), value.size()));
    }
    // A request of the console without a requester is a mistake of ours: it may do nothing.
    return RequesterFromMetadata(metadata).value_or(Requester{});
  }
  Requester requester{.role = RequesterRole::kOperator, .user_name = "api"};
  const auto authentication = context.auth_context();
  if (authentication != nullptr && authentication->IsPeerAuthenticated()) {
    const auto names = authentication->GetPeerIdentity();
    if (!names.empty()) requester.user_name = std::string(names[0].data(), names[0].size());
  }
  return requester;
}

}  // namespace narada::control::service
