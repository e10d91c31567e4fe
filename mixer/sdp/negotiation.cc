#include "mixer/sdp/negotiation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/sdp/crypto_attribute.h"
#include "mixer/sdp/format_choice.h"
#include "mixer/sdp/parser.h"

namespace narada::mixer::sdp {
namespace {

// Stands for the a=crypto lines in text that is kept; no SDP holds it.
constexpr absl::string_view kCryptoPlace = "\x01";

absl::Status Precondition(absl::string_view reason, absl::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason, message);
}

std::string AddressLine(const IpAddress& ip) {
  return absl::StrCat("IN ", ip.is_v4() ? "IP4 " : "IP6 ", ip.ToString());
}

void AppendFormat(const PayloadFormat& format, std::string* attributes) {
  const int payload_type = format.payload_type.value();
  absl::StrAppend(attributes, "a=rtpmap:", payload_type, " ", format.encoding_name, "/",
                  format.clock_rate.hertz());
  if (format.channels != 1) absl::StrAppend(attributes, "/", format.channels);
  absl::StrAppend(attributes, "\r\n");
  if (!format.format_parameters.empty()) {
    absl::StrAppend(attributes, "a=fmtp:", payload_type, " ", format.format_parameters, "\r\n");
  }
}

}  // namespace

Negotiation::Negotiation(LocalMedia local, uint64_t session_id)
    : local_(std::move(local)), session_id_(session_id) {
  CHECK(!local_.codecs.empty()) << "there is nothing to negotiate without a codec";
}

std::vector<Negotiation::Line> Negotiation::LinesOf(const std::vector<MediaSection>& sections) {
  std::vector<Line> lines;
  lines.reserve(sections.size());
  for (const MediaSection& section : sections) {
    lines.push_back(
        {.type = section.type, .transport = section.transport, .formats = section.formats});
  }
  return lines;
}

std::string Negotiation::Write(const OwnAudio& audio, uint64_t start_time, uint64_t stop_time) {
  std::string body = absl::StrCat("s=-\r\nc=", AddressLine(local_.rtp.ip()), "\r\nt=", start_time,
                                  " ", stop_time, "\r\n");
  for (size_t i = 0; i < std::max(lines_.size(), size_t{1}); ++i) {
    if (i != audio_line_) {
      absl::StrAppend(&body, "m=", lines_[i].type, " 0 ", lines_[i].transport, " ",
                      lines_[i].formats, "\r\n");
      continue;
    }
    std::string numbers;
    std::string attributes;
    for (const PayloadFormat& format : audio.formats) {
      absl::StrAppend(&numbers, " ", int{format.payload_type.value()});
      AppendFormat(format, &attributes);
    }
    std::string packet_time = absl::StrCat("a=ptime:", audio.ptime.milliseconds(), "\r\n");
    if (audio.maxptime.has_value()) {
      absl::StrAppend(&packet_time, "a=maxptime:", audio.maxptime->milliseconds(), "\r\n");
    }
    const absl::string_view new_transport = audio.is_secure ? "RTP/SAVP" : "RTP/AVP";
    const absl::string_view transport = lines_.empty() ? new_transport : lines_[i].transport;
    absl::StrAppend(&body, "m=audio ", local_.rtp.port(), " ", transport, numbers, "\r\n",
                    attributes, packet_time, "a=", DirectionName(audio.direction), "\r\n",
                    kCryptoPlace);
    if (audio.rtcp_mux) absl::StrAppend(&body, "a=rtcp-mux\r\n");
    // RFC 3611 §5: what we wish to get.
    if (audio.asks_for_extended_reports) {
      absl::StrAppend(&body, "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n");
    }
    // RFC 6464 §4: we read levels and send none.
    if (audio.audio_level_id != 0) {
      absl::StrAppend(&body, "a=extmap:", int{audio.audio_level_id}, "/recvonly ", kAudioLevelUri,
                      "\r\n");
    }
    // RFC 3605: only where it is not the next port.
    if (local_.rtcp.is_set() && !audio.rtcp_mux && local_.rtcp.port() != local_.rtp.port() + 1) {
      absl::StrAppend(&body, "a=rtcp:", local_.rtcp.port(), "\r\n");
    }
  }
  if (body != body_ || audio.crypto != crypto_) {
    ++version_;
    body_ = body;
    crypto_ = audio.crypto;
  }
  std::string crypto;
  for (const OfferedKeys& offered : audio.crypto) {
    absl::StrAppend(&crypto, "a=crypto:", FormatCryptoAttribute(offered.tag, offered.keys), "\r\n");
  }
  std::string sdp =
      absl::StrCat("v=0\r\no=- ", session_id_, " ", version_, " ", AddressLine(local_.rtp.ip()),
                   "\r\n", absl::StrReplaceAll(body, {{kCryptoPlace, crypto}}));
  WipeText(crypto);
  return sdp;
}

LocalMedia Negotiation::LocalForNextRound() const {
  LocalMedia local = local_;
  if (media_.has_value()) {
    local.srtp.agreed = media_->srtp;
    local.srtp.has_plain_media = !media_->srtp.has_value();
    // A number stands for one extension throughout a call (RFC 8285 §6), so no new one is made up.
    local.audio_level_id = media_->audio_level.has_value() ? media_->audio_level->id : 0;
  }
  return local;
}

