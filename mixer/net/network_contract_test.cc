// What every Network promises, asked of the real one over loopback and of the fake.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/net/fake_network.h"
#include "mixer/net/ring_network.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const IpAddress kLoopback = IpAddress::V4(127, 0, 0, 1);

std::span<const uint8_t> BytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// A network under test with a far end to talk to.
class World {
 public:
  virtual ~World() = default;
  virtual Network& network() = 0;
  virtual UdpSocket Open() = 0;
  virtual void PhoneSends(const SocketAddress& to, const std::string& text) = 0;
  virtual std::vector<std::string> PhoneHears() = 0;
  virtual SocketAddress phone() = 0;
  // Lets what was sent arrive.
  virtual void Settle() = 0;
};

class RingWorld final : public World {
 public:
  // Small rings: the kernel gives back the memory that they lock some time after their end, and allows little.
  explicit RingWorld(RingNetworkOptions options = {.sockets_max = 64,
                                                   .packet_buffers = 64,
                                                   .ring = {.submission_entries = 256,
                                                            .completion_entries = 1024}})
      : phone_(*UdpSocket::Bind(SocketAddress(kLoopback, 0))) {
    network_ = *RingNetwork::Create(options);
    EXPECT_EQ(network_->Enable(), absl::OkStatus());
  }
  RingNetwork& network() override { return *network_; }
  UdpSocket Open() override { return *UdpSocket::Bind(SocketAddress(kLoopback, 0)); }
  void PhoneSends(const SocketAddress& to, const std::string& text) override {
    sockaddr_storage address;
    const socklen_t length = to.ToSockaddr(&address);
    ASSERT_EQ(sendto(phone_.handle(), text.data(), text.size(), 0,
                     reinterpret_cast<sockaddr*>(&address), length),
              static_cast<ssize_t>(text.size()));
  }
  std::vector<std::string> PhoneHears() override {
    std::vector<std::string> heard;
    char bytes[4096];
    ssize_t length;
    while ((length = recv(phone_.handle(), bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0) {
      heard.emplace_back(bytes, static_cast<size_t>(length));
    }
    return heard;
  }
  SocketAddress phone() override { return phone_.local(); }
  void Settle() override {}  // Loopback delivers within the send.

 private:
  std::unique_ptr<RingNetwork> network_;
  UdpSocket phone_;
};

class FakeWorld final : public World {
 public:
  FakeWorld() : network_(wire_), phone_(wire_.Open(SocketAddress(kLoopback, 5004))) {}
  Network& network() override { return network_; }
  UdpSocket Open() override { return wire_.Open(SocketAddress(kLoopback, next_port_++)); }
  void PhoneSends(const SocketAddress& to, const std::string& text) override {
    wire_.SendFrom(phone_.local(), to, BytesOf(text));
  }
  std::vector<std::string> PhoneHears() override {
    std::vector<std::string> heard;
    for (const FakeDatagram& datagram : wire_.Take(phone_.local())) {
      heard.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
    }
    return heard;
  }
  SocketAddress phone() override { return phone_.local(); }
  void Settle() override {}

 private:
  FakeWire wire_;
  FakeNetwork network_;
  UdpSocket phone_;
  uint16_t next_port_ = 30000;
};

class Recorder final : public ReceiveHandler {
 public:
  void OnDatagram(SocketTag tag, std::span<const uint8_t> bytes, const SocketAddress& source,
                  MediaTime arrival) noexcept override {
    last_arrival = arrival;
    heard.push_back(std::to_string(tag) + ":" + std::string(bytes.begin(), bytes.end()));
    last_source = source;
  }
  void OnReceiveStopped(SocketTag tag) noexcept override { stopped.push_back(tag); }

  std::vector<std::string> heard;
  std::vector<SocketTag> stopped;
  SocketAddress last_source;
  MediaTime last_arrival;
};

using WorldMaker = std::function<std::unique_ptr<World>()>;

class NetworkContract : public ::testing::TestWithParam<std::pair<std::string, WorldMaker>> {
 protected:
  void SetUp() override { world_ = GetParam().second(); }
  Network& network() { return world_->network(); }
  void Receive() {
    world_->Settle();
    network().Receive(recorder_);
  }

  std::unique_ptr<World> world_;
  Recorder recorder_;
};

TEST_P(NetworkContract, DatagramsArriveInOrderWithTheirTagAndSource) {
  UdpSocket a = world_->Open();
  UdpSocket b = world_->Open();
  network().StartReceive(a.handle(), 7);
  network().StartReceive(b.handle(), 8);
  network().Submit();
  world_->PhoneSends(a.local(), "one");
  world_->PhoneSends(a.local(), "two");
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("7:one", "7:two"));
  EXPECT_EQ(recorder_.last_source, world_->phone());

  world_->PhoneSends(b.local(), "three");
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("7:one", "7:two", "8:three"));
  EXPECT_EQ(network().counters().datagrams_received, 3u);
}

