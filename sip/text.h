#ifndef NARADA_SIP_TEXT_H_
#define NARADA_SIP_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace narada::sip {

// `text` with every byte that is not part of valid UTF-8 replaced by '?'. What comes from the
// network goes into protobuf strings, whose parser would otherwise end the whole stream.
std::string ValidUtf8(absl::string_view text);

}  // namespace narada::sip

#endif  // NARADA_SIP_TEXT_H_
