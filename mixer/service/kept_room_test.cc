#include "mixer/service/kept_room.h"

#include "gtest/gtest.h"

namespace narada::mixer::service {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

RoomEntry Board() {
  RoomEntry entry;
  entry.number = {7};
  entry.room.set_room_id("board");
  entry.room.mutable_settings()->set_lecture(true);
  (*entry.room.mutable_labels())["conference"] = "c-1";
  entry.room.mutable_create_time()->set_seconds(1'800'000'000);
  entry.empty_timeout = absl::Minutes(5);
  entry.request_id = "request-1";
  return entry;
}

TEST(KeptRoom, IsShownAsItWasMade) {
  const RoomEntry entry = Board();
  const RoomEntry shown = KeptRoom(entry, kNow).ToEntry("board");
  EXPECT_EQ(shown.number, entry.number);
  EXPECT_EQ(shown.room.DebugString(), entry.room.DebugString());
  EXPECT_EQ(shown.empty_timeout, entry.empty_timeout);
  EXPECT_EQ(shown.request_id, entry.request_id);
}

TEST(KeptRoom, WithoutSettingsHasNone) {
  RoomEntry entry = Board();
  entry.room.clear_settings();
  EXPECT_FALSE(KeptRoom(entry, kNow).ToEntry("board").room.has_settings());
  entry.room.mutable_settings();
  EXPECT_TRUE(KeptRoom(entry, kNow).ToEntry("board").room.has_settings());
}

TEST(KeptRoom, TakesOtherSettings) {
  KeptRoom room(Board(), kNow);
  v1::RoomSettings settings;
  settings.set_speakers_max(3);
  room.SetSettings(settings);
  const RoomEntry shown = room.ToEntry("board");
  EXPECT_EQ(shown.room.settings().DebugString(), settings.DebugString());
  EXPECT_EQ(shown.room.labels().at("conference"), "c-1");
}

TEST(KeptRoom, CountsItsLegsAndHowLongItHasBeenEmpty) {
  KeptRoom room(Board(), kNow);
  EXPECT_FALSE(room.IsEmptyTooLong(kNow + absl::Minutes(4)));
  EXPECT_TRUE(room.IsEmptyTooLong(kNow + absl::Minutes(5)));
  room.CountLegs(1, kNow + absl::Minutes(1));
  EXPECT_EQ(room.ToEntry("board").room.leg_count(), 1u);
  EXPECT_FALSE(room.IsEmptyTooLong(kNow + absl::Hours(100)));
  room.CountLegs(-1, kNow + absl::Minutes(10));
  EXPECT_EQ(room.ToEntry("board").room.leg_count(), 0u);
  EXPECT_FALSE(room.IsEmptyTooLong(kNow + absl::Minutes(14)));
  EXPECT_TRUE(room.IsEmptyTooLong(kNow + absl::Minutes(15)));
}

TEST(KeptRoom, WithoutATimeoutStaysForEver) {
  RoomEntry entry = Board();
  entry.empty_timeout = absl::InfiniteDuration();
  EXPECT_FALSE(KeptRoom(entry, kNow).IsEmptyTooLong(absl::FromUnixSeconds(1LL << 40)));
}

TEST(KeptRoom, IsRecordedForTheNextLife) {
  KeptRoom room(Board(), kNow);
  room.CountLegs(1, kNow);
  const state::v1::RoomRecord record = room.ToRecord("board");
  EXPECT_EQ(record.room().DebugString(), Board().room.DebugString());
  EXPECT_EQ(record.empty_timeout().seconds(), 300);
  EXPECT_EQ(record.request_id(), "request-1");
}

}  // namespace
}  // namespace narada::mixer::service
