#include "mixer/service/leg_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/engine/leg_sources.h"
#include "mixer/service/answer.h"
#include "mixer/service/codec_formats.h"
#include "mixer/service/convert.h"
#include "mixer/service/leg_settings.h"

namespace narada::mixer::service {
namespace {

// Answers that are remembered for repeated requests.
constexpr size_t kAdditionsMax = 16384;

constexpr MediaDuration kDigitDefault = Milliseconds(100);
constexpr MediaDuration kDigitMin = Milliseconds(40);
constexpr MediaDuration kDigitMax = Seconds(5);

absl::StatusOr<v1::NegotiatedMedia> MediaFor(const std::optional<sdp::NegotiatedMedia>& media,
                                             const sdp::LocalMedia& local) {
  return media.has_value() ? ToProto(*media, local) : ToProto(local);
}

}  // namespace

LegService::LegService(MixerContext& context)
    : context_(context),
      offered_(OwnFormats(context.settings.codecs).offered),
      accepted_(OwnFormats(context.settings.codecs).accepted),
      additions_(kAdditionsMax) {}

grpc::Status LegService::AddLeg(grpc::ServerContext*, const v1::AddLegRequest* request,
                                v1::AddLegResponse* response) {
  if (absl::Status status = CheckRequestId(request->request_id()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  return Answer(additions_.Run(request->request_id(), [&] { return Add(*request); }), response);
}

absl::StatusOr<v1::AddLegResponse> LegService::Add(const v1::AddLegRequest& request) {
  RETURN_IF_ERROR(context_.CheckNotDraining());
  if (request.room_id().empty()) return InvalidField("room_id", "FIELD_INVALID", "must be set");
  const std::optional<RoomEntry> room = context_.state.FindRoom(request.room_id());
  if (!room.has_value()) return RoomUnknown(request.room_id());
  RETURN_IF_ERROR(CheckLabels(request.labels()));

  if (request.socket() == v1::LEG_SOCKET_SHARED) return AddOnSharedSockets(request, *room);
  return AddOnOwnSockets(request, *room);
}

absl::StatusOr<LegService::Made> LegService::Make(const state_v1::DialogRecord& record,
                                                  const v1::LegSettings& settings,
                                                  engine::LegSockets& sockets) const {
  ASSIGN_OR_RETURN(LegControls controls,
                   ParseLegSettings(settings, context_.settings.media_timeout));
  controls.excluded = NumbersOf(settings.excluded_leg_ids());
  const v1::AddLegRequest& creation = record.creation();
  IpAddress signaling_ip;
  ASSIGN_OR_RETURN(signaling_ip, ParseIp("signaling_address", creation.signaling_address()));
  sdp::LocalMedia local = LocalMediaFor(sockets.pair);
  local.srtp.policy = PolicyOf(creation.srtp(), context_.settings.srtp_policy);
  std::copy_n(record.key_secret().begin(),
              std::min(record.key_secret().size(), local.srtp.secret.bytes.size()),
              local.srtp.secret.bytes.begin());
  sdp::Negotiation negotiation(std::move(local), record.session_id());
  ASSIGN_OR_RETURN(Round round, FirstRound(creation, negotiation));
  std::optional<sdp::NegotiatedMedia> media = round.media;
  Made made;
  made.sdp = std::move(round.sdp);
  for (const v1::NegotiateLegRequest& next : record.rounds()) {
    ASSIGN_OR_RETURN(round, NextRound(next, negotiation));
    if (round.media.has_value()) media = round.media;
    if (next.signaling_address().empty()) continue;
    ASSIGN_OR_RETURN(signaling_ip, ParseIp("signaling_address", next.signaling_address()));
  }
  room::LegMedia leg_media = SilentLegMedia();
  if (media.has_value()) {
    ASSIGN_OR_RETURN(leg_media, ToLegMedia(*media, signaling_ip, context_.settings.codecs));
    ApplyToMedia(settings, leg_media);
  }
  if (sockets.is_shared()) {
    RETURN_IF_ERROR(sockets.seat->Claim(engine::SourcesOf(leg_media)));
  }

  made.is_active = media.has_value();
  ASSIGN_OR_RETURN(made.media, MediaFor(media, negotiation.local()));
  made.dialog = std::make_shared<LegDialog>(
      std::move(negotiation), signaling_ip, record.slot(),
      context_.state.keeper() != nullptr ? record.SerializeAsString() : "");
  made.leg = std::make_unique<engine::WorkerLeg>(ConfigFor(record), leg_media, std::move(sockets));
  ApplyLegControls(controls, *made.leg);
  return made;
}

// Of those that are there: one that has left is heard by nobody anyway.
std::vector<room::LegId> LegService::NumbersOf(
    const google::protobuf::RepeatedPtrField<std::string>& leg_ids) const {
  std::vector<room::LegId> numbers;
  for (const std::string& leg_id : leg_ids) {
    const std::optional<LegEntry> entry = context_.state.FindLeg(leg_id);
    if (entry.has_value()) numbers.push_back(entry->number);
  }
  return numbers;
}

state_v1::DialogRecord LegService::NewRecord(const v1::AddLegRequest& request,
                                             const engine::LegSockets& sockets) const {
  state_v1::DialogRecord record;
  StateKeeper* const keeper = context_.state.keeper();
  record.set_slot(keeper == nullptr ? StateKeeper::kNoSlot : keeper->TakeSlot());
  record.set_tag(context_.random.Next());
  record.set_rtp_port(sockets.pair.rtp.local().port());
  record.set_is_on_shared_sockets(sockets.is_shared());
  // RFC 3550 §5.1: random, so that a stranger cannot guess the stream. The sequence begins in the lower
  // half, so that an SRTP receiver that misses the first packets still counts the first wrap.
  record.set_ssrc(static_cast<uint32_t>(context_.random.Next()));
  record.set_first_sequence_number(static_cast<uint16_t>(context_.random.Next() & 0x7fff));
  record.set_first_timestamp(static_cast<uint32_t>(context_.random.Next()));
  record.set_cname(absl::StrCat(absl::Hex(context_.random.Next(), absl::kZeroPad16)));
  record.set_seed(context_.random.Next());
  record.set_session_id(context_.random.Next() >> 1);
  std::string& secret = *record.mutable_key_secret();
  while (secret.size() < sdp::KeySecret().bytes.size()) {
    const uint64_t drawn = context_.random.Next();
    secret.append(reinterpret_cast<const char*>(&drawn), sizeof(drawn));
  }
  *record.mutable_creation() = request;
  return record;
}

absl::StatusOr<v1::AddLegResponse> LegService::AddWithSockets(const v1::AddLegRequest& request,
                                                              const RoomEntry& room,
                                                              engine::LegSockets& sockets) {
  const bool is_shared = sockets.is_shared();
  const state_v1::DialogRecord record = NewRecord(request, sockets);
  absl::StatusOr<Made> made = Make(record, request.settings(), sockets);
  absl::Status status = made.status();
  LegEntry entry;
  if (status.ok()) {
    v1::Leg& proto = entry.leg;
    proto.set_leg_id(context_.DrawId("l"));
    proto.set_room_id(request.room_id());
    proto.set_state(made->is_active ? v1::LEG_STATE_ACTIVE : v1::LEG_STATE_OFFERED);
    *proto.mutable_settings() = request.settings();
    *proto.mutable_labels() = request.labels();
    *proto.mutable_media() = made->media;
    proto.set_socket(is_shared ? v1::LEG_SOCKET_SHARED : v1::LEG_SOCKET_OWN);
    *proto.mutable_create_time() = ToTimestamp(context_.clock.Now());
    entry.number = made->leg->id();
    entry.dialog = made->dialog;
    LeaveState(record, proto.leg_id(), *made->leg);
    context_.NameLeg(entry);
    status =
        context_.engine.AddLeg(room.number, made->leg, [&] { context_.state.LegAdded(entry); });
    if (!status.ok()) sockets = made->leg->ReleaseSockets();
  }
  if (!status.ok()) {
    if (StateKeeper* const keeper = context_.state.keeper(); keeper != nullptr) {
      if (!entry.leg.leg_id().empty()) keeper->ForgetLeg(entry.leg.leg_id());
      keeper->ReturnSlot(record.slot());
    }
    return status;
  }
  v1::AddLegResponse response;
  *response.mutable_leg() = entry.leg;
  response.set_sdp(made->sdp);
  return response;
}

void LegService::LeaveState(const state_v1::DialogRecord& record, const std::string& leg_id,
                            engine::WorkerLeg& leg) const {
  StateKeeper* const keeper = context_.state.keeper();
  if (keeper == nullptr) return;
  leg.LeaveStateIn(keeper->slot(record.slot()), record.tag());
  keeper->KeepDialog(leg_id, record);
}

grpc::Status LegService::GetLeg(grpc::ServerContext*, const v1::GetLegRequest* request,
                                v1::GetLegResponse* response) {
  absl::StatusOr<LegEntry> entry = Find(request->leg_id());
  if (!entry.ok()) return ToGrpcStatus(entry.status());
  *response->mutable_leg() = std::move(entry->leg);
  return grpc::Status::OK;
}

grpc::Status LegService::ListLegs(grpc::ServerContext*, const v1::ListLegsRequest* request,
                                  v1::ListLegsResponse* response) {
  const absl::StatusOr<size_t> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  if (absl::Status status = CheckPageToken(request->page_token()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  if (!request->room_id().empty() && !context_.state.FindRoom(request->room_id()).has_value()) {
    return ToGrpcStatus(RoomUnknown(request->room_id()));
  }
  // One more than asked for tells whether this is the last page.
  std::vector<LegEntry> legs =
      context_.state.ListLegs(request->room_id(), request->page_token(), *page_size + 1);
  if (legs.size() > *page_size) {
    legs.resize(*page_size);
    response->set_next_page_token(legs.back().leg.leg_id());
  }
  for (LegEntry& entry : legs) *response->add_legs() = std::move(entry.leg);
  return grpc::Status::OK;
}

grpc::Status LegService::UpdateLeg(grpc::ServerContext*, const v1::UpdateLegRequest* request,
                                   v1::UpdateLegResponse* response) {
  return Answer(Update(*request), response);
}

absl::StatusOr<v1::UpdateLegResponse> LegService::Update(const v1::UpdateLegRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry found, Find(request.leg_id()));
  absl::MutexLock lock(&found.dialog->mutex);
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));  // As it is under the lock.
  ASSIGN_OR_RETURN(
      const v1::LegSettings settings,
      MergeLegSettings(entry.leg.settings(), request.settings(), request.update_mask()));
  ASSIGN_OR_RETURN(LegControls controls,
                   ParseLegSettings(settings, context_.settings.media_timeout));
  controls.excluded = NumbersOf(settings.excluded_leg_ids());
  // What needs other memory is made here, and what is not needed any more is freed here.
  std::unique_ptr<room::LegStreams> streams;
  const std::optional<sdp::NegotiatedMedia>& agreed = entry.dialog->negotiation->media();
  if (settings.in_band_digits() != entry.leg.settings().in_band_digits() && agreed.has_value()) {
    ASSIGN_OR_RETURN(room::LegMedia media,
                     ToLegMedia(*agreed, entry.dialog->signaling_ip, context_.settings.codecs));
    ApplyToMedia(settings, media);
    streams = std::make_unique<room::LegStreams>(media, context_.settings.delay_min,
                                                 context_.settings.delay_max,
                                                 context_.settings.delay_margin());
  }
  RETURN_IF_ERROR(context_.engine.WithLeg(
      entry.number,
      [&](engine::WorkerLeg& leg, MediaTime) {
        ApplyLegControls(controls, leg);
        if (streams != nullptr) leg.UpdateMedia(streams);
        return engine::CommandOutcome::kDone;
      },
      [&] { context_.state.LegUpdated(request.leg_id(), &settings, nullptr, entry.leg.state()); }));
  v1::UpdateLegResponse response;
  ASSIGN_OR_RETURN(const LegEntry updated, Find(request.leg_id()));
  *response.mutable_leg() = updated.leg;
  return response;
}

grpc::Status LegService::MoveLeg(grpc::ServerContext*, const v1::MoveLegRequest* request,
                                 v1::MoveLegResponse* response) {
  return Answer(Move(*request), response);
}

absl::StatusOr<v1::MoveLegResponse> LegService::Move(const v1::MoveLegRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));
  const std::optional<RoomEntry> room = context_.state.FindRoom(request.room_id());
  if (!room.has_value()) return RoomUnknown(request.room_id());
  RETURN_IF_ERROR(context_.engine.MoveLeg(entry.number, room->number, request.stop_playback(), [&] {
    context_.state.LegMoved(request.leg_id(), request.room_id());
  }));
  v1::MoveLegResponse response;
  ASSIGN_OR_RETURN(const LegEntry moved, Find(request.leg_id()));
  *response.mutable_leg() = moved.leg;
  return response;
}

