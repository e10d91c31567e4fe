// Whatever a stranger calls SDP is refused with a reason or answered with SDP that we can read.
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/sdp/negotiation.h"
#include "mixer/sdp/parser.h"

namespace narada::mixer::sdp {
namespace {

LocalMedia Local() {
  LocalMedia local;
  local.rtp = SocketAddress(IpAddress::V4(203, 0, 113, 1), 20000);
  local.rtcp = local.rtp.WithPort(20001);
  PayloadFormat opus;
  opus.encoding_name = "opus";
  opus.payload_type = PayloadType(96);
  opus.clock_rate = ClockRate::FromHertz(48'000);
  opus.channels = 2;
  opus.format_parameters = "useinbandfec=1";
  PayloadFormat g722;
  g722.encoding_name = "G722";
  g722.payload_type = kG722PayloadType;
  PayloadFormat l16;
  l16.encoding_name = "L16";
  l16.payload_type = PayloadType(97);
  l16.clock_rate = ClockRate::FromHertz(48'000);
  l16.ptime_max = Milliseconds(10);
  PayloadFormat pcma;
  pcma.encoding_name = "PCMA";
  pcma.payload_type = kPcmaPayloadType;
  PayloadFormat pcmu = pcma;
  pcmu.encoding_name = "PCMU";
  pcmu.payload_type = kPcmuPayloadType;
  local.codecs = {opus, g722, pcma, pcmu};
  local.accepted_codecs = {l16};
  local.offers_comfort_noise = true;
  local.ptime_min = Milliseconds(10);
  local.ptime_max = Milliseconds(60);
  local.srtp.policy = SrtpPolicy::kOptional;
  return local;
}

void CheckMedia(const NegotiatedMedia& media) {
  CHECK(media.remote_rtp.is_set() && media.remote_rtp.port() != 0) << "media without an address";
  CHECK(!media.remote_rtp.ip().is_multicast()) << "media to a group";
  CHECK(!media.remote_rtcp.ip().is_multicast()) << "reports to a group";
  CHECK(!media.remote_rtcp.is_set() || media.remote_rtcp.port() != 0) << "reports to no port";
  CHECK(!media.receive_codecs.empty()) << "media without a codec";
  CHECK(media.ptime >= Milliseconds(10) && media.ptime <= Milliseconds(60)) << "an odd packet time";
  if (media.audio_level.has_value()) {
    const int id = media.audio_level->id;
    CHECK(id != 0 && id != 15) << "a level that no packet can hold";
  }
  CHECK(!media.remote_rtp.ip().is_unspecified() || !Sends(media.direction)) << "sends nowhere";
}

void CheckRefusal(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  CHECK(reason == "SDP_INVALID" || reason == "MEDIA_UNACCEPTABLE") << status;
  CHECK(!status.message().empty()) << "a refusal that says nothing";
}

void Fuzz(absl::string_view text) {
  const absl::StatusOr<SessionDescription> parsed = ParseSessionDescription(text);
  Negotiation callee(Local(), 1);
  const absl::StatusOr<Answer> answer = callee.OnOffer(text);
  if (answer.ok()) {
    CHECK(parsed.ok()) << "an answer to what cannot be read";
    CheckMedia(answer->media);
    const absl::StatusOr<SessionDescription> own = ParseSessionDescription(answer->sdp);
    CHECK(own.ok()) << own.status() << " in our own answer\n" << answer->sdp;
    CHECK_EQ(own->sections.size(), parsed->sections.size()) << "m= lines were lost";
    // The same once more changes nothing.
    const absl::StatusOr<Answer> again = callee.OnOffer(text);
    CHECK(again.ok() && again->sdp == answer->sdp) << "the same offer was answered differently";
    CHECK(ParseSessionDescription(callee.MakeOffer()).ok()) << "our own offer cannot be read";
  } else {
    CheckRefusal(answer.status());
  }

  Negotiation caller(Local(), 2);
  caller.MakeOffer();
  const absl::StatusOr<NegotiatedMedia> media = caller.OnAnswer(text);
  if (media.ok()) {
    CheckMedia(*media);
  } else {
    CheckRefusal(media.status());
  }
}

}  // namespace
}  // namespace narada::mixer::sdp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::sdp::Fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