TEST_P(NetworkContract, ArrivalIsWhenItCameNotWhenItIsDelivered) {
  UdpSocket socket = world_->Open();
  network().StartReceive(socket.handle(), 7);
  network().Submit();
  const MediaTime before = network().Now();
  world_->PhoneSends(socket.local(), "one");
  const MediaTime after = network().Now();
  while (!network().SleepUntil(after + Milliseconds(20))) {
  }
  Receive();
  ASSERT_THAT(recorder_.heard, ElementsAre("7:one"));
  // The two clocks of the machine are read one after the other.
  EXPECT_GE(recorder_.last_arrival, before - Milliseconds(1));
  EXPECT_LE(recorder_.last_arrival, after + Milliseconds(1));
}

TEST_P(NetworkContract, WhatWaitedBeforeTheStartIsDeliveredToo) {
  UdpSocket socket = world_->Open();
  world_->PhoneSends(socket.local(), "early");
  network().StartReceive(socket.handle(), 0);
  network().Submit();
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("0:early"));
}

TEST_P(NetworkContract, OneReceiveDeliversEverythingThatWaits) {
  // More than one entry into the kernel hands over (32 of a socket, some 20 sockets), and more than
  // there are packet buffers.
  std::vector<UdpSocket> sockets;
  for (SocketTag tag = 0; tag < 50; ++tag) {
    sockets.push_back(world_->Open());
    network().StartReceive(sockets.back().handle(), tag);
  }
  network().Submit();
  for (int i = 0; i < 4; ++i) {
    for (UdpSocket& socket : sockets) world_->PhoneSends(socket.local(), "x");
  }
  Receive();
  EXPECT_EQ(recorder_.heard.size(), 200u);
}

TEST_P(NetworkContract, HeadAndBodyLeaveAsOneDatagramFromTheirSocket) {
  UdpSocket socket = world_->Open();
  const std::string head = "head-";
  const std::string body = "body";
  network().Send({socket.handle(), world_->phone(), BytesOf(head), BytesOf(body)});
  network().Send({socket.handle(), world_->phone(), BytesOf(head), {}});
  EXPECT_THAT(world_->PhoneHears(), IsEmpty());
  network().Submit();
  world_->Settle();
  EXPECT_THAT(world_->PhoneHears(), ElementsAre("head-body", "head-"));
  EXPECT_EQ(network().counters().datagrams_sent, 2u);
  EXPECT_EQ(network().counters().submissions, 1u);
}

TEST_P(NetworkContract, AStoppedSocketDeliversNoMoreAndKeepsWhatComes) {
  UdpSocket socket = world_->Open();
  network().StartReceive(socket.handle(), 3);
  network().Submit();
  network().StopReceive(3);
  network().Submit();
  Receive();
  EXPECT_THAT(recorder_.stopped, ElementsAre(3u));

  world_->PhoneSends(socket.local(), "meanwhile");
  Receive();
  EXPECT_THAT(recorder_.heard, IsEmpty());

  // The tag and the socket can be used again: a leg that came back.
  network().StartReceive(socket.handle(), 3);
  network().Submit();
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("3:meanwhile"));
}

TEST_P(NetworkContract, AnOversizedDatagramIsCountedAndNotDelivered) {
  UdpSocket socket = world_->Open();
  network().StartReceive(socket.handle(), 1);
  network().Submit();
  world_->PhoneSends(socket.local(), std::string(3000, 'x'));
  world_->PhoneSends(socket.local(), "after");
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("1:after"));
  EXPECT_EQ(network().counters().dropped_oversized, 1u);
}

TEST_P(NetworkContract, AnEmptyDatagramIsDelivered) {
  UdpSocket socket = world_->Open();
  network().StartReceive(socket.handle(), 1);
  network().Submit();
  world_->PhoneSends(socket.local(), "");
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("1:"));
}

TEST_P(NetworkContract, ASendThatFailsIsCountedAndOthersGoOn) {
  UdpSocket socket = world_->Open();
  const std::string text = "text";
  network().Send({-1, world_->phone(), BytesOf(text), {}});
  network().Send({socket.handle(), world_->phone(), BytesOf(text), {}});
  network().Submit();
  Receive();  // Failures are told when completions are looked at.
  EXPECT_THAT(world_->PhoneHears(), ElementsAre("text"));
  EXPECT_EQ(network().counters().dropped_send_failed, 1u);
  EXPECT_EQ(network().counters().datagrams_sent, 1u);
}

