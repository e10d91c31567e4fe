#include "control/model/requester.h"

#include "gtest/gtest.h"

namespace narada::control {
namespace {

TEST(Requester, ComesBackFromMetadataWhateverItsNameIs) {
  const Requester requester{.role = RequesterRole::kTenantManager,
                            .user_name = "Zażółć\r\nnarada-role: operator",
                            .tenant_id = "acme",
                            .conference_id = ""};
  const RequesterMetadata metadata = ToMetadata(requester);
  for (const auto& [key, value] : metadata) {
    EXPECT_EQ(value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
  }
  EXPECT_EQ(RequesterFromMetadata(metadata), requester);
}

TEST(Requester, WithoutAKnownRoleIsNobody) {
  EXPECT_EQ(RequesterFromMetadata({}), std::nullopt);
  RequesterMetadata metadata = ToMetadata({});
  metadata["narada-role"] = "root";
  EXPECT_EQ(RequesterFromMetadata(metadata), std::nullopt);
}

TEST(Requester, OfAnotherProcessIsNobody) {
  RequesterMetadata metadata = ToMetadata({.role = RequesterRole::kOperator});
  EXPECT_TRUE(RequesterFromMetadata(metadata).has_value());
  metadata["narada-proof"] = std::string(32, '0');
  EXPECT_EQ(RequesterFromMetadata(metadata), std::nullopt);
  metadata.erase("narada-proof");
  EXPECT_EQ(RequesterFromMetadata(metadata), std::nullopt);
}

TEST(Requester, SteersWhatIsItsOwn) {
  const Requester of_tenant{.tenant_id = "acme"};
  EXPECT_TRUE(of_tenant.MaySteer("conf-1", "acme"));
  EXPECT_FALSE(of_tenant.MaySteer("conf-1", "other"));
  EXPECT_FALSE(of_tenant.MaySteer("conf-1", ""));
  const Requester of_nobody;
  EXPECT_FALSE(of_nobody.MaySteer("conf-1", ""));  // No tenant is not the on-demand service's.
  const Requester by_pin{.tenant_id = "acme", .conference_id = "conf-1"};
  EXPECT_TRUE(by_pin.MaySteer("conf-1", "acme"));
  EXPECT_FALSE(by_pin.MaySteer("conf-2", "acme"));
  const Requester operating{.role = RequesterRole::kOperator};
  EXPECT_TRUE(operating.MaySteer("conf-1", "acme"));
}

}  // namespace
}  // namespace narada::control
