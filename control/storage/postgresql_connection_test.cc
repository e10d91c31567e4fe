// What only PostgreSQL has: a server that goes away and comes back, and others who work beside us.

#include "control/storage/postgresql_connection.h"

#include <soci/soci.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "control/storage/database.h"
#include "control/storage/settings_table.h"
#include "control/storage/test_folder.h"
#include "control/storage/test_postgresql.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

class PostgresqlTest : public testing::Test {
 protected:
  PostgresqlTest() {
    auto opened = Database::Open({.postgresql = options_});
    EXPECT_TRUE(opened.ok()) << opened.status();
    database_ = std::move(*opened);
  }

  absl::Status Put(const std::string& name, const std::string& value) {
    return database_->Run([&](Transaction& transaction) {
      PutSetting(transaction, name, value);
      return absl::OkStatus();
    });
  }
  std::string Get(const std::string& name) {
    const auto value = database_->Query<std::string>([&](Transaction& transaction) {
      return absl::StatusOr<std::string>(FindSetting(transaction, name).value_or("(nothing)"));
    });
    return value.ok() ? *value : std::string(value.status().message());
  }
  // Tries until it works; how long that took.
  absl::Duration TimeUntilPut(const std::string& name) {
    const absl::Time begin = absl::Now();
    while (absl::Now() < begin + absl::Seconds(20) && !Put(name, "x").ok()) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    return absl::Now() - begin;
  }

  TestPostgresql& server_ = TestPostgresql::Shared();  // Whoever stops it starts it again.
  PostgresqlOptions options_{.connection = server_.NewDatabase(), .connections = 4};
  bool server_runs_ = true;
  std::unique_ptr<Database> database_;
};

TEST_F(PostgresqlTest, ServerThatWasStartedAnewIsNotNoticed) {
  ASSERT_TRUE(Put("before", "x").ok());
  server_.Stop();
  server_.Start();
  const absl::Status after = Put("after", "y");
  EXPECT_TRUE(after.ok()) << after;
  EXPECT_EQ(Get("before"), "x");
  EXPECT_EQ(Get("after"), "y");
}

TEST_F(PostgresqlTest, WhileItIsAwayEveryPieceIsRefusedSoonAndThenAllGoesOn) {
  server_.Stop();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 50; ++i) {
    const absl::Status refused = Put("away", "x");
    ASSERT_EQ(ReasonOf(refused), "DATABASE_AWAY") << refused;
    ASSERT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  server_.Start();
  EXPECT_LT(TimeUntilPut("back"), absl::Seconds(3));
  EXPECT_EQ(Get("away"), "(nothing)");
}

TEST_F(PostgresqlTest, ServerThatDiesUnderAPieceLeavesNothingHalfMade) {
  const absl::Status failed = database_->Run([&](Transaction& transaction) {
    PutSetting(transaction, "first of two", "x");
    if (server_runs_) server_.Kill();
    server_runs_ = false;
    PutSetting(transaction, "second of two", "x");
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(failed), "DATABASE_AWAY") << failed;
  server_.Start();
  EXPECT_LT(TimeUntilPut("back"), absl::Seconds(3));
  EXPECT_EQ(Get("first of two"), "(nothing)");
}

// What Run reported as committed is there, however the server went down.
TEST_F(PostgresqlTest, StoppedAndStartedUnderLoadItLosesNothingThatWasReported) {
  std::atomic<bool> is_over{false};
  std::atomic<int> refused{0};
  std::vector<std::vector<std::string>> reported(4);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; !is_over; ++i) {
        const std::string name = absl::StrCat(thread, "/", i);
        if (Put(name, "x").ok()) {
          reported[thread].push_back(name);
        } else {
          ++refused;
          absl::SleepFor(absl::Milliseconds(5));
        }
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    absl::SleepFor(absl::Milliseconds(200));
    round % 2 == 0 ? server_.Kill() : server_.Stop();
    absl::SleepFor(absl::Milliseconds(100));
    server_.Start();
  }
  EXPECT_LT(TimeUntilPut("back"), absl::Seconds(3));
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  int kept = 0;
  for (const auto& names : reported) {
    for (const std::string& name : names) kept += Get(name) == "x";
    EXPECT_GT(names.size(), 20u);
  }
  size_t total = 0;
  for (const auto& names : reported) total += names.size();
  EXPECT_EQ(kept, static_cast<int>(total));
  EXPECT_GT(refused, 0) << "it was never away";
}

