#include "control/storage/database.h"

#include <fcntl.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/status.h"
#include "control/storage/schema.h"
#include "control/storage/settings_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

absl::Status Put(Database& database, const std::string& name, const std::string& value) {
  return database.Run([&](Transaction& transaction) {
    PutSetting(transaction, name, value);
    return absl::OkStatus();
  });
}

std::string Get(Database& database, const std::string& name) {
  std::string value;
  const absl::Status status = database.Run([&](Transaction& transaction) {
    value = FindSetting(transaction, name).value_or("(nothing)");
    return absl::OkStatus();
  });
  return status.ok() ? value : std::string(status.message());
}

TEST(Database, WhatWasCommittedIsThereAfterReopening) {
  TestDatabase test;
  ASSERT_TRUE(Put(test.database(), "colour", "green").ok());
  test.Reopen();
  EXPECT_EQ(Get(test.database(), "colour"), "green");
}

TEST(Database, WorkThatFailsLeavesNothingBehind) {
  TestDatabase test;
  const absl::Status failed = test.database().Run([](Transaction& transaction) {
    PutSetting(transaction, "half", "made");
    return ErrorWithReason(absl::StatusCode::kAborted, "CHANGED_MY_MIND", "no");
  });
  EXPECT_EQ(ReasonOf(failed), "CHANGED_MY_MIND");
  EXPECT_EQ(Get(test.database(), "half"), "(nothing)");
}

TEST(Database, FailureTakesOnlyItselfBackFromASharedCommit) {
  TestDatabase test;
  absl::BlockingCounter finished(40);
  std::atomic<int> successes{0};
  for (int i = 0; i < 40; ++i) {
    test.database().Submit(
        [i](Transaction& transaction) {
          PutSetting(transaction, absl::StrCat("n", i), "x");
          return i % 2 == 0 ? absl::OkStatus() : absl::AbortedError("odd");
        },
        [&](absl::Status status) {
          if (status.ok()) ++successes;
          finished.DecrementCount();
        });
  }
  finished.Wait();
  EXPECT_EQ(successes, 20);
  EXPECT_EQ(Get(test.database(), "n6"), "x");
  EXPECT_EQ(Get(test.database(), "n7"), "(nothing)");
}

TEST(Database, BrokenSqlIsAnErrorThatDoesNotRepeatBoundValues) {
  TestDatabase test;
  const absl::Status failed = test.database().Run([](Transaction& transaction) {
    const std::string secret = "424242";
    transaction.sql() << "INSERT INTO no_such_table (pin) VALUES (:pin)", soci::use(secret);
    return absl::OkStatus();
  });
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(absl::StrContains(std::string(failed.message()), "424242")) << failed;
  EXPECT_TRUE(Put(test.database(), "afterwards", "works").ok());
}

TEST(Database, ViolatedConstraintSaysSoWithoutTheValues) {
  TestDatabase test;
  const auto insert = [](Transaction& transaction) {
    const std::string name = "secret-name";
    transaction.sql() << "INSERT INTO settings (name, value) VALUES (:name, 'x')", soci::use(name);
    return absl::OkStatus();
  };
  ASSERT_TRUE(test.database().Run(insert).ok());
  const absl::Status again = test.database().Run(insert);
  EXPECT_EQ(ReasonOf(again), "UNIQUE_VIOLATION");
  EXPECT_FALSE(absl::StrContains(std::string(again.message()), "secret-name")) << again;
}

