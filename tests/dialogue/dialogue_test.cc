// The whole dialogue as callers of each language hear it.
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/dialogue/catalogues.h"
#include "tests/dialogue/transcript.h"

namespace narada::tests {
namespace {

void ExpectAsWritten(const std::string& path) {
  const auto catalogues = ShippedCatalogues(".");
  ASSERT_TRUE(catalogues.ok()) << catalogues.status();
  std::ifstream file(path);
  std::ostringstream written;
  written << file.rdbuf();
  ASSERT_GT(written.str().size(), 1000u);
  const auto replayed = Replay(written.str(), *catalogues);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(*replayed, written.str());
}

TEST(Dialogue, IsAsWrittenInPolish) { ExpectAsWritten("tests/dialogue/polish.txt"); }

TEST(Dialogue, IsAsWrittenInEnglish) { ExpectAsWritten("tests/dialogue/english.txt"); }

TEST(Transcript, AChangedWordIsSeen) {
  const auto catalogues = ShippedCatalogues(".");
  ASSERT_TRUE(catalogues.ok()) << catalogues.status();
  const std::string wrong = "call in en\n  says: Hello.\n";
  const auto replayed = Replay(wrong, *catalogues);
  ASSERT_TRUE(replayed.ok());
  EXPECT_NE(*replayed, wrong);
}

TEST(Transcript, ALineThatIsNotUnderstoodIsNamed) {
  const auto catalogues = ShippedCatalogues(".");
  ASSERT_TRUE(catalogues.ok()) << catalogues.status();
  EXPECT_EQ(Replay("call\nshout\n", *catalogues).status().message(),
            "line 2 is not understood: shout");
  EXPECT_FALSE(Replay("press 1\n", *catalogues).ok());
}

}  // namespace
}  // namespace narada::tests
