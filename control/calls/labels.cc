#include "control/calls/labels.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace narada::control::calls {
namespace {

constexpr char kCall[] = "narada.call";
constexpr char kGateway[] = "narada.gateway";
constexpr char kGatewayCall[] = "narada.gateway_call";
constexpr char kCaller[] = "narada.caller";
constexpr char kWithheld[] = "narada.withheld";
constexpr char kTrunk[] = "narada.trunk";
constexpr char kAccess[] = "narada.access";
constexpr char kStarted[] = "narada.started";  // Microseconds since 1970 UTC.

constexpr char kDialled[] = "narada.dialled";
constexpr char kDialledTenant[] = "narada.dialled_tenant";

constexpr size_t kValueBytesMax = 256;  // The mixer's limit.

std::string ValueOf(const mixers::Labels& labels, const char* key) {
  const auto label = labels.find(key);
  return label == labels.end() ? "" : label->second;
}

}  // namespace

mixers::Labels ToLabels(const LegOwner& owner) {
  mixers::Labels labels = {
      {kCall, owner.call_id},
      {kGateway, owner.gateway_id},
      {kGatewayCall, owner.gateway_call_id},
      {kAccess, owner.access_number},
      {kStarted, absl::StrCat(absl::ToUnixMicros(owner.started_at))},
  };
  if (owner.caller.number) labels[kCaller] = owner.caller.number->e164();
  if (owner.caller.is_withheld) labels[kWithheld] = "1";
  if (!owner.caller.trunk.empty()) labels[kTrunk] = owner.caller.trunk.substr(0, kValueBytesMax);
  if (owner.is_dialled) labels[kDialled] = "1";
  if (!owner.dialled_tenant_id.empty()) labels[kDialledTenant] = owner.dialled_tenant_id;
  return labels;
}

std::optional<LegOwner> OwnerFromLabels(const mixers::Labels& labels) {
  LegOwner owner{.call_id = ValueOf(labels, kCall),
                 .gateway_id = ValueOf(labels, kGateway),
                 .gateway_call_id = ValueOf(labels, kGatewayCall),
                 .caller = {.number = PhoneNumber::FromE164(ValueOf(labels, kCaller)),
                            .is_withheld = ValueOf(labels, kWithheld) == "1",
                            .trunk = ValueOf(labels, kTrunk)},
                 .access_number = ValueOf(labels, kAccess),
                 .is_dialled = ValueOf(labels, kDialled) == "1",
                 .dialled_tenant_id = ValueOf(labels, kDialledTenant)};
  int64_t started = 0;
  if (!absl::SimpleAtoi(ValueOf(labels, kStarted), &started)) return std::nullopt;
  owner.started_at = absl::FromUnixMicros(started);
  if (owner.call_id.empty() || owner.gateway_id.empty() || owner.gateway_call_id.empty()) {
    return std::nullopt;
  }
  return owner;
}

}  // namespace narada::control::calls
