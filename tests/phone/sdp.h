#ifndef NARADA_TESTS_PHONE_SDP_H_
#define NARADA_TESTS_PHONE_SDP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::phone {

// One payload type of an m=audio line, with what a=rtpmap says of it, or else RFC 3551.
struct SdpFormat {
  int payload_type = 0;
  std::string name;  // In lower case: "pcma", "telephone-event"; empty if nothing says it.
  int clock_rate_hz = 8000;
  int channels = 1;
};

// The one audio stream that a phone reads from its peer's SDP.
struct SdpAudio {
  std::string address;              // IPv4, numeric.
  uint16_t port = 0;                // 0: refused.
  bool is_secure = false;           // RTP/SAVP
  std::vector<SdpFormat> formats;   // Of audio, as listed; best first.
  std::vector<SdpFormat> events;    // telephone-event, likewise.
  std::vector<std::string> crypto;  // What follows a=crypto:, as listed.
  int ptime_ms = 0;                 // 0: not said.
  std::string direction = "sendrecv";
};

// Errors name what is missing: no m=audio line, no c= line, ...
absl::StatusOr<SdpAudio> ParseSdpAudio(absl::string_view sdp);

// The direction that answers `direction`: sendonly for recvonly and so on.
absl::string_view AnswerDirection(absl::string_view direction);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SDP_H_
