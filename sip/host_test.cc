#include "sip/host.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

TEST(MediaPeer, IsWhereTheSignalingCameFrom) {
  EXPECT_EQ(MediaPeer("192.0.2.1", "198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(MediaPeer("0.0.0.0", "127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(MediaPeer("127.0.0.1", "127.0.0.5"), "127.0.0.5");
}

TEST(MediaPeer, OfAPhoneOnThisMachineIsLoopbackWhateverAddressItsSipHas) {
  EXPECT_EQ(MediaPeer("127.0.0.1", "192.0.2.2"), "127.0.0.1");
  EXPECT_EQ(MediaPeer("::1", "2001:db8::2"), "::1");
}

TEST(MediaPeer, IsUnknownIfTheSignalingIs) { EXPECT_EQ(MediaPeer("127.0.0.1", ""), ""); }

TEST(InUri, PutsBracketsAroundIpv6Alone) {
  EXPECT_EQ(InUri("2001:db8::1"), "[2001:db8::1]");
  EXPECT_EQ(InUri("[2001:db8::1]"), "[2001:db8::1]");
  EXPECT_EQ(InUri("192.0.2.1"), "192.0.2.1");
}

}  // namespace
}  // namespace narada::sip
