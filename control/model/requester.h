// Who asks control for something over its API: a program with a certificate of ours, or somebody who
// logged in to the console. The console's requests reach the services inside the process, with the
// requester as metadata:
//   for (const auto& [key, value] : ToMetadata(requester)) context.AddMetadata(key, value);  // console
//   Requester requester = RequesterOf(context);                  // service, see service/requester.h

#ifndef NARADA_CONTROL_MODEL_REQUESTER_H_
#define NARADA_CONTROL_MODEL_REQUESTER_H_

#include <map>
#include <optional>
#include <string>

namespace narada::control {

enum class RequesterRole {
  kModerator,      // Steers conferences of one tenant, or the one conference whose PIN was given.
  kTenantManager,  // A moderator who also sees to the tenant's settings.
  kOperator,       // Everything.
};

struct Requester {
  RequesterRole role = RequesterRole::kModerator;
  std::string user_name;      // For the audit log; UTF-8.
  std::string tenant_id;      // Whose conferences and records; an operator's is empty.
  std::string conference_id;  // Logged in by a moderator's PIN: this conference and nothing else.

  bool IsOperator() const { return role == RequesterRole::kOperator; }
  // True if this conference is the requester's to see and to steer.
  bool MaySteer(const std::string& conference, const std::string& tenant) const {
    if (IsOperator()) return true;
    return conference_id.empty() ? !tenant_id.empty() && tenant == tenant_id
                                 : conference == conference_id;
  }
  bool operator==(const Requester&) const = default;
};

using RequesterMetadata = std::map<std::string, std::string>;

// Keys and values as gRPC metadata takes them; values are hex. A number that this process has drawn proves
// that it comes from here.
RequesterMetadata ToMetadata(const Requester& requester);
// Nothing if this is not what ToMetadata made in this process.
std::optional<Requester> RequesterFromMetadata(const RequesterMetadata& metadata);

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_REQUESTER_H_
