// A database of a test's own, in a folder that disappears with it.
//   TestDatabase test;                 // CHECKs that it opens
//   test.database().Run(...);
//   test.Reopen();                     // as after a restart

#ifndef NARADA_CONTROL_STORAGE_TEST_DATABASE_H_
#define NARADA_CONTROL_STORAGE_TEST_DATABASE_H_

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/check.h"
#include "control/storage/database.h"

namespace narada::control::storage {

class TestFolder {
 public:
  TestFolder() {
    char name[] = "/tmp/narada-test-XXXXXX";
    CHECK(mkdtemp(name) != nullptr) << "no temporary folder";
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class TestDatabase {
 public:
  TestDatabase() { Reopen(); }

  Database& database() { return *database_; }
  const TestFolder& folder() const { return folder_; }
  std::string path() const { return folder_ / "narada.sqlite"; }

  void Reopen() {
    database_.reset();
    absl::StatusOr<std::unique_ptr<Database>> opened = Database::Open({.path = path()});
    CHECK(opened.ok()) << opened.status();
    database_ = std::move(*opened);
  }

 private:
  TestFolder folder_;
  std::unique_ptr<Database> database_;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_TEST_DATABASE_H_
