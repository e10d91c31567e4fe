// The grammar of each language, as sentences: the words come from the catalogues that are shipped.
#include "control/prompts/grammar.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "control/prompts/catalogue.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

const Catalogue& Shipped(Language language) {
  static const auto& catalogues = *new std::map<Language, Catalogue>([] {
    std::map<Language, Catalogue> loaded;
    for (Language each : kLanguages) {
      auto catalogue = Catalogue::Load("control/prompts/catalogue/" +
                                       std::string(LanguageTag(each)) + ".textproto");
      EXPECT_TRUE(catalogue.ok()) << catalogue.status();
      loaded.emplace(each, *std::move(catalogue));
    }
    return loaded;
  }());
  return catalogues.at(language);
}

std::string Said(Language language, PromptKey key, std::vector<PhraseArgument> arguments) {
  return Shipped(language).Words({.key = key, .arguments = std::move(arguments)});
}

std::string Polish(PromptKey key, std::vector<PhraseArgument> arguments) {
  return Said(Language::kPolish, key, std::move(arguments));
}

std::string English(PromptKey key, std::vector<PhraseArgument> arguments) {
  return Said(Language::kEnglish, key, std::move(arguments));
}

TEST(Grammar, PolishCountsPeople) {
  const std::vector<std::pair<int64_t, std::string>> table = {
      {0, "zero uczestników"},
      {1, "jeden uczestnik"},
      {2, "dwóch uczestników"},
      {3, "trzech uczestników"},
      {4, "czterech uczestników"},
      {5, "pięciu uczestników"},
      {10, "dziesięciu uczestników"},
      {11, "jedenastu uczestników"},
      {12, "dwunastu uczestników"},
      {14, "czternastu uczestników"},
      {20, "dwudziestu uczestników"},
      {21, "dwudziestu jeden uczestników"},
      {22, "dwudziestu dwóch uczestników"},
      {25, "dwudziestu pięciu uczestników"},
      {99, "dziewięćdziesięciu dziewięciu uczestników"},
      {100, "stu uczestników"},
      {101, "stu jeden uczestników"},
      {112, "stu dwunastu uczestników"},
      {200, "dwustu uczestników"},
      {345, "trzystu czterdziestu pięciu uczestników"},
      {500, "pięciuset uczestników"},
      {999, "dziewięciuset dziewięćdziesięciu dziewięciu uczestników"},
      {1000, "tysiąc uczestników"},
      {1001, "tysiąc jeden uczestników"},
      {2000, "dwa tysiące uczestników"},
      {5012, "pięć tysięcy dwunastu uczestników"},
      {21000, "dwadzieścia jeden tysięcy uczestników"},
      {22000, "dwadzieścia dwa tysiące uczestników"},
      {100000, "sto tysięcy uczestników"},
  };
  for (const auto& [count, words] : table) {
    EXPECT_EQ(Polish(PromptKey::kParticipants, {ParticipantCount{count}}),
              "W konferencji jest " + words);
  }
}

TEST(Grammar, EnglishCountsPeople) {
  const std::vector<std::pair<int64_t, std::string>> table = {
      {0, "There are zero participants"},
      {1, "There is one participant"},
      {2, "There are two participants"},
      {12, "There are twelve participants"},
      {21, "There are twenty one participants"},
      {100, "There are one hundred participants"},
      {101, "There are one hundred and one participants"},
      {999, "There are nine hundred and ninety nine participants"},
      {1000, "There are one thousand participants"},
      {1005, "There are one thousand and five participants"},
      {1100, "There are one thousand one hundred participants"},
      {22345, "There are twenty two thousand three hundred and forty five participants"},
  };
  for (const auto& [count, words] : table) {
    EXPECT_EQ(English(PromptKey::kParticipants, {ParticipantCount{count}}),
              words + " in the conference.");
  }
}