TEST_P(NetworkContract, SleepEndsAtTheDeadlineAndNotAtADatagram) {
  UdpSocket socket = world_->Open();
  network().StartReceive(socket.handle(), 1);
  network().Submit();
  world_->PhoneSends(socket.local(), "wake up");
  const MediaTime deadline = network().Now() + Milliseconds(15);
  EXPECT_TRUE(network().SleepUntil(deadline));
  EXPECT_GE(network().Now(), deadline);
  EXPECT_LT(network().Now(), deadline + Milliseconds(200));  // A busy machine oversleeps.
  Receive();
  EXPECT_THAT(recorder_.heard, ElementsAre("1:wake up"));
}

INSTANTIATE_TEST_SUITE_P(
    All, NetworkContract,
    ::testing::Values(
        std::pair<std::string, WorldMaker>("Ring", [] { return std::make_unique<RingWorld>(); }),
        std::pair<std::string, WorldMaker>("Fake", [] { return std::make_unique<FakeWorld>(); })),
    [](const auto& info) { return info.param.first; });

TEST(RingNetwork, AFloodIsCutAtTheBudgetAndTheRestComesNext) {
  RingWorld world({.sockets_max = 4, .packet_buffers = 8});
  UdpSocket socket = world.Open();
  world.network().StartReceive(socket.handle(), 0);
  world.network().Submit();
  for (int i = 0; i < 100; ++i) world.PhoneSends(socket.local(), "x");
  Recorder recorder;
  world.network().Receive(recorder);
  EXPECT_GE(recorder.heard.size(), 8u);
  EXPECT_LT(recorder.heard.size(), 100u);
  for (int i = 0; i < 20; ++i) world.network().Receive(recorder);
  EXPECT_EQ(recorder.heard.size(), 100u);
  EXPECT_GT(world.network().counters().buffers_exhausted, 0u);
}

// A great many datagrams take milliseconds to receive, in which others come. Were they dated by the beginning, a sender would
// seem to have been faster than it ever is, and all its other packets late.
TEST(RingNetwork, WhatComesWhileOthersAreReceivedHasArrivedThen) {
  RingWorld world;
  UdpSocket socket = world.Open();
  world.network().StartReceive(socket.handle(), 7);
  world.network().Submit();

  class Dawdler final : public ReceiveHandler {
   public:
    Dawdler(RingWorld& world, const SocketAddress& to) : world_(world), to_(to) {}
    void OnDatagram(SocketTag, std::span<const uint8_t>, const SocketAddress&,
                    MediaTime arrival) noexcept override {
      arrivals.push_back(arrival);
      if (arrivals.size() > 1) return;
      const MediaTime begin = world_.network().Now();
      while (world_.network().Now() < begin + Milliseconds(5)) {
      }
      sent = world_.network().Now();
      world_.PhoneSends(to_, "two");
    }
    void OnReceiveStopped(SocketTag) noexcept override {}

    std::vector<MediaTime> arrivals;
    MediaTime sent;

   private:
    RingWorld& world_;
    const SocketAddress to_;
  } dawdler(world, socket.local());

  world.PhoneSends(socket.local(), "one");
  world.network().Receive(dawdler);
  const MediaTime after = world.network().Now();
  ASSERT_EQ(dawdler.arrivals.size(), 2u);
  // The two clocks of the machine are read one after the other.
  EXPECT_GE(dawdler.arrivals[1], dawdler.sent - Milliseconds(1));
  EXPECT_LE(dawdler.arrivals[1], after + Milliseconds(1));
}

TEST(RingNetwork, AReceiveThatIsStoppedInABacklogEnds) {
  // A leg that moves finds what came meanwhile in its socket: more than the kernel hands over at once.
  // Then the receive is put aside, where a cancellation may not find it.
  RingWorld world({.sockets_max = 4, .packet_buffers = 256});
  for (int backlog = 1; backlog < 200; backlog += 3) {
    UdpSocket socket = world.Open();
    for (int i = 0; i < backlog; ++i) world.PhoneSends(socket.local(), "x");
    world.network().StartReceive(socket.handle(), 0);
    world.network().Submit();
    world.network().StopReceive(0);
    world.network().Submit();
    Recorder recorder;
    for (int i = 0; i < 5 && recorder.stopped.empty(); ++i) world.network().Receive(recorder);
    ASSERT_THAT(recorder.stopped, ElementsAre(0u)) << "backlog " << backlog;
  }
}

