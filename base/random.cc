#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include <cstring>

#include "base/check.h"

namespace narada {

uint64_t Random::Below(uint64_t bound) {
  CHECK(bound > 0) << "there is no number below zero";
  // Values below 2^64 mod bound would make small results likelier; they are drawn again.
  const uint64_t reject_below = (0 - bound) % bound;
  for (;;) {
    const uint64_t value = Next();
    if (value >= reject_below) return value % bound;
  }
}

int64_t Random::Between(int64_t low, int64_t high) {
  CHECK_LE(low, high);
  const uint64_t width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  const uint64_t offset = width == 0 ? Next() : Below(width);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

double Random::Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

void Random::Fill(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const uint64_t value = Next();
    const size_t count = bytes.size() < sizeof(value) ? bytes.size() : sizeof(value);
    std::memcpy(bytes.data(), &value, count);
    bytes = bytes.subspan(count);
  }
}

uint64_t SecureRandom::Next() {
  uint64_t value;
  for (;;) {
    const ssize_t count = getrandom(&value, sizeof(value), 0);
    if (count == sizeof(value)) return value;
    CHECK(count >= 0 || errno == EINTR) << "getrandom failed: " << std::strerror(errno);
  }
}

uint64_t SeededRandom::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace narada