TEST(Grammar, CountsOutsideTheSpokenRangeAreSpokenAsItsEnds) {
  EXPECT_EQ(English(PromptKey::kParticipants, {ParticipantCount{-3}}),
            English(PromptKey::kParticipants, {ParticipantCount{0}}));
  EXPECT_EQ(English(PromptKey::kParticipants, {ParticipantCount{5'000'000'000}}),
            English(PromptKey::kParticipants, {ParticipantCount{kSpokenCountMax}}));
}

TEST(Grammar, PolishPluralsFollowTheLastDigitsButForTheTeens) {
  for (int64_t one : {1}) EXPECT_EQ(PolishPlural(one), Plural::kOne);
  for (int64_t few : {2, 3, 4, 22, 23, 24, 102, 1004}) {
    EXPECT_EQ(PolishPlural(few), Plural::kFew) << few;
  }
  for (int64_t many : {0, 5, 9, 11, 12, 13, 14, 19, 21, 25, 101, 112, 1013, 1021}) {
    EXPECT_EQ(PolishPlural(many), Plural::kMany) << many;
  }
}

TEST(Grammar, PolishDurations) {
  const std::vector<std::pair<absl::Duration, std::string>> table = {
      {absl::Seconds(5), "jedną minutę"},
      {absl::Minutes(1), "jedną minutę"},
      {absl::Minutes(2), "dwie minuty"},
      {absl::Minutes(5), "pięć minut"},
      {absl::Minutes(10) - absl::Seconds(2), "dziesięć minut"},
      {absl::Minutes(12), "dwanaście minut"},
      {absl::Minutes(21), "dwadzieścia jeden minut"},
      {absl::Minutes(22), "dwadzieścia dwie minuty"},
      {absl::Minutes(59), "pięćdziesiąt dziewięć minut"},
      {absl::Hours(1), "jedną godzinę"},
      {absl::Minutes(62), "jedną godzinę i dwie minuty"},
      {absl::Hours(22), "dwadzieścia dwie godziny"},
      {absl::Hours(47), "czterdzieści siedem godzin"},
      {absl::Hours(48), "dwa dni"},
      {absl::Hours(7 * 24 + 1), "siedem dni i jedną godzinę"},
      {absl::Hours(22 * 24), "dwadzieścia dwa dni"},
  };
  for (const auto& [duration, words] : table) {
    EXPECT_EQ(Polish(PromptKey::kExpiresSoon, {SpokenDuration{duration}}),
              "Uwaga. Rezerwacja wygaśnie za " + words);
  }
}

TEST(Grammar, EnglishDurations) {
  const std::vector<std::pair<absl::Duration, std::string>> table = {
      {absl::ZeroDuration(), "one minute"},
      {absl::Minutes(1), "one minute"},
      {absl::Minutes(10), "ten minutes"},
      {absl::Hours(1), "one hour"},
      {absl::Minutes(121), "two hours and one minute"},
      {absl::Hours(49), "two days and one hour"},
  };
  for (const auto& [duration, words] : table) {
    EXPECT_EQ(English(PromptKey::kExpiresSoon, {SpokenDuration{duration}}),
              "Attention. The reservation expires in " + words);
  }
}

TEST(Grammar, PolishMoments) {
  const std::vector<std::pair<absl::CivilMinute, std::string>> table = {
      {absl::CivilMinute(2026, 11, 29, 12, 30),
       "dwudziestego dziewiątego listopada do godziny dwunastej trzydzieści"},
      {absl::CivilMinute(2026, 1, 1, 0, 0), "pierwszego stycznia do godziny zerowej"},
      {absl::CivilMinute(2026, 5, 31, 21, 5),
       "trzydziestego pierwszego maja do godziny dwudziestej pierwszej zero pięć"},
      {absl::CivilMinute(2028, 2, 29, 20, 59),
       "dwudziestego dziewiątego lutego do godziny dwudziestej pięćdziesiąt dziewięć"},
      {absl::CivilMinute(2026, 9, 13, 7, 11), "trzynastego września do godziny siódmej jedenaście"},
      {absl::CivilMinute(2026, 6, 20, 1, 1),
       "dwudziestego czerwca do godziny pierwszej zero jeden"},
  };
  for (const auto& [moment, words] : table) {
    EXPECT_EQ(Polish(PromptKey::kValidUntil, {Moment{moment}}),
              "Rezerwacja jest ważna do " + words);
  }
}

TEST(Grammar, EnglishMoments) {
  const std::vector<std::pair<absl::CivilMinute, std::string>> table = {
      {absl::CivilMinute(2026, 11, 29, 12, 30),
       "the twenty-ninth of November at twelve thirty p.m."},
      {absl::CivilMinute(2026, 1, 1, 0, 0), "the first of January at midnight"},
      {absl::CivilMinute(2026, 1, 2, 12, 0), "the second of January at noon"},
      {absl::CivilMinute(2026, 5, 31, 0, 5), "the thirty-first of May at twelve oh five a.m."},
      {absl::CivilMinute(2026, 5, 3, 9, 0), "the third of May at nine a.m."},
      {absl::CivilMinute(2026, 5, 3, 21, 45), "the third of May at nine forty five p.m."},
  };
  for (const auto& [moment, words] : table) {
    EXPECT_EQ(English(PromptKey::kValidUntil, {Moment{moment}}),
              "The reservation is valid until " + words);
  }
}

TEST(Grammar, DigitsAreSpokenOneByOne) {
  EXPECT_EQ(Polish(PromptKey::kRoomAndPin, {Digits{"10305"}, Digits{"678901"}}),
            "Numer pokoju: jeden zero trzy zero pięć PIN: sześć siedem osiem dziewięć zero jeden");
  EXPECT_EQ(English(PromptKey::kRoomAndPin, {Digits{"10305"}, Digits{"678901"}}),
            "The room number is: one zero three zero five The PIN is: six seven eight nine zero "
            "one");
  EXPECT_EQ(Polish(PromptKey::kHelpMute, {Digits{"*6#"}}),
            "Aby wyłączyć lub włączyć mikrofon, naciśnij: gwiazdka sześć krzyżyk");
  EXPECT_EQ(English(PromptKey::kConfirmMobile, {Digits{"+48 601"}}),
            "The number is: four eight six zero one To confirm, press one. To enter another "
            "number, press two.");
}

TEST(Grammar, LongNumbersComeInThrees) {
  const std::vector<SpeechItem> items = SpeakArgument(Language::kPolish, Digits{"608608"});
  ASSERT_EQ(items.size(), 11u);
  EXPECT_GT(items[5].pause, 2 * items[1].pause);
  for (size_t i = 1; i < items.size(); i += 2) {
    EXPECT_TRUE(items[i].file.empty());
    if (i != 5) {
      EXPECT_EQ(items[i].pause, items[1].pause);
    }
  }
  const std::vector<SpeechItem> five = SpeakArgument(Language::kPolish, Digits{"60860"});
  EXPECT_EQ(five[5].pause, five[1].pause);
}

TEST(Grammar, EveryCountTo2000EveryMinuteOfAYearHaveWords) {
  for (Language language : kLanguages) {
    const Catalogue& catalogue = Shipped(language);
    for (int64_t count = 0; count <= 2000; ++count) {
      ASSERT_FALSE(
          catalogue.Words({.key = PromptKey::kParticipants, .arguments = {ParticipantCount{count}}})
              .empty());
    }
    for (int64_t minute = 0; minute < 366 * 24 * 60; minute += 61) {
      const absl::CivilMinute at = absl::CivilMinute(2028, 1, 1, 0, 0) + minute;
      ASSERT_FALSE(
          catalogue.Words({.key = PromptKey::kValidUntil, .arguments = {Moment{at}}}).empty());
    }
  }
}

}  // namespace
}  // namespace narada::control::prompts
