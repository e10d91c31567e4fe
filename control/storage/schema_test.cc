// The way from each earlier program's database to this one's, on SQLite and on PostgreSQL.

#include "control/storage/schema.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/storage/database.h"
#include "control/storage/migration.h"
#include "control/storage/settings_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

absl::Status Failed(const std::exception& exception) {
  return absl::InternalError(exception.what());
}

// An empty database that no program of ours has opened.
DatabaseOptions NewDatabase(const TestFolder& folder) {
  if (!IsPostgresqlTested()) return {.path = folder / "narada.sqlite"};
  return {.postgresql = {{.connection = TestPostgresql::Shared().NewDatabase(), .connections = 2}}};
}

std::unique_ptr<soci::session> ConnectTo(const DatabaseOptions& options) {
  return options.postgresql ? std::make_unique<soci::session>(*soci::factory_postgresql(),
                                                              options.postgresql->connection)
                            : std::make_unique<soci::session>(
                                  *soci::factory_sqlite3(), absl::StrCat("dbname=", options.path));
}

int VersionOf(Database& database) {
  return *database.Query<int>([](Transaction& transaction) {
    int version = 0;
    transaction.sql() << "SELECT max(version) FROM schema_versions", soci::into(version);
    return absl::StatusOr<int>(version);
  });
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

TEST(Schema, DatabaseOfEachEarlierVersionIsBroughtToThisOneWithItsRows) {
  const int newest = static_cast<int>(Migrations().size());
  for (int version = 1; version <= newest; ++version) {
    TestFolder folder;
    const DatabaseOptions options = NewDatabase(folder);
    {
      const auto session = ConnectTo(options);
      const absl::Status made = Migrate(*session, Failed, version);
      ASSERT_TRUE(made.ok()) << made;
      Transaction transaction(*session);
      PutSetting(transaction, "made by", absl::StrCat("version ", version));
      *session << "INSERT INTO reservations (id, room_number, pin_mac, pin_sealed, "
                  "organiser_number, access_number, language, created_at, expires_at, extensions) "
                  "VALUES ('r1', '12345', 'mac', 'sealed', '', '+48608608608', 'pl', 1, 2, 0)";
      *session << "INSERT INTO sms_messages (id, reservation_id, recipient, sender, text_sealed, "
                  "state, attempts, created_at, due_at) VALUES "
                  "('m1', 'r1', '+48601000001', 'Narada', 'sealed', 'pending', 0, 1, 1)";
      *session << "INSERT INTO calls (id, language, noted_at) VALUES ('c1', 'pl', 1)";
    }
    const auto database = Database::Open(options);
    ASSERT_TRUE(database.ok()) << "from version " << version << ": " << database.status();
    EXPECT_EQ(VersionOf(**database), newest);
    const absl::Status read = (*database)->Run([&](Transaction& transaction) {
      EXPECT_EQ(FindSetting(transaction, "made by"), absl::StrCat("version ", version));
      std::string rows;
      transaction.sql() << "SELECT r.room_number || m.recipient || c.language FROM reservations r, "
                           "sms_messages m, calls c WHERE m.reservation_id = r.id",
          soci::into(rows);
      EXPECT_EQ(rows, "12345+48601000001pl");
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
  }
}

TEST(Schema, NewerDatabaseIsRefused) {
  TestDatabase test;
  ASSERT_TRUE(test.database()
                  .Run([](Transaction& transaction) {
                    transaction.sql()
                        << "INSERT INTO schema_versions (version, name) VALUES (9999, 'x')";
                    return absl::OkStatus();
                  })
                  .ok());
  TestFolder folder;
  DatabaseOptions options = test.options();
  if (!options.postgresql) {
    // SQLite's file is in use by the first, so a copy of it is opened.
    options.path = folder / "copy.sqlite";
    ASSERT_TRUE(test.database().Backup(options.path).ok());
  }
  const auto opened = Database::Open(options);
  EXPECT_EQ(ReasonOf(opened.status()), "DATABASE_TOO_NEW") << opened.status();
}

TEST(Schema, ReplicasThatStartAtOnceMigrateOnce) {
  if (!IsPostgresqlTested()) GTEST_SKIP() << "SQLite has one process";
  TestFolder folder;
  const DatabaseOptions options = NewDatabase(folder);
  std::vector<std::thread> replicas;
  for (int i = 0; i < 6; ++i) {
    replicas.emplace_back([&] {
      const auto database = Database::Open(options);
      ASSERT_TRUE(database.ok()) << database.status();
      EXPECT_EQ(VersionOf(**database), static_cast<int>(Migrations().size()));
    });
  }
  for (std::thread& replica : replicas) replica.join();
}

}  // namespace
}  // namespace narada::control::storage
