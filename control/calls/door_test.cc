// Who gets in by which keys: entry by PIN alone, permanent rooms and reservations on one number, and what
// guessers meet.
#include "control/calls/door.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/accounts/accounts.h"
#include "control/calls/call_world.h"
#include "control/storage/await.h"
#include "gtest/gtest.h"

namespace narada::control::calls {
namespace {

using accounts::RoomWithPins;
using storage::Await;

constexpr char kPinNumber[] = "+48225550001";
constexpr char kMenuNumber[] = "+48225550002";
constexpr char kRoomNumber[] = "+48225550003";

class DoorTest : public testing::Test {
 protected:
  DoorTest() {
    world_.access_numbers.push_back({.number = *PhoneNumber::FromE164(kPinNumber),
                                     .entry = EntryKind::kPin,
                                     .tenant = "acme",
                                     .greeting = "greeting_sales"});
    world_.access_numbers.push_back(
        {.number = *PhoneNumber::FromE164(kMenuNumber), .tenant = "acme"});
    world_.access_numbers.push_back({.number = *PhoneNumber::FromE164(kRoomNumber),
                                     .entry = EntryKind::kRoomAndPin,
                                     .tenant = "acme"});
    world_.RestartControl();
    world_.ConnectMixer();
    world_.ConnectGateway({});
    AddTenant("acme", "acme_voice");
  }

  void AddTenant(const std::string& id, const std::string& prompt_set) {
    const auto made = Await<Tenant>([&](auto done) {
      world_.accounts().CreateTenant("", {.id = id, .prompt_set = prompt_set}, std::move(done));
    });
    ASSERT_TRUE(made.ok()) << made.status();
    ASSERT_TRUE(world_.numbers().Load().ok());
  }
  RoomWithPins AddRoom(const std::string& tenant = "acme") {
    auto made = Await<RoomWithPins>([&](auto done) {
      world_.accounts().CreatePermanentRoom(
          "", {.tenant_id = tenant, .settings = {}, .number = std::nullopt}, std::move(done));
    });
    EXPECT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(world_.numbers().Load().ok());
    return *std::move(made);
  }
  // A wrong PIN of the same length.
  static std::string Wrong(const Pin& pin) {
    std::string digits = pin.Reveal();
    digits.back() = digits.back() == '0' ? '1' : '0';
    return digits;
  }
  // One try in a call of its own; what the caller hears after the last key.
  std::string Guess(const std::string& caller, const std::string& called, const std::string& keys) {
    TestPhone phone = world_.Call(caller, called);
    phone.Press(keys.substr(0, keys.size() - 1));
    phone.Hears();
    phone.Press(keys.substr(keys.size() - 1));
    world_.Advance(world_.throttle_settings.delay_max);
    const std::string heard = phone.Hears();
    phone.HangUp();
    return heard;
  }

