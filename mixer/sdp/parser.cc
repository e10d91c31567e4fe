#include "mixer/sdp/parser.h"

#include <sofia-sip/sdp.h>
#include <sofia-sip/su_alloc.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "mixer/sdp/crypto_attribute.h"

namespace narada::mixer::sdp {
namespace {

struct FreeParser {
  void operator()(sdp_parser_t* parser) const { sdp_parser_free(parser); }
};

absl::Status Invalid(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SDP_INVALID",
                         absl::StrCat("the SDP cannot be read: ", what));
}

absl::string_view OrEmpty(const char* text) { return text == nullptr ? "" : text; }

// RFC 8866 §9: what a token consists of.
bool IsToken(absl::string_view word, absl::string_view also = "") {
  return !word.empty() && std::all_of(word.begin(), word.end(), [also](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::string_view("-!#$%&'*+.^_`{|}~").find(c) != absl::string_view::npos ||
           also.find(c) != absl::string_view::npos;
  });
}

bool IsPort(absl::string_view word) {
  return word.find_first_not_of("0123456789/") == absl::string_view::npos;
}

// "audio 49170/2 RTP/AVP 0 8": type, port, transport, at least one format.
bool IsMediaLine(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  return words.size() >= 4 && IsToken(words[0]) && IsPort(words[1]) && IsToken(words[2], "/") &&
         std::all_of(words.begin() + 3, words.end(),
                     [](absl::string_view format) { return IsToken(format); });
}

// sofia-sip 1.12.11 never comes back from a format that is no token (it asks for the next one at the
// same place, and allocates each time), so no such line may reach it.
bool HasMediaLinesThatSofiaCanRead(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (absl::StartsWith(line, "m=") && !IsMediaLine(line.substr(2))) return false;
  }
  return true;
}

bool IsRtp(absl::string_view transport) {
  return absl::EqualsIgnoreCase(transport, "RTP/AVP") ||
         absl::EqualsIgnoreCase(transport, "RTP/AVPF");
}

// RTP/SAVP, RTP/SAVPF and both of them over DTLS.
bool IsSecureRtp(absl::string_view transport) {
  return absl::EndsWithIgnoreCase(transport, "RTP/SAVP") ||
         absl::EndsWithIgnoreCase(transport, "RTP/SAVPF");
}

// The c= of the m= line, or else of the session; null if there is none.
const sdp_connection_t* ConnectionOf(const sdp_session_t* session, const sdp_media_t* media) {
  return media->m_connections != nullptr ? media->m_connections : session->sdp_connection;
}

// "49170" or "53020 IN IP4 126.16.64.4" (RFC 3605). False if it makes no sense.
bool ParseRtcpAttribute(absl::string_view value, const IpAddress& rtp_ip, SocketAddress* rtcp) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  uint32_t port;
  if (words.empty() || !absl::SimpleAtoi(words[0], &port) || port == 0 || port > 65535)
    return false;
  IpAddress ip = rtp_ip;
  if (words.size() >= 4) {
    const std::optional<IpAddress> parsed = IpAddress::Parse(words[3]);
    if (!parsed.has_value()) return false;
    ip = *parsed;
  }
  *rtcp = SocketAddress(ip, static_cast<uint16_t>(port));
  return true;
}

// "20" or, as some phones write, "20.0". Packets are between 1 ms and 1 s.
std::optional<MediaDuration> ParsePacketTime(absl::string_view value) {
  double milliseconds;
  if (!absl::SimpleAtod(absl::StripAsciiWhitespace(value), &milliseconds)) return std::nullopt;
  if (!(milliseconds >= 1.0 && milliseconds <= 1000.0)) return std::nullopt;
  return Milliseconds(static_cast<int64_t>(milliseconds));
}

// The value of a=rtcp-xr, "voip-metrics rcvr-rtt=all:10000" (RFC 3611 §5.1).
void ParseExtendedReports(absl::string_view value, ExtendedReportsWanted* wanted) {
  for (const absl::string_view word : absl::StrSplit(value, ' ', absl::SkipEmpty())) {
    const absl::string_view name = word.substr(0, word.find('='));
    if (absl::EqualsIgnoreCase(name, "voip-metrics")) wanted->voip_metrics = true;
    if (absl::EqualsIgnoreCase(name, "rcvr-rtt")) wanted->reference_time = true;
  }
}

