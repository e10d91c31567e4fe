#include "control/web/log_in.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/storage/secret_box.h"

namespace narada::control::web {
namespace {

// No letter or digit that looks like another one.
constexpr char kPasswordAlphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";
constexpr int kPasswordGroups = 4;
constexpr int kPasswordGroupSize = 5;  // 31^20: 99 bits.

absl::Status Unreadable(const std::string& path, absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_UNREADABLE",
                         absl::StrCat("the console's password file ", path, ": ", why));
}

absl::Status LogInFailed() {
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "LOG_IN_FAILED",
                         "these details are not right");
}

}  // namespace

absl::StatusOr<std::string> OperatorPasswordFromFile(const std::string& path, Random& random) {
  std::string password;
  for (int group = 0; group < kPasswordGroups; ++group) {
    if (group > 0) password += '-';
    for (int letter = 0; letter < kPasswordGroupSize; ++letter) {
      password += kPasswordAlphabet[random.Below(sizeof(kPasswordAlphabet) - 1)];
    }
  }
  // Its folder may be new as well, where the PIN key lies elsewhere.
  const std::string folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unreadable(path, std::error_code(errno, std::generic_category()).message());
  }
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) {
    const std::string line = password + "\n";
    const bool is_written =
        write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (close(file) != 0 || !is_written) return Unreadable(path, "it could not be written");
    return password;
  }
  if (errno != EEXIST) {
    return Unreadable(path, std::error_code(errno, std::generic_category()).message());
  }
  std::string known;
  if (!std::getline(std::ifstream(path), known)) return Unreadable(path, "it could not be read");
  absl::StripAsciiWhitespace(&known);
  if (known.size() < 12) return Unreadable(path, "fewer than 12 letters are no password");
  return known;
}

absl::StatusOr<Requester> LogIn::Check(const Credentials& credentials, const std::string& address) {
  const std::vector<std::string> subjects = {absl::StrCat("address ", address),
                                             credentials.pin.empty()
                                                 ? absl::StrCat("user ", credentials.user_name)
                                                 : absl::StrCat("room ", credentials.room_number)};
  RETURN_IF_ERROR(limiter_.Check(subjects, clock_.Now()));
  absl::StatusOr<Requester> requester = CheckUnlimited(credentials, address);
  if (requester.ok()) {
    limiter_.NoteSuccess(subjects);
    return requester;
  }
  limiter_.NoteFailure(subjects, clock_.Now());
  if (RetryAfterOf(requester.status())) return requester.status();
  return LogInFailed();
}

absl::StatusOr<Requester> LogIn::CheckUnlimited(const Credentials& credentials,
                                                const std::string& address) const {
  if (!credentials.pin.empty()) {
    if (!options_.check_pin) return LogInFailed();
    return options_.check_pin(credentials.room_number, credentials.pin, address);
  }
  if (credentials.user_name == kFirstOperator && !options_.operator_password.empty() &&
      storage::EqualInConstantTime(credentials.password, options_.operator_password)) {
    return Requester{.role = RequesterRole::kOperator, .user_name = kFirstOperator};
  }
  if (!options_.check_password) return LogInFailed();
  return options_.check_password(credentials.user_name, credentials.password);
}

std::optional<Requester> LogIn::FromProxy(const std::string& header,
                                          const std::string& address) const {
  const std::vector<std::string>& known = options_.proxy_addresses;
  const bool is_believed = std::find(known.begin(), known.end(), address) != known.end();
  if (header.empty() || !is_believed || !options_.find_user) return std::nullopt;
  const absl::StatusOr<Requester> requester = options_.find_user(header);
  if (!requester.ok()) return std::nullopt;
  return *requester;
}

}  // namespace narada::control::web
