#include "mixer/room/playback_queue.h"

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/media/prompt.h"

namespace narada::mixer::room {
namespace {

using media::PlaybackEnd;
using media::PlaybackPlan;

constexpr SampleRate kRate = SampleRate::FromHertz(8000);

class PlaybackQueueTest : public testing::Test {
 protected:
  // A plan of `frames` frames, whose samples all are its id.
  static std::unique_ptr<PlaybackPlan> Plan(uint64_t id, int frames, bool ends_at_digit = false) {
    auto plan = std::make_unique<PlaybackPlan>();
    plan->id = id;
    plan->items.push_back(std::make_shared<const media::Prompt>(
        std::vector<int16_t>(160 * frames, static_cast<int16_t>(id)), kRate));
    plan->ends_at_digit = ends_at_digit;
    return plan;
  }
  bool Play(std::unique_ptr<PlaybackPlan> plan, Queueing queueing = Queueing::kAppend) {
    return queue_.Play(plan, queueing);
  }

  // The id heard at the end of the next frame; 0: nothing is played, or no more.
  int Hear() {
    std::vector<int16_t> frame(160);
    return queue_.Read(frame) ? frame.back() : 0;
  }

  std::vector<std::pair<uint64_t, PlaybackEnd>> Ended() {
    queue_.TellEnded(RoomId{1}, LegId{2}, MediaTime(), events_);
    std::vector<std::pair<uint64_t, PlaybackEnd>> ended;
    for (const RoomEvent& event : events_.events()) {
      EXPECT_EQ(event.leg, LegId{2});
      ended.emplace_back(event.playback_id, event.playback_end);
    }
    events_.Clear();
    return ended;
  }
  using Ends = std::vector<std::pair<uint64_t, PlaybackEnd>>;

