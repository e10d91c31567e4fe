#include "mixer/engine/source_table.h"

#include <bit>
#include <cstring>

#include "base/check.h"

namespace narada::mixer::engine {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

SourceTable::SourceTable(size_t sources_max, uint64_t seed)
    : seed_(seed), mask_(std::bit_ceil(2 * sources_max + 2) - 1), places_(mask_ + 1) {}

uint64_t SourceTable::Hash(uint32_t socket, const SocketAddress& source) const noexcept {
  uint64_t words[2];
  static_assert(sizeof(words) == sizeof(source.ip().bytes()));
  std::memcpy(words, source.ip().bytes().data(), sizeof(words));
  const uint64_t rest =
      uint64_t{source.ip().scope()} << 32 | uint64_t{source.port()} << 16 | socket;
  uint64_t hash = Mix(seed_ ^ rest);
  hash = Mix(hash ^ words[0]);
  return source.ip().is_v4() ? hash : Mix(hash ^ words[1]);
}

void SourceTable::Insert(uint32_t socket, const SocketAddress& source, WorkerLeg& leg) noexcept {
  CHECK(2 * (size_ + 1) <= places_.size()) << "more sources than were foreseen";
  size_t at = Hash(socket, source) & mask_;
  while (places_[at].leg != nullptr) {
    CHECK(places_[at].socket != socket || places_[at].source != source)
        << "two legs with one source on one socket";
    at = (at + 1) & mask_;
  }
  places_[at] = {.source = source, .socket = socket, .leg = &leg};
  ++size_;
}

void SourceTable::Erase(uint32_t socket, const SocketAddress& source) noexcept {
  size_t at = Hash(socket, source) & mask_;
  while (places_[at].socket != socket || places_[at].source != source ||
         places_[at].leg == nullptr) {
    CHECK(places_[at].leg != nullptr) << "a source is erased that is not there";
    at = (at + 1) & mask_;
  }
  // What was pushed on by the erased one moves up, so that a search may always end at a free place.
  for (size_t next = (at + 1) & mask_; places_[next].leg != nullptr; next = (next + 1) & mask_) {
    const size_t home = Hash(places_[next].socket, places_[next].source) & mask_;
    const bool is_home_behind_the_hole = ((next - home) & mask_) < ((next - at) & mask_);
    if (is_home_behind_the_hole) continue;
    places_[at] = places_[next];
    at = next;
  }
  places_[at] = Place{};
  --size_;
}

}  // namespace narada::mixer::engine
