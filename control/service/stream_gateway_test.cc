#include "control/service/stream_gateway.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"

namespace narada::control::service {
namespace {

struct FakeStream {
  void Tell(const std::string& gateway_call_id, calls::GatewayCommand command) {
    told.emplace_back(gateway_call_id, std::move(command));
  }
  std::vector<std::pair<std::string, calls::GatewayCommand>> told;
};

TEST(StreamGateway, HandsCommandsToItsStreamInOrder) {
  FakeStream stream;
  StreamGateway<FakeStream> gateway("edge", &stream);
  EXPECT_EQ(gateway.id(), "edge");
  gateway.Send("one", calls::Answer{.sdp = "v=0"});
  gateway.Send("two", calls::Hangup());
  ASSERT_EQ(stream.told.size(), 2u);
  EXPECT_EQ(stream.told[0].first, "one");
  EXPECT_EQ(std::get<calls::Answer>(stream.told[0].second).sdp, "v=0");
  EXPECT_EQ(stream.told[1].first, "two");
  EXPECT_TRUE(std::holds_alternative<calls::Hangup>(stream.told[1].second));
}

TEST(StreamGateway, DropsCommandsOnceItsStreamIsGone) {
  auto stream = std::make_unique<FakeStream>();
  StreamGateway<FakeStream> gateway("edge", stream.get());
  gateway.Detach();
  EXPECT_TRUE(stream->told.empty());
  stream.reset();  // Under ASan: it is not touched any more.
  gateway.Send("one", calls::Hangup());
  EXPECT_EQ(gateway.id(), "edge");
}

// Tells whether somebody is in Tell at this moment.
struct SlowStream {
  void Tell(const std::string&, const calls::GatewayCommand&) {
    is_telling = true;
    std::this_thread::yield();
    is_telling = false;
    has_told = true;
  }
  std::atomic<bool> is_telling = false;
  std::atomic<bool> has_told = false;
};

TEST(StreamGateway, NobodyIsInItsStreamBehindDetach) {
  for (int round = 0; round < 100; ++round) {
    SlowStream stream;
    StreamGateway<SlowStream> gateway("edge", &stream);
    std::atomic<bool> is_over = false;
    std::thread actor([&] {
      while (!is_over) gateway.Send("one", calls::Hangup());
    });
    while (!stream.has_told) std::this_thread::yield();
    gateway.Detach();
    stream.has_told = false;
    EXPECT_FALSE(stream.is_telling);
    gateway.Send("one", calls::Hangup());
    is_over = true;
    actor.join();
    EXPECT_FALSE(stream.has_told);
  }
}

}  // namespace
}  // namespace narada::control::service
