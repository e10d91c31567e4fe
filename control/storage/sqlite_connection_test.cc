// What only SQLite has: a file, its lock, its damage, a disk that fills up, a copy of it.

#include "control/storage/sqlite_connection.h"

#include <fcntl.h>
#include <signal.h>
#include <soci/soci.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "control/storage/database.h"
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

TEST(SqliteDatabase, CommitsAreFlushedAndLogged) {
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

TEST(SqliteDatabase, SecondProcessIsTurnedAway) {
  TestDatabase test;
  // flock belongs to the open file, so a second Open in this process meets it as another one would.
  const auto second = Database::Open({.path = test.path()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(ReasonOf(second.status()), "DATABASE_IN_USE");
  EXPECT_TRUE(
      absl::StrContains(std::string(second.status().message()), absl::StrCat("pid ", getpid())));
}

TEST(SqliteDatabase, MissingFolderIsNamed) {
  TestFolder folder;
  const auto opened = Database::Open({.path = folder / "no/such/narada.sqlite"});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_AWAY");
  EXPECT_TRUE(absl::StrContains(std::string(opened.status().message()), "no/such"));
}

TEST(SqliteDatabase, FileThatIsNoDatabaseIsRefusedAndLeftAlone) {
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

TEST(SqliteDatabase, DamagedPagesAreFoundAtStart) {
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

// A file system that is full is provoked by the limit on file sizes, which gives EFBIG (SQLite: "disk
// full" or "disk I/O error") to writes past it.
TEST(SqliteDatabase, FullDiskIsAnErrorAndNothingIsHalfMade) {
  TestFolder folder;
  const std::string path = folder / "narada.sqlite";
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto database = Database::Open({.path = path});
    if (!database.ok() || !Put(**database, "before", "kept").ok()) _exit(10);
    const rlimit limit{4 << 20, 4 << 20};  // Some tables' worth.
    setrlimit(RLIMIT_FSIZE, &limit);
    const absl::Status full = (*database)->Run([](Transaction& transaction) {
      PutSetting(transaction, "first of two", "x");
      PutSetting(transaction, "second of two", std::string(16 << 20, 'x'));
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
TEST(SqliteDatabase, KilledProcessLosesNothingItReported) {
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

TEST(SqliteDatabase, BackupTakenUnderLoadIsWholeAndOpens) {
  TestDatabase test;
  TestFolder folder;
  std::atomic<bool> is_over{false};
  std::atomic<int> put{0};
  std::thread writer([&] {
    while (!is_over) {
      // Two rows that belong together.
      ASSERT_TRUE(test.database()
                      .Run([&](Transaction& transaction) {
                        PutSetting(transaction, absl::StrCat("left ", put.load()), "x");
                        PutSetting(transaction, absl::StrCat("right ", put.load()), "x");
                        return absl::OkStatus();
                      })
                      .ok());
      ++put;
    }
  });
  while (put < 100) absl::SleepFor(absl::Milliseconds(1));
  const int before = put;
  const absl::Status copied = test.database().Backup(folder / "copy.sqlite");
  is_over = true;
  writer.join();
  ASSERT_TRUE(copied.ok()) << copied;
  EXPECT_FALSE(std::filesystem::exists(folder / "copy.sqlite.unfinished"));
  const auto restored = Database::Open({.path = folder / "copy.sqlite"});
  ASSERT_TRUE(restored.ok()) << restored.status();
  int left = 0, right = 0;
  ASSERT_TRUE((*restored)
                  ->Run([&](Transaction& transaction) {
                    transaction.sql() << "SELECT count(*) FROM settings WHERE name LIKE 'left %'",
                        soci::into(left);
                    transaction.sql() << "SELECT count(*) FROM settings WHERE name LIKE 'right %'",
                        soci::into(right);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_GE(left, before);
  EXPECT_EQ(left, right);
  EXPECT_TRUE(Put(**restored, "after", "x").ok());
}

TEST(SqliteDatabase, BackupTakesNoFileThatIsThere) {
  TestDatabase test;
  TestFolder folder;
  std::ofstream(folder / "copy.sqlite") << "precious";
  EXPECT_EQ(ReasonOf(test.database().Backup(folder / "copy.sqlite")), "FILE_EXISTS");
  EXPECT_EQ(ReasonOf(test.database().Backup(folder / "no/such/folder/copy")), "DATABASE_AWAY");
}

}  // namespace
}  // namespace narada::control::storage