void Negotiation::Agree(const NegotiatedMedia& media) {
  const bool has_new_keys =
      media.srtp.has_value() &&
      !(media_.has_value() && media_->srtp.has_value() && media_->srtp->send == media.srtp->send);
  if (has_new_keys) ++local_.srtp.generation;
  media_ = media;
  pending_.reset();
}

absl::StatusOr<Answer> Negotiation::OnOffer(absl::string_view sdp) {
  ASSIGN_OR_RETURN(SessionDescription offer, ParseSessionDescription(sdp));
  ASSIGN_OR_RETURN(AudioChoice choice, ChooseAudio(offer, LocalForNextRound(), Role::kAnswerer));
  const NegotiatedMedia& media = choice.media;

  OwnAudio own;
  own.formats = {media.codec};
  // Our own fmtp, not an echo: what it says is about the one who writes it.
  const PayloadFormat* const codec = FindOwn(local_, media.codec);
  own.formats.front().format_parameters = codec != nullptr ? codec->format_parameters : "";
  const MediaDuration maxptime =
      codec != nullptr ? std::min(codec->ptime_max, local_.ptime_max) : local_.ptime_max;
  if (maxptime != local_.ptime) own.maxptime = maxptime;
  if (media.receive_comfort_noise.has_value()) own.formats.push_back(*media.receive_comfort_noise);
  if (media.receive_telephone_event.has_value()) {
    own.formats.push_back(OwnTelephoneEvent(media.receive_telephone_event->payload_type,
                                            media.receive_telephone_event->clock_rate));
  }
  own.direction = media.direction;
  own.ptime = media.ptime;
  own.rtcp_mux = media.rtcp_mux;
  own.asks_for_extended_reports = media.extended_reports.any();
  if (media.audio_level.has_value()) own.audio_level_id = media.audio_level->id;
  if (media.srtp.has_value()) own.crypto = {{.tag = media.srtp->tag, .keys = media.srtp->send}};

  Answer answer;
  lines_ = LinesOf(offer.sections);
  audio_line_ = choice.section;
  answer.sdp = Write(own, offer.start_time, offer.stop_time);
  answer.media = std::move(choice.media);
  Agree(answer.media);
  return answer;
}

std::string Negotiation::MakeOffer() {
  pending_ = LocalForNextRound();
  pending_->codecs = OfferedCodecs(local_, media_);
  pending_->offered_telephone_events = OfferedTelephoneEvents(local_, pending_->codecs, media_);
  OwnAudio own;
  own.formats = pending_->codecs;
  for (PayloadFormat& noise : OfferedComfortNoises(local_, pending_->codecs)) {
    own.formats.push_back(std::move(noise));
  }
  own.formats.insert(own.formats.end(), pending_->offered_telephone_events.begin(),
                     pending_->offered_telephone_events.end());
  own.direction = local_.direction;
  own.ptime = local_.ptime;
  if (local_.ptime_max > local_.ptime) own.maxptime = local_.ptime_max;
  own.rtcp_mux = local_.can_rtcp_mux;
  own.asks_for_extended_reports = local_.extended_reports != ExtendedReportsPolicy::kNever;
  own.audio_level_id = local_.reads_audio_level ? pending_->audio_level_id : 0;
  own.crypto = OfferCrypto(pending_->srtp);
  own.is_secure = pending_->srtp.policy == SrtpPolicy::kRequired;
  return Write(own, 0, 0);
}

absl::StatusOr<NegotiatedMedia> Negotiation::OnAnswer(absl::string_view sdp) {
  if (!pending_.has_value()) {
    return Precondition("NO_OFFER_PENDING",
                        "there is no offer of ours to answer: ask for one first");
  }
  ASSIGN_OR_RETURN(SessionDescription answer, ParseSessionDescription(sdp));
  // RFC 3264 §6: as many m= lines as the offer, in its order.
  if (answer.sections.size() < std::max(lines_.size(), size_t{1})) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SDP_INVALID",
                           "the answer has fewer m= lines than the offer");
  }
  const MediaSection& section = answer.sections[audio_line_];
  if (!section.audio.has_value()) {
    return Precondition("MEDIA_UNACCEPTABLE",
                        "the answer has no audio over RTP where the offer has its audio line");
  }
  ASSIGN_OR_RETURN(NegotiatedMedia media,
                   NegotiateAudio(*section.audio, *pending_, Role::kOfferer));
  // What the far end adds beyond our m= lines was never offered, and is not kept.
  if (lines_.empty()) {
    answer.sections.resize(1);
    lines_ = LinesOf(answer.sections);
  }
  Agree(media);
  return media;
}

absl::StatusOr<NegotiatedMedia> Negotiation::OnDescription(const AudioDescription& remote) {
  ASSIGN_OR_RETURN(NegotiatedMedia media,
                   NegotiateAudio(remote, LocalForNextRound(), Role::kAnswerer));
  Agree(media);
  return media;
}

}  // namespace narada::mixer::sdp
