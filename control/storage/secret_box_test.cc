#include "control/storage/secret_box.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

SecretBox BoxWithKey(uint8_t byte) {
  SecretBox::Key key;
  key.fill(byte);
  return SecretBox(key);
}

TEST(SecretBox, SealedSecretOpensAgain) {
  const SecretBox box = BoxWithKey(1);
  const std::string sealed = box.Seal("pin", "row 7", "012345");
  EXPECT_FALSE(absl::StrContains(sealed, "012345"));
  EXPECT_EQ(*box.Open("pin", "row 7", sealed), "012345");
}

TEST(SecretBox, SameSecretIsSealedDifferentlyEachTime) {
  const SecretBox box = BoxWithKey(1);
  EXPECT_NE(box.Seal("pin", "row", "012345"), box.Seal("pin", "row", "012345"));
}

TEST(SecretBox, SealedSecretOpensNowhereElse) {
  const SecretBox box = BoxWithKey(1);
  const std::string sealed = box.Seal("pin", "row 7", "012345");
  EXPECT_EQ(ReasonOf(box.Open("pin", "row 8", sealed).status()), "SECRET_UNREADABLE");
  EXPECT_EQ(ReasonOf(box.Open("text", "row 7", sealed).status()), "SECRET_UNREADABLE");
  EXPECT_EQ(ReasonOf(BoxWithKey(2).Open("pin", "row 7", sealed).status()), "SECRET_UNREADABLE");
}

TEST(SecretBox, ChangedOrTruncatedTextDoesNotOpen) {
  const SecretBox box = BoxWithKey(1);
  const std::string sealed = box.Seal("pin", "row", "012345");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(box.Open("pin", "row", changed).ok()) << i;
    EXPECT_FALSE(box.Open("pin", "row", sealed.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(box.Open("pin", "row", "not hex!").ok());
}

TEST(SecretBox, MacDependsOnKeyPurposeAndEveryPart) {
  const SecretBox box = BoxWithKey(1);
  const std::string mac = box.Mac("pin", {"12345", "678901"});
  EXPECT_EQ(mac.size(), 64u);
  EXPECT_EQ(mac, box.Mac("pin", {"12345", "678901"}));
  EXPECT_NE(mac, box.Mac("pin", {"1234", "5678901"}));
  EXPECT_NE(mac, box.Mac("text", {"12345", "678901"}));
  EXPECT_NE(mac, BoxWithKey(2).Mac("pin", {"12345", "678901"}));
}

// RFC 4231's HMAC and RFC 5869's HKDF are nettle's; that we call them as meant is shown by an
// independent computation (Python: hmac, hashlib) over the key 01 01 ... 01.
TEST(SecretBox, MacAgreesWithAnIndependentComputation) {
  EXPECT_EQ(BoxWithKey(1).Mac("pin", {"12345", "678901"}),
            "ef899ebd5efe2ea7d8d37cfd50fe58b58e9808483f28bb84c4a55b08246e2a15");
}

TEST(SecretBox, KeyFileIsMadeOncePrivateAndKept) {
  TestFolder folder;
  const std::string path = folder / "secrets/pin.key";
  const auto first = SecretBox::FromFile(path);
  ASSERT_TRUE(first.ok()) << first.status();
  struct stat about;
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(about.st_size, SecretBox::kKeyBytes);
  const auto second = SecretBox::FromFile(path);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first->Fingerprint(), second->Fingerprint());
}

TEST(SecretBox, KeyFilesOfOthersAreRefusedWithTheirReason) {
  TestFolder folder;
  const std::string path = folder / "pin.key";
  std::ofstream(path) << "too short";
  chmod(path.c_str(), 0600);
  EXPECT_EQ(ReasonOf(SecretBox::FromFile(path).status()), "KEY_DAMAGED");
  std::ofstream(path) << std::string(32, 'k');
  chmod(path.c_str(), 0644);
  EXPECT_EQ(ReasonOf(SecretBox::FromFile(path).status()), "KEY_EXPOSED");
  EXPECT_EQ(ReasonOf(SecretBox::FromFile(folder / "no/such/folder/pin.key").status()),
            "KEY_UNREADABLE");
}

// As a Secret of an orchestrator is mounted: root's, readable for the group of a program without rights.
TEST(SecretBox, KeyThatRootHandsOutToAGroupIsRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can hand a file out";
  TestFolder folder;
  const std::string path = folder / "pin.key";
  std::ofstream(path) << std::string(32, 'k');
  constexpr int kNobody = 65532;
  if (chown(path.c_str(), 0, kNobody) != 0)
    GTEST_SKIP() << "this user namespace has no other group";
  ASSERT_EQ(chmod((folder / ".").c_str(), 0755), 0);
  const auto read_without_rights = [&] {
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(2);
    _exit(SecretBox::FromFile(path).ok() ? 0 : 1);
  };
  chmod(path.c_str(), 0440);
  EXPECT_EXIT(read_without_rights(), testing::ExitedWithCode(0), "");
  chmod(path.c_str(), 0444);
  EXPECT_EXIT(read_without_rights(), testing::ExitedWithCode(1), "");
}

TEST(EqualInConstantTime, ComparesWhole) {
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
  EXPECT_TRUE(EqualInConstantTime("", ""));
}

}  // namespace
}  // namespace narada::control::storage
