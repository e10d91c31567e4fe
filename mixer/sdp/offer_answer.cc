#include "mixer/sdp/offer_answer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/sdp/format_choice.h"

namespace narada::mixer::sdp {
namespace {

absl::Status Unacceptable(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "MEDIA_UNACCEPTABLE", what);
}

std::string NamesOf(const std::vector<PayloadFormat>& formats) {
  return absl::StrJoin(formats, ", ", [](std::string* out, const PayloadFormat& format) {
    absl::StrAppend(out, format.encoding_name, "/", format.clock_rate.hertz());
  });
}

// Nothing is sent to, and nothing expected from, a description that names no single host and port.
absl::Status CheckAddress(const AudioDescription& remote, const LocalMedia& local) {
  if (remote.rtp.port() == 0) return Unacceptable("the audio line is switched off (port 0)");
  if (!remote.rtp.is_set()) {
    return Unacceptable(remote.connection_address.empty()
                            ? absl::StrCat("the audio line has no c= line: give an IP address")
                            : absl::StrCat("the audio address '", remote.connection_address,
                                           "' is no IP address: host names are not resolved"));
  }
  const IpAddress& ip = remote.rtp.ip();
  if (ip.is_multicast() || remote.rtcp.ip().is_multicast()) {
    return Unacceptable(
        "the audio address is a multicast or broadcast address: give a unicast one");
  }
  if (!ip.is_unspecified() && ip.is_v4() != local.rtp.ip().is_v4()) {
    return Unacceptable(absl::StrCat("the audio address is ", ip.is_v4() ? "IPv4" : "IPv6",
                                     ", the mixer's is ", ip.is_v4() ? "IPv6" : "IPv4",
                                     ": use one IP version, or a mixer of the other"));
  }
  return absl::OkStatus();
}

// Where our reports go: nowhere (unset) if the far end names no port for them, or one that we cannot
// reach. RTP goes on without RTCP.
ExtendedReportsWanted ChooseExtendedReports(const AudioDescription& remote,
                                            ExtendedReportsPolicy policy) {
  switch (policy) {
    case ExtendedReportsPolicy::kNegotiated:
      return remote.extended_reports;
    case ExtendedReportsPolicy::kAlways:
      return {.voip_metrics = true, .reference_time = true};
    case ExtendedReportsPolicy::kNever:
      return {};
  }
  return {};
}

// RFC 8285 §6: under the number of the offer.
std::optional<AudioLevelExtension> ChooseAudioLevel(const AudioDescription& remote,
                                                    const LocalMedia& local, Role role) {
  if (!local.reads_audio_level || !remote.audio_level.has_value()) return std::nullopt;
  if (!Sends(remote.audio_level->direction)) return std::nullopt;
  const AudioLevelExtension& extension = remote.audio_level->extension;
  if (role == Role::kOfferer && extension.id != local.audio_level_id) return std::nullopt;
  return extension;
}

SocketAddress ChooseRtcp(const AudioDescription& remote, bool rtcp_mux) {
  if (rtcp_mux) return remote.rtp;
  if (remote.rtcp.port() == 0 || remote.rtcp.ip().is_v4() != remote.rtp.ip().is_v4()) return {};
  return remote.rtcp;
}

}  // namespace

absl::StatusOr<NegotiatedMedia> NegotiateAudio(const AudioDescription& remote,
                                               const LocalMedia& local, Role role) {
  CHECK(!local.codecs.empty()) << "a mixer without a codec cannot agree on one";
  RETURN_IF_ERROR(CheckAddress(remote, local));
  std::optional<AgreedSrtp> srtp;
  if (role == Role::kAnswerer) {
    ASSIGN_OR_RETURN(srtp, AnswerCrypto(remote, local.srtp));
  } else {
    ASSIGN_OR_RETURN(srtp, AcceptCrypto(remote, local.srtp, OfferCrypto(local.srtp)));
  }
  const PayloadFormat* const codec = ChooseCodec(remote, local, role);
  if (codec == nullptr) {
    return Unacceptable(absl::StrCat("no common codec: the far end has ",
                                     remote.codecs.empty() ? "none" : NamesOf(remote.codecs),
                                     ", the mixer has ", NamesOf(local.codecs)));
  }

  NegotiatedMedia media;
  media.srtp = std::move(srtp);
  media.remote_rtp = remote.rtp;
  media.rtcp_mux = remote.rtcp_mux && local.can_rtcp_mux;
  media.remote_rtcp = ChooseRtcp(remote, media.rtcp_mux);
  media.extended_reports = ChooseExtendedReports(remote, local.extended_reports);
  media.audio_level = ChooseAudioLevel(remote, local, role);
  ChooseFormats(remote, local, role, *codec, media);
  const bool can_reach = !remote.rtp.ip().is_unspecified();
  const bool remote_listens = Receives(remote.direction) && can_reach;
  media.is_held_by_remote = !remote_listens;
  media.direction = MakeDirection(Sends(local.direction) && remote_listens,
                                  Receives(local.direction) && Sends(remote.direction));
  media.ptime = ChoosePtime(remote, local, *codec);
  return media;
}

absl::StatusOr<AudioChoice> ChooseAudio(const SessionDescription& remote, const LocalMedia& local,
                                        Role role) {
  // No downgrade: where a line with SRTP is offered, the plain ones beside it are not looked at.
  // DTLS-SRTP is none of ours to choose.
  const auto can_be_secure = [](const std::optional<AudioDescription>& audio) {
    return audio.has_value() && audio->is_secure && !audio->is_dtls;
  };
  const bool has_secure_line =
      local.srtp.policy != SrtpPolicy::kOff &&
      std::any_of(remote.sections.begin(), remote.sections.end(),
                  [&](const MediaSection& section) { return can_be_secure(section.audio); });
  absl::Status first_error;
  for (size_t i = 0; i < remote.sections.size(); ++i) {
    if (!remote.sections[i].audio.has_value()) continue;
    if (has_secure_line && !can_be_secure(remote.sections[i].audio)) continue;
    absl::StatusOr<NegotiatedMedia> media = NegotiateAudio(*remote.sections[i].audio, local, role);
    if (media.ok()) return AudioChoice{i, *std::move(media)};
    if (first_error.ok()) first_error = media.status();
  }
  if (!first_error.ok()) return first_error;
  return Unacceptable("there is no m=audio line over RTP: offer one");
}

}  // namespace narada::mixer::sdp
