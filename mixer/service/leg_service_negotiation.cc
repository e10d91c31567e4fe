// How a leg and its far end agree: LegService::NegotiateLeg() and the rounds of offer and answer.
#include <google/protobuf/util/message_differencer.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "mixer/service/answer.h"
#include "mixer/service/codec_formats.h"
#include "mixer/service/convert.h"
#include "mixer/service/leg_service.h"
#include "mixer/service/leg_settings.h"

namespace narada::mixer::service {
namespace {

absl::Status RemoteMissing() {
  return InvalidField("remote", "FIELD_INVALID", "one of its fields must be set");
}

// Our codecs in the order wished; FIELD_INVALID for a name that none of them has.
absl::StatusOr<sdp::SharedFormats> CodecsFor(const v1::AddLegRequest::OfferOptions& offer,
                                             const sdp::SharedFormats& offered,
                                             const sdp::SharedFormats& accepted) {
  if (offer.encoding_names().empty()) return offered;
  std::vector<sdp::PayloadFormat> own = offered;
  own.insert(own.end(), accepted.begin(), accepted.end());
  std::vector<sdp::PayloadFormat> chosen;
  for (const std::string& name : offer.encoding_names()) {
    const size_t before = chosen.size();
    for (const sdp::PayloadFormat& format : own) {
      if (absl::EqualsIgnoreCase(format.encoding_name, name)) chosen.push_back(format);
    }
    if (chosen.size() == before) {
      return InvalidField("offer.encoding_names", "FIELD_INVALID",
                          absl::StrCat("the mixer has no codec \"", name, "\""));
    }
  }
  return chosen;
}

}  // namespace

absl::StatusOr<LegService::Round> LegService::FirstRound(const v1::AddLegRequest& request,
                                                         sdp::Negotiation& negotiation) const {
  Round round;
  switch (request.remote_case()) {
    case v1::AddLegRequest::kSdpOffer: {
      ASSIGN_OR_RETURN(sdp::Answer answer, negotiation.OnOffer(request.sdp_offer()));
      round.sdp = std::move(answer.sdp);
      round.media = std::move(answer.media);
      return round;
    }
    case v1::AddLegRequest::kDescription: {
      ASSIGN_OR_RETURN(const sdp::AudioDescription remote, FromProto(request.description()));
      ASSIGN_OR_RETURN(round.media, negotiation.OnDescription(remote));
      return round;
    }
    case v1::AddLegRequest::kOffer: {
      ASSIGN_OR_RETURN(negotiation.local().codecs, CodecsFor(request.offer(), offered_, accepted_));
      round.sdp = negotiation.MakeOffer();
      return round;
    }
    case v1::AddLegRequest::REMOTE_NOT_SET:
      return RemoteMissing();
  }
  return RemoteMissing();
}

grpc::Status LegService::NegotiateLeg(grpc::ServerContext*, const v1::NegotiateLegRequest* request,
                                      v1::NegotiateLegResponse* response) {
  return Answer(Negotiate(*request), response);
}

absl::StatusOr<v1::NegotiateLegResponse> LegService::Negotiate(
    const v1::NegotiateLegRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));
  LegDialog& dialog = *entry.dialog;
  absl::MutexLock lock(&dialog.mutex);
  IpAddress signaling_ip = dialog.signaling_ip;
  if (!request.signaling_address().empty()) {
    ASSIGN_OR_RETURN(signaling_ip, ParseIp("signaling_address", request.signaling_address()));
  }
  // On a copy, so that a refusal leaves all as it was.
  sdp::Negotiation negotiation = *dialog.negotiation;
  ASSIGN_OR_RETURN(const Round round, NextRound(request, negotiation));
  if (round.media.has_value()) {
    ASSIGN_OR_RETURN(room::LegMedia media,
                     ToLegMedia(*round.media, signaling_ip, context_.settings.codecs));
    ASSIGN_OR_RETURN(const LegEntry present, Find(request.leg_id()));  // As it is under the lock.
    ApplyToMedia(present.leg.settings(), media);
    const v1::NegotiatedMedia proto = ToProto(*round.media, negotiation.local());
    // Freed here, when the worker has taken from it what it needs and left what it does not.
    auto streams = std::make_unique<room::LegStreams>(media, context_.settings.delay_min,
                                                      context_.settings.delay_max,
                                                      context_.settings.delay_margin());
    RETURN_IF_ERROR(context_.engine.UpdateMedia(entry.number, streams, [&] {
      context_.state.LegUpdated(request.leg_id(), nullptr, &proto, v1::LEG_STATE_ACTIVE);
    }));
  }
  dialog.negotiation.emplace(std::move(negotiation));
  dialog.signaling_ip = signaling_ip;
  KeepRound(request, dialog);

  v1::NegotiateLegResponse response;
  response.set_sdp(round.sdp);
  ASSIGN_OR_RETURN(const LegEntry updated, Find(request.leg_id()));
  *response.mutable_leg() = updated.leg;
  return response;
}

