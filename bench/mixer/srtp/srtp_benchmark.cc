// What does SRTP cost for a packet of G.711, and how does that compare with libsrtp2?
//
// Input: packets of 172 bytes (12 of header, 20 ms of G.711) in order, in batches of 1000, each batch
// through ours and through libsrtp2 in turn. First each has to take a packet of the other.
//   protect_ns, unprotect_ns         one packet by ours
//   libsrtp2_protect_ns, ...         the same by libsrtp2, with the copy that its work in place needs
//   protect_to_libsrtp2, ...         their ratio in this run; below 1: we are faster
//   legs_per_core                    legs whose packets, both ways, one core could encrypt
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/srtp/libsrtp2_peer.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"

namespace narada::mixer::srtp {
namespace {

constexpr size_t kHeader = 12;
constexpr size_t kPacket = kHeader + 160;
constexpr size_t kBatch = 1000;
constexpr Ssrc kSsrc(0x01020304);
using Clock = std::chrono::steady_clock;
using Bytes = std::vector<uint8_t>;

SrtpKeys Keys(SrtpSuite suite) {
  Bytes bytes(SrtpKeys::SizeFor(TraitsOf(suite)));
  SeededRandom(1).Fill(bytes);
  return SrtpKeys(suite, bytes);
}

Bytes Packet(uint32_t number) {
  Bytes packet(kPacket, 0xd5);
  packet[0] = 0x80;
  packet[1] = 8;
  packet[2] = static_cast<uint8_t>(number >> 8);
  packet[3] = static_cast<uint8_t>(number);
  for (int i = 0; i < 4; ++i) packet[8 + i] = static_cast<uint8_t>(1 + i);
  return packet;
}

struct Ours {
  explicit Ours(const SrtpKeys& keys) : protector(keys), unprotector(keys) {}
  size_t Protect(const Bytes& plain, Bytes& out) {
    const std::span<const uint8_t> all(plain);
    return protector.ProtectRtp(all.first(kHeader), all.subspan(kHeader), out);
  }
  bool Unprotect(const Bytes& sealed, size_t size, Bytes& out) {
    return unprotector.UnprotectRtp(std::span(sealed).first(size), out).ok();
  }
  Protector protector;
  Unprotector unprotector;
};

struct Theirs {
  explicit Theirs(const SrtpKeys& keys)
      : sender(keys, Libsrtp2Peer::Direction::kSending, kSsrc),
        receiver(keys, Libsrtp2Peer::Direction::kReceiving, kSsrc) {}
  size_t Protect(const Bytes& plain, Bytes& out) {
    std::copy(plain.begin(), plain.end(), out.begin());
    int size = static_cast<int>(plain.size());
    return sender.Protect(out.data(), &size) ? static_cast<size_t>(size) : 0;
  }
  bool Unprotect(const Bytes& sealed, size_t size, Bytes& out) {
    std::copy_n(sealed.begin(), size, out.begin());
    int length = static_cast<int>(size);
    return receiver.Unprotect(out.data(), &length);
  }
  Libsrtp2Peer sender;
  Libsrtp2Peer receiver;
};

struct Times {
  double protect_ns = 0;
  double unprotect_ns = 0;
};

// One batch through one implementation; in nanoseconds a packet.
template <typename Side>
Times RunBatch(Side& side, uint32_t& number, std::vector<Bytes>& plain,
               std::vector<Bytes>& sealed) {
  for (size_t i = 0; i < kBatch; ++i) plain[i] = Packet(number++);
  size_t size = 0;
  const Clock::time_point begin = Clock::now();
  for (size_t i = 0; i < kBatch; ++i) size = side.Protect(plain[i], sealed[i]);
  const Clock::time_point middle = Clock::now();
  CHECK(size > kPacket) << "a packet was not protected";
  Bytes out(sealed[0].size());
  size_t taken = 0;
  const Clock::time_point begin_open = Clock::now();
  for (size_t i = 0; i < kBatch; ++i) taken += side.Unprotect(sealed[i], size, out);
  const Clock::time_point end = Clock::now();
  CHECK_EQ(taken, kBatch) << "a packet was not taken";
  const auto per_packet = [](Clock::duration duration) {
    return std::chrono::duration<double, std::nano>(duration).count() / kBatch;
  };
  return {per_packet(middle - begin), per_packet(end - begin_open)};
}

void CheckThatBothUnderstandEachOther(const SrtpKeys& keys) {
  Ours ours(keys);
  Theirs theirs(keys);
  Bytes sealed(kPacket + kGrowthMax + 32);
  Bytes out(sealed.size());
  CHECK(theirs.Unprotect(sealed, ours.Protect(Packet(1), sealed), out)) << "libsrtp2 refuses ours";
  CHECK(ours.Unprotect(sealed, theirs.Protect(Packet(2), sealed), out)) << "we refuse libsrtp2's";
}

void Both(benchmark::State& state, SrtpSuite suite) {
  const SrtpKeys keys = Keys(suite);
  CheckThatBothUnderstandEachOther(keys);
  Ours ours(keys);
  Theirs theirs(keys);
  std::vector<Bytes> plain(kBatch);
  std::vector<Bytes> sealed(kBatch, Bytes(kPacket + 64));
  uint32_t our_number = 0;
  uint32_t their_number = 0;
  Times our_sum;
  Times their_sum;
  for (auto _ : state) {
    const Times our = RunBatch(ours, our_number, plain, sealed);
    const Times their = RunBatch(theirs, their_number, plain, sealed);
    our_sum.protect_ns += our.protect_ns;
    our_sum.unprotect_ns += our.unprotect_ns;
    their_sum.protect_ns += their.protect_ns;
    their_sum.unprotect_ns += their.unprotect_ns;
    state.SetIterationTime((our.protect_ns + our.unprotect_ns) * kBatch / 1e9);
  }
  const auto batches = static_cast<double>(state.iterations());
  state.counters["protect_ns"] = our_sum.protect_ns / batches;
  state.counters["unprotect_ns"] = our_sum.unprotect_ns / batches;
  state.counters["libsrtp2_protect_ns"] = their_sum.protect_ns / batches;
  state.counters["libsrtp2_unprotect_ns"] = their_sum.unprotect_ns / batches;
  state.counters["protect_to_libsrtp2"] = our_sum.protect_ns / their_sum.protect_ns;
  state.counters["unprotect_to_libsrtp2"] = our_sum.unprotect_ns / their_sum.unprotect_ns;
  state.counters["legs_per_core"] = 20e6 * batches / (our_sum.protect_ns + our_sum.unprotect_ns);
}

BENCHMARK_CAPTURE(Both, AES_CM_128_HMAC_SHA1_80, SrtpSuite::kAesCm128HmacSha1Tag80)
    ->UseManualTime();
BENCHMARK_CAPTURE(Both, AES_CM_128_HMAC_SHA1_32, SrtpSuite::kAesCm128HmacSha1Tag32)
    ->UseManualTime();
BENCHMARK_CAPTURE(Both, AES_256_CM_HMAC_SHA1_80, SrtpSuite::kAesCm256HmacSha1Tag80)
    ->UseManualTime();
BENCHMARK_CAPTURE(Both, AES_256_CM_HMAC_SHA1_32, SrtpSuite::kAesCm256HmacSha1Tag32)
    ->UseManualTime();
BENCHMARK_CAPTURE(Both, AEAD_AES_128_GCM, SrtpSuite::kAeadAes128Gcm)->UseManualTime();
BENCHMARK_CAPTURE(Both, AEAD_AES_256_GCM, SrtpSuite::kAeadAes256Gcm)->UseManualTime();

}  // namespace
}  // namespace narada::mixer::srtp

BENCHMARK_MAIN();