  CallWorld world_;
};

// ---- Which keys open what

TEST_F(DoorTest, ThePinAloneFindsRoomAndRole) {
  const RoomWithPins sales = AddRoom();
  const RoomWithPins support = AddRoom();
  TestPhone guest = world_.Call("+48601000001", kPinNumber);
  EXPECT_EQ(guest.Hears(), "pl acme_voice/greeting_sales, pl enter_pin_only");
  guest.Press(sales.participant_pin.Reveal());
  EXPECT_EQ(guest.HearsOut(), "pl first_in_conference, loop music_on_hold");
  TestPhone moderator = world_.Call("+48601000002", kPinNumber);
  moderator.Press(sales.moderator_pin.Reveal());
  EXPECT_EQ(moderator.room_id(), guest.room_id());
  const Conference conference = world_.Snapshot();
  ASSERT_EQ(conference.participants.size(), 2u);
  EXPECT_EQ(conference.participants[0].role, Role::kParticipant);
  EXPECT_EQ(conference.participants[1].role, Role::kModerator);
  TestPhone other = world_.Call("+48601000003", kPinNumber);
  other.Press(support.participant_pin.Reveal());
  EXPECT_NE(other.room_id(), guest.room_id());
}

TEST_F(DoorTest, APinOfAnotherTenantOpensNothingHere) {
  AddTenant("other", "");
  const RoomWithPins theirs = AddRoom("other");
  EXPECT_EQ(Guess("+48601000001", kPinNumber, theirs.participant_pin.Reveal()),
            "pl wrong_room_or_pin, pl enter_pin_only");
}

TEST_F(DoorTest, ARoomNumberWithAnotherRoomsPinOpensNothing) {
  const RoomWithPins sales = AddRoom();
  const RoomWithPins support = AddRoom();
  EXPECT_EQ(Guess("+48601000001", kRoomNumber,
                  absl::StrCat(sales.room.room.digits(), support.participant_pin.Reveal())),
            "pl wrong_room_or_pin, pl enter_room");
  EXPECT_EQ(Guess("+48601000002", kRoomNumber,
                  absl::StrCat(sales.room.room.digits(), sales.participant_pin.Reveal())),
            "pl first_in_conference");
}

TEST_F(DoorTest, TheMenuOfATenantsNumberServesBothKindsOfRooms) {
  const RoomWithPins sales = AddRoom();
  const reservations::MadeReservation made = world_.Reserve();
  EXPECT_EQ(Guess("+48601000001", kMenuNumber,
                  absl::StrCat("2", sales.room.room.digits(), "#", sales.moderator_pin.Reveal())),
            "pl first_in_conference");
  EXPECT_EQ(Guess("+48601000002", kMenuNumber,
                  absl::StrCat("2", made.record.room.digits(), "#", made.pin.Reveal(), "#")),
            "pl first_in_conference");
}

TEST_F(DoorTest, ThePublicNumberDoesNotReachTenantsRoomsAndTheConsoleDoes) {
  const RoomWithPins sales = AddRoom();
  const auto try_by = [&](DoorKey::Reach reach, std::optional<AccessNumber> dialled) {
    absl::StatusOr<Opened> answer = absl::UnknownError("no answer");
    world_.door().Try({.caller = {.trunk = "console:192.0.2.7"},
                       .reach = reach,
                       .dialled = std::move(dialled),
                       .room = sales.room.room,
                       .pin = sales.moderator_pin},
                      [&](absl::StatusOr<Opened> opened) { answer = std::move(opened); });
    world_.Advance(world_.settings.lookup_time);
    return answer;
  };
  EXPECT_EQ(ReasonOf(try_by(DoorKey::Reach::kDialled, world_.numbers().front()).status()),
            "RESERVATION_UNKNOWN");
  EXPECT_EQ(ReasonOf(try_by(DoorKey::Reach::kReservations, std::nullopt).status()),
            "RESERVATION_UNKNOWN");
  const absl::StatusOr<Opened> opened = try_by(DoorKey::Reach::kEverything, std::nullopt);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->role, Role::kModerator);
  EXPECT_EQ(opened->terms.tenant_id, "acme");
}

TEST_F(DoorTest, NewPinsEndTheOldOnesAtOnce) {
  const RoomWithPins sales = AddRoom();
  const auto rotated = Await<RoomWithPins>(
      [&](auto done) { world_.accounts().RotatePins(sales.room.id, std::move(done)); });
  ASSERT_TRUE(rotated.ok());
  EXPECT_EQ(Guess("+48601000001", kPinNumber, sales.participant_pin.Reveal()),
            "pl wrong_room_or_pin, pl enter_pin_only");
  EXPECT_EQ(Guess("+48601000001", kPinNumber, rotated->participant_pin.Reveal()),
            "pl first_in_conference");
}

TEST_F(DoorTest, APermanentRoomIsTakenUpAfterARestart) {
  const RoomWithPins sales = AddRoom();
  TestPhone guest = world_.Call("+48601000001", kPinNumber);
  guest.Press(sales.participant_pin.Reveal());
  const std::string room = guest.room_id();
  world_.RestartControl();
  world_.ConnectMixer();
  world_.ConnectGateway({guest.call_id()});
  EXPECT_EQ(guest.room_id(), room);
  EXPECT_EQ(world_.Snapshot().participants.size(), 1u);
  TestPhone second = world_.Call("+48601000002", kPinNumber);
  second.Press(sales.participant_pin.Reveal());
  EXPECT_EQ(second.room_id(), room);
}

// ---- Guessing

TEST_F(DoorTest, AGuesserIsLockedAcrossCallsAndTheRightPinHelpsNoMore) {
  const RoomWithPins sales = AddRoom();
  for (int call = 0; call < 3; ++call) {
    TestPhone phone = world_.Call("+48601000009", kPinNumber);
    for (int guess = 0; guess < 3; ++guess) {
      phone.Hears();
      phone.Press(Wrong(sales.participant_pin));
      world_.Advance(world_.throttle_settings.delay_max);
    }
    EXPECT_EQ(phone.HearsOut(), "pl wrong_room_or_pin, pl goodbye");
    EXPECT_TRUE(phone.IsHungUp());
  }
  EXPECT_EQ(Guess("+48601000009", kPinNumber, Wrong(sales.participant_pin)),
            "pl locked_out, pl goodbye");
  EXPECT_EQ(Guess("+48601000009", kPinNumber, sales.participant_pin.Reveal()),
            "pl locked_out, pl goodbye");
  EXPECT_EQ(Guess("+48601000010", kPinNumber, sales.participant_pin.Reveal()),
            "pl first_in_conference");
  world_.Advance(world_.throttle_settings.lock);
  EXPECT_EQ(Guess("+48601000009", kPinNumber, sales.participant_pin.Reveal()),
            "pl first_in_conference");
}

TEST_F(DoorTest, TheSlowedAnswerIsAsSlowForTheRightPin) {
  world_.throttle_settings.caller_failures_max = 4;
  world_.RestartControl();
  world_.ConnectMixer();
  world_.ConnectGateway({});
  ASSERT_TRUE(world_.numbers().Load().ok());
  const RoomWithPins sales = AddRoom();
  for (int guess = 0; guess < 3; ++guess) {
    Guess("+48601000009", kPinNumber, Wrong(sales.participant_pin));
  }
  // Three of four: half of the longest delay.
  const absl::Duration slow = world_.throttle_settings.delay_max / 2;
  TestPhone phone = world_.Call("+48601000009", kPinNumber);
  phone.Hears();
  phone.Press(sales.participant_pin.Reveal());
  world_.Advance(slow - absl::Microseconds(1));
  EXPECT_EQ(phone.Hears(), "");
  world_.Advance(absl::Microseconds(1));
  EXPECT_EQ(phone.Hears(), "pl first_in_conference");
}

TEST_F(DoorTest, KeyFourCountsLikeKeyTwo) {
  world_.throttle_settings.room_failures_max = 1;
  world_.RestartControl();
  world_.ConnectMixer();
  world_.ConnectGateway({});
  const reservations::MadeReservation made = world_.Reserve();
  const std::string room = made.record.room.digits();
  EXPECT_EQ(Guess("+48601000009", "+48608608608", absl::StrCat("4", room, Wrong(made.pin))),
            "pl wrong_room_or_pin, pl enter_room");
  EXPECT_EQ(Guess("+48601000008", "+48608608608", absl::StrCat("2", room, made.pin.Reveal())),
            "pl locked_out, pl goodbye");
  EXPECT_EQ(Guess("+48601000008", "+48608608608", absl::StrCat("4", room, made.pin.Reveal())),
            "pl locked_out, pl goodbye");
}

TEST_F(DoorTest, ALockOfARoomIsToldOnceItIsMadeAndNamesTheRoom) {
  world_.throttle_settings.room_failures_max = 2;
  world_.RestartControl();
  world_.ConnectMixer();
  world_.ConnectGateway({});
  const reservations::MadeReservation made = world_.Reserve();
  std::vector<std::string> told;
  world_.door().SetLockListener(
      [&](const accounts::Lockout& lock) { told.push_back(lock.conference_key); });
  const std::string keys = absl::StrCat("2", made.record.room.digits(), Wrong(made.pin));
  Guess("+48601000009", "+48608608608", keys);
  EXPECT_TRUE(told.empty());
  Guess("+48601000008", "+48608608608", keys);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], made.record.id);
}

