// How a call ends on record where it is us who end it.

#ifndef NARADA_CONTROL_CALLS_CALL_END_H_
#define NARADA_CONTROL_CALLS_CALL_END_H_

#include "control/calls/gateway.h"
#include "control/model/call_record.h"

namespace narada::control::calls {

CallEnd EndOf(RejectReason reason);
CallEnd EndOf(HangupReason reason);

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CALL_END_H_
