#include "mixer/engine/engine_status.h"

#include "base/status.h"

namespace narada::mixer::engine {

absl::Status StatusOf(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::kDone:
      return absl::OkStatus();
    case CommandOutcome::kWorkerFull:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MIXER_FULL",
                             "the worker has no place for another leg");
    case CommandOutcome::kPlaybacksPending:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PLAYBACKS_PENDING",
                             "as many playbacks wait for the target as it can hold; stop some");
    case CommandOutcome::kNoTelephoneEvent:
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NO_TELEPHONE_EVENT",
                             "the far end did not agree to telephone-event");
    case CommandOutcome::kDigitsPending:
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "DIGITS_PENDING",
                             "as many digits wait to be sent as a leg can hold; send them later");
  }
  return absl::InternalError("an outcome without a status");
}

absl::Status RoomUnknown() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN", "there is no such room");
}

absl::Status LegUnknown() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "LEG_UNKNOWN", "there is no such leg");
}

}  // namespace narada::mixer::engine