grpc::Status LegService::RemoveLeg(grpc::ServerContext*, const v1::RemoveLegRequest* request,
                                   v1::RemoveLegResponse* response) {
  return Answer(Remove(*request), response);
}

absl::StatusOr<v1::RemoveLegResponse> LegService::Remove(const v1::RemoveLegRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));
  v1::RemoveLegResponse response;
  ASSIGN_OR_RETURN(*response.mutable_statistics(),
                   EndLeg(context_, entry, v1::LEG_REMOVAL_REASON_REQUESTED));
  return response;
}

grpc::Status LegService::SendDigits(grpc::ServerContext*, const v1::SendDigitsRequest* request,
                                    v1::SendDigitsResponse*) {
  return ToGrpcStatus(Send(*request));
}

absl::Status LegService::Send(const v1::SendDigitsRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));
  RETURN_IF_ERROR(CheckDigits(request.digits()));
  const MediaDuration each =
      request.has_digit_duration() ? FromDuration(request.digit_duration()) : kDigitDefault;
  if (each < kDigitMin || each > kDigitMax) {
    return InvalidField("digit_duration", "FIELD_INVALID", "must be 40 ms to 5 s");
  }
  return context_.engine.WithLeg(entry.number, [&](engine::WorkerLeg& leg, MediaTime) {
    if (!leg.media().send_telephone_event.has_value()) {
      return engine::CommandOutcome::kNoTelephoneEvent;
    }
    return leg.SendDigits(request.digits(), each) ? engine::CommandOutcome::kDone
                                                  : engine::CommandOutcome::kDigitsPending;
  });
}

