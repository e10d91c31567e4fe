// Reads what a mixer is doing once, beside the stream of events that is being followed.
//   ReadSnapshot(*stubs->events, [](absl::StatusOr<MixerSnapshot> snapshot) { ... });
// Asynchronous; `done` runs on a thread of gRPC, within the 5 s that any call may take.

#ifndef NARADA_CONTROL_MIXERS_SNAPSHOT_READER_H_
#define NARADA_CONTROL_MIXERS_SNAPSHOT_READER_H_

#include "control/mixers/mixer.h"
#include "narada/mixer/v1/event.grpc.pb.h"

namespace narada::control::mixers {

void ReadSnapshot(mixer::v1::EventService::Stub& events, Mixer::DoneWith<MixerSnapshot> done);

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_SNAPSHOT_READER_H_
