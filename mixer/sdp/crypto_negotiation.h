// Whether a leg's media is encrypted, and with what: the a=crypto part of offer and answer (RFC 4568
// §5 and §7), by a policy.
//   ASSIGN_OR_RETURN(std::optional<AgreedSrtp> srtp, AnswerCrypto(remote, local));    // they offer
//   std::vector<OfferedKeys> offered = OfferCrypto(local);                           // or we do
//   ASSIGN_OR_RETURN(std::optional<AgreedSrtp> srtp, AcceptCrypto(remote, local, offered));
// No downgrade: RTP/SAVP is answered with keys or refused; what is encrypted stays so for the whole
// call. Our keys all derive from one secret, a new generation of them for each change, so that who
// holds the secret and repeats the rounds gets the same keys. Pure functions.
#ifndef NARADA_MIXER_SDP_CRYPTO_NEGOTIATION_H_
#define NARADA_MIXER_SDP_CRYPTO_NEGOTIATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mixer/sdp/session_description.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::sdp {

enum class SrtpPolicy : uint8_t {
  kOff,       // RTP/SAVP is refused; nothing is encrypted.
  kOptional,  // As the far end can; our own offers are RTP/AVP with keys beside it (RFC 8643).
  kRequired,  // What cannot be encrypted is refused.
};

// What our keys derive from, drawn from a secure source, one for each leg. Wiped when freed.
struct KeySecret {
  KeySecret() = default;
  KeySecret(const KeySecret&) = default;
  KeySecret& operator=(const KeySecret&) = default;
  ~KeySecret() { Wipe(bytes); }

  std::array<uint8_t, 32> bytes = {};
};

// What both sides agreed on, seen from us.
struct AgreedSrtp {
  uint32_t tag = 0;
  SrtpKeys send;     // We protect with it,
  SrtpKeys receive;  // and the far end with this.

  friend bool operator==(const AgreedSrtp&, const AgreedSrtp&) = default;
};

struct LocalSrtp {
  SrtpPolicy policy = SrtpPolicy::kOff;
  // In order of preference: what we offer, and take from offers.
  std::vector<SrtpSuite> suites = {
      SrtpSuite::kAesCm128HmacSha1Tag80, SrtpSuite::kAeadAes128Gcm,
      SrtpSuite::kAeadAes256Gcm,         SrtpSuite::kAesCm256HmacSha1Tag80,
      SrtpSuite::kAesCm128HmacSha1Tag32, SrtpSuite::kAesCm256HmacSha1Tag32};
  KeySecret secret;
  uint32_t generation = 0;           // Of the keys that come next.
  std::optional<AgreedSrtp> agreed;  // In the rounds before.
  bool has_plain_media = false;      // They agreed on media without keys.
};

struct OfferedKeys {
  uint32_t tag = 0;
  SrtpKeys keys;

  friend bool operator==(const OfferedKeys&, const OfferedKeys&) = default;
};

// Ours of one generation and suite.
SrtpKeys DeriveOwnKeys(const KeySecret& secret, uint32_t generation, SrtpSuite suite);

// Of an offer; unset: plain media. The far end's first line that we can use; its tag goes into the
// answer. Errors: FAILED_PRECONDITION / MEDIA_UNACCEPTABLE (SIP 488), naming what stands in the way
// of each line.
absl::StatusOr<std::optional<AgreedSrtp>> AnswerCrypto(const AudioDescription& remote,
                                                       const LocalSrtp& local);

// The lines of our offer; none: plain media is offered.
std::vector<OfferedKeys> OfferCrypto(const LocalSrtp& local);

// Of the answer to our offer. Errors: as AnswerCrypto(), for an answer without keys, too, where plain
// media was not offered.
absl::StatusOr<std::optional<AgreedSrtp>> AcceptCrypto(const AudioDescription& remote,
                                                       const LocalSrtp& local,
                                                       const std::vector<OfferedKeys>& offered);

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_CRYPTO_NEGOTIATION_H_
