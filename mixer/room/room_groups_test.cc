// Private mixes: who hears whom, measured by a tone of each leg's own.
#include <cmath>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/room/room_world.h"

namespace narada::mixer::room {
namespace {

constexpr codec::CodecFormat kPcmu{.id = codec::CodecId::kPcmu, .payload_type = kPcmuPayloadType};

// Five legs, each with its tone.
class RoomGroupsTest : public testing::Test {
 protected:
  RoomGroupsTest() : world_({.id = {1}}) {
    for (uint64_t id = 1; id <= 5; ++id) {
      world_.Join(id, kPcmu);
      world_.Say(id, ToneOf(id), 4000);
    }
  }
  static double ToneOf(uint64_t id) { return 250.0 + 150.0 * static_cast<double>(id); }
  static GroupConfig::Hearing At(const char* group, double gain_db = 0) {
    return {.group = GroupId(group), .gain = Gain::FromDecibels(gain_db)};
  }
  void SetGroups(const std::vector<GroupConfig>& configs) {
    auto groups = std::make_unique<RoomGroups>(configs);
    world_.room().SetGroups(groups);
  }
  bool Hears(uint64_t listener, uint64_t speaker) {
    return world_.LevelAt(listener, ToneOf(speaker), 400) > -30;
  }
  bool IsDeafTo(uint64_t listener, uint64_t speaker) {
    return world_.LevelAt(listener, ToneOf(speaker), 400) < -60;
  }

  RoomWorld world_;
};

TEST_F(RoomGroupsTest, WithoutGroupsEverybodyHearsAllOthers) {
  world_.Tick(60);
  for (uint64_t a = 1; a <= 5; ++a) {
    for (uint64_t b = 1; b <= 5; ++b) {
      EXPECT_TRUE(a == b ? IsDeafTo(a, b) : Hears(a, b)) << a << " hears " << b;
    }
  }
}

TEST_F(RoomGroupsTest, ASideRoomHearsItselfAndNobodyElseHearsIt) {
  SetGroups({{.id = GroupId("side"), .hears = {At("side")}}});
  world_.leg(4).SetGroup(GroupId("side"));
  world_.leg(5).SetGroup(GroupId("side"));
  world_.Tick(60);
  EXPECT_TRUE(Hears(4, 5) && Hears(5, 4) && Hears(1, 2) && Hears(3, 1));
  for (uint64_t main = 1; main <= 3; ++main) {
    for (uint64_t side = 4; side <= 5; ++side) {
      EXPECT_TRUE(IsDeafTo(main, side)) << main << " hears " << side;
      EXPECT_TRUE(IsDeafTo(side, main)) << side << " hears " << main;
    }
  }
}

TEST_F(RoomGroupsTest, ACoachIsHeardByTheTraineeAlone) {
  // The coach (5) hears everybody, the trainee (4) hears the coach as well, the others do not.
  SetGroups({{.id = GroupId(""), .hears = {At(""), At("trainee")}},
             {.id = GroupId("trainee"), .hears = {At(""), At("coach")}},
             {.id = GroupId("coach"), .hears = {At(""), At("trainee")}}});
  world_.leg(4).SetGroup(GroupId("trainee"));
  world_.leg(5).SetGroup(GroupId("coach"));
  world_.Tick(60);
  EXPECT_TRUE(Hears(4, 5)) << "the trainee hears the coach";
  EXPECT_TRUE(Hears(5, 4) && Hears(5, 1)) << "the coach hears all";
  EXPECT_TRUE(Hears(1, 4)) << "the trainee takes part";
  EXPECT_TRUE(IsDeafTo(1, 5) && IsDeafTo(2, 5) && IsDeafTo(3, 5)) << "the coach is a secret";
}

TEST_F(RoomGroupsTest, AGroupsGainIsHeardAndTheOwnVoiceStaysOut) {
  // An interpreter's listeners: the floor 20 dB down, the interpreter as he is.
  SetGroups({{.id = GroupId("polish"), .hears = {At("", -20), At("booth"), At("polish", -6)}},
             {.id = GroupId("booth"), .hears = {At("")}}});
  world_.leg(3).SetGroup(GroupId("polish"));
  world_.leg(5).SetGroup(GroupId("booth"));
  world_.Tick(60);
  const double full = 20 * std::log10(4000 / 32768.0);
  EXPECT_NEAR(world_.LevelAt(3, ToneOf(5), 400), full, 0.5);
  EXPECT_NEAR(world_.LevelAt(3, ToneOf(1), 400), full - 20, 0.5);
  EXPECT_TRUE(IsDeafTo(3, 3)) << "its own voice, though the group hears itself";
}

TEST_F(RoomGroupsTest, AGroupThatTheRoomDoesNotListHearsNobodyAndIsHeardByNobody) {
  world_.leg(5).SetGroup(GroupId("elsewhere"));
  world_.Tick(60);
  for (uint64_t other = 1; other <= 4; ++other) {
    EXPECT_TRUE(IsDeafTo(5, other) && IsDeafTo(other, 5));
  }
}

TEST_F(RoomGroupsTest, MuteForMeTakesOneVoiceOutForOneListener) {
  world_.leg(1).SetExcluded(std::vector<LegId>{{2}, {3}});
  world_.Tick(60);
  EXPECT_TRUE(IsDeafTo(1, 2) && IsDeafTo(1, 3) && IsDeafTo(1, 1));
  EXPECT_TRUE(Hears(1, 4) && Hears(1, 5));
  EXPECT_TRUE(Hears(4, 2) && Hears(2, 3)) << "for the others nothing has changed";
}

TEST_F(RoomGroupsTest, InALectureOnlyPresentersAreHeard) {
  RoomControls controls = world_.room().controls();
  controls.is_lecture = true;
  world_.room().SetControls(controls);
  world_.leg(2).SetPresenter(true);
  world_.Tick(60);
  EXPECT_TRUE(Hears(1, 2) && Hears(5, 2));
  EXPECT_TRUE(IsDeafTo(2, 1) && IsDeafTo(3, 1) && IsDeafTo(1, 5));
  controls.is_lecture = false;
  world_.room().SetControls(controls);
  world_.Tick(60);
  EXPECT_TRUE(Hears(2, 1) && Hears(3, 1));
}

TEST_F(RoomGroupsTest, ComfortNoiseIsHeardWhereNobodySpeaksAndBelow65) {
  RoomControls controls = world_.room().controls();
  controls.comfort_noise = AudioLevel::Dbov(-70.0);
  world_.room().SetControls(controls);
  for (uint64_t id = 1; id <= 5; ++id) world_.Say(id, 0, 0);
  world_.Tick(120);
  world_.Forget(1);
  world_.Tick(50);
  const double level = AudioLevel::Of(world_.Heard(1)).dbov();
  EXPECT_GT(level, -80);
  EXPECT_LT(level, -65);
}

TEST_F(RoomGroupsTest, OneMoreEncodeForEachGroupHoweverManyAreInIt) {
  for (uint64_t id = 1; id <= 5; ++id) world_.Say(id, 0, 0);
  for (uint64_t id = 6; id <= 40; ++id) {
    world_.Join(id, kPcmu);
    if (id % 2 == 0) world_.leg(id).SetGroup(GroupId("side"));
  }
  SetGroups({{.id = GroupId("side"), .hears = {At("side"), At("")}}});
  world_.Say(1, 440, 8000);
  world_.Tick(100);
  // Two groups, and the silence that the only speaker hears.
  EXPECT_EQ(world_.room().statistics().encodes_last_tick, 3u);
}

}  // namespace
}  // namespace narada::mixer::room
