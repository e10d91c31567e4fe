// Aborts with a stack trace when a thread allocates or frees inside a MediaPathScope.
//
// Without a sanitizer this file defines the malloc family itself (an executable's definitions win
// over glibc's, for every shared library too) and forwards to glibc's __libc_* names, which unlike
// dlsym need no set-up that might allocate. operator new and delete end there as well. free aborts
// too: it may lock an arena or return pages to the kernel. Sanitizers own malloc, so there their
// hooks are used.
#include <errno.h>
#include <execinfo.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/media_path_scope.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NARADA_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NARADA_SANITIZED 1
#endif
#endif

namespace {

[[noreturn]] __attribute__((noinline)) void Die(const char* function) {
  narada::MediaPathScope::LeaveForGood();  // backtrace() may allocate when it is first used.
  const char* const parts[] = {"media path: ", function, " was called inside a MediaPathScope\n"};
  for (const char* part : parts) {
    if (write(STDERR_FILENO, part, strlen(part)) < 0) break;
  }
  void* frames[48];
  backtrace_symbols_fd(frames, backtrace(frames, 48), STDERR_FILENO);
  abort();
}

inline void RefuseOnMediaPath(const char* function) {
  if (__builtin_expect(narada::MediaPathScope::IsActive(), 0)) Die(function);
}

}  // namespace

extern "C" {

extern const bool narada_media_path_hook_is_linked;
const bool narada_media_path_hook_is_linked = true;

#ifdef NARADA_SANITIZED

int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, size_t),
                                              void (*free_hook)(const volatile void*));

static void OnMalloc(const volatile void*, size_t) { RefuseOnMediaPath("malloc"); }
static void OnFree(const volatile void*) { RefuseOnMediaPath("free"); }

__attribute__((constructor)) static void InstallHooks() {
  __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree);
}

#else

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);

void* malloc(size_t size) {
  RefuseOnMediaPath("malloc");
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  RefuseOnMediaPath("calloc");
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  RefuseOnMediaPath("realloc");
  return __libc_realloc(memory, size);
}

void* memalign(size_t alignment, size_t size) {
  RefuseOnMediaPath("memalign");
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  RefuseOnMediaPath("aligned_alloc");
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, size_t alignment, size_t size) {
  RefuseOnMediaPath("posix_memalign");
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  void* const result = __libc_memalign(alignment, size);
  if (result == nullptr) return ENOMEM;
  *memory = result;
  return 0;
}

void free(void* memory) {
  if (memory == nullptr) return;
  RefuseOnMediaPath("free");
  __libc_free(memory);
}

#endif

}  // extern "C"