// The value of a=extmap, "1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on" (RFC 8285 §8). Unset: not the level of
// audio, or under no number that a packet can hold.
std::optional<AudioLevelLine> ParseAudioLevel(absl::string_view value) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() < 2 || !absl::EqualsIgnoreCase(words[1], kAudioLevelUri)) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> place =
      absl::StrSplit(words[0], absl::MaxSplits('/', 1));
  uint32_t id;
  if (!absl::SimpleAtoi(place.first, &id) || id == 0 || id == 15 || id > 255) return std::nullopt;
  AudioLevelLine line{.extension = {.id = static_cast<uint8_t>(id)}};
  for (const Direction direction :
       {Direction::kInactive, Direction::kSendOnly, Direction::kRecvOnly, Direction::kSendRecv}) {
    if (absl::EqualsIgnoreCase(place.second, DirectionName(direction))) line.direction = direction;
  }
  for (size_t i = 2; i < words.size(); ++i) {
    if (absl::EqualsIgnoreCase(words[i], "vad=off")) line.extension.has_voice_flag = false;
  }
  return line;
}

// "opus/48000/2" into `format`.
bool ParseEncoding(absl::string_view value, PayloadFormat* format) {
  const std::vector<absl::string_view> parts = absl::StrSplit(value, '/');
  int rate;
  if (parts.size() < 2 || parts[0].empty() || !absl::SimpleAtoi(parts[1], &rate) || rate <= 0) {
    return false;
  }
  format->encoding_name = std::string(parts[0]);
  format->clock_rate = ClockRate::FromHertz(rate);
  format->channels = 1;
  if (parts.size() > 2 && !absl::SimpleAtoi(parts[2], &format->channels)) return false;
  return format->channels >= 1;
}

// What sofia-sip parsed of a=rtpmap and a=fmtp; it does so for RTP/AVP and RTP/SAVP alone.
std::vector<PayloadFormat> FormatsOfRtpmaps(const sdp_rtpmap_t* maps) {
  std::vector<PayloadFormat> formats;
  for (; maps != nullptr && formats.size() < kFormatsMax; maps = maps->rm_next) {
    // A dynamic payload type without a=rtpmap means nothing.
    if (OrEmpty(maps->rm_encoding).empty() || maps->rm_rate == 0 || maps->rm_rate > 1'000'000)
      continue;
    PayloadFormat format;
    format.encoding_name = std::string(maps->rm_encoding);
    format.payload_type = PayloadType(static_cast<uint8_t>(maps->rm_pt));
    format.clock_rate = ClockRate::FromHertz(static_cast<int>(maps->rm_rate));
    const absl::string_view channels = OrEmpty(maps->rm_params);
    if (!channels.empty() &&
        (!absl::SimpleAtoi(channels, &format.channels) || format.channels < 1)) {
      continue;
    }
    format.format_parameters = std::string(OrEmpty(maps->rm_fmtp));
    formats.push_back(std::move(format));
  }
  return formats;
}

// The value of a=`name`:`payload_type` ..., without the number.
absl::string_view MappedValue(const sdp_attribute_t* attributes, absl::string_view name,
                              absl::string_view payload_type) {
  for (; attributes != nullptr; attributes = attributes->a_next) {
    if (!absl::EqualsIgnoreCase(OrEmpty(attributes->a_name), name)) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(OrEmpty(attributes->a_value), absl::MaxSplits(' ', 1));
    if (parts.first == payload_type) return absl::StripAsciiWhitespace(parts.second);
  }
  return {};
}

