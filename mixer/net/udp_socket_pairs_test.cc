#include "mixer/net/udp_socket_pairs.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/net/port_range.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::net {
namespace {

const SocketAddress kLocal(IpAddress::V4(127, 0, 0, 1), 0);

// An even port with `pairs` pairs behind it that nobody has now.
int FindFreeRange(int pairs) {
  for (int low = 42000; low < 60000; low += 2 * pairs) {
    std::vector<UdpSocket> sockets;
    for (int port = low; port < low + 2 * pairs; ++port) {
      absl::StatusOr<UdpSocket> socket = UdpSocket::Bind(kLocal.WithPort(port));
      if (!socket.ok()) break;
      sockets.push_back(*std::move(socket));
    }
    if (sockets.size() == static_cast<size_t>(2 * pairs)) return low;
  }
  return 0;
}

class UdpSocketPairsTest : public ::testing::Test {
 protected:
  UdpSocketPairs Make(int low, int pairs) {
    return UdpSocketPairs(kLocal, *PortRange::Create(low, low + 2 * pairs - 1, absl::Seconds(10)),
                          clock_);
  }
  ManualClock clock_{absl::FromUnixSeconds(1'800'000'000)};
};

TEST_F(UdpSocketPairsTest, OpensNeighbouringPorts) {
  const int low = FindFreeRange(2);
  UdpSocketPairs pairs = Make(low, 2);
  absl::StatusOr<SocketPair> pair = pairs.Open();
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_EQ(pair->rtp.local().port(), low);
  EXPECT_EQ(pair->rtcp.local().port(), low + 1);
  pairs.Close(*std::move(pair));
}

TEST_F(UdpSocketPairsTest, SkipsAPairOfWhichAnotherProgramHoldsAPort) {
  const int low = FindFreeRange(2);
  absl::StatusOr<UdpSocket> other = UdpSocket::Bind(kLocal.WithPort(low + 1));
  ASSERT_TRUE(other.ok());
  UdpSocketPairs pairs = Make(low, 2);
  absl::StatusOr<SocketPair> pair = pairs.Open();
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_EQ(pair->rtp.local().port(), low + 2);
}

TEST_F(UdpSocketPairsTest, OpensTheVeryPortsThatALegHadBeforeARestart) {
  const int low = FindFreeRange(3);
  absl::StatusOr<UdpSocket> dying = UdpSocket::Bind(kLocal.WithPort(low + 3));
  ASSERT_TRUE(dying.ok());
  UdpSocketPairs pairs = Make(low, 3);
  EXPECT_EQ(ReasonOf(pairs.Reopen(low + 2).status()), "PORT_TAKEN")
      << "the killed one holds it yet";
  dying->Close();
  absl::StatusOr<SocketPair> pair = pairs.Reopen(low + 2);
  ASSERT_TRUE(pair.ok()) << pair.status();
  EXPECT_EQ(pair->rtp.local().port(), low + 2);
  EXPECT_EQ(pair->rtcp.local().port(), low + 3);
  absl::StatusOr<SocketPair> other = pairs.Open();
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->rtp.local().port(), low);
}

TEST_F(UdpSocketPairsTest, ExhaustedPortsAreRefusedWithTheTimeToRetry) {
  const int low = FindFreeRange(1);
  UdpSocketPairs pairs = Make(low, 1);
  absl::StatusOr<SocketPair> pair = pairs.Open();
  ASSERT_TRUE(pair.ok());
  EXPECT_EQ(ReasonOf(pairs.Open().status()), "PORTS_EXHAUSTED");
  pairs.Close(*std::move(pair));
  EXPECT_EQ(RetryAfterOf(pairs.Open().status()), absl::Seconds(10));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(pairs.Open().ok());
}

TEST_F(UdpSocketPairsTest, ExhaustedFilesAreRefusedByName) {
  const int low = FindFreeRange(4);
  UdpSocketPairs pairs = Make(low, 4);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const absl::Status status = pairs.Open().status();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "FILES_EXHAUSTED");
  EXPECT_TRUE(pairs.Open().ok()) << "goes on when files are to be had again";
}

TEST_F(UdpSocketPairsTest, WhatIsSentIsMarkedForTheVoiceQueue) {
  constexpr int kExpeditedForwarding = 46;
  absl::StatusOr<UdpSocket> socket = UdpSocket::Bind(kLocal, kExpeditedForwarding);
  ASSERT_TRUE(socket.ok());
  int traffic_class = 0;
  socklen_t length = sizeof(traffic_class);
  ASSERT_EQ(getsockopt(socket->handle(), IPPROTO_IP, IP_TOS, &traffic_class, &length), 0);
  EXPECT_EQ(traffic_class >> 2, kExpeditedForwarding);
}

TEST_F(UdpSocketPairsTest, AnAddressOfAnotherMachineIsRefusedByName) {
  UdpSocketPairs pairs(SocketAddress(IpAddress::V4(192, 0, 2, 1), 0),
                       *PortRange::Create(42000, 42003, absl::Seconds(10)), clock_);
  EXPECT_EQ(ReasonOf(pairs.Open().status()), "ADDRESS_NOT_LOCAL");
}

}  // namespace
}  // namespace narada::mixer::net
