// What the engine's callers are told of a command's end.
#ifndef NARADA_MIXER_ENGINE_ENGINE_STATUS_H_
#define NARADA_MIXER_ENGINE_ENGINE_STATUS_H_

#include "absl/status/status.h"
#include "mixer/engine/command.h"

namespace narada::mixer::engine {

// RESOURCE_EXHAUSTED / MIXER_FULL | PLAYBACKS_PENDING | DIGITS_PENDING, FAILED_PRECONDITION / NO_TELEPHONE_EVENT.
absl::Status StatusOf(CommandOutcome outcome);

absl::Status RoomUnknown();  // NOT_FOUND / ROOM_UNKNOWN
absl::Status LegUnknown();   // NOT_FOUND / LEG_UNKNOWN

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_ENGINE_STATUS_H_
