// Brings the rooms and legs of the mixer's last life back, if it was killed: before anybody may ask.
//   ResumeLastLife(context, room_service, leg_service);
// Calls go on within the time that this takes: legs come back many at once. What cannot come back is
// logged and forgotten; whoever watches finds it missing in the snapshot.
#ifndef NARADA_MIXER_SERVICE_RESUME_H_
#define NARADA_MIXER_SERVICE_RESUME_H_

#include "mixer/service/leg_service.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/room_service.h"

namespace narada::mixer::service {

// Does nothing where no state is kept.
void ResumeLastLife(MixerContext& context, RoomService& rooms, LegService& legs);

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_RESUME_H_
