// Names in their owners' own voices, from the recording to the last time that they are said.

#include <string>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "control/calls/call_world.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

using reservations::MadeReservation;

constexpr char kAnna[] = "+48601000001";
constexpr char kBogdan[] = "+48601000002";

TEST(RecordedName, WhoComesAndGoesIsNamedInTheirOwnVoice) {
  CallWorld world;
  world.asks_name = true;
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({});
  const MadeReservation made = world.Reserve();
  const auto enter = [&](const char* number) {
    TestPhone phone = world.Join(number, made);
    EXPECT_TRUE(absl::StrContains(phone.HearsOut(), "pl say_name"));
    world.Advance(absl::Seconds(4));  // Until then '#' belongs to the PIN.
    phone.Press("#");
    return phone;
  };
  TestPhone anna = enter(kAnna);
  TestPhone bogdan = enter(kBogdan);
  EXPECT_EQ(world.mixer().made_prompts().size(), 2u);
  ASSERT_EQ(world.Snapshot().participants.size(), 2u);
  const std::string name = world.Snapshot().participants[1].name_prompt_id;
  const std::string room = anna.room_id();
  EXPECT_EQ(world.SoundsIn(room).back(), "entry_tone, " + name + ", pl name_joins");
  bogdan.HangUp();
  EXPECT_EQ(world.SoundsIn(room).back(), "exit_tone, " + name + ", pl name_leaves");
  EXPECT_FALSE(world.mixer().made_prompts().contains(name)) << "nobody will say it again";
  anna.HangUp();
  EXPECT_TRUE(world.mixer().made_prompts().empty());
  EXPECT_TRUE(world.mixer().recordings().empty());
}

TEST(RecordedName, WhoSaysNoNameComesWithATone) {
  CallWorld world;
  world.asks_name = true;
  world.RestartControl();
  world.ConnectMixer();
  world.ConnectGateway({});
  const MadeReservation made = world.Reserve();
  world.mixer().FailTimes(
      2, "MakePrompt",
      ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_SILENT", "silent"));
  TestPhone anna = world.Join(kAnna, made);
  anna.HearsOut();
  world.Advance(absl::Seconds(4));
  anna.Press("#");
  EXPECT_TRUE(absl::StrContains(anna.HearsOut(), "pl name_not_heard, pl say_name"));
  anna.Press("#");
  ASSERT_EQ(world.Snapshot().participants.size(), 1u);
  EXPECT_EQ(world.Snapshot().participants[0].name_prompt_id, "");
  EXPECT_TRUE(world.mixer().recordings().empty());
}

}  // namespace
}  // namespace narada::control::calls