TEST(Database, ManyThreadsWriteWithoutLoss) {
  TestDatabase test;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(Put(test.database(), absl::StrCat(thread, "/", i), "x").ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int count = 0;
  ASSERT_TRUE(test.database()
                  .Run([&](Transaction& transaction) {
                    transaction.sql() << "SELECT count(*) FROM settings", soci::into(count);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(count, 400);
}

TEST(Database, CommitsAreFlushedAndLogged) {
  TestDatabase test;
  ASSERT_TRUE(test.database()
                  .Run([](Transaction& transaction) {
                    std::string mode;
                    int synchronous = 0;
                    transaction.sql() << "PRAGMA journal_mode", soci::into(mode);
                    transaction.sql() << "PRAGMA synchronous", soci::into(synchronous);
                    EXPECT_EQ(mode, "wal");
                    EXPECT_EQ(synchronous, 2);  // FULL
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST(Database, SecondProcessIsTurnedAway) {
  TestDatabase test;
  // flock belongs to the open file, so a second Open in this process meets it as another one would.
  const auto second = Database::Open({.path = test.path()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(ReasonOf(second.status()), "DATABASE_IN_USE");
  EXPECT_TRUE(
      absl::StrContains(std::string(second.status().message()), absl::StrCat("pid ", getpid())));
}

TEST(Database, MissingFolderIsNamed) {
  TestFolder folder;
  const auto opened = Database::Open({.path = folder / "no/such/narada.sqlite"});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_AWAY");
  EXPECT_TRUE(absl::StrContains(std::string(opened.status().message()), "no/such"));
}

TEST(Database, FileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  const std::string content(5000, 'z');
  std::ofstream(path) << content;
  const auto opened = Database::Open({.path = path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_DAMAGED");
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
}

TEST(Database, DamagedPagesAreFoundAtStart) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  {
    auto database = Database::Open({.path = path});
    ASSERT_TRUE(database.ok());
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(Put(**database, absl::StrCat("name", i), std::string(200, 'v')).ok());
    }
  }
  const int file = open(path.c_str(), O_RDWR);
  const std::string garbage(4096, '\xff');
  // Every page but the first, which holds the header and the schema.
  for (int page = 1; page < 20; ++page) {
    ASSERT_EQ(pwrite(file, garbage.data(), garbage.size(), page * 4096), 4096);
  }
  close(file);
  const auto opened = Database::Open({.path = path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_DAMAGED") << opened.status();
}

TEST(Database, NewerSchemaIsRefused) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  {
    auto database = Database::Open({.path = path});
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)
                    ->Run([](Transaction& transaction) {
                      transaction.sql()
                          << "INSERT INTO schema_versions (version, name) VALUES (9999, 'x')";
                      return absl::OkStatus();
                    })
                    .ok());
  }
  const auto opened = Database::Open({.path = path});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_TOO_NEW");
}

// A file system that is full is provoked by the limit on file sizes, which gives EFBIG (SQLite: "disk
// full" or "disk I/O error") to writes past it.
TEST(Database, FullDiskIsAnErrorAndNothingIsHalfMade) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto database = Database::Open({.path = path});
    if (!database.ok() || !Put(**database, "before", "kept").ok()) _exit(10);
    const rlimit limit{256 * 1024, 256 * 1024};
    setrlimit(RLIMIT_FSIZE, &limit);
    const absl::Status full = (*database)->Run([](Transaction& transaction) {
      PutSetting(transaction, "first of two", "x");
      PutSetting(transaction, "second of two", std::string(1 << 20, 'x'));
      return absl::OkStatus();
    });
    if (full.ok()) _exit(11);
    if (Get(**database, "before") != "kept") _exit(12);
    if (Get(**database, "first of two") != "(nothing)") _exit(13);
    if (!Put(**database, "small", "fits").ok()) _exit(14);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto database = Database::Open({.path = path});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(Get(**database, "before"), "kept");
  EXPECT_EQ(Get(**database, "small"), "fits");
  EXPECT_EQ(Get(**database, "first of two"), "(nothing)");
}

// What `Run` reported as committed is there after kill -9, at any moment.
TEST(Database, KilledProcessLosesNothingItReported) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  int reported_total = 0;
  for (int round = 0; round < 10; ++round) {
    int report[2];
    ASSERT_EQ(pipe(report), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(report[0]);
      auto database = Database::Open({.path = path});
      if (!database.ok()) _exit(10);
      for (int i = 0;; ++i) {
        if (!Put(**database, absl::StrCat(round, "/", i), "x").ok()) _exit(11);
        if (write(report[1], "x", 1) != 1) _exit(12);
      }
    }
    close(report[1]);
    char byte;
    int reported = 0;
    while (reported < 20 + 7 * round && read(report[0], &byte, 1) == 1) ++reported;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    while (read(report[0], &byte, 1) == 1) ++reported;  // Written before the kill was seen.
    close(report[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    auto database = Database::Open({.path = path});
    ASSERT_TRUE(database.ok()) << database.status();
    for (int i = 0; i < reported; ++i) {
      ASSERT_EQ(Get(**database, absl::StrCat(round, "/", i)), "x");
    }
    reported_total += reported;
  }
  EXPECT_GT(reported_total, 400);
}

TEST(Schema, StatementsAreSplitWithoutTheirComments) {
  EXPECT_EQ(SplitStatements("-- first; not\nCREATE a;\n\nCREATE b (c); -- d;\n"),
            (std::vector<std::string>{"CREATE a", "CREATE b (c)"}));
}

TEST(Schema, StepsAreNumberedWithoutGaps) {
  int version = 1;
  for (const Migration& migration : Migrations()) {
    EXPECT_TRUE(absl::StartsWith(migration.name, absl::StrCat(absl::Dec(version, absl::kZeroPad4))))
        << std::string(migration.name);
    EXPECT_FALSE(SplitStatements(migration.sql).empty());
    ++version;
  }
}

}  // namespace
}  // namespace narada::control::storage
