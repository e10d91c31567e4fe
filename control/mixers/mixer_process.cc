#include "control/mixers/mixer_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"

namespace narada::control::mixers {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(10);

std::string NewLogPath(int port) {
  static int processes = 0;
  const char* temp = std::getenv("TEST_TMPDIR");
  return absl::StrCat(temp == nullptr ? "/tmp" : temp, "/mixer-", getpid(), "-", port, "-",
                      ++processes, ".log");
}

}  // namespace

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) << "bind";
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) << "getsockname";
  close(fd);
  return ntohs(address.sin_port);
}

MixerProcess::MixerProcess(int grpc_port, absl::Duration drain_grace,
                           const std::vector<std::string>& flags, const std::string& program)
    : port_(grpc_port), log_path_(NewLogPath(grpc_port)) {
  std::vector<std::string> arguments = {
      program, absl::StrCat("--grpc_listen=", address()), "--listen=127.0.0.1",
      // Below the ports that the system gives; a taken one is passed over.
      "--rtp_ports=16000-16999", "--workers=1", "--metrics_port=0", "--log_level=debug",
      absl::StrCat("--drain_grace=", absl::FormatDuration(drain_grace))};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const int log = open(log_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  CHECK(log >= 0) << log_path_;
  pid_ = fork();
  CHECK(pid_ >= 0) << "fork";
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // Does not outlive a test that crashed.
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(raw[0], raw.data());
    _exit(127);
  }
  close(log);
}

MixerProcess::~MixerProcess() { Kill(); }

std::string MixerProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::string MixerProcess::Log() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool MixerProcess::IsRunning() {
  if (exit_code_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void MixerProcess::Terminate() {
  if (IsRunning()) kill(pid_, SIGTERM);
}

void MixerProcess::Kill() {
  if (!IsRunning()) return;
  kill(pid_, SIGKILL);
  WaitExit();
}

int MixerProcess::WaitExit(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (IsRunning() && absl::Now() < deadline) absl::SleepFor(kPoll);
  return exit_code_;
}

int MixerProcess::Stop() {
  Terminate();
  return WaitExit();
}

}  // namespace narada::control::mixers
