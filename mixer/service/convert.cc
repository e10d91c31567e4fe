#include "mixer/service/convert.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/codec/codec_format.h"
#include "mixer/service/codec_formats.h"

namespace narada::mixer::service {
namespace {

constexpr size_t kIdBytesMax = 64;
constexpr int kLabelsMax = 16;
constexpr size_t kLabelBytesMax = 256;
constexpr size_t kDigitsMax = 64;
constexpr size_t kRequestIdBytesMax = 128;
constexpr uint32_t kPageSizeMax = 1000;
constexpr uint32_t kPageSizeDefault = 100;
constexpr float kGainMinDb = -40;
constexpr float kGainMaxDb = 20;
constexpr uint32_t kPortMax = 65535;

absl::Status FieldInvalid(absl::string_view field, absl::string_view message) {
  return InvalidField(field, "FIELD_INVALID", message);
}

bool IsDigit(char c) {
  return absl::ascii_isdigit(c) || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
}

v1::MediaDirection ToProto(sdp::Direction direction) {
  switch (direction) {
    case sdp::Direction::kSendRecv:
      return v1::MEDIA_DIRECTION_SENDRECV;
    case sdp::Direction::kSendOnly:
      return v1::MEDIA_DIRECTION_SENDONLY;
    case sdp::Direction::kRecvOnly:
      return v1::MEDIA_DIRECTION_RECVONLY;
    case sdp::Direction::kInactive:
      return v1::MEDIA_DIRECTION_INACTIVE;
  }
  return v1::MEDIA_DIRECTION_UNSPECIFIED;
}

// The API sees directions from the mixer, a description from whom it describes.
sdp::Direction RemoteDirection(v1::MediaDirection direction) {
  switch (direction) {
    case v1::MEDIA_DIRECTION_SENDONLY:
      return sdp::Direction::kRecvOnly;
    case v1::MEDIA_DIRECTION_RECVONLY:
      return sdp::Direction::kSendOnly;
    case v1::MEDIA_DIRECTION_INACTIVE:
      return sdp::Direction::kInactive;
    default:
      return sdp::Direction::kSendRecv;
  }
}

v1::Codec ToProto(const sdp::PayloadFormat& format) {
  v1::Codec codec;
  codec.set_encoding_name(format.encoding_name);
  codec.set_payload_type(format.payload_type.value());
  codec.set_clock_rate_hz(static_cast<uint32_t>(format.clock_rate.hertz()));
  codec.set_channels(static_cast<uint32_t>(format.channels));
  codec.set_format_parameters(format.format_parameters);
  return codec;
}

absl::StatusOr<sdp::PayloadFormat> FromProto(const std::string& field, const v1::Codec& codec) {
  if (codec.encoding_name().empty()) {
    return FieldInvalid(absl::StrCat(field, ".encoding_name"), "must name a codec, such as PCMA");
  }
  if (codec.payload_type() > PayloadType::kMax) {
    return FieldInvalid(absl::StrCat(field, ".payload_type"), "must be 0 to 127");
  }
  if (codec.clock_rate_hz() == 0 || codec.clock_rate_hz() > 192'000) {
    return FieldInvalid(absl::StrCat(field, ".clock_rate_hz"), "must be 1 to 192000");
  }
  if (codec.channels() > 2) return FieldInvalid(absl::StrCat(field, ".channels"), "must be 1 or 2");
  sdp::PayloadFormat format;
  format.encoding_name = codec.encoding_name();
  format.payload_type = PayloadType(static_cast<uint8_t>(codec.payload_type()));
  format.clock_rate = ClockRate::FromHertz(static_cast<int>(codec.clock_rate_hz()));
  format.channels = codec.channels() == 0 ? 1 : static_cast<int>(codec.channels());
  format.format_parameters = codec.format_parameters();
  return format;
}

absl::Status CheckIdWith(absl::string_view field, absl::string_view id, bool may_have_upper_case) {
  const auto is_allowed = [&](char c) {
    return absl::ascii_isdigit(c) || absl::ascii_islower(c) || c == '_' || c == '-' ||
           (may_have_upper_case && absl::ascii_isupper(c));
  };
  if (id.empty() || id.size() > kIdBytesMax || !std::all_of(id.begin(), id.end(), is_allowed)) {
    return FieldInvalid(field, may_have_upper_case ? "must match [A-Za-z0-9_-]{1,64}"
                                                   : "must match [a-z0-9_-]{1,64}");
  }
  return absl::OkStatus();
}

absl::StatusOr<SrtpKeys> FromProto(const std::string& field, const v1::SrtpKeys& proto) {
  const std::optional<SrtpSuite> suite = FindSrtpSuite(proto.suite());
  if (!suite.has_value()) {
    return FieldInvalid(absl::StrCat(field, ".suite"), "must be a crypto suite of this mixer");
  }
  const std::string& bytes = proto.key_and_salt();
  const size_t size = SrtpKeys::SizeFor(TraitsOf(*suite));
  if (bytes.size() != size) {
    return FieldInvalid(absl::StrCat(field, ".key_and_salt"),
                        absl::StrCat("must have ", size, " bytes for this suite"));
  }
  return SrtpKeys(*suite, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

google::protobuf::Duration ToDuration(MediaDuration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(duration.nanoseconds() / 1'000'000'000);
  proto.set_nanos(static_cast<int32_t>(duration.nanoseconds() % 1'000'000'000));
  return proto;
}

google::protobuf::Duration ToDuration(absl::Duration duration) {
  return ToDuration(Nanoseconds(absl::ToInt64Nanoseconds(duration)));
}

MediaDuration FromDuration(const google::protobuf::Duration& duration) {
  return Nanoseconds(absl::ToInt64Nanoseconds(absl::Seconds(duration.seconds()) +
                                              absl::Nanoseconds(duration.nanos())));
}

v1::RemoteQuality ToProto(const rtp::VoipMetrics& metrics) {
  constexpr float kPercent = 100.0f / 256;
  v1::RemoteQuality proto;
  proto.set_loss_percent(static_cast<float>(metrics.loss_rate) * kPercent);
  proto.set_discard_percent(static_cast<float>(metrics.discard_rate) * kPercent);
  *proto.mutable_burst_duration() = ToDuration(Milliseconds(metrics.burst_duration_ms));
  *proto.mutable_end_system_delay() = ToDuration(Milliseconds(metrics.end_system_delay_ms));
  *proto.mutable_jitter_buffer_delay() = ToDuration(Milliseconds(metrics.jitter_buffer_ms));
  // Whatever is off its scale is nothing that anybody measured (127 says so).
  if (metrics.r_factor <= 100) proto.set_r_factor(metrics.r_factor);
  const auto is_score = [](uint8_t tenths) { return tenths >= 10 && tenths <= 50; };
  if (is_score(metrics.mos_lq_tenths)) {
    proto.set_mos_listening(static_cast<float>(metrics.mos_lq_tenths) / 10);
  }
  if (is_score(metrics.mos_cq_tenths)) {
    proto.set_mos_conversational(static_cast<float>(metrics.mos_cq_tenths) / 10);
  }
  return proto;
}

v1::LegStatistics ToProto(const room::LegStatistics& statistics) {
  v1::LegStatistics proto;
  proto.set_packets_received(statistics.packets_received);
  proto.set_payload_bytes_received(statistics.payload_bytes_received);
  proto.set_packets_sent(statistics.packets_sent);
  proto.set_payload_bytes_sent(statistics.payload_bytes_sent);
  proto.set_packets_lost(statistics.packets_lost);
  *proto.mutable_interarrival_jitter() = ToDuration(statistics.interarrival_jitter);
  if (statistics.remote_packets_lost.has_value()) {
    proto.set_remote_packets_lost(*statistics.remote_packets_lost);
  }
  if (statistics.remote_interarrival_jitter.has_value()) {
    *proto.mutable_remote_interarrival_jitter() =
        ToDuration(*statistics.remote_interarrival_jitter);
  }
  if (statistics.round_trip_time.has_value()) {
    *proto.mutable_round_trip_time() = ToDuration(*statistics.round_trip_time);
  }
  for (size_t i = 0; i < room::kLegDropCount; ++i) {
    if (statistics.drops[i] == 0) continue;
    const absl::string_view name = room::LegDropName(static_cast<room::LegDrop>(i));
    (*proto.mutable_drops())[std::string(name)] = statistics.drops[i];
  }
  const auto add_concealed = [&proto](const char* cause, uint64_t frames) {
    if (frames > 0) (*proto.mutable_concealed_frames())[cause] = frames;
  };
  add_concealed("network", statistics.concealed_network);
  add_concealed("ceiling", statistics.concealed_ceiling);
  add_concealed("codec", statistics.concealed_codec);
  add_concealed("cpu", statistics.concealed_cpu);
  *proto.mutable_jitter_buffer_delay() = ToDuration(statistics.jitter_buffer_delay);
  *proto.mutable_jitter_buffer_delay_max() = ToDuration(statistics.jitter_buffer_delay_max);
  proto.set_digits_received(statistics.all_digits_received());
  if (statistics.latched_source.is_set()) {
    proto.set_latched_source(statistics.latched_source.ToString());
  }
  proto.set_ssrc_sent(statistics.ssrc_sent.value());
  proto.set_ssrc_received(statistics.ssrc_received.value());
  proto.set_level_dbov(static_cast<int32_t>(std::lround(statistics.level.dbov())));
  if (statistics.quality.is_known) {
    proto.set_mos(static_cast<float>(statistics.quality.mos));
    proto.set_r_factor(static_cast<float>(statistics.quality.r_factor));
    proto.set_mos_listening(static_cast<float>(statistics.quality.mos_listening));
  }
  *proto.mutable_mixer_delay() = ToDuration(statistics.mixer_delay);
  proto.set_clock_skew_ppm(statistics.clock_skew_ppb * 1e-3);
  if (statistics.remote_voip_metrics.has_value()) {
    *proto.mutable_remote_quality() = ToProto(*statistics.remote_voip_metrics);
  }
  return proto;
}

sdp::SrtpPolicy PolicyOf(v1::SrtpPolicy policy, sdp::SrtpPolicy otherwise) {
  switch (policy) {
    case v1::SRTP_POLICY_OFF:
      return sdp::SrtpPolicy::kOff;
    case v1::SRTP_POLICY_OPTIONAL:
      return sdp::SrtpPolicy::kOptional;
    case v1::SRTP_POLICY_REQUIRED:
      return sdp::SrtpPolicy::kRequired;
    default:
      return otherwise;
  }
}

absl::StatusOr<sdp::AudioDescription> FromProto(const v1::MediaDescription& description) {
  sdp::AudioDescription audio;
  if (description.has_send_keys() != description.has_receive_keys()) {
    return FieldInvalid("description.send_keys", "and receive_keys must both be given, or none");
  }
  if (description.has_send_keys()) {
    ASSIGN_OR_RETURN(audio.given_send_keys,
                     FromProto("description.send_keys", description.send_keys()));
    ASSIGN_OR_RETURN(audio.given_receive_keys,
                     FromProto("description.receive_keys", description.receive_keys()));
  }
  IpAddress ip;
  ASSIGN_OR_RETURN(ip, ParseIp("description.rtp_address", description.rtp_address()));
  if (!ip.is_set()) return FieldInvalid("description.rtp_address", "must be an IP literal");
  if (description.rtp_port() == 0 || description.rtp_port() > kPortMax) {
    return FieldInvalid("description.rtp_port", "must be 1 to 65535");
  }
  if (description.rtcp_port() > kPortMax) {
    return FieldInvalid("description.rtcp_port", "must be 1 to 65535, or unset");
  }
  const auto rtp_port = static_cast<uint16_t>(description.rtp_port());
  audio.rtp = SocketAddress(ip, rtp_port);
  audio.rtcp_mux = description.rtcp_mux();
  const uint32_t rtcp_default = audio.rtcp_mux ? rtp_port : rtp_port + 1u;
  const uint32_t rtcp_port = description.rtcp_port() == 0 ? rtcp_default : description.rtcp_port();
  if (rtcp_port <= kPortMax) audio.rtcp = SocketAddress(ip, static_cast<uint16_t>(rtcp_port));
  audio.connection_address = description.rtp_address();
  audio.direction = RemoteDirection(description.direction());
  if (description.codecs().empty()) {
    return FieldInvalid("description.codecs", "must hold at least one codec");
  }
  for (int i = 0; i < description.codecs_size(); ++i) {
    ASSIGN_OR_RETURN(sdp::PayloadFormat format,
                     FromProto(absl::StrCat("description.codecs[", i, "]"), description.codecs(i)));
    const bool is_noise = absl::EqualsIgnoreCase(format.encoding_name, "CN");
    (is_noise ? audio.comfort_noises : audio.codecs).push_back(std::move(format));
  }
  for (int i = 0; i < description.telephone_events_size(); ++i) {
    v1::Codec event = description.telephone_events(i);
    if (event.encoding_name().empty()) event.set_encoding_name("telephone-event");
    ASSIGN_OR_RETURN(sdp::PayloadFormat format,
                     FromProto(absl::StrCat("description.telephone_events[", i, "]"), event));
    audio.telephone_events.push_back(std::move(format));
  }
  if (description.has_audio_level()) {
    const uint32_t id = description.audio_level().id();
    if (id == 0 || id == 15 || id > 255) {
      return FieldInvalid("description.audio_level.id", "must be 1 to 14 or 16 to 255");
    }
    audio.audio_level = {
        .extension = {.id = static_cast<uint8_t>(id),
                      .has_voice_flag = !description.audio_level().has_no_voice_flag()}};
  }
  if (description.has_ptime()) audio.ptime = FromDuration(description.ptime());
  return audio;
}

v1::NegotiatedMedia ToProto(const sdp::LocalMedia& local) {
  v1::NegotiatedMedia proto;
  proto.set_local_address(local.rtp.ip().ToString());
  proto.set_local_rtp_port(local.rtp.port());
  proto.set_local_rtcp_port(local.rtcp.port());
  return proto;
}

v1::NegotiatedMedia ToProto(const sdp::NegotiatedMedia& media, const sdp::LocalMedia& local) {
  v1::NegotiatedMedia proto = ToProto(local);
  proto.set_remote_address(media.remote_rtp.ip().ToString());
  proto.set_remote_rtp_port(media.remote_rtp.port());
  proto.set_remote_rtcp_port(media.remote_rtcp.port());
  if (media.rtcp_mux) proto.set_local_rtcp_port(local.rtp.port());
  *proto.mutable_codec() = ToProto(media.codec);
  if (media.send_telephone_event.has_value()) {
    *proto.mutable_telephone_event() = ToProto(*media.send_telephone_event);
  }
  proto.set_direction(ToProto(media.direction));
  proto.set_is_held_by_remote(media.is_held_by_remote);
  *proto.mutable_ptime() = ToDuration(media.ptime);
  if (media.srtp.has_value()) {
    proto.set_is_srtp(true);
    proto.set_srtp_suite(std::string(TraitsOf(media.srtp->send.suite()).name));
  }
  return proto;
}

absl::StatusOr<room::LegMedia> ToLegMedia(const sdp::NegotiatedMedia& media,
                                          const IpAddress& signaling_ip,
                                          const codec::CodecSettings& codecs) {
  room::LegMedia leg;
  const std::optional<codec::CodecFormat> send = ToCodecFormat(media.codec, media.ptime, codecs);
  if (!send.has_value()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "MEDIA_UNACCEPTABLE",
                           absl::StrCat("the mixer has no codec ", media.codec.encoding_name));
  }
  leg.send_format = *send;
  for (const sdp::PayloadFormat& format : media.receive_codecs) {
    const std::optional<codec::CodecFormat> receive = ToCodecFormat(format, media.ptime, codecs);
    if (!receive.has_value()) continue;
    if (leg.receive_formats_count == leg.receive_formats.size()) break;
    leg.receive_formats[leg.receive_formats_count++] = *receive;
  }
  if (media.receive_telephone_event.has_value()) {
    leg.receive_telephone_event = media.receive_telephone_event->payload_type;
    leg.receive_event_clock = media.receive_telephone_event->clock_rate;
  }
  if (media.send_telephone_event.has_value()) {
    leg.send_telephone_event = media.send_telephone_event->payload_type;
    leg.send_event_clock = media.send_telephone_event->clock_rate;
  }
  if (media.receive_comfort_noise.has_value()) {
    leg.receive_comfort_noise = media.receive_comfort_noise->payload_type;
  }
  if (media.send_comfort_noise.has_value()) {
    leg.send_comfort_noise = media.send_comfort_noise->payload_type;
  }
  leg.remote_rtp = media.remote_rtp;
  leg.remote_rtcp = media.remote_rtcp;
  leg.signaling_ip = signaling_ip;
  leg.rtcp_mux = media.rtcp_mux;
  leg.extended_reports = media.extended_reports;
  leg.receive_audio_level = media.audio_level;
  if (media.srtp.has_value()) {
    leg.send_keys = media.srtp->send;
    leg.receive_keys = media.srtp->receive;
  }
  leg.is_sending = sdp::Sends(media.direction);
  leg.is_receiving = sdp::Receives(media.direction);
  leg.is_held_by_remote = media.is_held_by_remote;
  return leg;
}

room::LegMedia SilentLegMedia() {
  room::LegMedia leg;
  leg.is_sending = false;
  leg.is_receiving = false;
  return leg;
}

absl::StatusOr<IpAddress> ParseIp(absl::string_view field, absl::string_view text) {
  if (text.empty()) return IpAddress();
  const std::optional<IpAddress> ip = IpAddress::Parse(text);
  if (!ip.has_value()) return FieldInvalid(field, "must be an IPv4 or IPv6 literal");
  return *ip;
}

absl::StatusOr<Gain> ParseGain(absl::string_view field, float gain_db) {
  if (!(gain_db >= kGainMinDb && gain_db <= kGainMaxDb)) {  // Also refuses what is no number.
    return FieldInvalid(field, "must be -40 to +20 dB");
  }
  return Gain::FromDecibels(static_cast<double>(gain_db));
}

absl::Status CheckId(absl::string_view field, absl::string_view id) {
  return CheckIdWith(field, id, /*may_have_upper_case=*/true);
}

absl::Status CheckLowerCaseId(absl::string_view field, absl::string_view id) {
  return CheckIdWith(field, id, /*may_have_upper_case=*/false);
}

absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  const bool is_too_long = std::any_of(labels.begin(), labels.end(), [](const auto& label) {
    return label.first.size() > kLabelBytesMax || label.second.size() > kLabelBytesMax;
  });
  if (labels.size() > kLabelsMax || is_too_long) {
    return FieldInvalid("labels", "must be at most 16, each of at most 256 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckDigits(absl::string_view digits) {
  if (digits.empty() || digits.size() > kDigitsMax ||
      !std::all_of(digits.begin(), digits.end(), IsDigit)) {
    return FieldInvalid("digits", "must be 1 to 64 of 0-9 * # A-D");
  }
  return absl::OkStatus();
}

absl::Status CheckRequestId(absl::string_view request_id) {
  if (request_id.size() <= kRequestIdBytesMax) return absl::OkStatus();
  return FieldInvalid("request_id", "must be at most 128 bytes");
}

absl::StatusOr<size_t> PageSize(uint32_t page_size) {
  if (page_size > kPageSizeMax) return FieldInvalid("page_size", "must be 1 to 1000");
  return page_size == 0 ? kPageSizeDefault : page_size;
}

absl::Status CheckPageToken(absl::string_view token) {
  if (token.empty() || CheckId("page_token", token).ok()) return absl::OkStatus();
  return InvalidField("page_token", "PAGE_TOKEN_INVALID",
                      "must be a next_page_token of this method, or empty");
}

}  // namespace narada::mixer::service
