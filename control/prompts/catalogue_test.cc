#include "control/prompts/catalogue.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string English() { return ReadText("control/prompts/catalogue/en.textproto"); }

// The error of the English catalogue with one thing changed.
absl::Status ErrorWith(absl::string_view from, absl::string_view to) {
  const std::string text = English();
  EXPECT_TRUE(absl::StrContains(text, from)) << from;
  return Catalogue::Parse("en.textproto", absl::StrReplaceAll(text, {{from, to}})).status();
}

TEST(Catalogue, EachLanguageIsComplete) {
  for (Language language : kLanguages) {
    const std::string path =
        "control/prompts/catalogue/" + std::string(LanguageTag(language)) + ".textproto";
    const auto catalogue = Catalogue::Load(path);
    ASSERT_TRUE(catalogue.ok()) << catalogue.status();
    EXPECT_EQ(catalogue->language(), language);
  }
}

TEST(Catalogue, EachFileHasAText) {
  const auto catalogue = Catalogue::Parse("en", English());
  ASSERT_TRUE(catalogue.ok());
  for (const SpeechItem& item :
       catalogue->Speak({.key = PromptKey::kConfirmMobile, .arguments = {Digits{"12"}}})) {
    if (!item.file.empty()) {
      EXPECT_EQ(catalogue->texts().count(item.file), 1u) << item.file;
    }
  }
}

TEST(Catalogue, TheSecondTextOfAPromptIsASecondFile) {
  const auto catalogue = Catalogue::Parse("en", English());
  ASSERT_TRUE(catalogue.ok());
  const std::vector<SpeechItem> items =
      catalogue->Speak({.key = PromptKey::kConfirmMobile, .arguments = {Digits{"1"}}});
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].file, "confirm_mobile");
  EXPECT_EQ(items[2].file, "digit_1");
  EXPECT_EQ(items[4].file, "confirm_mobile_2");
  EXPECT_GT(items[1].pause, absl::ZeroDuration());
}

TEST(Catalogue, AMissingPromptIsNamed) {
  const absl::Status status = ErrorWith("key: \"goodbye\"", "key: \"greeting\"");
  EXPECT_TRUE(absl::StrContains(status.message(), "is there twice")) << status;
  const size_t at = English().find("prompts {\n  key: \"goodbye\"");
  ASSERT_NE(at, std::string::npos);
  std::string text = English();
  text.erase(at, text.find("}\n}\n", at) + 4 - at);
  const absl::Status missing = Catalogue::Parse("en.textproto", text).status();
  EXPECT_EQ(ReasonOf(missing), "PROMPT_MISSING");
  EXPECT_EQ(missing.message(), "en.textproto: lacks the prompt goodbye");
}

TEST(Catalogue, AMissingFragmentIsNamed) {
  const absl::Status status = ErrorWith("fragments { key: \"month_2\" text: \"February\" }\n", "");
  EXPECT_EQ(ReasonOf(status), "PROMPT_MISSING");
  EXPECT_EQ(status.message(), "en.textproto: lacks the fragment month_2");
}

TEST(Catalogue, AnErrorNamesItsLine) {
  EXPECT_EQ(ErrorWith("key: \"goodbye\"", "key: \"good_bye\"").message().substr(0, 13),
            "en.textproto:");
  EXPECT_TRUE(absl::StrContains(ErrorWith("key: \"goodbye\"", "key: \"music_on_hold\"").message(),
                                "is a sound"));
  EXPECT_TRUE(absl::StrContains(
      ErrorWith("text: \"Thank you for using the service. Goodbye.\"", "argument: 0").message(),
      "has 0 arguments"));
  EXPECT_TRUE(
      absl::StrContains(ErrorWith("parts { argument: 1 }", "parts { argument: 0 }").message(),
                        "does not say each of its arguments"));
  EXPECT_TRUE(absl::StrContains(ErrorWith("key: \"month_2\"", "key: \"Month\"").message(),
                                "must be [a-z0-9_]"));
  EXPECT_TRUE(absl::StrContains(ErrorWith("key: \"month_2\"", "key: \"month_13\"").message(),
                                "the language never says it"));
  EXPECT_TRUE(absl::StrContains(ErrorWith("language: \"en\"", "language: \"de\"").message(),
                                "must be \"pl\" or \"en\""));
  EXPECT_TRUE(absl::StrContains(ErrorWith("pitch: 42", "pitch: 142").message(), "0 to 99"));
}

TEST(Catalogue, PausesAreKept) {
  const auto catalogue = Catalogue::Parse(
      "en", absl::StrReplaceAll(English(), {{"parts { text: \"Your microphone is on.\" }",
                                             "parts { pause_ms: 250 } parts { text: \"On.\" }"}}));
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  const std::vector<SpeechItem> items = catalogue->Speak({.key = PromptKey::kUnmuted});
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].pause, absl::Milliseconds(250));
  EXPECT_EQ(items[1].file, "unmuted");
}

TEST(CatalogueDeathTest, APhraseWithoutItsArgumentsIsABug) {
  const auto catalogue = Catalogue::Parse("en", English());
  ASSERT_TRUE(catalogue.ok());
  EXPECT_DEATH(catalogue->Speak({.key = PromptKey::kValidUntil}), "needs 1 arguments");
  EXPECT_DEATH(catalogue->Speak({.key = PromptKey::kValidUntil, .arguments = {Digits{"1"}}}),
               "another kind");
}

}  // namespace
}  // namespace narada::control::prompts
