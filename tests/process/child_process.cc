#include "tests/process/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"

namespace narada::process {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(10);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Below the kernel's ephemeral ports, which it gives to anybody. Four apart, for programs that take the
// next one, too.
constexpr int kPortMin = 17200;
constexpr int kPortMax = 19999;
constexpr int kPortStep = 4;

// True if this port is ours now, among all tests of the machine, until this process ends: a name that only
// one socket can have. tests/end_to_end/harness.py uses the same names.
bool Claim(int port) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = absl::StrCat("narada-test-port-", port);
  name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);  // The zero before it: no file.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int claim = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CHECK(claim >= 0) << "no socket";
  if (bind(claim, reinterpret_cast<const sockaddr*>(&address), size) == 0) return true;
  close(claim);
  return false;
}

bool CanBind(int type, int port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return is_bound;
}

}  // namespace

int FreePort() {
  for (int port = kPortMin; port <= kPortMax; port += kPortStep) {
    if (Claim(port) && CanBind(SOCK_STREAM, port) && CanBind(SOCK_DGRAM, port)) return port;
  }
  CHECK(false) << "no port is left";
  return 0;
}

std::string ChildProcess::NewLogPath(absl::string_view name) {
  static int count = 0;
  const char* const temporary = std::getenv("TEST_TMPDIR");
  return absl::StrCat(temporary == nullptr ? "/tmp" : temporary, "/", name, "-", getpid(), "-",
                      ++count, ".log");
}

ChildProcess::ChildProcess(std::vector<std::string> arguments, std::string log_path)
    : log_path_(std::move(log_path)) {
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const int log = open(log_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  CHECK(log >= 0) << log_path_;
  pid_ = fork();
  CHECK(pid_ >= 0) << "no process for " << arguments.front();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(raw[0], raw.data());
    _exit(127);
  }
  close(log);
}

ChildProcess::~ChildProcess() { Kill(); }

std::string ChildProcess::Log() const { return ReadFile(log_path_); }

bool ChildProcess::WaitLog(absl::string_view text, absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const bool is_running = IsRunning();
    if (absl::StrContains(Log(), text)) return true;
    if (!is_running || absl::Now() >= deadline) return false;
    absl::SleepFor(kPoll);
  }
}

bool ChildProcess::IsRunning() const {
  if (exit_code_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void ChildProcess::Terminate() {
  if (IsRunning()) kill(pid_, SIGTERM);
}

void ChildProcess::Kill() {
  if (!IsRunning()) return;
  kill(pid_, SIGKILL);
  WaitExit();
}

int ChildProcess::WaitExit(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (IsRunning() && absl::Now() < deadline) absl::SleepFor(kPoll);
  return exit_code_;
}

int ChildProcess::Stop() {
  Terminate();
  return WaitExit();
}

absl::Duration ChildProcess::CpuTime() const {
  clockid_t clock;
  timespec time{};
  CHECK(clock_getcpuclockid(pid_, &clock) == 0 && clock_gettime(clock, &time) == 0)
      << "process " << pid_ << " has ended";
  return absl::DurationFromTimespec(time);
}

size_t ChildProcess::ResidentBytes() const {
  std::istringstream text(ReadFile(absl::StrCat("/proc/", pid_, "/statm")));
  size_t pages = 0;
  size_t resident = 0;
  text >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace narada::process
