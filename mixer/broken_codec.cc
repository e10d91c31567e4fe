// Breaks a promise of the media path, to show that a mixer that does so is ended: linked into a program, this
// g722_encode() takes the place of spandsp's. NARADA_BREACH says how: "allocation", "system_call", "lock".
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using Encode = int (*)(void* state, uint8_t* payload, const int16_t* samples, int count);

Encode encode;
void (*breach)();
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void Allocate() {
  void* volatile memory = malloc(1);  // The compiler may not leave it out.
  free(memory);
}

void CallTheSystem() { syscall(SYS_getppid); }

void WaitForLock() { pthread_mutex_lock(&mutex); }

void Keep() {}

// Where system calls are still allowed.
__attribute__((constructor)) void Prepare() {
  encode = reinterpret_cast<Encode>(dlsym(RTLD_NEXT, "g722_encode"));
  const char* const how = getenv("NARADA_BREACH");
  breach = Keep;
  if (how == nullptr) return;
  if (strcmp(how, "allocation") == 0) breach = Allocate;
  if (strcmp(how, "system_call") == 0) breach = CallTheSystem;
  if (strcmp(how, "lock") == 0) breach = WaitForLock;
  if (breach == WaitForLock) pthread_mutex_lock(&mutex);
}

}  // namespace

extern "C" int g722_encode(void* state, uint8_t* payload, const int16_t* samples, int count) {
  breach();
  return encode(state, payload, samples, count);
}
