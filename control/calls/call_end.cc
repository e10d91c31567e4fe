#include "control/calls/call_end.h"

namespace narada::control::calls {

CallEnd EndOf(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNumberUnknown:
      return CallEnd::kNumberUnknown;
    case RejectReason::kMediaUnacceptable:
    case RejectReason::kMediaInvalid:
      return CallEnd::kMediaUnacceptable;
    case RejectReason::kBusy:
    case RejectReason::kOverloaded:
      return CallEnd::kOverloaded;
    case RejectReason::kForbidden:
      return CallEnd::kRejected;
    case RejectReason::kFault:
      return CallEnd::kFault;
  }
  return CallEnd::kFault;
}

CallEnd EndOf(HangupReason reason) {
  switch (reason) {
    case HangupReason::kCompleted:
      return CallEnd::kCompleted;
    case HangupReason::kMediaTimedOut:
      return CallEnd::kMediaTimedOut;
    case HangupReason::kCallTooLong:
      return CallEnd::kTooLong;
    case HangupReason::kDisconnectedByModerator:
      return CallEnd::kDisconnected;
    case HangupReason::kCallUnknown:
      return CallEnd::kLost;
    case HangupReason::kFault:
      return CallEnd::kFault;
  }
  return CallEnd::kFault;
}

}  // namespace narada::control::calls
