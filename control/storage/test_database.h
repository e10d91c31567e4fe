// A database of a test's own, which disappears with it: SQLite in a temporary folder, or, where the test
// was started with NARADA_TEST_DATABASE=postgresql, a database of a real PostgreSQL. A cc_database_test
// (database_test.bzl) is run on both.
//   TestDatabase test;                 // CHECKs that it opens
//   test.database().Run(...);
//   test.Reopen();                     // as after a restart
// PostgreSQL has one connection, so that pieces keep their order as on SQLite, unless more are asked
// for: a test of what happens side by side asks for more.

#ifndef NARADA_CONTROL_STORAGE_TEST_DATABASE_H_
#define NARADA_CONTROL_STORAGE_TEST_DATABASE_H_

#include <stdlib.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "control/storage/database.h"
#include "control/storage/test_folder.h"
#include "control/storage/test_postgresql.h"

namespace narada::control::storage {

inline bool IsPostgresqlTested() {
  const char* database = getenv("NARADA_TEST_DATABASE");
  return database != nullptr && absl::string_view(database) == "postgresql";
}

class TestDatabase {
 public:
  explicit TestDatabase(int connections = 1) {
    if (IsPostgresqlTested()) {
      options_.postgresql = {.connection = TestPostgresql::Shared().NewDatabase(),
                             .connections = connections};
    } else {
      options_.path = path();
    }
    Reopen();
  }

  Database& database() { return *database_; }
  const TestFolder& folder() const { return folder_; }
  // To open it once more, as a second replica does (PostgreSQL).
  const DatabaseOptions& options() const { return options_; }
  std::string path() const { return folder_ / "narada.sqlite"; }

  void Reopen() {
    database_.reset();
    absl::StatusOr<std::unique_ptr<Database>> opened = Database::Open(options_);
    CHECK(opened.ok()) << opened.status();
    database_ = std::move(*opened);
  }

 private:
  TestFolder folder_;
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_TEST_DATABASE_H_
