#include "cli/secret_input.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::cli {
namespace {

// The terminal does not show what is typed for as long as this lives.
class EchoOff {
 public:
  EchoOff() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_off_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~EchoOff() {
    if (is_off_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_off_ = false;
};

std::string ReadFromTerminal(const std::string& prompt) {
  const EchoOff echo_off;
  fputs(prompt.c_str(), stderr);
  std::string line;
  std::getline(std::cin, line);
  fputs("\n", stderr);
  return line;
}

}  // namespace

absl::StatusOr<std::string> ReadSecret(const std::string& path, const std::string& prompt) {
  std::string line;
  if (path == "-" && isatty(STDIN_FILENO) == 1) {
    line = ReadFromTerminal(prompt);
  } else if (path == "-") {
    std::getline(std::cin, line);
  } else {
    std::ifstream file(path);
    if (!file) {
      return ErrorWithReason(absl::StatusCode::kNotFound, "FILE_UNREADABLE",
                             absl::StrCat(path, " cannot be read"));
    }
    std::getline(file, line);
  }
  if (line.empty()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SECRET_MISSING",
                           absl::StrCat(path == "-" ? "standard input" : path, " is empty"));
  }
  return line;
}

}  // namespace narada::cli
