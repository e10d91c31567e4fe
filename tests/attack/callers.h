// Phones in a room of the attacked mixer.
//   absl::StatusOr<Caller> victim = Call(mixer, loop, "talk", {});
//   victim->phone->SayTones({{440, -20}});
//   attacker.Send(victim->rtp_port, ...);
#ifndef NARADA_TESTS_ATTACK_CALLERS_H_
#define NARADA_TESTS_ATTACK_CALLERS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/attack/mixer_process.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::attack {

struct Caller {
  std::unique_ptr<phone::MediaSession> phone;
  std::string leg;
  uint16_t rtp_port = 0;  // Of the mixer, for this leg.
  uint16_t rtcp_port = 0;
};

// A phone that is in the room and sends by now, in A-law. Errors: AddLeg's, MediaSession's.
absl::StatusOr<Caller> Call(MixerProcess& mixer, phone::PhoneLoop& loop, const std::string& room,
                            phone::MediaSession::Options options);

}  // namespace narada::attack

#endif  // NARADA_TESTS_ATTACK_CALLERS_H_
