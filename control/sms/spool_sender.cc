#include "control/sms/spool_sender.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::sms {
namespace {

std::string ErrnoText() { return std::error_code(errno, std::generic_category()).message(); }

// Writes all of `text` and brings it to the disk.
bool WriteDurably(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(written);
  }
  return fsync(file) == 0;
}

absl::Status Unwritable(const std::string& what) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "SPOOL_UNWRITABLE",
                         absl::StrCat("cannot write the SMS spool ", what, ": ", ErrnoText()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpoolSender>> SpoolSender::Open(std::string name,
                                                               const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Unwritable(folder);
  const std::string probe = absl::StrCat(folder, "/.probe");
  const int file = open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Unwritable(folder);
  close(file);
  unlink(probe.c_str());
  return std::unique_ptr<SpoolSender>(new SpoolSender(std::move(name), folder));
}

void SpoolSender::Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) {
  // The name depends on the message alone: a second attempt replaces the first one's file.
  const std::string file_name =
      absl::StrCat(absl::FormatTime("%Y%m%dT%H%M%SZ", message.created_at, absl::UTCTimeZone()), "-",
                   message.id, ".txt");
  const absl::Status written = Write(message, file_name);
  if (!written.ok()) return done(TryAgain{std::string(written.message())});
  LOG_INFO("sms to {} is in the spool as {}", message.to.Masked(), file_name);
  done(Sent{.route = name_, .parts = {{1, file_name}}, .is_idempotent = true});
}

absl::Status SpoolSender::Write(const OutgoingMessage& message, const std::string& file_name) {
  const std::string path = absl::StrCat(folder_, "/", file_name);
  const std::string draft = absl::StrCat(folder_, "/.", file_name, ".new");
  const std::string content =
      absl::StrCat("To: ", message.to.e164(), "\nFrom: ", message.from, "\n\n", message.text, "\n");
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Unwritable(folder_);
  const bool is_written = WriteDurably(file, content);
  const absl::Status problem = is_written ? absl::OkStatus() : Unwritable(file_name);
  close(file);
  if (!problem.ok()) {
    unlink(draft.c_str());
    return problem;
  }
  if (rename(draft.c_str(), path.c_str()) != 0) return Unwritable(file_name);
  const int directory = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_listed = directory >= 0 && fsync(directory) == 0;
  if (directory >= 0) close(directory);
  return is_listed ? absl::OkStatus() : Unwritable(folder_);
}

}  // namespace narada::control::sms
