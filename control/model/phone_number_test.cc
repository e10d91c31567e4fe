#include "control/model/phone_number.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace narada::control {
namespace {

std::string Dialled(absl::string_view text) {
  const auto number = NumberingPlan().FromDialled(text);
  return number ? number->e164() : "none";
}

TEST(PhoneNumber, TakesE164AndNothingElse) {
  EXPECT_TRUE(PhoneNumber::FromE164("+48608608608"));
  EXPECT_EQ(PhoneNumber::FromE164("+48 608-608.608")->e164(), "+48608608608");
  for (absl::string_view wrong : {"", "+", "48608608608", "+0486086", "+4860", "+4860860860860860",
                                  "+48608x", "++48608608", "+48608608608;ext=1", "anonymous"}) {
    EXPECT_FALSE(PhoneNumber::FromE164(wrong)) << wrong;
  }
}

TEST(PhoneNumber, IsGroupedAsPeopleWriteIt) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"+48608608608", "+48 608 608 608"},   {"+12025550123", "+1 202 555 0123"},
      {"+442079460000", "+44 207 946 0000"}, {"+420601123456", "+420 601 123 456"},
      {"+4930123456", "+49 301 234 56"},     {"+99912345678", "+999 123 456 78"},
  };
  for (const auto& [e164, grouped] : table) {
    EXPECT_EQ(PhoneNumber::FromE164(e164)->Grouped(), grouped);
  }
}

TEST(PhoneNumber, PrintsMasked) {
  std::ostringstream out;
  out << *PhoneNumber::FromE164("+48608123456");
  EXPECT_EQ(out.str(), "+48******456");
  EXPECT_EQ(PhoneNumber::FromE164("+12345")->Masked(), "+1*345");
}

TEST(NumberingPlan, ReadsNumbersAsTrunksAndCallersWriteThem) {
  EXPECT_EQ(Dialled("608608608"), "+48608608608");
  EXPECT_EQ(Dialled("608 608 608"), "+48608608608");
  EXPECT_EQ(Dialled("48608608608"), "+48608608608");
  EXPECT_EQ(Dialled("0048608608608"), "+48608608608");
  EXPECT_EQ(Dialled("+48608608608"), "+48608608608");
  EXPECT_EQ(Dialled("004930123456"), "+4930123456");
  for (absl::string_view wrong : {"", "112", "60860860", "6086086080", "anonymous", "608*608608"}) {
    EXPECT_EQ(Dialled(wrong), "none") << wrong;
  }
}

TEST(NumberingPlan, KnowsPolandsMobileRanges) {
  const NumberingPlan plan;
  for (absl::string_view mobile :
       {"501234567", "601234567", "661234567", "691234567", "721234567", "731234567", "781234567",
        "791234567", "881234567", "451234567", "511234567", "531234567", "571234567"}) {
    EXPECT_TRUE(plan.IsMobile(*plan.FromDialled(mobile))) << mobile;
  }
  for (absl::string_view other :
       {"221234567", "801234567", "891234567", "701234567", "321234567"}) {
    EXPECT_FALSE(plan.IsMobile(*plan.FromDialled(other))) << other;
  }
  EXPECT_FALSE(plan.IsMobile(*PhoneNumber::FromE164("+491701234567")));
}

TEST(NumberingPlan, KnowsWhenANationalMobileNumberIsWhole) {
  const NumberingPlan plan;
  EXPECT_TRUE(plan.IsWholeNationalMobile("601234567"));
  EXPECT_FALSE(plan.IsWholeNationalMobile("60123456"));
  EXPECT_FALSE(plan.IsWholeNationalMobile("221234567"));
  EXPECT_FALSE(plan.IsWholeNationalMobile("48601234567"));  // Ends with '#'.
  EXPECT_FALSE(plan.IsWholeNationalMobile("004860123"));
  EXPECT_FALSE(plan.IsWholeNationalMobile("0048601234567"));
}

TEST(NumberingPlan, SpeaksNumbersAsPeopleHereDialThem) {
  const NumberingPlan plan;
  EXPECT_EQ(plan.ForSpeaking(*PhoneNumber::FromE164("+48608608608")), "608608608");
  EXPECT_EQ(plan.ForSpeaking(*PhoneNumber::FromE164("+4930123456")), "004930123456");
}

TEST(NumberingPlan, IsConfiguration) {
  const NumberingPlan germany({.country_code = "49",
                               .national_digits = 11,
                               .trunk_prefix = "0",
                               .mobile_prefixes = {"+4915", "+4917"}});
  EXPECT_EQ(germany.FromDialled("017012345678")->e164(), "+4917012345678");
  EXPECT_TRUE(germany.IsMobile(*germany.FromDialled("017012345678")));
  EXPECT_TRUE(germany.IsWholeNationalMobile("017012345678"));
  EXPECT_EQ(germany.ForSpeaking(*PhoneNumber::FromE164("+4917012345678")), "017012345678");
}

}  // namespace
}  // namespace narada::control
