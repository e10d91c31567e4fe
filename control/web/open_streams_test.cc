#include "control/web/open_streams.h"

#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace narada::control::web {
namespace {

class FakeStream final : public TextStream {
 public:
  bool Send(std::string) override { return true; }
  void Close() override { closed.Notify(); }
  void WhenGone(std::function<void()>) override {}

  absl::Notification closed;
};

TEST(OpenStreams, StreamOfASessionThatEndedIsClosedAndTheOthersGoOn) {
  OpenStreams streams(absl::Milliseconds(5));
  const auto anna = std::make_shared<FakeStream>(), ben = std::make_shared<FakeStream>();
  std::atomic<bool> is_anna_there = true;
  std::atomic<int> asked = 0;
  streams.Add(anna, [&] { return is_anna_there.load(); });
  streams.Add(ben, [&] { return ++asked > 0; });
  while (asked < 3) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_FALSE(anna->closed.HasBeenNotified());
  is_anna_there = false;
  EXPECT_TRUE(anna->closed.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_FALSE(ben->closed.HasBeenNotified());
}

TEST(OpenStreams, NobodyIsAskedAboutAStreamThatIsGone) {
  OpenStreams streams(absl::Milliseconds(5));
  std::atomic<int> asked = 0;
  auto gone = std::make_shared<FakeStream>();
  streams.Add(gone, [&] { return ++asked > 0; });
  while (asked == 0) absl::SleepFor(absl::Milliseconds(1));
  gone.reset();
  const auto other = std::make_shared<FakeStream>();
  std::atomic<int> asked_of_other = 0;
  streams.Add(other, [&] { return ++asked_of_other > 0; });
  while (asked_of_other == 0) absl::SleepFor(absl::Milliseconds(1));
  const int before = asked;
  while (asked_of_other < 5) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(asked, before);
}

}  // namespace
}  // namespace narada::control::web