// The same for the other RTP profiles, whose attributes sofia-sip leaves as text.
std::vector<PayloadFormat> FormatsOfAttributes(const sdp_media_t* media) {
  std::vector<PayloadFormat> formats;
  const sdp_list_t* item = media->m_format;
  for (; item != nullptr && formats.size() < kFormatsMax; item = item->l_next) {
    const absl::string_view number = OrEmpty(item->l_text);
    uint32_t payload_type;
    if (!absl::SimpleAtoi(number, &payload_type) || payload_type > PayloadType::kMax) continue;
    PayloadFormat format;
    format.payload_type = PayloadType(static_cast<uint8_t>(payload_type));
    const absl::string_view encoding = MappedValue(media->m_attributes, "rtpmap", number);
    const sdp_rtpmap_t* const known = sdp_rtpmap_well_known[payload_type];
    if (!encoding.empty()) {
      if (!ParseEncoding(encoding, &format)) continue;
    } else if (known != nullptr) {
      format = FormatsOfRtpmaps(known).front();
    } else {
      continue;
    }
    format.format_parameters = std::string(MappedValue(media->m_attributes, "fmtp", number));
    formats.push_back(std::move(format));
  }
  return formats;
}

// The numbers or words after the transport of an m= line, as they came.
std::string FormatsText(const sdp_media_t* media) {
  std::vector<std::string> words;
  for (const sdp_rtpmap_t* map = media->m_rtpmaps; map != nullptr; map = map->rm_next) {
    words.push_back(absl::StrCat(static_cast<unsigned>(map->rm_pt)));
  }
  for (const sdp_list_t* item = media->m_format; item != nullptr; item = item->l_next) {
    words.emplace_back(OrEmpty(item->l_text));
  }
  return absl::StrJoin(words, " ");
}

void ReadAddresses(const sdp_session_t* session, const sdp_media_t* media,
                   AudioDescription* audio) {
  const sdp_connection_t* const connection = ConnectionOf(session, media);
  if (connection == nullptr) return;
  audio->connection_address = std::string(OrEmpty(connection->c_address));
  const std::optional<IpAddress> ip = IpAddress::Parse(audio->connection_address);
  if (!ip.has_value()) return;
  const uint16_t port = static_cast<uint16_t>(media->m_port);
  audio->rtp = SocketAddress(*ip, port);
  // RFC 3550 §11: the next higher port. Past the last port there is none.
  audio->rtcp = SocketAddress(*ip, port == 65535 ? 0 : static_cast<uint16_t>(port + 1));
}

AudioDescription ReadAudio(const sdp_session_t* session, const sdp_media_t* media) {
  AudioDescription audio;
  ReadAddresses(session, media, &audio);
  audio.direction = static_cast<Direction>(media->m_mode);
  audio.is_secure = IsSecureRtp(OrEmpty(media->m_proto_name));
  audio.is_dtls = audio.is_secure && absl::StrContains(OrEmpty(media->m_proto_name), "TLS");

  std::vector<PayloadFormat> formats =
      media->m_rtpmaps != nullptr ? FormatsOfRtpmaps(media->m_rtpmaps) : FormatsOfAttributes(media);
  for (PayloadFormat& format : formats) {
    const absl::string_view name = format.encoding_name;
    if (absl::EqualsIgnoreCase(name, "telephone-event")) {
      audio.telephone_events.push_back(std::move(format));
    } else if (absl::EqualsIgnoreCase(name, "CN")) {
      audio.comfort_noises.push_back(std::move(format));
    } else {
      // Who writes the rate of its samples instead of its clock (RFC 3551 §4.5.2) means the same.
      if (absl::EqualsIgnoreCase(name, "G722")) format.clock_rate = ClockRate::FromHertz(8000);
      audio.codecs.push_back(std::move(format));
    }
  }

  for (const sdp_attribute_t* attribute = session->sdp_attributes; attribute != nullptr;
       attribute = attribute->a_next) {
    const absl::string_view name = OrEmpty(attribute->a_name);
    const absl::string_view value = OrEmpty(attribute->a_value);
    if (absl::EqualsIgnoreCase(name, "rtcp-xr")) {
      ParseExtendedReports(value, &audio.extended_reports);
    } else if (absl::EqualsIgnoreCase(name, "extmap") && !audio.audio_level.has_value()) {
      audio.audio_level = ParseAudioLevel(value);
    }
  }
  for (const sdp_attribute_t* attribute = media->m_attributes; attribute != nullptr;
       attribute = attribute->a_next) {
    const absl::string_view name = OrEmpty(attribute->a_name);
    const absl::string_view value = OrEmpty(attribute->a_value);
    if (absl::EqualsIgnoreCase(name, "rtcp-mux")) {
      audio.rtcp_mux = true;
    } else if (absl::EqualsIgnoreCase(name, "rtcp")) {
      ParseRtcpAttribute(value, audio.rtp.ip(), &audio.rtcp);
    } else if (absl::EqualsIgnoreCase(name, "rtcp-xr")) {
      ParseExtendedReports(value, &audio.extended_reports);
    } else if (absl::EqualsIgnoreCase(name, "extmap") && !audio.audio_level.has_value()) {
      audio.audio_level = ParseAudioLevel(value);
    } else if (absl::EqualsIgnoreCase(name, "ptime")) {
      audio.ptime = ParsePacketTime(value);
    } else if (absl::EqualsIgnoreCase(name, "maxptime")) {
      audio.maxptime = ParsePacketTime(value);
    } else if (absl::EqualsIgnoreCase(name, "crypto") && audio.crypto.size() < kCryptoLinesMax) {
      if (std::optional<CryptoLine> line = ParseCryptoAttribute(value)) {
        audio.crypto.push_back(*std::move(line));
      }
    }
  }
  return audio;
}

