// Encrypts and authenticates the packets of one protocol under one session key: AES in counter mode
// with HMAC-SHA1 (RFC 3711 §4, RFC 6188), or AES-GCM (RFC 7714), on nettle.
//   const std::unique_ptr<Cipher> cipher = MakeCipher(suite, DeriveSessionKeys(master, protocol));
//   cipher->Seal({ssrc, index}, parts, out, tag);
//   if (!cipher->Open({ssrc, index}, parts, tag, out)) ...      // forged: `out` holds nothing
// Knows no packet: protector.h and unprotector.h take packets apart. One thread; allocates when made,
// is wiped when freed.
#ifndef NARADA_MIXER_SRTP_CIPHER_H_
#define NARADA_MIXER_SRTP_CIPHER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "mixer/srtp/key_derivation.h"
#include "mixer/units/srtp_keys.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::srtp {

// What makes the initialisation vector; never twice the same under one key.
struct PacketId {
  Ssrc ssrc;
  uint64_t index = 0;  // 48 bits of RTP (roll-over counter and sequence number), 31 of RTCP.
};

struct PacketParts {
  std::span<const uint8_t> header;   // Authenticated, in front of the body.
  std::span<const uint8_t> body;     // Encrypted, or to be encrypted.
  std::span<const uint8_t> trailer;  // Authenticated, behind the body.
};

class Cipher {
 public:
  virtual ~Cipher() = default;

  // Writes `parts.body`, encrypted, into `out` of the same size, which it may be itself, and the
  // tag of tag.size() bytes.
  virtual void Seal(const PacketId& id, const PacketParts& parts, uint8_t* out,
                    std::span<uint8_t> tag) noexcept = 0;
  // The reverse. False if the tag is not right; nothing readable is left in `out` then.
  virtual bool Open(const PacketId& id, const PacketParts& parts, std::span<const uint8_t> tag,
                    uint8_t* out) noexcept = 0;
};

// What a counter mode cipher takes, the largest part of a packet's way through SRTP that is not in the cache.
inline constexpr size_t kCipherBytes = 512;

std::unique_ptr<Cipher> MakeCipher(SrtpSuite suite, const SessionKeys& keys);

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_CIPHER_H_
