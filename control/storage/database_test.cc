// The contract of Database, on SQLite and on PostgreSQL.

#include "control/storage/database.h"

#include <soci/soci.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/status.h"
#include "control/storage/settings_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

constexpr int kPool = 8;

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

TEST(Database, PiecesOfOneOrderAreRunInIt) {
  TestDatabase test(kPool);
  std::vector<int> seen;  // By the pieces of the one order alone, so nothing guards it.
  for (int i = 0; i < 200; ++i) {
    test.database().SubmitInOrder(
        "call 1",
        [&, i](Transaction& transaction) {
          if (seen.empty() || seen.back() != i) seen.push_back(i);
          PutSetting(transaction, "last", absl::StrCat(i));
          return absl::OkStatus();
        },
        [](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
    test.database().Submit([](Transaction&) { return absl::OkStatus(); }, [](absl::Status) {});
  }
  test.database().Drain();
  ASSERT_EQ(seen.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen[i], i);
  EXPECT_EQ(Get(test.database(), "last"), "199");
}

// Each adds one to what it read: a lost update would be a number too low.
TEST(Database, NoUpdateIsLostWhereManyChangeOneRow) {
  TestDatabase test(kPool);
  ASSERT_TRUE(Put(test.database(), "count", "0").ok());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const absl::Status added = test.database().Run([](Transaction& transaction) {
          const int count = std::stoi(*FindSetting(transaction, "count"));
          PutSetting(transaction, "count", absl::StrCat(count + 1));
          return absl::OkStatus();
        });
        EXPECT_TRUE(added.ok()) << added;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get(test.database(), "count"), "100");
}

// Who looks first and inserts then meets nobody's row, on either database.
TEST(Database, OfManyWhoInsertOneKeyAfterLookingOneDoes) {
  TestDatabase test(kPool);
  std::atomic<int> inserted{0};
  absl::BlockingCounter finished(50);
  for (int i = 0; i < 50; ++i) {
    auto is_mine = std::make_shared<bool>(false);
    test.database().Submit(
        [is_mine](Transaction& transaction) {
          *is_mine = !FindSetting(transaction, "first");
          if (*is_mine) {
            transaction.sql() << "INSERT INTO settings (name, value) VALUES ('first', 'x')";
          }
          return absl::OkStatus();
        },
        [&, is_mine](absl::Status status) {
          EXPECT_TRUE(status.ok()) << status;
          if (*is_mine) ++inserted;
          finished.DecrementCount();
        });
  }
  finished.Wait();
  EXPECT_EQ(inserted, 1);
}

TEST(Database, ValuesOfEveryKindComeBackAsTheyWere) {
  TestDatabase test;
  const std::string text = "zażółć 'gęślą' \"jaźń\"; -- \\ :name $1 \n\t";
  ASSERT_TRUE(Put(test.database(), text, text).ok());
  EXPECT_EQ(Get(test.database(), text), text);
  ASSERT_TRUE(Put(test.database(), "empty", "").ok());
  EXPECT_EQ(Get(test.database(), "empty"), "");
}

}  // namespace
}  // namespace narada::control::storage