TEST_F(PostgresqlTest, PieceIsRunAgainAfterADeadlock) {
  ASSERT_TRUE(Put("a", "0").ok());
  ASSERT_TRUE(Put("b", "0").ok());
  std::atomic<int> runs{0};
  // Each takes its first row, waits for the other to have done so, and asks for the other's.
  std::atomic<int> holding{0};
  const auto lock_both = [&](const char* first, const char* second) {
    return database_->Run([&, first, second](Transaction& transaction) {
      ++runs;
      PutSetting(transaction, first, "1");
      ++holding;
      for (int i = 0; i < 200 && holding < 2; ++i) absl::SleepFor(absl::Milliseconds(5));
      PutSetting(transaction, second, "1");
      return absl::OkStatus();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = lock_both("b", "a"); });
  const absl::Status mine = lock_both("a", "b");
  thread.join();
  EXPECT_TRUE(mine.ok()) << mine;
  EXPECT_TRUE(other.ok()) << other;
  EXPECT_GT(runs, 2) << "they never met";
}

TEST_F(PostgresqlTest, ServerThatIsNotThereIsNamedAtStart) {
  server_.Stop();
  const auto opened = Database::Open({.postgresql = options_});
  server_.Start();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_AWAY") << opened.status();
}

TEST_F(PostgresqlTest, WrongConnectionStringIsRefusedBeforeAnyoneIsAsked) {
  const auto opened = Database::Open({.postgresql = {{.connection = "hots=db"}}});
  EXPECT_EQ(ReasonOf(opened.status()), "FIELD_INVALID") << opened.status();
}

TEST_F(PostgresqlTest, PasswordFileThatIsMissingIsNamedAndNeverSaid) {
  options_.password_file = server_.ConnectionTo("no such file");
  const auto opened = Database::Open({.postgresql = options_});
  EXPECT_EQ(ReasonOf(opened.status()), "PASSWORD_UNREADABLE") << opened.status();
}

TEST(PostgresqlPassword, IsReadFromItsFileAndChecked) {
  TestPostgresql server;  // Of its own: it is told to ask for passwords.
  PostgresqlOptions options{.connection = server.NewDatabase(), .connections = 1};
  ASSERT_TRUE((*Database::Open({.postgresql = options}))
                  ->Run([](Transaction& transaction) {
                    transaction.sql() << "ALTER ROLE narada PASSWORD 'it''s \\ right'";
                    return absl::OkStatus();
                  })
                  .ok());
  server.RequirePasswords();
  TestFolder folder;
  options.password_file = folder / "password";
  std::ofstream(options.password_file) << "it's \\ right\n";
  const auto opened = Database::Open({.postgresql = options});
  EXPECT_TRUE(opened.ok()) << opened.status();
  std::ofstream(options.password_file) << "it's secret-but-wrong\n";
  const auto refused = Database::Open({.postgresql = options});
  EXPECT_EQ(ReasonOf(refused.status()), "DATABASE_AWAY") << refused.status();
  EXPECT_FALSE(absl::StrContains(std::string(refused.status().message()), "secret-but-wrong"));
}

TEST_F(PostgresqlTest, BackupIsLeftToPostgresqlsOwnToolsByName) {
  const absl::Status refused = database_->Backup("/tmp/never-made");
  EXPECT_EQ(ReasonOf(refused), "BACKUP_ELSEWHERE");
  EXPECT_TRUE(absl::StrContains(std::string(refused.message()), "pg_dump")) << refused;
}

}  // namespace
}  // namespace narada::control::storage
