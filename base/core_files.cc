#include "base/core_files.h"

#include <sys/resource.h>

#include "base/check.h"

namespace narada {

void ForbidCoreFiles() {
  const rlimit none{0, 0};
  CHECK(setrlimit(RLIMIT_CORE, &none) == 0) << "a limit can always be lowered";
}

}  // namespace narada
