// The small values: rooms, PINs, languages, prompt keys, terms of reservations.
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "control/model/language.h"
#include "control/model/phrase.h"
#include "control/model/pin.h"
#include "control/model/reservation.h"
#include "control/model/room_number.h"
#include "gtest/gtest.h"

namespace narada::control {
namespace {

TEST(RoomNumber, IsDigitsAndLeadingZerosCount) {
  EXPECT_EQ(RoomNumber::Parse("01234")->digits(), "01234");
  EXPECT_NE(*RoomNumber::Parse("01234"), *RoomNumber::Parse("1234"));
  for (absl::string_view wrong : {"", "12a", "1234567890123", "-1", "1 2"}) {
    EXPECT_FALSE(RoomNumber::Parse(wrong)) << wrong;
  }
}

TEST(Pin, NeverPrintsItself) {
  std::ostringstream out;
  out << *Pin::Parse("678901") << *Pin::Parse("1");
  EXPECT_EQ(out.str(), "********");
}

TEST(Pin, ComparesByItsDigits) {
  EXPECT_EQ(*Pin::Parse("678901"), *Pin::Parse("678901"));
  EXPECT_FALSE(*Pin::Parse("678901") == *Pin::Parse("678902"));
  EXPECT_FALSE(*Pin::Parse("678901") == *Pin::Parse("67890"));
  EXPECT_FALSE(Pin::Parse("12345678901234567"));
  EXPECT_FALSE(Pin::Parse("67890x"));
}

TEST(Language, HasATagBothWays) {
  for (Language language : kLanguages) {
    EXPECT_EQ(LanguageFromTag(LanguageTag(language)), language);
    EXPECT_EQ(OtherLanguage(OtherLanguage(language)), language);
  }
  EXPECT_FALSE(LanguageFromTag("de"));
}

TEST(PromptKey, HasANameBothWays) {
  std::set<absl::string_view> names;
  for (int i = 0; i < kPromptKeyCount; ++i) {
    const PromptKey key = static_cast<PromptKey>(i);
    EXPECT_EQ(PromptKeyFromName(PromptKeyName(key)), key);
    names.insert(PromptKeyName(key));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kPromptKeyCount));
  // Neighbours in the table: names and keys have not slipped against each other.
  EXPECT_EQ(PromptKeyName(PromptKey::kGreeting), "greeting");
  EXPECT_EQ(PromptKeyName(PromptKey::kEnterMobile), "enter_mobile");
  EXPECT_EQ(PromptKeyName(PromptKey::kFirstInConference), "first_in_conference");
  EXPECT_EQ(PromptKeyName(PromptKey::kWaitForModerator), "wait_for_moderator");
  EXPECT_EQ(PromptKeyName(PromptKey::kMusicOnHold), "music_on_hold");
  EXPECT_FALSE(PromptKeyFromName("no_such_prompt"));
}

TEST(PromptKey, OnlyTonesAndMusicAreSounds) {
  EXPECT_TRUE(IsSound(PromptKey::kEntryTone));
  EXPECT_TRUE(IsSound(PromptKey::kMusicOnHold));
  EXPECT_FALSE(IsSound(PromptKey::kWaitForModerator));
}

class Extension : public testing::Test {
 protected:
  const ReservationTerms terms_;
  const absl::Time made_ = absl::FromUnixSeconds(1'795'000'000);
  const absl::Time expiry_ = FirstExpiry(made_, terms_);
};

TEST_F(Extension, AReservationLastsExactlySevenTimes24Hours) {
  EXPECT_EQ(expiry_ - made_, absl::Hours(168));
}

TEST_F(Extension, AddsExactlySevenTimes24HoursToTheExpiry) {
  const ExtensionOutcome outcome =
      Extend(expiry_, made_ + absl::Hours(5), ExtensionFrom::kMenu, terms_);
  EXPECT_FALSE(outcome.refusal);
  EXPECT_EQ(outcome.expires_at, expiry_ + absl::Hours(168));
}

TEST_F(Extension, SummerTimeMovesNothing) {
  // Warsaw leaves summer time on 25 October 2026: seven days on the wall are an hour more than 168.
  absl::TimeZone warsaw;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Warsaw", &warsaw));
  const absl::Time made = absl::FromCivil(absl::CivilMinute(2026, 10, 22, 12, 0), warsaw);
  EXPECT_EQ(absl::ToCivilMinute(FirstExpiry(made, terms_), warsaw),
            absl::CivilMinute(2026, 10, 29, 11, 0));
}

TEST_F(Extension, IsRefusedFromOutsideAtAndAfterTheExpiry) {
  EXPECT_FALSE(
      Extend(expiry_, expiry_ - absl::Nanoseconds(1), ExtensionFrom::kMenu, terms_).refusal);
  EXPECT_EQ(Extend(expiry_, expiry_, ExtensionFrom::kMenu, terms_).refusal,
            ExtensionRefusal::kExpired);
}

TEST_F(Extension, IsPossibleFromInsideAfterTheExpiry) {
  const ExtensionOutcome outcome =
      Extend(expiry_, expiry_ + absl::Minutes(3), ExtensionFrom::kInside, terms_);
  EXPECT_FALSE(outcome.refusal);
  EXPECT_EQ(outcome.expires_at, expiry_ + absl::Hours(168));
}

TEST_F(Extension, DoesNotReachFurtherThan35DaysAhead) {
  absl::Time expiry = expiry_;
  for (int week = 2; week <= 5; ++week) {
    const ExtensionOutcome outcome = Extend(expiry, made_, ExtensionFrom::kMenu, terms_);
    ASSERT_FALSE(outcome.refusal) << week;
    expiry = outcome.expires_at;
  }
  const ExtensionOutcome outcome = Extend(expiry, made_, ExtensionFrom::kMenu, terms_);
  EXPECT_EQ(outcome.refusal, ExtensionRefusal::kTooFarAhead);
  EXPECT_EQ(outcome.expires_at, expiry);
  EXPECT_FALSE(Extend(expiry, made_ + absl::Hours(168), ExtensionFrom::kMenu, terms_).refusal);
}

}  // namespace
}  // namespace narada::control
