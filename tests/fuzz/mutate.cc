#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>

namespace narada::fuzz {
namespace {

// Values at which counters, lengths and text change their meaning.
constexpr std::array<uint8_t, 24> kTelling = {0,   1,   2,    3,   4,   7,   8,   15,
                                              16,  31,  32,   63,  64,  127, 128, 129,
                                              192, 200, 0x80, 253, 254, 255, ' ', '\n'};

long Offset(size_t position) { return static_cast<long>(position); }

}  // namespace

void Mutator::Mutate(std::vector<uint8_t>& input, std::span<const uint8_t> other) {
  for (uint64_t changes = random_.Below(8) + 1; changes > 0; --changes) MutateOnce(input, other);
  if (input.size() > kSizeMax) input.resize(kSizeMax);
}

void Mutator::MutateOnce(std::vector<uint8_t>& input, std::span<const uint8_t> other) {
  const size_t at = Position(input.size());
  const bool is_inside = at < input.size();
  const size_t length = 1 + static_cast<size_t>(random_.Below(16));
  const size_t end = std::min(input.size(), at + length);
  switch (random_.Below(9)) {
    case 0:  // One bit.
      if (is_inside) input[at] = static_cast<uint8_t>(input[at] ^ (1u << random_.Below(8)));
      break;
    case 1:  // Any byte.
      if (is_inside) input[at] = static_cast<uint8_t>(random_.Next());
      break;
    case 2:  // A byte at which something turns.
      if (is_inside) input[at] = kTelling[random_.Below(kTelling.size())];
      break;
    case 3:  // A little more or less.
      if (is_inside) input[at] = static_cast<uint8_t>(input[at] + random_.Between(-4, 4));
      break;
    case 4:  // A piece less.
      input.erase(input.begin() + Offset(at), input.begin() + Offset(end));
      break;
    case 5:  // A piece of one byte more.
      input.insert(input.begin() + Offset(at), length, kTelling[random_.Below(kTelling.size())]);
      break;
    case 6: {  // A piece twice.
      const std::vector<uint8_t> piece(input.begin() + Offset(at), input.begin() + Offset(end));
      input.insert(input.begin() + Offset(Position(input.size())), piece.begin(), piece.end());
      break;
    }
    case 7: {  // A piece of another input.
      const size_t from = Position(other.size());
      const size_t count = std::min(other.size() - from, 4 * length);
      input.insert(input.begin() + Offset(at), other.begin() + Offset(from),
                   other.begin() + Offset(from + count));
      break;
    }
    case 8:  // The end cut off.
      if (random_.OneIn(4)) input.resize(at);
      break;
  }
}

}  // namespace narada::fuzz
