#include "bench/load/process_meter.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace narada::bench {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The 14th and 15th field of /proc/PID/stat; the second one, in brackets, may hold anything.
void AddSplit(const std::string& stat, ProcessUse& use) {
  const size_t bracket = stat.rfind(')');
  if (bracket == std::string::npos) return;
  std::istringstream fields(stat.substr(bracket + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const double ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  use.thread_user_s += user / ticks_per_second;
  use.thread_system_s += system / ticks_per_second;
}

}  // namespace

ProcessUse ReadProcessUse(int pid, absl::string_view thread_prefix) {
  ProcessUse use;
  const std::string process = absl::StrCat("/proc/", pid);
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(process + "/task", error)) {
    const std::string folder = task.path().string();
    double nanoseconds = 0;
    std::istringstream(ReadFile(folder + "/schedstat")) >> nanoseconds;
    use.cpu_s += nanoseconds * 1e-9;
    if (!absl::StartsWith(ReadFile(folder + "/comm"), thread_prefix)) continue;
    use.thread_cpu_s += nanoseconds * 1e-9;
    AddSplit(ReadFile(folder + "/stat"), use);
  }
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  std::istringstream(ReadFile(process + "/statm")) >> total_pages >> resident_pages;
  use.resident_bytes = resident_pages * sysconf(_SC_PAGESIZE);
  return use;
}

ProcessUse operator-(const ProcessUse& a, const ProcessUse& b) {
  return {.cpu_s = a.cpu_s - b.cpu_s,
          .thread_cpu_s = a.thread_cpu_s - b.thread_cpu_s,
          .thread_user_s = a.thread_user_s - b.thread_user_s,
          .thread_system_s = a.thread_system_s - b.thread_system_s,
          .resident_bytes = a.resident_bytes - b.resident_bytes};
}

}  // namespace narada::bench
