#include "sip/refusal.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

TEST(RefusalFor, MediaUnacceptableAlwaysCarriesAWarning) {
  const Refusal refusal =
      RefusalFor(RefusalReason::kMediaUnacceptable, "", absl::ZeroDuration(), "192.0.2.1");
  EXPECT_EQ(refusal.status, 488);
  EXPECT_EQ(refusal.warning, "305 192.0.2.1 \"Incompatible media format\"");
}

TEST(RefusalFor, OverloadAlwaysSaysWhenToComeBack) {
  EXPECT_EQ(RefusalFor(RefusalReason::kOverloaded, "", absl::Milliseconds(1200), "h").retry_after,
            "2");
  EXPECT_EQ(RefusalFor(RefusalReason::kOverloaded, "", absl::ZeroDuration(), "h").retry_after, "1");
  EXPECT_EQ(RefusalFor(RefusalReason::kBusy, "", absl::Seconds(9), "h").retry_after, "");
}

TEST(RefusalFor, TextCannotBreakOutOfItsHeader) {
  const Refusal refusal = RefusalFor(RefusalReason::kForbidden, "a\"b\\c\r\nEvil: 1\x01\xC4\x85",
                                     absl::ZeroDuration(), "h");
  EXPECT_EQ(refusal.warning, "399 h \"a?b?c??Evil: 1???\"");
  EXPECT_LE(HeaderText(std::string(5000, 'x')).size(), 200u);
}

TEST(EndReasonForStatus, TellsBusyFromUnansweredFromUnknownFromLost) {
  EXPECT_EQ(EndReasonForStatus(486), EndReason::kBusy);
  EXPECT_EQ(EndReasonForStatus(600), EndReason::kBusy);
  EXPECT_EQ(EndReasonForStatus(480), EndReason::kNoAnswer);
  EXPECT_EQ(EndReasonForStatus(404), EndReason::kNumberUnknown);
  EXPECT_EQ(EndReasonForStatus(408), EndReason::kLost);
  EXPECT_EQ(EndReasonForStatus(503), EndReason::kLost);
  EXPECT_EQ(EndReasonForStatus(488), EndReason::kMediaUnacceptable);
  EXPECT_EQ(EndReasonForStatus(487), EndReason::kCancelled);
  EXPECT_EQ(EndReasonForStatus(403), EndReason::kRejected);
  EXPECT_EQ(EndReasonForStatus(603), EndReason::kRejected);
  EXPECT_EQ(EndReasonForStatus(302), EndReason::kRejected);
}

}  // namespace
}  // namespace narada::sip