absl::StatusOr<SessionDescription> ReadSession(const sdp_session_t* session) {
  SessionDescription description;
  if (session->sdp_origin == nullptr) return Invalid("there is no o= line");
  description.username = std::string(OrEmpty(session->sdp_origin->o_username));
  description.session_id = session->sdp_origin->o_id;
  description.session_version = session->sdp_origin->o_version;
  if (session->sdp_time != nullptr) {
    description.start_time = session->sdp_time->t_start;
    description.stop_time = session->sdp_time->t_stop;
  }
  for (const sdp_media_t* media = session->sdp_media; media != nullptr; media = media->m_next) {
    if (description.sections.size() == kSectionsMax) {
      return Invalid(absl::StrCat("it has more than ", kSectionsMax, " m= lines"));
    }
    if (media->m_port > 65535) return Invalid("an m= line has a port above 65535");
    MediaSection section;
    section.type = std::string(OrEmpty(media->m_type_name));
    section.transport = std::string(OrEmpty(media->m_proto_name));
    section.formats = FormatsText(media);
    section.port = static_cast<uint16_t>(media->m_port);
    if (section.type.empty() || section.transport.empty() || section.formats.empty()) {
      return Invalid("an m= line lacks its type, transport or formats");
    }
    if (media->m_type == sdp_media_audio &&
        (IsRtp(section.transport) || IsSecureRtp(section.transport))) {
      section.audio = ReadAudio(session, media);
    }
    description.sections.push_back(std::move(section));
  }
  if (description.sections.empty()) return Invalid("there is no m= line");
  return description;
}

}  // namespace

absl::StatusOr<SessionDescription> ParseSessionDescription(absl::string_view text) {
  if (text.empty()) return Invalid("it is empty");
  if (text.size() > kTextSizeMax) {
    return Invalid(absl::StrCat("it is longer than ", kTextSizeMax, " bytes"));
  }
  if (text.find('\0') != absl::string_view::npos) return Invalid("it contains a NUL byte");

  if (!HasMediaLinesThatSofiaCanRead(text)) {
    return Invalid("an m= line is not a type, a port, a transport and formats");
  }

  // Without its sanity check, which demands c= even on lines that are switched off.
  const std::unique_ptr<sdp_parser_t, FreeParser> parser(
      sdp_parse(nullptr, text.data(), static_cast<issize_t>(text.size()), sdp_f_insane));
  const sdp_session_t* const session = sdp_session(parser.get());
  if (session == nullptr) {
    // sofia-sip quotes the line it stumbled over; a line with a key must not get into a log.
    const absl::string_view error = OrEmpty(sdp_parsing_error(parser.get()));
    return Invalid(error.substr(0, error.find('"')));
  }
  return ReadSession(session);
}

}  // namespace narada::mixer::sdp
