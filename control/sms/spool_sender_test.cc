#include "control/sms/spool_sender.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/status.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

OutgoingMessage Message() {
  return {.id = "4f2a",
          .to = *PhoneNumber::FromE164("+48601234567"),
          .from = "+48608608608",
          .text = "Zapraszam na telekonferencję dnia DD/MM",
          .created_at = absl::FromUnixSeconds(1'770'000'000)};
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

SendResult SendAndWait(SpoolSender& sender, const OutgoingMessage& message) {
  SendResult result = TryAgain{"no answer"};
  sender.Send(message, [&](SendResult answer) { result = std::move(answer); });
  return result;
}

TEST(SpoolSender, MessageBecomesOneFileWithHeadersAndText) {
  storage::TestFolder folder;
  auto sender = SpoolSender::Open("spool", folder / "sms");
  ASSERT_TRUE(sender.ok()) << sender.status();
  const SendResult result = SendAndWait(**sender, Message());
  ASSERT_TRUE(std::holds_alternative<Sent>(result));
  ASSERT_EQ(FilesIn(folder / "sms"), (std::vector<std::string>{"20260202T024000Z-4f2a.txt"}));
  std::ifstream file(folder / "sms/20260202T024000Z-4f2a.txt");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "To: +48601234567\nFrom: +48608608608\n\nZapraszam na telekonferencję dnia DD/MM\n");
}

TEST(SpoolSender, SecondAttemptReplacesItsOwnFile) {
  storage::TestFolder folder;
  auto sender = SpoolSender::Open("spool", folder / "sms");
  ASSERT_TRUE(sender.ok());
  SendAndWait(**sender, Message());
  SendAndWait(**sender, Message());
  EXPECT_EQ(FilesIn(folder / "sms").size(), 1u);
}

TEST(SpoolSender, FolderThatGoesAwayMeansLaterAndNotNever) {
  storage::TestFolder folder;
  auto sender = SpoolSender::Open("spool", folder / "sms");
  ASSERT_TRUE(sender.ok());
  std::filesystem::remove_all(folder / "sms");
  EXPECT_TRUE(std::holds_alternative<TryAgain>(SendAndWait(**sender, Message())));
  std::filesystem::create_directory(folder / "sms");
  EXPECT_TRUE(std::holds_alternative<Sent>(SendAndWait(**sender, Message())));
}

TEST(SpoolSender, FolderThatCannotBeMadeIsFoundAtStart) {
  storage::TestFolder folder;
  std::ofstream(folder / "file") << "not a folder";
  EXPECT_EQ(ReasonOf(SpoolSender::Open("spool", folder / "file/sms").status()), "SPOOL_UNWRITABLE");
  EXPECT_EQ(ReasonOf(SpoolSender::Open("spool", folder / "file").status()), "SPOOL_UNWRITABLE");
}

}  // namespace
}  // namespace narada::control::sms
