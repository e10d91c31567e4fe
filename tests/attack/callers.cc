#include "tests/attack/callers.h"

#include <utility>

#include "base/status.h"

namespace narada::attack {

absl::StatusOr<Caller> Call(MixerProcess& mixer, phone::PhoneLoop& loop, const std::string& room,
                            phone::MediaSession::Options options) {
  options.codecs = {phone::Codec::kPcma};
  Caller caller;
  ASSIGN_OR_RETURN(caller.phone, phone::MediaSession::Open(loop, std::move(options)));
  mixer::v1::AddLegRequest request;
  request.set_room_id(room);
  request.set_sdp_offer(caller.phone->LocalSdp());
  ASSIGN_OR_RETURN(const mixer::v1::AddLegResponse response, mixer.AddLeg(request));
  RETURN_IF_ERROR(caller.phone->Start(response.sdp()));
  caller.leg = response.leg().leg_id();
  caller.rtp_port = static_cast<uint16_t>(response.leg().media().local_rtp_port());
  caller.rtcp_port = static_cast<uint16_t>(response.leg().media().local_rtcp_port());
  return caller;
}

}  // namespace narada::attack
