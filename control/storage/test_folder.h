// A folder of a test's own, which disappears with it.

#ifndef NARADA_CONTROL_STORAGE_TEST_FOLDER_H_
#define NARADA_CONTROL_STORAGE_TEST_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.h"

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

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_TEST_FOLDER_H_