TEST_F(DoorTest, TheModeratorInsideIsToldOfGuessersAndNobodyElseIs) {
  world_.throttle_settings.room_failures_max = 1;
  world_.RestartControl();
  world_.ConnectMixer();
  world_.ConnectGateway({});
  const RoomWithPins sales = AddRoom();
  world_.door().SetLockListener([&](const accounts::Lockout& lock) {
    world_.switchboard().NoteGuessers(lock.conference_key);
  });
  const std::string room = sales.room.room.digits();
  TestPhone moderator = world_.Call("+48601000001", kRoomNumber);
  moderator.Press(absl::StrCat(room, sales.moderator_pin.Reveal()));
  TestPhone guest = world_.Call("+48601000002", kRoomNumber);
  guest.Press(absl::StrCat(room, sales.participant_pin.Reveal()));
  moderator.HearsOut();
  guest.HearsOut();
  Guess("+48601000009", kRoomNumber, absl::StrCat(room, Wrong(sales.participant_pin)));
  EXPECT_EQ(moderator.HearsOut(), "pl guessers_locked");
  EXPECT_EQ(guest.HearsOut(), "");
  // Both have standing: who falls out comes back.
  guest.HangUp();
  EXPECT_EQ(world_.Snapshot().participants.size(), 1u);
  TestPhone again = world_.Call("+48601000002", kRoomNumber);
  again.Press(absl::StrCat(room, sales.participant_pin.Reveal()));
  EXPECT_EQ(again.room_id(), moderator.room_id());
}

}  // namespace
}  // namespace narada::control::calls
