// SDP text from a stranger to our own values, by sofia-sip's parser, which nobody else sees.
//   ASSIGN_OR_RETURN(const SessionDescription offer, ParseSessionDescription(text));
// Offers and answers are read alike; what they mean is decided in offer_answer.h. Any thread.
#ifndef NARADA_MIXER_SDP_PARSER_H_
#define NARADA_MIXER_SDP_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mixer/sdp/session_description.h"

namespace narada::mixer::sdp {

inline constexpr size_t kTextSizeMax = 16 * 1024;  // Real ones have a few kilobytes.
inline constexpr size_t kSectionsMax = 16;
inline constexpr size_t kFormatsMax = 64;  // In one m= line.
inline constexpr size_t kCryptoLinesMax = 16;

// Errors: INVALID_ARGUMENT / SDP_INVALID with what is wrong, never with the text itself: it may
// hold keys.
absl::StatusOr<SessionDescription> ParseSessionDescription(absl::string_view text);

}  // namespace narada::mixer::sdp

#endif  // NARADA_MIXER_SDP_PARSER_H_
