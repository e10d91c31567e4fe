#include "sip/testing/gateway_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"

namespace narada::sip {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);

bool CanBind(int type, int port, int* bound) {
  const int fd = socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  *bound = ntohs(address.sin_port);
  close(fd);
  return is_bound;
}

}  // namespace

int FreePort() {
  int port = 0;
  int same = 0;
  while (!CanBind(SOCK_STREAM, 0, &port) || !CanBind(SOCK_DGRAM, port, &same)) {
  }
  return port;
}

GatewayProcess::GatewayProcess(const std::string& control_address, std::vector<std::string> flags)
    : port_(FreePort()) {
  const char* temp = std::getenv("TEST_TMPDIR");
  log_path_ = absl::StrCat(temp == nullptr ? "/tmp" : temp, "/sip-", getpid(), "-", port_, ".log");
  std::vector<std::string> arguments = {
      "sip/sip", "--listen=127.0.0.1", absl::StrCat("--sip_port=", port_),
      absl::StrCat("--control=", control_address), "--log_level=debug"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const int log = open(log_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  CHECK(log >= 0) << log_path_;
  pid_ = fork();
  CHECK(pid_ >= 0) << "fork";
  if (pid_ == 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(raw[0], raw.data());
    _exit(127);
  }
  close(log);
}

GatewayProcess::~GatewayProcess() {
  if (!IsRunning()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string GatewayProcess::uri(absl::string_view user) const {
  return absl::StrCat("sip:", user, "@127.0.0.1:", port_);
}

std::string GatewayProcess::Log() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool GatewayProcess::WaitLog(absl::string_view text, absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  while (absl::Now() < deadline) {
    if (absl::StrContains(Log(), text)) return true;
    absl::SleepFor(kPoll);
  }
  return false;
}

bool GatewayProcess::IsRunning() {
  if (exit_code_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

size_t GatewayProcess::ResidentBytes() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/statm"));
  size_t pages = 0;
  size_t resident = 0;
  file >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

void GatewayProcess::Terminate() { kill(pid_, SIGTERM); }

int GatewayProcess::WaitExit(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (IsRunning() && absl::Now() < deadline) absl::SleepFor(kPoll);
  return exit_code_;
}

}  // namespace narada::sip
