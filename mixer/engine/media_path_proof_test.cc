// The promise of the media path, proven on the running engine under load: it takes no lock that
// somebody else could hold, allocates nothing, and makes no system call but io_uring_enter.
//   No allocation: //base:media_path_hook aborts when a worker allocates or frees.
//   No other system call, and so no waiting for a lock (futex): each worker holds itself to a
//   seccomp filter, which ends the process with SystemCallFilter::kViolationExitCode.
// Each proof has a control that it can fail.
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/media_path_scope.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/engine/engine_world.h"
#include "mixer/engine/system_call_filter.h"
#include "mixer/media/playback_plan.h"
#include "mixer/media/prompt.h"
#include "mixer/media/recording_tap.h"

namespace narada::mixer::engine {
namespace {

// How many threads of this process are workers under a seccomp filter.
int CountFilteredWorkers() {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    bool is_worker = false;
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("Name:\tworker-", 0) == 0) is_worker = true;
      if (is_worker && line == "Seccomp:\t2") ++count;
    }
  }
  return count;
}

std::unique_ptr<media::PlaybackPlan> TonePlan(uint64_t id) {
  auto plan = std::make_unique<media::PlaybackPlan>();
  plan->id = id;
  plan->items.emplace_back(media::Tone{.frequency_hz = 600, .duration = Milliseconds(150)});
  plan->items.emplace_back(media::Pause{Milliseconds(50)});
  // Of another rate than the rooms, and not prepared: the worker resamples it.
  static const auto prompt = std::make_shared<const media::Prompt>(std::vector<int16_t>(1600, 500),
                                                                   SampleRate::FromHertz(16000));
  plan->items.emplace_back(prompt);
  plan->times = 3;
  return plan;
}

TEST(MediaPathProof, ARunningMixerUnderLoadAllocatesNothingAndOnlyEntersItsRing) {
  ASSERT_TRUE(MediaPathScope::IsEnforced()) << "the hook is not linked: nothing would be proven";
  EngineWorld world({.workers = 2,
                     .admission = {.load_max = 100},
                     .filter_system_calls = true,
                     .shared_sockets = 1,
                     .shared_port = 18100});
  std::vector<room::RoomId> rooms;
  for (int i = 0; i < 4; ++i) {
    rooms.push_back(world.AddRoom());
    ASSERT_EQ(world.engine().PinRoom(rooms.back(), i % 2), absl::OkStatus());
  }
  std::vector<Call*> calls;
  for (int i = 0; i < 60; ++i) {
    const room::RoomId room = rooms[static_cast<size_t>(i % 4)];
    // Every fifth speaks through the shared socket of its worker.
    calls.push_back(i % 5 == 0 ? &world.AddCallOnSharedSocket(room) : &world.AddCall(room));
    if (i % 3 == 0) calls.back()->phone->SayTones({{300.0 + 20 * i, -26}});
  }
  EXPECT_EQ(CountFilteredWorkers(), 2);

  phone::PhoneLoop strangers;
  const auto stranger = *phone::MediaSession::Open(strangers, {.codecs = {phone::Codec::kPcma}});
  EXPECT_EQ(stranger->StartTo("127.0.0.1", world.shared_sockets().rtp_address({}).port(),
                              phone::Codec::kPcma),
            absl::OkStatus());

  // Two rooms are recorded, and nobody reads fast enough: frames are lost as well.
  media::RecordingTap taps[] = {media::RecordingTap({.has_legs = true, .ring_bytes = 8 << 10}),
                                media::RecordingTap({.has_legs = true, .ring_bytes = 8 << 10})};
  const auto with_taps = [&](void (room::Room::*f)(media::RecordingTap&, MediaTime) noexcept) {
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(world.engine().WithRoom(rooms[i],
                                        [&](Worker& worker, WorkerRoom& room) {
                                          (room.*f)(taps[i], worker.now());
                                          return CommandOutcome::kDone;
                                        }),
                absl::OkStatus());
    }
  };
  with_taps(&room::Room::StartRecording);

  // All that a worker does, for some seconds: mixing, recording, prompts, keys, garbage, moves within and across
  // workers, settings, statistics, joining and leaving.
  uint64_t next_plan = 1;
  bool has_refused_to_move = false;
  for (int round = 0; round < 12; ++round) {
    for (size_t i = 0; i < calls.size(); i += 7) {
      Call& call = *calls[(i + static_cast<size_t>(round)) % calls.size()];
      std::unique_ptr<media::PlaybackPlan> plan = TonePlan(next_plan++);
      EXPECT_EQ(world.engine().WithLeg(call.leg,
                                       [&](WorkerLeg& leg, MediaTime now) {
                                         leg.SetMuted(round % 2 == 0);
                                         leg.SetGain(Gain::FromDecibels(-3));
                                         leg.InjectDigit('7', now);
                                         leg.SendDigits("12", Milliseconds(100));
                                         return leg.Play(plan, room::Queueing::kAppend)
                                                    ? CommandOutcome::kDone
                                                    : CommandOutcome::kPlaybacksPending;
                                       }),
                absl::OkStatus());
      call.phone->Press("5").IgnoreError();
      call.phone->SendRaw("garbage").IgnoreError();
      call.phone->SendRaw("garbage", /*is_rtcp=*/true).IgnoreError();
      // In every other round across workers, where a shared socket cannot go.
      const room::RoomId to =
          rooms[static_cast<size_t>(round + static_cast<int>(i) + round % 2) % 4];
      const absl::Status moved = world.engine().MoveLeg(call.leg, to, round % 3 == 0, {});
      EXPECT_TRUE(moved.ok() || ReasonOf(moved) == "ROOM_ON_OTHER_WORKER") << moved;
      has_refused_to_move = has_refused_to_move || !moved.ok();
    }
    std::unique_ptr<media::PlaybackPlan> plan = TonePlan(next_plan++);
    EXPECT_EQ(world.engine().WithRoom(rooms[static_cast<size_t>(round % 4)],
                                      [&](Worker& worker, WorkerRoom& room) {
                                        return worker.PlayToRoom(room, plan,
                                                                 room::Queueing::kReplace);
                                      }),
              absl::OkStatus());
    Call& visitor = world.AddCall(rooms[static_cast<size_t>(round % 4)]);
    Call& other_visitor = world.AddCallOnSharedSocket(rooms[static_cast<size_t>(round % 4)]);
    stranger->SendRaw("garbage").IgnoreError();  // To a shared port.
    absl::SleepFor(absl::Milliseconds(100));
    EXPECT_EQ(world.Remove(visitor), absl::OkStatus());
    EXPECT_EQ(world.Remove(other_visitor), absl::OkStatus());
    std::vector<LegSample> samples;
    world.engine().SampleLegs(round % 2, 0, 1, samples);
  }

  with_taps(&room::Room::EndRecording);
  for (media::RecordingTap& tap : taps) {
    EXPECT_TRUE(tap.has_ended());
    EXPECT_GT(tap.frames_lost(), 0u);
    media::TapRecord record;
    EXPECT_TRUE(tap.ring().Front(&record));
  }

  uint64_t packets_sent = 0;
  for (int i = 0; i < 2; ++i) {
    const WorkerFigures figures = world.engine().FiguresOf(i);
    packets_sent += figures.network.datagrams_sent;
    EXPECT_GT(figures.steps, 400u);
  }
  EXPECT_TRUE(has_refused_to_move);
  EXPECT_GT(world.engine().FiguresOf(0).dropped_source_unknown, 10u);
  EXPECT_GT(packets_sent, 60u * 50u);  // 60 legs for more than a second.
  uint64_t heard = 0;
  for (const Call* const call : calls) heard += call->phone->Report().packets_received;
  EXPECT_GT(heard, 60u * 50u);
}

