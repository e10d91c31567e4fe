#include "sip/numbering.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

std::string Normalised(absl::string_view user) { return NormaliseNumber(user, NumberingPlan{}); }

TEST(NormaliseNumber, ReadsTheFormsThatOperatorsSend) {
  for (const char* user :
       {"+48608608608", "0048608608608", "48608608608", "608608608", "608-608-608", "(608) 608.608",
        "%2B48608608608", "+48608608608;npdi;rn=+48600", "608608608;phone-context=+48"}) {
    EXPECT_EQ(Normalised(user), "+48608608608") << user;
  }
  EXPECT_EQ(Normalised("00493012345678"), "+493012345678");
  EXPECT_EQ(Normalised("+12025550123"), "+12025550123");
}

TEST(NormaliseNumber, LeavesNamesAndShortCodesAsTheyAre) {
  EXPECT_EQ(Normalised("conference"), "conference");
  EXPECT_EQ(Normalised("112"), "112");
  EXPECT_EQ(Normalised("+0608608608"), "+0608608608");
  EXPECT_EQ(Normalised(""), "");
  EXPECT_EQ(Normalised("1234567890123456789"), "1234567890123456789");
}

TEST(NormaliseNumber, CutsAndCleansWhatIsNoNumber) {
  EXPECT_EQ(Normalised("a%00b%0D%0Ac"), "a?b??c");
  EXPECT_EQ(Normalised(std::string(1000, 'x')).size(), 64u);
  EXPECT_EQ(Normalised("%zz%4"), "%zz%4");
  EXPECT_EQ(Normalised(";phone-context=+48"), "");
  EXPECT_EQ(Normalised(";phone-context=+48608608608"), "");
  // As long as a datagram allows (found by the fuzzer).
  EXPECT_EQ(Normalised(std::string(1000, '3') + ";phone-context=+48"), std::string(64, '3'));
}

TEST(NormaliseNumber, OtherCountriesHaveOtherPlans) {
  const NumberingPlan varying{.country_code = "49", .national_digits = 0};
  EXPECT_EQ(NormaliseNumber("30123456", varying), "30123456");
  EXPECT_EQ(NormaliseNumber("004930123456", varying), "+4930123456");
}

TEST(MaskedNumber, KeepsTheEndsOnly) {
  EXPECT_EQ(MaskedNumber("+48608608608"), "+48******608");
  EXPECT_EQ(MaskedNumber("112"), "***");
  EXPECT_EQ(MaskedNumber(""), "(none)");
}

}  // namespace
}  // namespace narada::sip
