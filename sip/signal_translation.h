#ifndef NARADA_SIP_SIGNAL_TRANSLATION_H_
#define NARADA_SIP_SIGNAL_TRANSLATION_H_

#include "absl/types/optional.h"
#include "narada/control/v1/signaling.pb.h"
#include "sip/call_messages.h"

namespace narada::sip {

// The edge between our values and control's protobufs; nothing else in sip/ sees those.
control::v1::SignalRequest ToProto(const CallEvent& event);

// Nothing for Welcome, or for a command from a newer control that we do not know.
absl::optional<CallCommand> FromProto(const control::v1::SignalResponse& response);

}  // namespace narada::sip

#endif  // NARADA_SIP_SIGNAL_TRANSLATION_H_
