#include "mixer/service/kept_leg.h"

#include "gtest/gtest.h"

namespace narada::mixer::service {
namespace {

LegEntry Anna() {
  LegEntry entry;
  entry.number = {7};
  entry.leg.set_leg_id("l-1");
  entry.leg.set_room_id("board");
  entry.leg.set_state(v1::LEG_STATE_ACTIVE);
  entry.leg.mutable_settings()->set_deaf(true);
  (*entry.leg.mutable_labels())["call"] = "c-1";
  entry.leg.mutable_create_time()->set_seconds(1'800'000'000);
  return entry;
}

TEST(KeptLeg, IsShownAsItWasMade) {
  const LegEntry entry = Anna();
  const KeptLeg kept(entry);
  EXPECT_EQ(kept.number(), entry.number);
  EXPECT_EQ(kept.room_id(), "board");
  EXPECT_EQ(kept.ToEntry("l-1").leg.DebugString(), entry.leg.DebugString());
}

TEST(KeptLeg, MovesSpeaksAndChanges) {
  KeptLeg kept(Anna());
  kept.SetRoom("hall");
  kept.SetSpeaking(true);
  kept.Change([](v1::Leg& leg) { leg.mutable_settings()->set_deaf(false); });
  v1::Leg expected = Anna().leg;
  expected.set_room_id("hall");
  expected.set_is_speaking(true);
  expected.mutable_settings()->set_deaf(false);
  EXPECT_EQ(kept.ToProto("l-1").DebugString(), expected.DebugString());
}

}  // namespace
}  // namespace narada::mixer::service
