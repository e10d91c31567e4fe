// Whatever a stranger writes behind a=crypto: is no line, a line with a reason against it, or a line
// with a key that is written and read again alike.
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "mixer/sdp/crypto_attribute.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using narada::mixer::sdp::CryptoLine;
  using narada::mixer::sdp::FormatCryptoAttribute;
  using narada::mixer::sdp::ParseCryptoAttribute;
  const std::optional<CryptoLine> line =
      ParseCryptoAttribute(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!line.has_value()) return 0;
  CHECK(line->keys.has_value() == line->refusal.empty()) << "neither a key nor a reason";
  if (!line->keys.has_value()) return 0;
  CHECK(line->keys->identifier().size() <= 4) << "an identifier beyond its memory";
  const std::optional<CryptoLine> again =
      ParseCryptoAttribute(FormatCryptoAttribute(line->tag, *line->keys));
  CHECK(again.has_value() && again->keys.has_value() && again->tag == line->tag) << "not readable";
  narada::mixer::SrtpKeys keys = *line->keys;
  keys.SetIdentifier({});  // Of the far end's packets; ours have none.
  CHECK(*again->keys == keys) << "another key";
  return 0;
}
