#include "control/sms/sms_text.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

TEST(SmsText, EnglishInvitationIsOnePartOfTheGsmAlphabet) {
  const SplitText split = SplitSms(
      "You are invited to a teleconference on DD/MM at hh:mm, number +48 608 608 608. Please enter "
      "conference room number: 12345 and PIN: 678901");
  EXPECT_EQ(split.alphabet, Alphabet::kGsm7);
  ASSERT_EQ(split.parts.size(), 1u);
  EXPECT_EQ(split.remaining, kGsm7Single - static_cast<int>(split.parts[0].size()));
}

TEST(SmsText, PolishInvitationIsThreePartsOfUcs2) {
  const SplitText split = SplitSms(
      "Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem +48 608 608 608. "
      "Proszę "
      "podać numer pokoju konferencyjnego: 12345 i PIN: 678901");
  EXPECT_EQ(split.alphabet, Alphabet::kUcs2);
  ASSERT_EQ(split.parts.size(), 3u);
  EXPECT_EQ(split.parts[0].size(), 2u * kUcs2Part);
  EXPECT_EQ(split.parts[0].substr(0, 4), std::string("\0Z\0a", 4));
  EXPECT_EQ(absl::BytesToHexString(split.parts[0].substr(2 * 27, 2)), "0119");  // ę
}

TEST(SmsText, EverySeptetOfTheTableIsOneOctetAndTheExtensionTwo) {
  const SplitText split = SplitSms("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€");
  EXPECT_EQ(split.alphabet, Alphabet::kGsm7);
  EXPECT_EQ(
      absl::BytesToHexString(split.parts[0]),
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1c1d1e1f2024405b5c5d5e5f607b7c7d7e7f"
      "1b141b281b291b2f1b3c1b3d1b3e1b401b65");
}

TEST(SmsText, SizesAtTheBordersOfAPart) {
  EXPECT_EQ(SplitSms(Repeat("a", 160)).parts.size(), 1u);
  EXPECT_EQ(SplitSms(Repeat("a", 160)).remaining, 0);
  EXPECT_EQ(SplitSms(Repeat("a", 161)).parts.size(), 2u);
  EXPECT_EQ(SplitSms(Repeat("a", 161)).remaining, 153 - 8);
  EXPECT_EQ(SplitSms(Repeat("a", 306)).parts.size(), 2u);
  EXPECT_EQ(SplitSms(Repeat("a", 307)).parts.size(), 3u);
  EXPECT_EQ(SplitSms(Repeat("ę", 70)).parts.size(), 1u);
  EXPECT_EQ(SplitSms(Repeat("ę", 71)).parts.size(), 2u);
  EXPECT_EQ(SplitSms(Repeat("ę", 134)).remaining, 0);
  EXPECT_EQ(SplitSms("").parts.size(), 1u);
}

TEST(SmsText, NoCharacterIsCutInTwo) {
  const SplitText gsm7 = SplitSms(absl::StrCat(Repeat("a", 152), "€", Repeat("b", 20)));
  ASSERT_EQ(gsm7.parts.size(), 2u);
  EXPECT_EQ(gsm7.parts[0].size(), 152u);
  EXPECT_EQ(gsm7.parts[1].substr(0, 2), "\x1b\x65");
  const SplitText ucs2 = SplitSms(absl::StrCat(Repeat("ę", 66), "😀", Repeat("ę", 20)));
  ASSERT_EQ(ucs2.parts.size(), 2u);
  EXPECT_EQ(ucs2.parts[0].size(), 2u * 66);
  EXPECT_EQ(absl::BytesToHexString(ucs2.parts[1].substr(0, 4)), "d83dde00");
}

TEST(SmsText, WhatIsNoUtf8BecomesAQuestionMark) {
  EXPECT_EQ(SplitSms("a\xff\xc4").parts[0], "a??");
  EXPECT_EQ(SplitSms("\xed\xa0\x80").parts[0], "?");  // A lone surrogate.
  EXPECT_EQ(SplitSms("\xe0\x80\x80").parts[0], "?");  // Overlong.
}

TEST(SmsText, HeaderNamesReferenceAndPart) {
  EXPECT_EQ(absl::BytesToHexString(PartHeader(0xAB, 3, 2)), "050003ab0302");
}

}  // namespace
}  // namespace narada::control::sms
