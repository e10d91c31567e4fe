#ifndef NARADA_TESTS_PHONE_SDP_H_
#define NARADA_TESTS_PHONE_SDP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::phone {

// The one audio stream that a phone reads from its peer's SDP.
struct SdpAudio {
  std::string address;             // IPv4, numeric.
  uint16_t port = 0;               // 0: refused.
  std::vector<int> payload_types;  // As listed; best first.
  int event_payload_type = 0;      // telephone-event/8000; 0 if not there.
  std::string direction = "sendrecv";
};

// Errors name what is missing: no m=audio line, no c= line, ...
absl::StatusOr<SdpAudio> ParseSdpAudio(absl::string_view sdp);

// The direction that answers `direction`: sendonly for recvonly and so on.
absl::string_view AnswerDirection(absl::string_view direction);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SDP_H_
