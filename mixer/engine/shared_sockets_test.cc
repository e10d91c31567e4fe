#include "mixer/engine/shared_sockets.h"

#include <memory>
#include <optional>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/net/fake_network.h"

namespace narada::mixer::engine {
namespace {

using ::testing::ElementsAre;

const IpAddress kTrunk = IpAddress::V4(192, 0, 2, 10);
constexpr uint16_t kFirstPort = 20000;

LegSources At(uint16_t port) {
  return {.rtp = SocketAddress(kTrunk, port),
          .rtcp = SocketAddress(kTrunk, static_cast<uint16_t>(port + 1))};
}

class SharedSocketsTest : public ::testing::Test {
 protected:
  net::FakeWire wire_;
  net::FakeSocketPairs pairs_{wire_, IpAddress::V4(10, 0, 0, 2)};
  std::unique_ptr<SharedSockets> sockets_ =
      *SharedSockets::Open({.first_port = kFirstPort, .workers = 2, .per_worker = 2}, pairs_);
};

TEST_F(SharedSocketsTest, EachWorkerHasItsPairsOnTheFirstPortsInOrder) {
  const SharedPlace last = {.worker = 1, .index = 1};
  EXPECT_EQ(sockets_->rtp_address({.worker = 0, .index = 0}).port(), kFirstPort);
  EXPECT_EQ(sockets_->rtp_address({.worker = 0, .index = 1}).port(), kFirstPort + 2);
  EXPECT_EQ(sockets_->rtp_address(last).port(), kFirstPort + 6);
  EXPECT_EQ(sockets_->PlaceAt(kFirstPort + 6), last);
  EXPECT_EQ(sockets_->PlaceAt(kFirstPort + 7), std::nullopt) << "RTCP's";
  EXPECT_EQ(sockets_->PlaceAt(kFirstPort + 8), std::nullopt);
  ASSERT_EQ(sockets_->HandlesOf(1).size(), 2u);
  EXPECT_EQ(sockets_->HandlesOf(1)[1].rtp, SharedSeat(*sockets_, last).View().rtp.handle());
}

TEST_F(SharedSocketsTest, TwoLegsOfOneSocketNeverHaveOneSource) {
  const SharedPlace place = {.worker = 0, .index = 0};
  SharedSeat first(*sockets_, place);
  EXPECT_EQ(first.Claim(At(5000)), absl::OkStatus());
  SharedSeat second(*sockets_, place);
  EXPECT_EQ(ReasonOf(second.Claim(At(5000))), "SHARED_SOURCE_TAKEN");
  EXPECT_EQ(second.Claim(At(5002)), absl::OkStatus());
  // Half of it is enough: a far end's RTCP is told apart by its address, too.
  LegSources half = At(5004);
  half.rtcp = At(5000).rtcp;
  SharedSeat third(*sockets_, place);
  EXPECT_EQ(ReasonOf(third.Claim(half)), "SHARED_SOURCE_TAKEN");
  EXPECT_EQ(third.Claim(At(5004)), absl::OkStatus()) << "what was refused holds nothing";
  SharedSeat elsewhere(*sockets_, {.worker = 0, .index = 1});
  EXPECT_EQ(elsewhere.Claim(At(5000)), absl::OkStatus()) << "another socket";
}

TEST_F(SharedSocketsTest, ASourceIsFreeAgainWhenItsLegHasMovedOnOrIsGone) {
  const SharedPlace place = {.worker = 0, .index = 0};
  auto first = std::make_unique<SharedSeat>(*sockets_, place);
  SharedSeat second(*sockets_, place);
  EXPECT_EQ(first->Claim(At(5000)), absl::OkStatus());
  EXPECT_EQ(first->Claim(At(5002)), absl::OkStatus());
  EXPECT_EQ(ReasonOf(second.Claim(At(5000))), "SHARED_SOURCE_TAKEN")
      << "the old one, too, until it lets go";
  first->KeepOnly(At(5002));
  EXPECT_EQ(second.Claim(At(5000)), absl::OkStatus());
  EXPECT_EQ(first->Claim(At(5002)), absl::OkStatus()) << "it has that already";
  first.reset();
  EXPECT_EQ(second.Claim(At(5002)), absl::OkStatus());
}

TEST_F(SharedSocketsTest, TheSocketWithTheFewestLegsComesFirst) {
  const SharedPlace first = {.worker = 1, .index = 0};
  const SharedPlace second = {.worker = 1, .index = 1};
  EXPECT_THAT(sockets_->PlacesOf(1), ElementsAre(first, second));
  auto seat = std::make_unique<SharedSeat>(*sockets_, first);
  EXPECT_THAT(sockets_->PlacesOf(1), ElementsAre(second, first));
  seat.reset();
  EXPECT_THAT(sockets_->PlacesOf(1), ElementsAre(first, second));
}

TEST_F(SharedSocketsTest, AFarEndThatCannotBeReachedHasNoSourceSoThatManyCanBeOnHold) {
  room::LegMedia media;
  media.remote_rtp = SocketAddress(IpAddress::V4(0, 0, 0, 0), 5000);
  media.remote_rtcp = SocketAddress(kTrunk, 0);
  const LegSources none = SourcesOf(media);
  EXPECT_FALSE(none.rtp.is_set());
  EXPECT_FALSE(none.rtcp.is_set());
  SharedSeat first(*sockets_, {});
  SharedSeat second(*sockets_, {});
  EXPECT_EQ(first.Claim(none), absl::OkStatus());
  EXPECT_EQ(second.Claim(none), absl::OkStatus());
}

TEST_F(SharedSocketsTest, RtcpOnTheRtpPortNeedsNoSourceOfItsOwn) {
  room::LegMedia media;
  media.remote_rtp = SocketAddress(kTrunk, 5000);
  media.remote_rtcp = media.remote_rtp;
  media.rtcp_mux = true;
  EXPECT_EQ(SourcesOf(media).rtp, media.remote_rtp);
  EXPECT_FALSE(SourcesOf(media).rtcp.is_set());
}

}  // namespace
}  // namespace narada::mixer::engine
