// The sending half of SRTP for one stream: RTP and RTCP packets of one SSRC, which is read from them,
// under one master key (RFC 3711, RFC 7714).
//   Protector protector(keys);                              // off the worker: derives, allocates
//   size_t size = protector.ProtectRtp(header, payload, out);      // header of the packet as it is
//   size_t size = protector.ProtectRtcp(compound, out);
// A packet index is never used twice under one key: what would, is refused. A resumed stream goes on
// behind every index that can have left:
//   Protector protector(keys);
//   protector.Resume(saved_indexes);
// Packets carry no MKI: a key of ours is the only one of its stream. One thread; no allocation after
// construction; wiped when freed.
#ifndef NARADA_MIXER_SRTP_PROTECTOR_H_
#define NARADA_MIXER_SRTP_PROTECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/srtp/cipher.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::srtp {

// By how much a packet grows at the most: a tag of 16 bytes, and of RTCP the index.
inline constexpr size_t kGrowthMax = 20;

// Where a stream stands; a plain struct for checkpoints.
struct SendIndexes {
  bool has_sent_rtp = false;
  uint64_t next_rtp = 0;   // The lowest index not used yet: roll-over counter and sequence number.
  uint32_t next_rtcp = 0;  // Of the next RTCP packet.
};

class Protector {
 public:
  explicit Protector(const SrtpKeys& keys);

  // `header` is a whole RTP header with its CSRCs and extension. Writes the protected packet into
  // `out` and returns its size: header and payload and the suite's rtp_tag_size. 0, and nothing may
  // be sent, if the sequence number does not go on from those before (by less than 2^15), the key
  // is used up (2^48 packets) or `out` is too small.
  size_t ProtectRtp(std::span<const uint8_t> header, std::span<const uint8_t> payload,
                    std::span<uint8_t> out) noexcept;
  // The same for a compound packet of at least 8 bytes; each gets the next index. 0 after 2^31.
  size_t ProtectRtcp(std::span<const uint8_t> compound, std::span<uint8_t> out) noexcept;

  const SendIndexes& indexes() const noexcept { return indexes_; }
  // Never lowers an index.
  void Resume(const SendIndexes& indexes) noexcept;

  // Of RTP; lives as long as this. For hints to the CPU.
  const Cipher* cipher() const noexcept { return rtp_.get(); }

  const SrtpKeys& keys() const noexcept { return keys_; }
  // Tells keys apart in checkpoints, and nothing about them.
  uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  // What each packet needs comes first.
  SendIndexes indexes_;
  const SrtpKeys keys_;
  const uint64_t fingerprint_;
  const SrtpSuiteTraits& traits_;
  const std::unique_ptr<Cipher> rtp_;
  const std::unique_ptr<Cipher> rtcp_;
};

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_PROTECTOR_H_
