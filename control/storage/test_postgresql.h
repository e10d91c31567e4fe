// A real PostgreSQL for tests: a cluster in a temporary folder, on a Unix socket there, run by a user
// without rights (PostgreSQL refuses root), gone with the object or with this process.
//   TestPostgresql& server = TestPostgresql::Shared();           // started when first asked for
//   Database::Open({.postgresql = {{.connection = server.NewDatabase()}}});
//   server.Stop(); ...; server.Start();                          // a fault

#ifndef NARADA_CONTROL_STORAGE_TEST_POSTGRESQL_H_
#define NARADA_CONTROL_STORAGE_TEST_POSTGRESQL_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "control/storage/test_folder.h"

namespace narada::control::storage {

class TestPostgresql {
 public:
  // One for all tests of this process.
  static TestPostgresql& Shared();

  // `settings`: lines of postgresql.conf. CHECKs that it starts.
  explicit TestPostgresql(const std::string& settings = "fsync = off");
  ~TestPostgresql();
  TestPostgresql(const TestPostgresql&) = delete;
  TestPostgresql& operator=(const TestPostgresql&) = delete;

  // Makes an empty database and gives its connection string.
  std::string NewDatabase();
  // Of a database by name; "postgres" is always there.
  std::string ConnectionTo(const std::string& database) const;

  // Returns when connections are accepted.
  void Start();
  // Ends every connection, and the server cleanly.
  void Stop();
  // Ends it as a power cut does.
  void Kill();
  // Starts it anew, for those who know theirs. NewDatabase does not.
  void RequirePasswords();

 private:
  // Starts a program as the user without rights.
  pid_t Spawn(const std::vector<std::string>& command) const;
  void Signal(int signal);

  TestFolder folder_;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_TEST_POSTGRESQL_H_
