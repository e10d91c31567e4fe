// The receiving half of SRTP under one master key: authenticates, refuses replays, decrypts (RFC
// 3711, RFC 7714).
//   Unprotector unprotector(keys);                          // off the worker: derives, allocates
//   const Result<Unprotected, Refusal> packet = unprotector.UnprotectRtp(datagram, out);
//   if (!packet.ok()) return CountDrop(packet.error());
//   Take(packet->bytes);
// Session keys do not depend on the SSRC, so a source that shows a new one costs a slot here and no
// derivation; slots are taken by authenticated packets alone. Nothing that a packet without the key
// can do changes any state. After a change of keys:
//   next.ContinueFrom(previous);     // the roll-over counters go on, or begin anew: both are tried
// One thread; no allocation after construction; wiped when freed.
#ifndef NARADA_MIXER_SRTP_UNPROTECTOR_H_
#define NARADA_MIXER_SRTP_UNPROTECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "mixer/srtp/cipher.h"
#include "mixer/srtp/replay_window.h"
#include "mixer/units/srtp_keys.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::srtp {

enum class Refusal : uint8_t {
  kMalformed,       // Too short, or no RTP or RTCP at all.
  kAuthentication,  // Not made with our key; or under another MKI, or sent unencrypted.
  kReplay,          // Taken before, or older than the window can tell.
  kSources,         // More SSRCs under one key than a call has.
};

struct Unprotected {
  std::span<const uint8_t> bytes;  // The packet as its sender made it, in `out`.
  bool is_newest = false;          // No packet of its source has had a higher index.
};

// What is known of one source; a plain struct for checkpoints.
struct ReceivedStream {
  Ssrc ssrc;
  bool is_used = false;
  bool is_confirmed = false;  // A packet under this key has shown the roll-over counter.
  uint64_t rtp_hint = 0;      // The highest index under the key before, while not confirmed.
  ReplayWindow rtp;
  ReplayWindow rtcp;
  uint64_t last_use = 0;
};

class Unprotector {
 public:
  static constexpr size_t kStreamsMax = 8;   // At a time.
  static constexpr size_t kRetiredMax = 56;  // That gave way; their packets would be replays.

  explicit Unprotector(const SrtpKeys& keys);

  // `out` takes the packet: as many bytes as the datagram has are enough. It is another memory than
  // the datagram's.
  Result<Unprotected, Refusal> UnprotectRtp(std::span<const uint8_t> datagram,
                                            std::span<uint8_t> out) noexcept;
  Result<Unprotected, Refusal> UnprotectRtcp(std::span<const uint8_t> datagram,
                                             std::span<uint8_t> out) noexcept;

  // Knows the sources of `previous`, whose keys these take the place of.
  void ContinueFrom(const Unprotector& previous) noexcept;
  // For checkpoints. Of a restored stream nothing is taken that is not beyond its highest index.
  std::span<const ReceivedStream> streams() const noexcept { return streams_; }
  void Restore(std::span<const ReceivedStream> streams) noexcept;

  // Of RTP; lives as long as this. For hints to the CPU.
  const Cipher* cipher() const noexcept { return rtp_.get(); }

  const SrtpKeys& keys() const noexcept { return keys_; }
  // Tells keys apart in checkpoints, and nothing about them.
  uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  ReceivedStream* Find(Ssrc ssrc) noexcept;
  bool IsRetired(Ssrc ssrc) const noexcept;
  bool HasRoom() const noexcept;
  ReceivedStream& Add(Ssrc ssrc) noexcept;

  const SrtpKeys keys_;
  const uint64_t fingerprint_;
  const SrtpSuiteTraits& traits_;
  const std::unique_ptr<Cipher> rtp_;
  const std::unique_ptr<Cipher> rtcp_;
  uint64_t uses_ = 0;
  std::array<ReceivedStream, kStreamsMax> streams_ = {};
  std::array<Ssrc, kRetiredMax> retired_ = {};
  size_t retired_count_ = 0;
};

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_UNPROTECTOR_H_
