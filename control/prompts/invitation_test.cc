#include "control/prompts/invitation.h"

#include <string>

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

std::string Composed(Language language) {
  return InvitationTemplate::Default(language).Compose(
      *PhoneNumber::FromE164("+48608608608"), *RoomNumber::Parse("12345"), *Pin::Parse("678901"));
}

std::string ErrorOf(absl::string_view text) {
  const auto made = InvitationTemplate::Make(text);
  return made.ok() ? "" : std::string(made.status().message());
}

TEST(Invitation, IsWordedInPolishAsTheReference) {
  EXPECT_EQ(Composed(Language::kPolish),
            "Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem +48 608 608 608. "
            "Proszę podać numer pokoju konferencyjnego: 12345 i PIN: 678901");
}

TEST(Invitation, IsWordedInEnglishAsTheProduct) {
  EXPECT_EQ(Composed(Language::kEnglish),
            "You are invited to a teleconference on DD/MM at hh:mm, number +48 608 608 608. "
            "Please enter conference room number: 12345 and PIN: 678901");
}

TEST(Invitation, ItsOwnWordsPassItsOwnCheck) {
  for (Language language : kLanguages) {
    EXPECT_EQ(ErrorOf(InvitationTemplate::Default(language).text()), "");
  }
}

TEST(Invitation, ATemplateLacksNothing) {
  EXPECT_EQ(ErrorOf("{number} {room}"), "lacks {pin}");
  EXPECT_EQ(ErrorOf("{number} {pin}"), "lacks {room}");
  EXPECT_EQ(ErrorOf("{room} {pin}"), "lacks {number}");
  EXPECT_EQ(ErrorOf(""), "lacks {number}");
}

TEST(Invitation, ATemplateHasNoOtherBraces) {
  EXPECT_EQ(ErrorOf("{number} {room} {pin} {date}"),
            "has a brace that is not part of {number}, {room} or {pin}: \"{date}\"");
  EXPECT_NE(ErrorOf("{number} {room} {pin} }"), "");
  EXPECT_NE(ErrorOf("{{number} {room} {pin}"), "");
}

TEST(Invitation, ATemplateIsUtf8OfBoundedLength) {
  EXPECT_EQ(ErrorOf("{number} {room} {pin} \xC3"), "is not UTF-8");
  EXPECT_EQ(ErrorOf("{number} {room} {pin} \xC0\x80"), "is not UTF-8");
  EXPECT_NE(ErrorOf("{number} {room} {pin} " + std::string(480, 'x')), "");
  EXPECT_EQ(ReasonOf(InvitationTemplate::Make("x").status()), "TEMPLATE_INVALID");
}

TEST(Invitation, ABlankMayBeRepeated) {
  const auto made = InvitationTemplate::Make("{pin} {pin} {room} {number}");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->Compose(*PhoneNumber::FromE164("+442079460000"), *RoomNumber::Parse("00012"),
                          *Pin::Parse("000001")),
            "000001 000001 00012 +44 207 946 0000");
}

TEST(Invitation, NoValueIsReplacedAgain) {
  // All blanks are replaced in one pass, so no value can bring in another.
  const auto made = InvitationTemplate::Make("{number}{room}{pin}");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->Compose(*PhoneNumber::FromE164("+48608608608"), *RoomNumber::Parse("1"),
                          *Pin::Parse("2")),
            "+48 608 608 60812");
}

TEST(Invitation, PolishLettersBecomeTheirPlainNeighbours) {
  EXPECT_EQ(TransliteratedToGsm7("Zażółć gęślą jaźń ŻÓŁW"), "Zazolc gesla jazn ZOLW");
  EXPECT_LE(TransliteratedToGsm7(Composed(Language::kPolish)).size(), 160u);  // One part.
}

TEST(Invitation, WhatGsmKnowsStaysAndTheRestIsMarked) {
  EXPECT_EQ(TransliteratedToGsm7("ü€ [x] „a” – 漢`\xFF"), "ü€ [x] \"a\" - ???");
}

}  // namespace
}  // namespace narada::control::prompts
