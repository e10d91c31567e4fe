// One a=crypto line (RFC 4568): a key for SRTP in the text of an SDP.
//   std::optional<CryptoLine> line = ParseCryptoAttribute("1 AES_CM_128_HMAC_SHA1_80 inline:...");
//   std::string value = FormatCryptoAttribute(1, keys);      // with the key in it: never logged
// A line that asks for what we do not do is kept with the reason, so that a refusal can name it. Any
// thread; allocates. Keys are wiped where they lie outside of the SDP's own text.
#ifndef NARADA_MIXER_SDP_CRYPTO_ATTRIBUTE_H_
#define NARADA_MIXER_SDP_CRYPTO_ATTRIBUTE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::sdp {

struct CryptoLine {
  uint32_t tag = 0;
  std::string suite;             // As written.
  std::optional<SrtpKeys> keys;  // With the line's MKI. Unset: see `refusal`.
  std::string refusal;           // Why the line is not for us. Never holds a key.
};

// Of the value behind "a=crypto:". Empty if it is no crypto attribute at all. Lifetimes are taken as
// they are, for they bind the one who sends under the key; a key derivation rate, several keys in a
// line, an MKI of more than four bytes and session parameters that take protection off are refused.
std::optional<CryptoLine> ParseCryptoAttribute(absl::string_view value);

std::string FormatCryptoAttribute(uint32_t tag, const SrtpKeys& keys);

// Overwrites text that has held a key.
void WipeText(std::string& text);

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_CRYPTO_ATTRIBUTE_H_
