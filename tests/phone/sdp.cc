#include "tests/phone/sdp.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace narada::phone {

absl::StatusOr<SdpAudio> ParseSdpAudio(absl::string_view sdp) {
  SdpAudio audio;
  bool has_audio = false;
  bool in_audio = false;  // Attributes of another m= section are not ours.
  std::string session_address;
  for (absl::string_view line : absl::StrSplit(sdp, '\n')) {
    line = absl::StripTrailingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, "m=")) {
      in_audio = !has_audio && absl::StartsWith(line, "audio ");
      if (!in_audio) continue;
      has_audio = true;
      const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      int port = 0;
      if (words.size() < 4 || !absl::SimpleAtoi(words[1], &port) || port < 0 || port > 65535) {
        return absl::InvalidArgumentError(absl::StrCat("bad media line: m=", line));
      }
      if (words[2] != "RTP/AVP") {
        return absl::InvalidArgumentError(absl::StrCat("unknown profile ", words[2]));
      }
      audio.port = static_cast<uint16_t>(port);
      for (size_t i = 3; i < words.size(); ++i) {
        int payload_type = 0;
        if (!absl::SimpleAtoi(words[i], &payload_type)) {
          return absl::InvalidArgumentError(absl::StrCat("bad payload type ", words[i]));
        }
        audio.payload_types.push_back(payload_type);
      }
    } else if (absl::ConsumePrefix(&line, "c=IN IP4 ")) {
      const std::string address(line.substr(0, line.find('/')));
      if (!has_audio) session_address = address;
      if (in_audio) audio.address = address;
    } else if (absl::ConsumePrefix(&line, "a=")) {
      const bool is_direction =
          line == "sendrecv" || line == "sendonly" || line == "recvonly" || line == "inactive";
      if (is_direction && (in_audio || !has_audio)) audio.direction = std::string(line);
      if (in_audio && absl::ConsumePrefix(&line, "rtpmap:") &&
          absl::StrContains(absl::AsciiStrToLower(line), " telephone-event/8000")) {
        (void)absl::SimpleAtoi(line.substr(0, line.find(' ')), &audio.event_payload_type);
      }
    }
  }
  if (!has_audio) return absl::InvalidArgumentError("no m=audio line");
  if (audio.address.empty()) audio.address = session_address;
  if (audio.address.empty()) return absl::InvalidArgumentError("no c=IN IP4 line");
  return audio;
}

absl::string_view AnswerDirection(absl::string_view direction) {
  if (direction == "sendonly") return "recvonly";
  if (direction == "recvonly") return "sendonly";
  return direction;
}

}  // namespace narada::phone
