// The arithmetic of docs/abuse.md, proven by patient guessers on a real database and a clock that the test
// moves.
#include "control/accounts/throttle.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "control/storage/await.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::accounts {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(5);
  return storage::SecretBox(key);
}

Caller From(const std::string& number) {
  return {.number = PhoneNumber::FromE164(number), .is_withheld = false, .trunk = "trunk-1"};
}
Caller Nth(int n) { return From(absl::StrCat("+4860", 1000000 + n)); }
Caller Withheld(const std::string& number) {
  return {.number = PhoneNumber::FromE164(number), .is_withheld = true, .trunk = "trunk-1"};
}

class ThrottleTest : public testing::Test {
 protected:
  ThrottleTest() { Make(); }

  void Make() {
    throttle_ = std::make_unique<Throttle>(test_.database(), secrets_, clock_, settings_);
    // Another replica of control, on the same database.
    replica_ = std::make_unique<Throttle>(test_.database(), secrets_, clock_, settings_);
  }

  Attempt At(const std::string& room, Caller caller, const std::string& conference_key = "") {
    return {.caller = std::move(caller),
            .room = RoomNumber::Parse(room),
            .access_number = std::nullopt,
            .conference_key = conference_key,
            .organiser = std::nullopt};
  }

  Throttle::Verdict Look(const Attempt& attempt) {
    const auto verdict =
        test_.database().Query<Throttle::Verdict>([&](storage::Transaction& transaction) {
          return absl::StatusOr<Throttle::Verdict>(throttle_->Look(transaction, attempt));
        });
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return *verdict;
  }
  // A try with a wrong PIN. False: it was not taken.
  bool Guess(const Attempt& attempt) {
    bool was_taken = false;
    const absl::Status ran = test_.database().Run([&](storage::Transaction& transaction) {
      Throttle& asked = ++guesses_ % 2 == 0 ? *throttle_ : *replica_;
      was_taken = !asked.Look(transaction, attempt).is_locked;
      if (was_taken) locks_ = asked.NoteFailure(transaction, attempt);
      return absl::OkStatus();
    });
    EXPECT_TRUE(ran.ok()) << ran;
    return was_taken;
  }
  void Enter(const std::string& conference_key, const Caller& caller) {
    ASSERT_TRUE(test_.database()
                    .Run([&](storage::Transaction& transaction) {
                      throttle_->NoteEntry(transaction, conference_key, caller);
                      return absl::OkStatus();
                    })
                    .ok());
  }
  // Tries all the time for so many days, at each time by whoever `who` gives; how many tries were taken.
  int GuessFor(int days, const std::function<Attempt(int)>& who, absl::Duration step) {
    int taken = 0;
    const absl::Time end = clock_.Now() + days * kDay;
    for (int n = 0; clock_.Now() < end; ++n) {
      // As often as it goes at this moment, within reason.
      int at_once = 0;
      while (at_once < 2'000 && Guess(who(n))) ++at_once;
      taken += at_once;
      clock_.Advance(step);
    }
    return taken;
  }
  std::vector<Lockout> Lockouts(const std::string& conference_key = "") {
    auto lockouts = storage::Await<std::vector<Lockout>>(
        [&](auto done) { throttle_->ListLockouts(conference_key, "", 100, std::move(done)); });
    EXPECT_TRUE(lockouts.ok());
    return *std::move(lockouts);
  }
  absl::Status Lift(const std::string& id) {
    absl::Notification lifted;
    absl::Status result;
    throttle_->LiftLockout(id, [&](absl::Status status) {
      result = std::move(status);
      lifted.Notify();
    });
    lifted.WaitForNotification();
    return result;
  }

  ThrottleSettings settings_;
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  const storage::SecretBox secrets_ = TestSecrets();
  storage::TestDatabase test_;
  std::unique_ptr<Throttle> throttle_;
  std::unique_ptr<Throttle> replica_;
  int guesses_ = 0;
  std::vector<Lockout> locks_;
};

// ---- The bounds of docs/abuse.md

// In a window so many are free, and then one for each lock that ends within it.
int BoundPerWindow(int failures_max, const ThrottleSettings& settings) {
  return failures_max - 1 +
         static_cast<int>(absl::Ceil(settings.window, settings.lock) / settings.lock);
}

TEST_F(ThrottleTest, OneNumberHasThirtyTwoGuessesADay) {
  const int bound = BoundPerWindow(settings_.caller_failures_max, settings_);
  EXPECT_EQ(bound, 32);
  int room = 10'000;  // A room that nobody has yet, each time.
  const int taken = GuessFor(
      5, [&](int) { return At(absl::StrCat(++room), Nth(1)); }, absl::Minutes(10));
  EXPECT_EQ(taken, 5 * bound);
}

TEST_F(ThrottleTest, OneRoomHasSeventyThreeGuessesADayFromAnyNumberOfStrangers) {
  const int bound = BoundPerWindow(settings_.room_failures_max, settings_);
  EXPECT_EQ(bound, 73);
  int caller = 0;  // A number that never called before, each time.
  const int taken = GuessFor(
      3, [&](int) { return At("12345", Nth(++caller)); }, absl::Minutes(10));
  EXPECT_EQ(taken, 3 * bound);
}

TEST_F(ThrottleTest, AnAccessNumberThatAsksForThePinAloneHasAHundredAndTwentyThreeADay) {
  const int bound = BoundPerWindow(settings_.access_number_failures_max, settings_);
  EXPECT_EQ(bound, 123);
  int caller = 0;
  const int taken = GuessFor(
      2,
      [&](int) {
        return Attempt{.caller = Nth(++caller),
                       .room = std::nullopt,
                       .access_number = PhoneNumber::FromE164("+48225550001"),
                       .conference_key = "tenant:acme",
                       .organiser = std::nullopt};
      },
      absl::Minutes(10));
  EXPECT_EQ(taken, 2 * bound);
}

TEST_F(ThrottleTest, AllWhoWithholdTheirNumberOnATrunkHaveFiftyThreeADay) {
  const int bound = BoundPerWindow(settings_.trunk_failures_max, settings_);
  EXPECT_EQ(bound, 53);
  int n = 0;
  const int taken = GuessFor(
      2,
      [&](int) {
        ++n;
        return At(absl::StrCat(10'000 + n), Withheld(absl::StrCat("+4860", 1000000 + n)));
      },
      absl::Minutes(10));
  EXPECT_EQ(taken, 2 * bound);
}

TEST_F(ThrottleTest, OverallAStrangerHasOneGuessOnceTooManyHaveFailed) {
  settings_.overall_failures_max = 20;
  Make();
  for (int n = 0; n < 20; ++n) EXPECT_TRUE(Guess(At(absl::StrCat(10'000 + n), Nth(n))));
  // Each number that has not failed yet is heard once, and not twice.
  for (int n = 100; n < 130; ++n) {
    EXPECT_TRUE(Guess(At(absl::StrCat(20'000 + n), Nth(n)))) << n;
    EXPECT_FALSE(Guess(At(absl::StrCat(30'000 + n), Nth(n)))) << n;
  }
}

TEST_F(ThrottleTest, AWindowsEndAndTheNextOnesBeginningGiveNoMoreThanTwoWindows) {
  // The worst day of a number: nearly nothing in the first window until its very end.
  int taken = Guess(At("10001", Nth(1)));
  clock_.Advance(settings_.window - absl::Minutes(1));
  while (Guess(At("10001", Nth(1)))) ++taken;
  EXPECT_EQ(taken, settings_.caller_failures_max);
  clock_.Advance(settings_.lock);  // A lock outlives its window.
  while (Guess(At("10001", Nth(1)))) ++taken;
  EXPECT_EQ(taken, 2 * settings_.caller_failures_max);
}

// ---- Slower and slower

TEST_F(ThrottleTest, HalfOfTheTriesAreFreeThenAnswersComeLaterAndLater) {
  absl::Duration last;
  for (int failures = 0; failures < settings_.caller_failures_max; ++failures) {
    const Throttle::Verdict verdict = Look(At("12345", Nth(1)));
    EXPECT_FALSE(verdict.is_locked);
    if (failures <= settings_.caller_failures_max / 2) {
      EXPECT_EQ(verdict.delay, absl::ZeroDuration()) << failures;
    } else {
      EXPECT_GT(verdict.delay, last) << failures;
    }
    last = verdict.delay;
    Guess(At("12345", Nth(1)));
  }
  EXPECT_LE(last, settings_.delay_max);
  const Throttle::Verdict locked = Look(At("12345", Nth(1)));
  EXPECT_TRUE(locked.is_locked);
  EXPECT_EQ(locked.retry_after, settings_.lock);
}

// ---- No weapon

TEST_F(ThrottleTest, ALockedRoomStillOpensForItsOrganiserAndForWhoWasInIt) {
  Enter("reservation-1", Nth(7));
  for (int n = 100; !Look(At("12345", Nth(99))).is_locked; ++n) Guess(At("12345", Nth(n)));
  Attempt organiser = At("12345", Nth(8), "reservation-1");
  organiser.organiser = Nth(8).number;
  EXPECT_FALSE(Look(organiser).is_locked);
  EXPECT_FALSE(Look(At("12345", Nth(7), "reservation-1")).is_locked);
  EXPECT_TRUE(Look(At("12345", Nth(6), "reservation-1")).is_locked);
  // Whoever has the room's number next is no acquaintance of those who were in it before.
  EXPECT_TRUE(Look(At("12345", Nth(7), "reservation-2")).is_locked);
}

TEST_F(ThrottleTest, WhoHasStandingHasACountOfTheirOwnThere) {
  Enter("reservation-1", Nth(7));
  const Attempt attempt = At("12345", Nth(7), "reservation-1");
  int taken = 0;
  while (Guess(attempt)) ++taken;
  EXPECT_EQ(taken, settings_.caller_failures_max);
  // Neither the room nor the number elsewhere is any worse off.
  EXPECT_EQ(Look(At("12345", Nth(1))).delay, absl::ZeroDuration());
  EXPECT_FALSE(Look(At("12345", Nth(1))).is_locked);
  EXPECT_FALSE(Look(At("54321", Nth(7))).is_locked);
}

TEST_F(ThrottleTest, AWithheldNumberHasNoStanding) {
  Enter("reservation-1", Withheld("+48601000007"));
  while (Guess(At("12345", Withheld("+48601000001")))) {
  }
  EXPECT_TRUE(Look(At("54321", Withheld("+48601000007"), "reservation-1")).is_locked);
  EXPECT_FALSE(Look(At("54321", Nth(7))).is_locked);
}

// ---- Seen and lifted

TEST_F(ThrottleTest, LocksAreListedMaskedAndLifted) {
  for (int n = 100; !Look(At("12345", Nth(99), "reservation-1")).is_locked; ++n) {
    Guess(At("12345", Nth(n), "reservation-1"));
  }
  while (Guess(At("777777", Nth(5)))) {
  }
  const std::vector<Lockout> all = Lockouts();
  ASSERT_EQ(all.size(), 2u);
  for (const Lockout& lockout : all) {
    if (lockout.scope == LockScope::kRoom) {
      EXPECT_EQ(lockout.label, "12345");
      EXPECT_EQ(lockout.conference_key, "reservation-1");
      EXPECT_EQ(lockout.failures, settings_.room_failures_max);
    } else {
      EXPECT_EQ(lockout.scope, LockScope::kCaller);
      EXPECT_EQ(lockout.label, Nth(5).number->Masked());
    }
    EXPECT_EQ(lockout.ends_at, clock_.Now() + settings_.lock);
  }
  ASSERT_EQ(Lockouts("reservation-1").size(), 1u);
  EXPECT_TRUE(Lift(Lockouts("reservation-1")[0].id).ok());
  EXPECT_FALSE(Look(At("12345", Nth(99), "reservation-1")).is_locked);
  EXPECT_EQ(Lockouts().size(), 1u);
  EXPECT_EQ(ReasonOf(Lift("room:nothing")), "LOCKOUT_UNKNOWN");
}

TEST_F(ThrottleTest, WhatWasKeyedForARoomThatThereIsNotIsMasked) {
  settings_.room_failures_max = 1;
  Make();
  Guess(At("678901", Nth(5)));  // Somebody's PIN, one question too early.
  ASSERT_EQ(Lockouts().size(), 1u);
  EXPECT_EQ(Lockouts()[0].label, "6*****");
}

TEST_F(ThrottleTest, OldCountsAreForgottenAndLocksAreNot) {
  Guess(At("12345", Nth(1)));
  while (Guess(At("777777", Nth(5)))) {
  }
  const auto wipe = [&] {
    absl::Notification wiped;
    throttle_->WipeOld([&](const absl::Status& status) {
      EXPECT_TRUE(status.ok());
      wiped.Notify();
    });
    wiped.WaitForNotification();
  };
  wipe();
  EXPECT_EQ(Lockouts().size(), 1u);
  clock_.Advance(settings_.window + absl::Seconds(1));
  wipe();
  const auto rows = test_.database().Query<bool>([&](storage::Transaction& transaction) {
    return absl::StatusOr<bool>(storage::FindFailedTries(transaction, "all").has_value());
  });
  EXPECT_FALSE(*rows);
}

}  // namespace
}  // namespace narada::control::accounts
