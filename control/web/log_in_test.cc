#include "control/web/log_in.h"

#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::web {
namespace {

constexpr char kPassword[] = "abcde-fghjk-mnpqr-stuvw";

class LogInTest : public testing::Test {
 protected:
  std::string Reason(const Credentials& credentials, const std::string& address = "192.0.2.1") {
    return ReasonOf(log_in_.Check(credentials, address).status());
  }

  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  LogIn log_in_{{.operator_password = kPassword,
                 .check_password = [](const std::string& user,
                                      const std::string& password) -> absl::StatusOr<Requester> {
                   if (user == "anna" && password == "right") {
                     return Requester{.user_name = "anna", .tenant_id = "acme"};
                   }
                   return absl::UnauthenticatedError("no");
                 },
                 .check_pin = [](const std::string& room, const std::string& pin,
                                 const std::string&) -> absl::StatusOr<Requester> {
                   if (room == "123456" && pin == "87654321") {
                     return Requester{
                         .user_name = "pin", .tenant_id = "acme", .conference_id = "conf-1"};
                   }
                   return absl::NotFoundError("no");
                 },
                 .proxy_header = "X-Forwarded-User",
                 .proxy_addresses = {"10.0.0.5"},
                 .find_user = [](const std::string& user) -> absl::StatusOr<Requester> {
                   if (user != "anna") return absl::NotFoundError("no");
                   return Requester{.user_name = "anna", .tenant_id = "acme"};
                 }},
                clock_};
};

TEST_F(LogInTest, FirstOperatorUsersAndPinsAreTold) {
  EXPECT_TRUE(log_in_.Check({.user_name = "operator", .password = kPassword}, "a")->IsOperator());
  EXPECT_EQ(log_in_.Check({.user_name = "anna", .password = "right"}, "a")->tenant_id, "acme");
  EXPECT_EQ(log_in_.Check({.room_number = "123456", .pin = "87654321"}, "a")->conference_id,
            "conf-1");
}

TEST_F(LogInTest, WhateverIsWrongSoundsTheSame) {
  EXPECT_EQ(Reason({.user_name = "operator", .password = "guess"}), "LOG_IN_FAILED");
  EXPECT_EQ(Reason({.user_name = "anna", .password = kPassword}), "LOG_IN_FAILED");
  EXPECT_EQ(Reason({.user_name = "nobody", .password = "x"}), "LOG_IN_FAILED");
  EXPECT_EQ(Reason({.room_number = "123456", .pin = "1"}), "LOG_IN_FAILED");
  EXPECT_EQ(Reason({}), "LOG_IN_FAILED");
}

TEST_F(LogInTest, WhoeverGuessesWaitsWithTheRightPasswordToo) {
  for (int i = 0; i < LogInLimiter::kFreeFailures; ++i) {
    EXPECT_EQ(Reason({.user_name = "anna", .password = absl::StrCat(i)}), "LOG_IN_FAILED");
  }
  EXPECT_EQ(Reason({.user_name = "anna", .password = "right"}), "LOG_IN_SLOWED");
  // By name from elsewhere as well, and by address for other names.
  EXPECT_EQ(Reason({.user_name = "anna", .password = "right"}, "198.51.100.1"), "LOG_IN_SLOWED");
  EXPECT_EQ(Reason({.user_name = "operator", .password = kPassword}), "LOG_IN_SLOWED");
  EXPECT_EQ(Reason({.user_name = "operator", .password = kPassword}, "198.51.100.1"), "");
  clock_.Advance(LogInLimiter::kFirstWait);
  EXPECT_EQ(Reason({.user_name = "anna", .password = "right"}), "");
  EXPECT_EQ(Reason({.user_name = "anna", .password = "wrong"}), "LOG_IN_FAILED");
  EXPECT_EQ(Reason({.user_name = "anna", .password = "right"}), "");  // Success forgave.
}

TEST_F(LogInTest, GuessingADayLongTriesFewPasswords) {
  int tries = 0;
  const absl::Time end = clock_.Now() + absl::Hours(24);
  while (clock_.Now() < end) {
    if (Reason({.user_name = "anna", .password = "guess"}) == "LOG_IN_FAILED") ++tries;
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_LT(tries, 150);
}

TEST_F(LogInTest, ProxyIsBelievedFromItsAddressOnly) {
  EXPECT_EQ(log_in_.FromProxy("anna", "10.0.0.5")->user_name, "anna");
  EXPECT_EQ(log_in_.FromProxy("anna", "10.0.0.6"), std::nullopt);
  EXPECT_EQ(log_in_.FromProxy("", "10.0.0.5"), std::nullopt);
  EXPECT_EQ(log_in_.FromProxy("mallory", "10.0.0.5"), std::nullopt);
}

TEST(OperatorPassword, IsMadeOnceAndForNobodyElsesEyes) {
  const storage::TestFolder folder;
  const std::string path = folder / "secrets/password";
  SecureRandom random;
  const auto made = OperatorPasswordFromFile(path, random);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->size(), 23u);
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(*OperatorPasswordFromFile(path, random), *made);
}

TEST(OperatorPassword, ShortOneIsRefused) {
  const storage::TestFolder folder;
  const std::string path = folder / "password";
  std::ofstream(path) << "short\n";
  SecureRandom random;
  EXPECT_EQ(ReasonOf(OperatorPasswordFromFile(path, random).status()), "KEY_UNREADABLE");
}

}  // namespace
}  // namespace narada::control::web
