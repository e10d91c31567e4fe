// Test vectors as the RFCs print them.
#ifndef NARADA_MIXER_SRTP_HEX_H_
#define NARADA_MIXER_SRTP_HEX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace narada::mixer::srtp {

// Spaces are for the eye.
inline std::vector<uint8_t> Hex(absl::string_view text) {
  const std::string bytes = absl::HexStringToBytes(absl::StrReplaceAll(text, {{" ", ""}}));
  return {bytes.begin(), bytes.end()};
}

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_HEX_H_