grpc::Status LegService::InjectDigits(grpc::ServerContext*, const v1::InjectDigitsRequest* request,
                                      v1::InjectDigitsResponse*) {
  return ToGrpcStatus(Inject(*request));
}

absl::Status LegService::Inject(const v1::InjectDigitsRequest& request) {
  ASSIGN_OR_RETURN(const LegEntry entry, Find(request.leg_id()));
  RETURN_IF_ERROR(CheckDigits(request.digits()));
  return context_.engine.WithLeg(entry.number, [&](engine::WorkerLeg& leg, MediaTime now) {
    for (const char digit : request.digits()) leg.InjectDigit(digit, now);
    return engine::CommandOutcome::kDone;
  });
}

grpc::Status LegService::GetLegStatistics(grpc::ServerContext*,
                                          const v1::GetLegStatisticsRequest* request,
                                          v1::GetLegStatisticsResponse* response) {
  const absl::StatusOr<LegEntry> entry = Find(request->leg_id());
  if (!entry.ok()) return ToGrpcStatus(entry.status());
  room::LegStatistics statistics;
  const absl::Status status =
      context_.engine.WithLeg(entry->number, [&](engine::WorkerLeg& leg, MediaTime) {
        statistics = leg.statistics();
        return engine::CommandOutcome::kDone;
      });
  if (!status.ok()) return ToGrpcStatus(status);
  *response->mutable_statistics() = ToProto(statistics);
  return grpc::Status::OK;
}

room::LegConfig LegService::ConfigFor(const state_v1::DialogRecord& record) const {
  room::LegConfig config;
  config.id = context_.engine.NewLegId();
  config.ssrc = Ssrc(record.ssrc());
  config.first_sequence_number =
      SequenceNumber(static_cast<uint16_t>(record.first_sequence_number()));
  config.first_timestamp = RtpTimestamp(record.first_timestamp());
  config.cname = record.cname();
  config.seed = record.seed();
  config.unix_time_at_zero = context_.settings.unix_time_at_zero;
  config.media_timeout = context_.settings.media_timeout;
  config.packets_per_second_max = context_.settings.packets_per_second_max;
  config.delay_max = context_.settings.delay_max;
  config.delay_min = context_.settings.delay_min;
  config.delay_margin = context_.settings.delay_margin();
  return config;
}

absl::StatusOr<LegEntry> LegService::Find(const std::string& leg_id) const {
  std::optional<LegEntry> entry = context_.state.FindLeg(leg_id);
  if (!entry.has_value()) return LegUnknown(leg_id);
  return *std::move(entry);
}

}  // namespace narada::mixer::service
