#include "control/model/requester.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/random.h"

namespace narada::control {
namespace {

constexpr char kRole[] = "narada-role";
constexpr char kUser[] = "narada-user";
constexpr char kTenant[] = "narada-tenant";
constexpr char kConference[] = "narada-conference";
constexpr char kProof[] = "narada-proof";

// Known to this process alone, and never told or logged.
const std::string& Proof() {
  static const std::string proof = [] {
    SecureRandom random;
    return absl::StrCat(absl::Hex(random.Next(), absl::kZeroPad16),
                        absl::Hex(random.Next(), absl::kZeroPad16));
  }();
  return proof;
}

const char* RoleName(RequesterRole role) {
  switch (role) {
    case RequesterRole::kModerator:
      return "moderator";
    case RequesterRole::kTenantManager:
      return "manager";
    case RequesterRole::kOperator:
      return "operator";
  }
  return "";
}

std::string TextOf(const RequesterMetadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : absl::HexStringToBytes(found->second);
}

}  // namespace

RequesterMetadata ToMetadata(const Requester& requester) {
  return {{kRole, RoleName(requester.role)},
          {kUser, absl::BytesToHexString(requester.user_name)},
          {kTenant, absl::BytesToHexString(requester.tenant_id)},
          {kConference, absl::BytesToHexString(requester.conference_id)},
          {kProof, Proof()}};
}

std::optional<Requester> RequesterFromMetadata(const RequesterMetadata& metadata) {
  const auto name = metadata.find(kRole);
  const auto proof = metadata.find(kProof);
  if (name == metadata.end() || proof == metadata.end() || proof->second != Proof()) {
    return std::nullopt;
  }
  for (const RequesterRole role :
       {RequesterRole::kModerator, RequesterRole::kTenantManager, RequesterRole::kOperator}) {
    if (name->second != RoleName(role)) continue;
    return Requester{.role = role,
                     .user_name = TextOf(metadata, kUser),
                     .tenant_id = TextOf(metadata, kTenant),
                     .conference_id = TextOf(metadata, kConference)};
  }
  return std::nullopt;
}

}  // namespace narada::control
