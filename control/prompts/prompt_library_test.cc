// The recordings as they were built, and an operator's own among them.
#include "control/prompts/prompt_library.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "base/status.h"
#include "control/prompts/wav.h"
#include "gtest/gtest.h"

namespace narada::control::prompts {
namespace {

namespace fs = std::filesystem;

constexpr char kBuilt[] = "control/prompts/recordings";

// A folder of the test's own, empty.
std::string Folder(const std::string& name) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  fs::remove_all(path);
  fs::create_directories(path);
  return path.string();
}

void WriteBytes(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

// A copy of the built folder that a test may damage.
std::string Copied(const std::string& name) {
  const std::string folder = Folder(name);
  fs::copy(kBuilt, folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
  }
  return folder;
}

TEST(PromptLibrary, EveryBuiltRecordingIsPlayableAndHasAnIdTheMixerTakes) {
  const auto library = PromptLibrary::Load(kBuilt, "");
  ASSERT_TRUE(library.ok()) << library.status();
  std::set<std::string> ids;
  for (const Recording& recording : library->recordings()) {
    EXPECT_TRUE(ids.insert(recording.prompt_id).second) << recording.prompt_id;
    EXPECT_LE(recording.prompt_id.size(), 64u);
    EXPECT_EQ(recording.prompt_id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-"),
              std::string::npos)
        << recording.prompt_id;
    EXPECT_GT(recording.duration, absl::Milliseconds(80)) << recording.path;
    EXPECT_LT(recording.duration, absl::Minutes(2)) << recording.path;
  }
  EXPECT_GT(ids.size(), 300u);
}

TEST(PromptLibrary, SpeaksAPhraseInTheLanguageAskedFor) {
  const auto library = PromptLibrary::Load(kBuilt, "");
  ASSERT_TRUE(library.ok()) << library.status();
  const std::vector<Phrase> greeting = {
      {.key = PromptKey::kGreeting},
      {.key = PromptKey::kOfferLanguage, .language = Language::kEnglish}};
  const std::vector<SpokenItem> items = library->Speak(Language::kPolish, greeting);
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(absl::StartsWith(items[0].prompt_id, "pl-greeting-"));
  EXPECT_EQ(items[1].prompt_id, "");
  EXPECT_TRUE(absl::StartsWith(items[2].prompt_id, "en-offer_language-"));
  EXPECT_EQ(library->Words(Language::kPolish, greeting),
            "Witamy w serwisie telekonferencyjnym. For English, press one.");
  const std::vector<SpokenItem> music =
      library->Speak(Language::kPolish, {{.key = PromptKey::kMusicOnHold}});
  ASSERT_EQ(music.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(music[0].prompt_id, "sounds-music_on_hold-"));
}

TEST(PromptLibrary, NoPlaybackOfTheDialogueIsTooLongForTheMixer) {
  const auto library = PromptLibrary::Load(kBuilt, "");
  ASSERT_TRUE(library.ok()) << library.status();
  const Digits room{"123456789012"};
  const Digits pin{"1234567890123456"};
  const std::vector<Phrase> longest = {
      {.key = PromptKey::kReserved},
      {.key = PromptKey::kRoomAndPin, .arguments = {room, pin}},
      {.key = PromptKey::kRoomAndPinAgain, .arguments = {room, pin}},
      {.key = PromptKey::kValidUntil,
       .arguments = {Moment{absl::CivilMinute(2026, 11, 29, 23, 59)}}},
      {.key = PromptKey::kSmsToNumber, .arguments = {Digits{"00491234567890123"}}},
      {.key = PromptKey::kAfterReservation}};
  for (Language language : kLanguages) {
    EXPECT_LE(library->Speak(language, longest).size(), 256u);
  }
}

TEST(PromptLibrary, AnOperatorsRecordingWinsAndHasAnotherId) {
  const std::string own = Folder("own");
  WriteBytes(own + "/pl/greeting.wav", WriteWav(std::vector<int16_t>(8000, 500), 8000));
  const auto built = PromptLibrary::Load(kBuilt, "");
  const auto library = PromptLibrary::Load(kBuilt, own);
  ASSERT_TRUE(built.ok() && library.ok()) << library.status();
  const std::vector<Phrase> greeting = {{.key = PromptKey::kGreeting}};
  EXPECT_NE(library->Speak(Language::kPolish, greeting), built->Speak(Language::kPolish, greeting));
  EXPECT_EQ(library->Speak(Language::kEnglish, greeting),
            built->Speak(Language::kEnglish, greeting));
}

TEST(PromptLibrary, ASetHasAnnouncementsOfItsOwn) {
  const std::string own = Folder("own_announcements");
  const auto put = [&](const std::string& file, int16_t level) {
    WriteBytes(own + "/sets/acme/" + file, WriteWav(std::vector<int16_t>(8000, level), 8000));
  };
  put("pl/announce_welcome.wav", 500);
  put("en/announce_welcome.wav", 600);
  put("pl/announce_lunch.wav", 700);
  put("pl/announce_break.wav", 800);  // The catalogue's, in the tenant's voice.
  const auto library = PromptLibrary::Load(kBuilt, own);
  ASSERT_TRUE(library.ok()) << library.status();
  EXPECT_EQ(library->own_announcements().at("acme"),
            (std::vector<std::string>{"lunch", "welcome"}));
  const auto said = [&](const std::string& set, const std::string& name, Language language) {
    const std::vector<Phrase> phrases = {{.own = OwnWords{set, name}}};
    return library->Speak(language, phrases);
  };
  EXPECT_EQ(said("acme", "welcome", Language::kPolish).size(), 1u);
  EXPECT_NE(said("acme", "welcome", Language::kPolish),
            said("acme", "welcome", Language::kEnglish));
  EXPECT_EQ(said("acme", "lunch", Language::kEnglish), said("acme", "lunch", Language::kPolish));
  EXPECT_TRUE(said("acme", "nothing", Language::kPolish).empty());
  EXPECT_TRUE(said("other", "welcome", Language::kPolish).empty());
}

TEST(PromptLibrary, AnAnnouncementWithoutAnOrderlyNameIsRefused) {
  for (const char* file : {"/sets/acme/pl/announce_.wav", "/sets/acme/pl/announce_Big News.wav",
                           "/sets/acme/sounds/announce_gong.wav"}) {
    const std::string own = Folder("own_announcements_bad");
    WriteBytes(own + file, WriteWav(std::vector<int16_t>(8000, 500), 8000));
    EXPECT_EQ(ReasonOf(PromptLibrary::Load(kBuilt, own).status()), "PROMPT_UNUSED") << file;
  }
}

TEST(PromptLibrary, AFolderOfOwnPromptsNeedNotExist) {
  EXPECT_TRUE(PromptLibrary::Load(kBuilt, "/nonexistent").ok());
}

TEST(PromptLibrary, ADamagedRecordingIsRefusedByName) {
  const std::string own = Folder("own_damaged");
  WriteBytes(own + "/en/main_menu.wav", "this is no WAV file");
  const auto library = PromptLibrary::Load(kBuilt, own);
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_DAMAGED");
  EXPECT_TRUE(absl::StrContains(library.status().message(), own + "/en/main_menu.wav"))
      << library.status();
}

TEST(PromptLibrary, AnEmptyRecordingIsRefusedByName) {
  const std::string own = Folder("own_empty");
  WriteBytes(own + "/en/digit_5.wav", "");
  const auto library = PromptLibrary::Load(kBuilt, own);
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_DAMAGED");
  EXPECT_TRUE(absl::StrContains(library.status().message(), "digit_5.wav")) << library.status();
}

TEST(PromptLibrary, AMisspelledRecordingIsRefusedByName) {
  const std::string own = Folder("own_misspelled");
  WriteBytes(own + "/pl/greetings.wav", WriteWav(std::vector<int16_t>(80, 0), 8000));
  const auto library = PromptLibrary::Load(kBuilt, own);
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_UNUSED");
  EXPECT_TRUE(absl::StrContains(library.status().message(), "greetings.wav"));
}

TEST(PromptLibrary, AMissingBuiltRecordingIsRefusedByName) {
  const std::string folder = Copied("built_incomplete");
  fs::remove(folder + "/sounds/exit_tone.wav");
  const auto library = PromptLibrary::Load(folder, "");
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_MISSING");
  EXPECT_TRUE(absl::StrContains(library.status().message(), "sounds/exit_tone.wav"));
}

TEST(PromptLibrary, AMissingFolderIsRefusedByName) {
  const auto library = PromptLibrary::Load("/nonexistent", "");
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_MISSING");
  EXPECT_TRUE(absl::StrContains(library.status().message(), "/nonexistent/pl/catalogue.textproto"));
}

TEST(PromptLibrary, ATruncatedRecordingIsRefusedByName) {
  const std::string folder = Copied("built_truncated");
  const std::string path = folder + "/pl/digit_7.wav";
  fs::resize_file(path, fs::file_size(path) / 2);
  const auto library = PromptLibrary::Load(folder, "");
  EXPECT_EQ(ReasonOf(library.status()), "PROMPT_DAMAGED");
  EXPECT_TRUE(absl::StrContains(library.status().message(), path)) << library.status();
}

}  // namespace
}  // namespace narada::control::prompts
