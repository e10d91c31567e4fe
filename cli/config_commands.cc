// Checks a configuration before a program is started with it.

#include <spawn.h>
#include <sys/wait.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/config_file.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "narada/config/v1/narada.pb.h"

extern char** environ;

namespace narada::cli {
namespace {

namespace fs = std::filesystem;

// The program `control`: beside this one, as it is installed, or where it is built. Empty if it is in
// neither place.
std::string FindControl() {
  std::error_code failed;
  const fs::path here = fs::read_symlink("/proc/self/exe", failed).parent_path();
  if (failed) return "";
  for (const fs::path& place : {here / "control", here.parent_path() / "control" / "control"}) {
    if (fs::is_regular_file(place, failed)) return place.string();
  }
  return "";
}

// The exit code; what the program says goes where ours goes.
absl::StatusOr<int> Run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
    return absl::InternalError(absl::StrCat(words[0], " cannot be run"));
  }
  int state = 0;
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 1;
}

// The schema here; what makes sense is known to the program that reads the section.
absl::Status Check(Session& session, const std::string& path, std::string control) {
  config::v1::Narada narada;
  RETURN_IF_ERROR(ConfigFile::Load(path, narada).status());
  if (!narada.has_control()) {
    session.Print(absl::StrCat(path, ": the fields are right\n"));
    return absl::OkStatus();
  }
  if (control.empty()) control = FindControl();
  if (control.empty()) {
    session.Print(absl::StrCat(path,
                               ": the fields are right; their values were not checked, for "
                               "the program control was not found (--control names it)\n"));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const int exit_code, Run({control, "--check_config", "--config", path}));
  if (exit_code != 0) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
                           absl::StrCat(path, " cannot be used, see above"));
  }
  session.Print(absl::StrCat(path, ": can be used\n"));
  return absl::OkStatus();
}

}  // namespace

void AddConfigCommands(CLI::App& app, Session& session) {
  CLI::App& config = AddNoun(app, "config", "the configuration file");
  CLI::App& check = *config.add_subcommand("check", "whether a program could start with it");
  const auto path = std::make_shared<std::string>();
  const auto control = std::make_shared<std::string>();
  AddArgument(check, "file", path.get(), "in protobuf text format");
  check.add_option("--control", *control, "the program control (default: beside this one)");
  check.callback([&session, path, control] { session.Finish(Check(session, *path, *control)); });
}

}  // namespace narada::cli
