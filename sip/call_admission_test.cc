#include "sip/call_admission.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace narada::sip {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1800000000);

TEST(CallAdmission, CeilingHoldsForAllPeers) {
  CallAdmission admission({.calls_max = 2});
  EXPECT_TRUE(admission.Admit("a", 1, kStart));
  EXPECT_FALSE(admission.Admit("b", 2, kStart));
}

TEST(CallAdmission, OnePeersRateDoesNotTouchAnother) {
  CallAdmission admission({.calls_per_second_max = 10});
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += admission.Admit("flooder", 0, kStart);
  EXPECT_EQ(admitted, 10);
  EXPECT_TRUE(admission.Admit("other", 0, kStart));
  EXPECT_FALSE(admission.Admit("flooder", 0, kStart));
  EXPECT_TRUE(admission.Admit("flooder", 0, kStart + absl::Milliseconds(101)));
}

TEST(CallAdmission, ClockThatJumpsBackGivesNothingAndBreaksNothing) {
  CallAdmission admission({.calls_per_second_max = 1});
  EXPECT_TRUE(admission.Admit("a", 0, kStart));
  EXPECT_FALSE(admission.Admit("a", 0, kStart - absl::Hours(1)));
}

TEST(CallAdmission, ForgedAddressesShareWhatIsLeftOfTheTable) {
  CallAdmission admission({.calls_per_second_max = 5});
  for (size_t i = 0; i < CallAdmission::kPeersMax; ++i) {
    EXPECT_TRUE(admission.Admit(absl::StrCat("forged", i), 0, kStart));
  }
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += admission.Admit(absl::StrCat("more", i), 0, kStart);
  EXPECT_EQ(admitted, 5);
  EXPECT_TRUE(admission.Admit("forged1", 0, kStart));
  // A second later the table has forgotten the forged ones.
  EXPECT_TRUE(admission.Admit("new", 0, kStart + absl::Seconds(2)));
}

}  // namespace
}  // namespace narada::sip
