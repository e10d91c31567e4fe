// What a setting of an HTTP gateway is refused with.
#ifndef NARADA_CONTROL_SMS_INVALID_SETTING_H_
#define NARADA_CONTROL_SMS_INVALID_SETTING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace narada::control::sms {

// INVALID_ARGUMENT / TEMPLATE_INVALID. The field stands beside the message, not in it: the reader of the
// settings puts it behind file and line.
inline absl::Status InvalidSetting(absl::string_view field, absl::string_view why) {
  return WithField(ErrorWithReason(absl::StatusCode::kInvalidArgument, "TEMPLATE_INVALID", why),
                   field);
}

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_INVALID_SETTING_H_
