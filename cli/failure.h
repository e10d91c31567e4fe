// What went wrong, in words for whoever typed the command, and as an exit code for scripts.

#ifndef NARADA_CLI_FAILURE_H_
#define NARADA_CLI_FAILURE_H_

#include <string>

#include "absl/status/status.h"

namespace narada::cli {

// Documented in docs/cli.md.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;      // The service, a file or the terminal said no.
inline constexpr int kExitUsage = 2;        // The command line cannot be understood.
inline constexpr int kExitUnreachable = 3;  // No control answered, or not in time.
inline constexpr int kExitNotFound = 4;     // What was named does not exist.

int ExitCodeOf(const absl::Status& status);

// One sentence to a line: what was refused, which field of the request and why, the reason as the API
// names it, what to do. `server` is where the command went.
std::string Explain(const absl::Status& status, const std::string& server);

}  // namespace narada::cli

#endif  // NARADA_CLI_FAILURE_H_