  PlaybackQueue queue_{kRate};
  EventSink events_{32};
};

TEST_F(PlaybackQueueTest, PlaysNothingAtFirst) {
  EXPECT_EQ(Hear(), 0);
  EXPECT_TRUE(Ended().empty());
}

TEST_F(PlaybackQueueTest, TellsTheEndInTheTickOfTheLastFrame) {
  Play(Plan(7, 2));
  EXPECT_EQ(Hear(), 7);
  EXPECT_TRUE(Ended().empty());
  EXPECT_EQ(Hear(), 7);
  EXPECT_EQ(Ended(), (Ends{{7, PlaybackEnd::kCompleted}}));
  EXPECT_EQ(Hear(), 0);
}

TEST_F(PlaybackQueueTest, PlaysWhatWasAppendedAfterwards) {
  Play(Plan(1, 1));
  Play(Plan(2, 1));
  EXPECT_EQ(Hear(), 1);
  EXPECT_EQ(Hear(), 2);
  EXPECT_EQ(Ended(), (Ends{{1, PlaybackEnd::kCompleted}, {2, PlaybackEnd::kCompleted}}));
}

TEST_F(PlaybackQueueTest, ReplacesEverything) {
  Play(Plan(1, 5));
  Play(Plan(2, 5));
  Hear();
  Play(Plan(3, 5), Queueing::kReplace);
  EXPECT_EQ(Ended(), (Ends{{1, PlaybackEnd::kReplaced}, {2, PlaybackEnd::kReplaced}}));
  EXPECT_EQ(Hear(), 3);
}

TEST_F(PlaybackQueueTest, StopsOneOrAll) {
  for (uint64_t id : {1, 2, 3}) Play(Plan(id, 5));
  queue_.Stop(2, PlaybackEnd::kStopped);
  EXPECT_EQ(Ended(), (Ends{{2, PlaybackEnd::kStopped}}));
  EXPECT_EQ(Hear(), 1);
  queue_.Stop(1, PlaybackEnd::kStopped);
  EXPECT_EQ(Hear(), 3);
  queue_.Stop(99, PlaybackEnd::kStopped);
  queue_.Stop(0, PlaybackEnd::kStopped);
  EXPECT_EQ(Ended(), (Ends{{1, PlaybackEnd::kStopped}, {3, PlaybackEnd::kStopped}}));
  EXPECT_EQ(Hear(), 0);
}

TEST_F(PlaybackQueueTest, WhatIsCutOffGoesToZeroWithoutAStep) {
  for (const bool is_replaced : {false, true}) {
    Play(Plan(8000, 50, true));
    std::vector<int16_t> heard(320);
    EXPECT_TRUE(queue_.Read(std::span(heard).first(160)));
    if (is_replaced) {
      Play(Plan(100, 50), Queueing::kReplace);
    } else {
      queue_.BargeIn();
    }
    EXPECT_TRUE(queue_.is_playing());
    EXPECT_TRUE(queue_.Read(std::span(heard).last(160)));
    for (size_t i = 160; i < heard.size(); ++i) {
      EXPECT_LE(std::abs(heard[i] - heard[i - 1]), 8000 / 39 + 1 + (is_replaced ? 100 : 0)) << i;
    }
    EXPECT_EQ(heard.back(), is_replaced ? 100 : 0);
    queue_.Stop(0, PlaybackEnd::kStopped);
    Hear();
    EXPECT_FALSE(queue_.is_playing());
  }
}

TEST_F(PlaybackQueueTest, GoesOnAtItsPlaceWhenTheRoomsRateChanges) {
  auto plan = std::make_unique<PlaybackPlan>();
  std::vector<int16_t> ramp(1600);  // Its values are its places.
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<int16_t>(i);
  plan->items.push_back(std::make_shared<const media::Prompt>(ramp, kRate));
  Play(std::move(plan));
  std::vector<int16_t> frame(160);
  EXPECT_TRUE(queue_.Read(frame));
  queue_.SetRate(SampleRate::FromHertz(48000));
  std::vector<int16_t> wide(960);
  EXPECT_TRUE(queue_.Read(wide));
  for (int i = 0; i < 960; ++i) EXPECT_NEAR(wide[i], 160 + i / 6.0, 2) << i;
  queue_.SetRate(kRate);
  EXPECT_TRUE(queue_.Read(frame));
  EXPECT_EQ(frame[0], 320);
}

TEST_F(PlaybackQueueTest, IsBargedIntoUpToWhatMustBeHeard) {
  Play(Plan(1, 5, true));
  Play(Plan(2, 5, true));
  Play(Plan(3, 5, false));
  queue_.BargeIn();
  EXPECT_EQ(Ended(), (Ends{{1, PlaybackEnd::kBargedIn}, {2, PlaybackEnd::kBargedIn}}));
  EXPECT_EQ(Hear(), 3);
  queue_.BargeIn();
  EXPECT_EQ(Hear(), 3);
}

TEST_F(PlaybackQueueTest, LeavesThePlanWithTheCallerWhenFull) {
  for (uint64_t id = 1; id <= PlaybackQueue::kPlansMax; ++id) EXPECT_TRUE(Play(Plan(id, 1)));
  auto plan = Plan(99, 1);
  EXPECT_FALSE(queue_.Play(plan, Queueing::kAppend));
  EXPECT_NE(plan, nullptr);
  EXPECT_TRUE(queue_.Play(plan, Queueing::kReplace));
}

TEST_F(PlaybackQueueTest, HandsEveryPlanBack) {
  Play(Plan(1, 1));
  Play(Plan(2, 1));
  queue_.Stop(0, PlaybackEnd::kStopped);
  Ended();
  int retired = 0;
  for (PlaybackPlan* plan = events_.TakeRetired(); plan != nullptr; ++retired) {
    std::unique_ptr<PlaybackPlan> owned(plan);
    plan = plan->next;
  }
  EXPECT_EQ(retired, 2);
}

TEST_F(PlaybackQueueTest, EndsAPlanWithoutSamplesInItsFirstTick) {
  auto plan = std::make_unique<PlaybackPlan>();
  plan->id = 5;
  plan->times = PlaybackPlan::kEndless;
  EXPECT_TRUE(queue_.Play(plan, Queueing::kReplace));
  Hear();
  EXPECT_EQ(Ended(), (Ends{{5, PlaybackEnd::kCompleted}}));
}

}  // namespace
}  // namespace narada::mixer::room
