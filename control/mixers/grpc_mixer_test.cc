// What only a mixer behind a network does: it is away, comes late, and knows no prompt but ours.
#include "control/mixers/grpc_mixer.h"

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "control/mixers/mixer_caller.h"
#include "control/mixers/mixer_process.h"
#include "control/mixers/mixer_recorder.h"
#include "control/mixers/prompt_files.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {
namespace {

class GrpcMixerTest : public ::testing::Test {
 protected:
  GrpcMixerTest() { mixer_->Start(recorder_); }
  ~GrpcMixerTest() override { mixer_->Stop(); }

  // False if it has not become so within 10 s.
  bool WaitUntilReadyIs(bool is_ready) {
    const absl::Time end = absl::Now() + absl::Seconds(10);
    while (mixer_->status().is_ready != is_ready && absl::Now() < end) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    return mixer_->status().is_ready == is_ready;
  }

  const int port_ = FreePort();
  const std::vector<PromptFile> no_prompts_;
  MixerRecorder recorder_;
  const std::shared_ptr<GrpcMixer> mixer_ = std::make_shared<GrpcMixer>(
      absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials(), no_prompts_);
  MixerCaller call_{*mixer_};
};

TEST_F(GrpcMixerTest, CallsFailAsUnreachableWhileThereIsNoMixer) {
  const absl::Status refused = call_.CreateRoom("hall");
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused), "MIXER_UNREACHABLE");
  EXPECT_FALSE(mixer_->status().is_ready);
}

TEST_F(GrpcMixerTest, MixerThatComesLateIsFoundSoon) {
  absl::SleepFor(absl::Milliseconds(150));  // So that the first attempts fail.
  const absl::Time started = absl::Now();
  MixerProcess process(port_);
  ASSERT_TRUE(WaitUntilReadyIs(true)) << process.Log();
  EXPECT_LT(absl::Now() - started, absl::Seconds(4));  // Usually 0.3 s.
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

TEST_F(GrpcMixerTest, MixerThatDiesIsNotReadyAnyMore) {
  MixerProcess process(port_);
  ASSERT_TRUE(WaitUntilReadyIs(true)) << process.Log();
  process.Kill();
  EXPECT_TRUE(WaitUntilReadyIs(false));
  EXPECT_EQ(ReasonOf(call_.CreateRoom("hall")), "MIXER_UNREACHABLE");
}

TEST_F(GrpcMixerTest, UnknownPromptIsRefused) {
  MixerProcess process(port_);
  ASSERT_TRUE(WaitUntilReadyIs(true)) << process.Log();
  ASSERT_EQ(call_.CreateRoom("hall"), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_.Play({.playback_id = "p-1",
                                 .target = RoomTarget{"hall"},
                                 .items = {PlayPrompt{"no-such-prompt"}}})),
            "PROMPT_UNKNOWN");
  EXPECT_EQ(process.Stop(), 0) << process.Log();
}

}  // namespace
}  // namespace narada::control::mixers
