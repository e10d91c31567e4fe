#include "base/media_path_scope.h"

namespace narada {
namespace {

// Read inside malloc, so it must not itself be allocated on first use: initial-exec,
// zero-initialised.
__attribute__((tls_model("initial-exec"))) constinit thread_local int depth = 0;

}  // namespace

// Defined by the hook alone.
extern "C" __attribute__((weak)) const bool narada_media_path_hook_is_linked;

MediaPathScope::MediaPathScope() noexcept { ++depth; }
MediaPathScope::~MediaPathScope() { --depth; }

bool MediaPathScope::IsActive() noexcept { return depth > 0; }

bool MediaPathScope::IsEnforced() noexcept { return &narada_media_path_hook_is_linked != nullptr; }

void MediaPathScope::LeaveForGood() noexcept { depth = -1'000'000; }

MediaPathExemption::MediaPathExemption() noexcept : depth_(depth) { depth = 0; }
MediaPathExemption::~MediaPathExemption() { depth = depth_; }

}  // namespace narada
