// Random numbers by an interface, so that a test can know them.
//   SecureRandom random;              // PINs, room numbers, SSRCs, keys: unpredictable
//   SeededRandom random(seed);        // tests and simulation: the same numbers on every machine
//   uint64_t digit = random.Below(10);   // without bias
#ifndef NARADA_BASE_RANDOM_H_
#define NARADA_BASE_RANDOM_H_

#include <cstdint>
#include <span>

namespace narada {

class Random {
 public:
  virtual ~Random() = default;

  // Uniform over all 64-bit values.
  virtual uint64_t Next() = 0;

  // Uniform in [0, bound), by rejection; bound > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [low, high].
  int64_t Between(int64_t low, int64_t high);
  // Uniform in [0, 1), with 53 bits.
  double Fraction();
  // True once in `n` on average; n > 0.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  void Fill(std::span<uint8_t> bytes);
};

// getrandom(2): the kernel's cryptographic source. Thread-safe (no state). A system call each time,
// so not for the media path.
class SecureRandom final : public Random {
 public:
  uint64_t Next() override;
};

// SplitMix64 (Steele, Lea, Flood 2014): every seed is good, 2^64 values before it repeats. One
// thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  uint64_t state_;
};

}  // namespace narada

#endif  // NARADA_BASE_RANDOM_H_