// The controls. Each makes a worker break one promise; the process must end by it.
class MediaPathControl : public ::testing::Test {
 protected:
  MediaPathControl() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // Runs `f` on a worker of a running engine; returns if it is let.
  template <typename F>
  static void RunOnWorker(F f) {
    EngineWorld world({.workers = 1, .filter_system_calls = true});
    const room::RoomId room = world.AddRoom();
    world.AddCall(room);
    world.engine()
        .WithRoom(room,
                  [&](Worker&, WorkerRoom&) {
                    f();
                    return CommandOutcome::kDone;
                  })
        .IgnoreError();
  }
};

TEST_F(MediaPathControl, AWorkerThatAllocatesIsCaught) {
  EXPECT_DEATH(RunOnWorker([] {
                 void* volatile memory = malloc(1);  // The compiler may not leave it out.
                 free(memory);
               }),
               "");
}

TEST_F(MediaPathControl, AWorkerThatMakesASystemCallIsCaught) {
  EXPECT_EXIT(RunOnWorker([] { syscall(SYS_getppid); }),
              ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode),
              "a worker made system call");
}

TEST_F(MediaPathControl, AWorkerThatWaitsForALockIsCaught) {
  EXPECT_EXIT(
      {
        static pthread_mutex_t mutex;
        pthread_mutex_init(&mutex, nullptr);
        pthread_mutex_lock(&mutex);
        RunOnWorker([] { pthread_mutex_lock(&mutex); });
      },
      ::testing::ExitedWithCode(SystemCallFilter::kViolationExitCode), "a worker made system call");
}

TEST_F(MediaPathControl, AWorkerThatDoesNeitherIsLeftAlone) {
  EXPECT_EXIT(
      {
        RunOnWorker([] {});
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace narada::mixer::engine
