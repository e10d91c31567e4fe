// The mixer's events and snapshots from protobuf to control's own types.

#ifndef NARADA_CONTROL_MIXERS_MIXER_EVENTS_H_
#define NARADA_CONTROL_MIXERS_MIXER_EVENTS_H_

#include <optional>

#include "control/mixers/mixer.h"
#include "narada/mixer/v1/event.pb.h"

namespace narada::control::mixers {

// Nothing for events that control does not act on.
std::optional<LegEvent> FromProto(const mixer::v1::Event& event);

// Nothing where nothing has been received.
std::optional<CallQuality> QualityFrom(const mixer::v1::LegStatistics& statistics);

// Adds a part of a snapshot to what has come of it.
void AddPart(const mixer::v1::Snapshot& part, MixerSnapshot& snapshot);

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_EVENTS_H_
