// Where the datagrams of a leg come from, if its far end says so: what tells them apart on a socket that many legs share.
#ifndef NARADA_MIXER_ENGINE_LEG_SOURCES_H_
#define NARADA_MIXER_ENGINE_LEG_SOURCES_H_

#include "mixer/room/leg_media.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::engine {

// Either may be unset: the far end has not said, or cannot be reached (c=0.0.0.0). Then nothing of it is listened to.
struct LegSources {
  SocketAddress rtp;   // To the RTP port; with rtcp-mux its RTCP as well.
  SocketAddress rtcp;  // To the RTCP port.
};

inline LegSources SourcesOf(const room::LegMedia& media) noexcept {
  const auto if_definite = [](const SocketAddress& address) {
    const bool is_definite = address.port() != 0 && !address.ip().is_unspecified();
    return is_definite ? address : SocketAddress();
  };
  return {.rtp = if_definite(media.remote_rtp),
          .rtcp = media.rtcp_mux ? SocketAddress() : if_definite(media.remote_rtcp)};
}

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_LEG_SOURCES_H_
