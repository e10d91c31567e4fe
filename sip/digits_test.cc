#include "sip/digits.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

constexpr char kRelay[] = "application/dtmf-relay";
constexpr char kPlain[] = "application/dtmf";

TEST(DigitFromInfo, ReadsDtmfRelay) {
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal=5\r\nDuration=160\r\n"), '5');
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal= 5\r\nDuration= 160"), '5');
  EXPECT_EQ(DigitFromInfo(kRelay, "Duration=160\nsignal=*\n"), '*');
  EXPECT_EQ(DigitFromInfo("Application/DTMF-Relay; charset=utf-8", "Signal=#"), '#');
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal=d"), 'D');
}

TEST(DigitFromInfo, ReadsPlainDtmf) {
  EXPECT_EQ(DigitFromInfo(kPlain, "0"), '0');
  EXPECT_EQ(DigitFromInfo(kPlain, " 7 \r\n"), '7');
}

TEST(DigitFromInfo, ReadsEventNumbersOfTwoDigits) {
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal=10"), '*');
  EXPECT_EQ(DigitFromInfo(kPlain, "11"), '#');
  EXPECT_EQ(DigitFromInfo(kPlain, "15"), 'D');
}

TEST(DigitFromInfo, RefusesEverythingElse) {
  EXPECT_EQ(DigitFromInfo(kRelay, ""), absl::nullopt);
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal="), absl::nullopt);
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal=16"), absl::nullopt);
  EXPECT_EQ(DigitFromInfo(kRelay, "Signal=flash"), absl::nullopt);
  EXPECT_EQ(DigitFromInfo(kPlain, "123"), absl::nullopt);
  EXPECT_EQ(DigitFromInfo("text/plain", "5"), absl::nullopt);
  EXPECT_EQ(DigitFromInfo("", "5"), absl::nullopt);
  EXPECT_FALSE(IsDigitInfo("application/sdp"));
}

}  // namespace
}  // namespace narada::sip
