#include "control/storage/test_postgresql.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"

namespace narada::control::storage {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr absl::Duration kStartMax = absl::Seconds(30);

struct User {
  uid_t uid;
  gid_t gid;
};

User Unprivileged() {
  if (geteuid() != 0) return {geteuid(), getegid()};
  const passwd* user = getpwnam("postgres");
  return user == nullptr ? User{65534, 65534} : User{user->pw_uid, user->pw_gid};
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TestPostgresql& TestPostgresql::Shared() {
  static TestPostgresql server;
  return server;
}

TestPostgresql::TestPostgresql(const std::string& settings) {
  const User user = Unprivileged();
  CHECK(chown(folder_.path().c_str(), user.uid, user.gid) == 0) << "cannot give the folder away";
  const pid_t initdb =
      Spawn({absl::StrCat(kPrograms, "initdb"), "--pgdata", folder_ / "data", "--username=narada",
             "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"});
  int status = 0;
  CHECK(waitpid(initdb, &status, 0) == initdb && WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "initdb failed (Debian's package postgresql-15): " << ReadFile(folder_ / "log");
  std::ofstream(folder_ / "data/postgresql.conf", std::ios::app)
      << "listen_addresses = ''\nunix_socket_directories = '" << folder_.path() << "'\n"
      << "shared_buffers = 16MB\n"
      << settings << "\n";
  Start();
}

TestPostgresql::~TestPostgresql() {
  if (server_ > 0) Stop();
}

pid_t TestPostgresql::Spawn(const std::vector<std::string>& command) const {
  const User user = Unprivileged();
  const std::string log_path = folder_ / "log";
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  CHECK(child >= 0) << "cannot fork";
  if (child > 0) return child;
  // Nothing here that allocates or locks: other threads may have held a lock at the fork.
  if (geteuid() == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0) _exit(120);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || chdir("/tmp") != 0) _exit(121);
  execv(arguments[0], arguments.data());
  _exit(122);
}

void TestPostgresql::Start() {
  CHECK(server_ < 0) << "it runs already";
  server_ = Spawn({absl::StrCat(kPrograms, "postgres"), "-D", folder_ / "data"});
  const absl::Time deadline = absl::Now() + kStartMax;
  while (PQping(ConnectionTo("postgres").c_str()) != PQPING_OK) {
    CHECK(absl::Now() < deadline) << "PostgreSQL does not start: " << ReadFile(folder_ / "log");
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void TestPostgresql::Stop() { Signal(SIGINT); }

void TestPostgresql::Kill() { Signal(SIGQUIT); }

void TestPostgresql::RequirePasswords() {
  std::ofstream(folder_ / "data/pg_hba.conf") << "local all all scram-sha-256\n";
  Stop();
  Start();
}

void TestPostgresql::Signal(int signal) {
  kill(server_, signal);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

std::string TestPostgresql::NewDatabase() {
  const std::string name = absl::StrCat("narada_", ++databases_);
  PGconn* const connection = PQconnectdb(ConnectionTo("postgres").c_str());
  PGresult* const made = PQexec(connection, absl::StrCat("CREATE DATABASE ", name).c_str());
  CHECK(PQresultStatus(made) == PGRES_COMMAND_OK) << PQerrorMessage(connection);
  PQclear(made);
  PQfinish(connection);
  return ConnectionTo(name);
}

std::string TestPostgresql::ConnectionTo(const std::string& database) const {
  return absl::StrCat("host=", folder_.path(), " user=narada dbname=", database);
}

}  // namespace narada::control::storage
