#include "mixer/sdp/session_description.h"

#include "absl/strings/match.h"

namespace narada::mixer::sdp {

const char* DirectionName(Direction direction) {
  switch (direction) {
    case Direction::kInactive:
      return "inactive";
    case Direction::kSendOnly:
      return "sendonly";
    case Direction::kRecvOnly:
      return "recvonly";
    case Direction::kSendRecv:
      return "sendrecv";
  }
  return "inactive";
}

bool PayloadFormat::IsSameCodec(const PayloadFormat& other) const {
  return absl::EqualsIgnoreCase(encoding_name, other.encoding_name) &&
         clock_rate == other.clock_rate &&
         (channels == other.channels || absl::EqualsIgnoreCase(encoding_name, "opus"));
}

}  // namespace narada::mixer::sdp