TEST(RingNetwork, ABellRingsAnotherThreadOnce) {
  RingWorld world;
  int bell[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, bell), 0);
  world.network().Ring(bell[0]);
  world.network().Submit();
  pollfd waiting{.fd = bell[1], .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&waiting, 1, 1000), 1);
  close(bell[0]);
  close(bell[1]);
}

class Saboteur final : public RingHook {
 public:
  int OnSend() noexcept override { return send_result; }
  int OnCompletion(RingOperation operation, int result) noexcept override {
    if (operation != RingOperation::kReceive || receives_to_fail == 0) return result;
    --receives_to_fail;
    return -EIO;
  }
  MediaTime Now(MediaTime real) noexcept override { return real + offset; }

  bool HasTaskWork(bool real) noexcept override { return real || announces_work; }

  int send_result = 0;
  bool announces_work = false;
  int receives_to_fail = 0;
  MediaDuration offset;
};

TEST(RingNetwork, TheHookMakesFaultsAndTimeThatSystemCallsCannot) {
  Saboteur saboteur;
  RingWorld world({.sockets_max = 4, .packet_buffers = 8, .ring = {}, .hook = &saboteur});
  UdpSocket socket = world.Open();
  const std::string text = "text";

  saboteur.send_result = -EAGAIN;
  world.network().Send({socket.handle(), world.phone(), BytesOf(text), {}});
  world.network().Submit();
  EXPECT_EQ(world.network().counters().dropped_send_full, 1u);
  EXPECT_THAT(world.PhoneHears(), IsEmpty());

  world.network().StartReceive(socket.handle(), 0);
  world.network().Submit();
  saboteur.receives_to_fail = 1;
  world.PhoneSends(socket.local(), "lost");
  world.PhoneSends(socket.local(), "kept");
  Recorder recorder;
  world.network().Receive(recorder);
  EXPECT_THAT(recorder.heard, ElementsAre("0:kept"));
  EXPECT_EQ(world.network().counters().receive_errors, 1u);

  const MediaTime before = world.network().Now();
  saboteur.offset = Seconds(3600);
  EXPECT_GE(world.network().Now() - before, Seconds(3600));
}

TEST(RingNetwork, AKernelThatAnnouncesWorkAndHasNoneCostsNoTick) {
  Saboteur saboteur;
  RingWorld world({.sockets_max = 4, .packet_buffers = 64, .ring = {}, .hook = &saboteur});
  UdpSocket socket = world.Open();
  world.network().StartReceive(socket.handle(), 0);
  world.network().Submit();
  saboteur.announces_work = true;
  const uint64_t before = world.network().counters().entries;
  Recorder recorder;
  world.network().Receive(recorder);  // Without a bound it would never return.
  EXPECT_EQ(world.network().counters().receives_in_vain, 1u);
  EXPECT_LT(world.network().counters().entries - before, 100u);
  // Nor does it cost much from then on.
  const uint64_t known = world.network().counters().entries;
  for (int i = 0; i < 10; ++i) world.network().Receive(recorder);
  EXPECT_EQ(world.network().counters().entries - known, 10u);
  EXPECT_EQ(world.network().counters().receives_in_vain, 1u);
  // What there is is delivered all the same.
  for (int i = 0; i < 40; ++i) world.PhoneSends(socket.local(), "x");
  world.network().Receive(recorder);
  EXPECT_EQ(recorder.heard.size(), 40u);
}

TEST(RingNetwork, TheRingCanOpenNoFile) {
  // The whitelist holds: an operation outside it is refused by the kernel.
  absl::StatusOr<std::unique_ptr<Ring>> ring =
      Ring::Create({.submission_entries = 8, .completion_entries = 16});
  ASSERT_TRUE(ring.ok()) << ring.status();
  ASSERT_EQ((*ring)->Enable(), absl::OkStatus());
  io_uring_sqe* const sqe = (*ring)->NextSqe();
  io_uring_prep_openat(sqe, -100, "/etc/hostname", 0, 0);
  (*ring)->Submit();
  (*ring)->RunTaskWork();
  int result = 0;
  EXPECT_EQ(
      (*ring)->ForEachCompletion(
          8, [&](const io_uring_cqe& cqe) { result = cqe.res; }, [](const io_uring_cqe&, int) {}),
      1u);
  EXPECT_EQ(result, -EACCES);
}

}  // namespace
}  // namespace narada::mixer::net
