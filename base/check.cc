#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/media_path_scope.h"

namespace narada::check_internal {

Failure::Failure(const char* file, int line, const char* condition) {
  // The message allocates; that must not hide the failure behind the allocation hook's own.
  MediaPathScope::LeaveForGood();
  stream_ << file << ":" << line << ": check failed: " << condition << " ";
}

Failure::~Failure() {
  stream_ << "\n";
  const std::string message = stream_.str();
  std::fwrite(message.data(), 1, message.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace narada::check_internal