void LegService::KeepRound(const v1::NegotiateLegRequest& request, LegDialog& dialog) const {
  StateKeeper* const keeper = context_.state.keeper();
  if (keeper == nullptr) return;
  // A session that is refreshed for hours says the same again and again, which changes nothing.
  state_v1::DialogRecord record;
  CHECK(record.ParseFromString(dialog.record)) << "it was written when the leg was made";
  auto& rounds = *record.mutable_rounds();
  const bool is_repeated = !rounds.empty() && google::protobuf::util::MessageDifferencer::Equals(
                                                  rounds[rounds.size() - 1], request);
  if (is_repeated) return;
  *rounds.Add() = request;
  keeper->KeepDialog(request.leg_id(), record);
  dialog.record = record.SerializeAsString();
}

absl::StatusOr<LegService::Round> LegService::NextRound(const v1::NegotiateLegRequest& request,
                                                        sdp::Negotiation& negotiation) const {
  Round round;
  switch (request.remote_case()) {
    case v1::NegotiateLegRequest::kSdpOffer: {
      ASSIGN_OR_RETURN(sdp::Answer answer, negotiation.OnOffer(request.sdp_offer()));
      round.sdp = std::move(answer.sdp);
      round.media = std::move(answer.media);
      return round;
    }
    case v1::NegotiateLegRequest::kSdpAnswer: {
      ASSIGN_OR_RETURN(round.media, negotiation.OnAnswer(request.sdp_answer()));
      return round;
    }
    case v1::NegotiateLegRequest::kDescription: {
      ASSIGN_OR_RETURN(const sdp::AudioDescription remote, FromProto(request.description()));
      ASSIGN_OR_RETURN(round.media, negotiation.OnDescription(remote));
      return round;
    }
    case v1::NegotiateLegRequest::kMakeOffer:
      if (!request.make_offer()) return RemoteMissing();
      round.sdp = negotiation.MakeOffer();
      return round;
    case v1::NegotiateLegRequest::REMOTE_NOT_SET:
      return RemoteMissing();
  }
  return RemoteMissing();
}

sdp::LocalMedia LegService::LocalMediaFor(const net::SocketPair& sockets) const {
  sdp::LocalMedia local;
  local.rtp = SocketAddress(context_.settings.advertised_ip, sockets.rtp.local().port());
  local.rtcp = SocketAddress(context_.settings.advertised_ip, sockets.rtcp.local().port());
  local.extended_reports = context_.settings.extended_reports;
  const codec::CodecSettings& codecs = context_.settings.codecs;
  local.codecs = offered_;
  local.accepted_codecs = accepted_;
  local.prefers_own_order = codecs.prefers_own_order;
  local.offers_comfort_noise = codecs.offers_comfort_noise;
  local.ptime_min = Milliseconds(10);
  local.ptime_max = Milliseconds(60);
  local.srtp.suites = context_.settings.srtp_suites;
  return local;
}

}  // namespace narada::mixer::service
