// Runs a fuzz target without a fuzzer: every seed file, then mutations of them, always the same ones.
//   rtp_packet_fuzz FILE...
// Each input lies in memory of exactly its size, so that ASan sees the first byte beyond. When the target
// dies, the input is printed in hex, to become a named test.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutationsPerSeed = 2'000;
constexpr int kMutationsMin = 20'000;
constexpr unsigned kSecondsPerInputMax = 10;  // Longer is a finding: someone could send it.

// Read by the signal handler.
const uint8_t* current = nullptr;
size_t current_size = 0;

void PrintInput(int signal_number) {
  static constexpr char kHex[] = "0123456789abcdef";
  constexpr char kTitle[] = "\nfuzz: the target died of (or hung in) this input, in hex:\n";
  ssize_t written = write(STDERR_FILENO, kTitle, sizeof(kTitle) - 1);
  for (size_t i = 0; i < current_size && written >= 0; ++i) {
    const char digits[2] = {kHex[current[i] >> 4], kHex[current[i] & 15]};
    written = write(STDERR_FILENO, digits, 2);
  }
  if (written >= 0) written = write(STDERR_FILENO, "\n", 1);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void Run(const std::vector<uint8_t>& input) {
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[input.size()]);
  if (!input.empty()) std::memcpy(exact.get(), input.data(), input.size());
  current = exact.get();
  current_size = input.size();
  alarm(kSecondsPerInputMax);
  LLVMFuzzerTestOneInput(exact.get(), input.size());
  alarm(0);
  current_size = 0;
}

}  // namespace

int main(int argc, char** argv) {
  // A failed CHECK, and ASan's and UBSan's reports, end in abort(); a signal of its own is one, too.
  for (const int signal_number : {SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGALRM}) {
    signal(signal_number, PrintInput);
  }
  std::vector<std::vector<uint8_t>> seeds;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      fprintf(stderr, "fuzz: cannot read the seed %s\n", argv[i]);
      return 1;
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    fprintf(stderr, "usage: %s SEED_FILE...\n", argv[0]);
    return 1;
  }
  Run({});
  for (const std::vector<uint8_t>& seed : seeds) Run(seed);

  narada::fuzz::Mutator mutator(/*seed=*/1);
  const int per_seed = std::max(kMutationsPerSeed, kMutationsMin / static_cast<int>(seeds.size()));
  int runs = 0;
  for (size_t i = 0; i < seeds.size(); ++i) {
    const std::vector<uint8_t>& other = seeds[(i * 7 + 3) % seeds.size()];
    std::vector<uint8_t> input;
    for (int mutation = 0; mutation < per_seed; ++mutation, ++runs) {
      // Chains of eight, so that changes add up, then back to the seed.
      if (mutation % 8 == 0) input = seeds[i];
      mutator.Mutate(input, other);
      Run(input);
    }
  }
  printf("fuzz: %zu seeds and %d mutations, no finding\n", seeds.size(), runs);
  return 0;
}
