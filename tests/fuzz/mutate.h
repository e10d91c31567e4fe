// Small random changes to an input, as libFuzzer makes them, but the same ones in every run.
//   Mutator mutator(seed);
//   mutator.Mutate(input, other_seeds_bytes);
#ifndef NARADA_TESTS_FUZZ_MUTATE_H_
#define NARADA_TESTS_FUZZ_MUTATE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace narada::fuzz {

class Mutator {
 public:
  static constexpr size_t kSizeMax = 4096;

  explicit Mutator(uint64_t seed) : random_(seed) {}

  // Changes `input` once to eight times. `other` is another input, to take a piece from.
  void Mutate(std::vector<uint8_t>& input, std::span<const uint8_t> other);

 private:
  void MutateOnce(std::vector<uint8_t>& input, std::span<const uint8_t> other);
  // An index into what has `size` elements, or one past it; 0 where there is none.
  size_t Position(size_t size) { return static_cast<size_t>(random_.Below(size + 1)); }

  SeededRandom random_;
};

}  // namespace narada::fuzz

#endif  // NARADA_TESTS_FUZZ_MUTATE_H_
