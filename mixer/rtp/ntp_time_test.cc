#include "mixer/rtp/ntp_time.h"

#include <gtest/gtest.h>

namespace narada::mixer::rtp {
namespace {

TEST(NtpTime, CountsFrom1900) {
  EXPECT_EQ(NtpTime::FromUnixNanoseconds(0).value(), uint64_t{2'208'988'800} << 32);
  EXPECT_EQ(NtpTime::FromUnixNanoseconds(500'000'000).value() & 0xffffffff, 0x80000000u);
}

TEST(NtpTime, IsReadAsTheRfcsExample) {
  // RFC 3550 §6.4.1, figure 2: 0xb44db705:20000000, whose middle 32 bits are 0xb7052000.
  EXPECT_EQ(NtpTime(0xb44db70520000000).compact(), 0xb7052000u);
}

TEST(NtpTime, MeasuresInUnitsOfASecondBy65536) {
  EXPECT_EQ(ToCompactNtp(Seconds(5) + Milliseconds(250)), 0x00054000u);
  EXPECT_EQ(FromCompactNtp(0x00054000), Milliseconds(5250));
  EXPECT_EQ(ToCompactNtp(-Seconds(1)), 0u);
  EXPECT_EQ(ToCompactNtp(Seconds(100'000)), UINT32_MAX);
}

}  // namespace
}  // namespace narada::mixer::rtp
