#include "tests/phone/sdp.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace narada::phone {
namespace {

// Without a=rtpmap (RFC 3551 §6).
SdpFormat StaticFormat(int payload_type) {
  switch (payload_type) {
    case 0:
      return {payload_type, "pcmu"};
    case 8:
      return {payload_type, "pcma"};
    case 9:
      return {payload_type, "g722"};
    case 13:
      return {payload_type, "cn"};
    default:
      return {payload_type, ""};
  }
}

// "96 opus/48000/2"
void ReadRtpmap(absl::string_view line, std::vector<SdpFormat>& formats) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  int payload_type = 0;
  if (words.size() < 2 || !absl::SimpleAtoi(words[0], &payload_type)) return;
  const std::vector<absl::string_view> parts = absl::StrSplit(words[1], '/');
  for (SdpFormat& format : formats) {
    if (format.payload_type != payload_type) continue;
    format.name = absl::AsciiStrToLower(parts[0]);
    if (parts.size() > 1) (void)absl::SimpleAtoi(parts[1], &format.clock_rate_hz);
    if (parts.size() > 2) (void)absl::SimpleAtoi(parts[2], &format.channels);
  }
}

bool IsEvent(const SdpFormat& format) { return format.name == "telephone-event"; }

absl::Status ReadMediaLine(absl::string_view line, SdpAudio& audio) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  int port = 0;
  if (words.size() < 4 || !absl::SimpleAtoi(words[1], &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("bad media line: m=", line));
  }
  if (words[2] != "RTP/AVP" && words[2] != "RTP/SAVP") {
    return absl::InvalidArgumentError(absl::StrCat("unknown profile ", words[2]));
  }
  audio.is_secure = words[2] == "RTP/SAVP";
  audio.port = static_cast<uint16_t>(port);
  for (size_t i = 3; i < words.size(); ++i) {
    int payload_type = 0;
    if (!absl::SimpleAtoi(words[i], &payload_type)) {
      return absl::InvalidArgumentError(absl::StrCat("bad payload type ", words[i]));
    }
    audio.formats.push_back(StaticFormat(payload_type));
  }
  return absl::OkStatus();
}

}  // namespace

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
      if (absl::Status read = ReadMediaLine(line, audio); !read.ok()) return read;
    } else if (absl::ConsumePrefix(&line, "c=IN IP4 ")) {
      const std::string address(line.substr(0, line.find('/')));
      if (!has_audio) session_address = address;
      if (in_audio) audio.address = address;
    } else if (absl::ConsumePrefix(&line, "a=")) {
      const bool is_direction =
          line == "sendrecv" || line == "sendonly" || line == "recvonly" || line == "inactive";
      if (is_direction && (in_audio || !has_audio)) audio.direction = std::string(line);
      if (!in_audio) continue;
      if (absl::ConsumePrefix(&line, "rtpmap:")) ReadRtpmap(line, audio.formats);
      if (absl::ConsumePrefix(&line, "ptime:")) (void)absl::SimpleAtoi(line, &audio.ptime_ms);
      if (absl::ConsumePrefix(&line, "crypto:")) audio.crypto.emplace_back(line);
    }
  }
  if (!has_audio) return absl::InvalidArgumentError("no m=audio line");
  if (audio.address.empty()) audio.address = session_address;
  if (audio.address.empty()) return absl::InvalidArgumentError("no c=IN IP4 line");
  std::copy_if(audio.formats.begin(), audio.formats.end(), std::back_inserter(audio.events),
               IsEvent);
  audio.formats.erase(std::remove_if(audio.formats.begin(), audio.formats.end(), IsEvent),
                      audio.formats.end());
  return audio;
}

absl::string_view AnswerDirection(absl::string_view direction) {
  if (direction == "sendonly") return "recvonly";
  if (direction == "recvonly") return "sendonly";
  return direction;
}

}  // namespace narada::phone
