// Secrets that a command needs: never arguments, which every process of the machine may read.

#ifndef NARADA_CLI_SECRET_INPUT_H_
#define NARADA_CLI_SECRET_INPUT_H_

#include <string>

#include "absl/status/statusor.h"

namespace narada::cli {

// The first line of the file; of standard input where `path` is "-", unseen if that is a terminal, after
// `prompt`. INVALID_ARGUMENT / SECRET_MISSING, NOT_FOUND / FILE_UNREADABLE.
absl::StatusOr<std::string> ReadSecret(const std::string& path, const std::string& prompt);

}  // namespace narada::cli

#endif  // NARADA_CLI_SECRET_INPUT_H_
