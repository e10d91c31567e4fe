#ifndef NARADA_MIXER_UNITS_BRING_INTO_CACHE_H_
#define NARADA_MIXER_UNITS_BRING_INTO_CACHE_H_

#include <cstddef>

namespace narada::mixer {

// A hint to the CPU: these bytes will be used soon. Legs are many and each is used once in 20 ms, so none is in the cache when its
// turn comes; asked for while another one is worked on, it is. Does nothing else; the address need not be valid.
inline void BringIntoCache(const void* begin, const void* end) noexcept {
  constexpr ptrdiff_t kCacheLine = 64;
  for (const char* at = static_cast<const char*>(begin); at < end; at += kCacheLine) {
    __builtin_prefetch(at, 1);
  }
}
inline void BringIntoCache(const void* begin, size_t bytes) noexcept {
  BringIntoCache(begin, static_cast<const char*>(begin) + bytes);
}

}  // namespace narada::mixer

#endif  // NARADA_MIXER_UNITS_BRING_INTO_CACHE_H_
