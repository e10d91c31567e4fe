#include "control/mixers/grpc_mixer.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/mixers/mixer_events.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"

namespace narada::control::mixers {

namespace pb = mixer::v1;

namespace {

// A mixer answers within a step or two; what takes longer than this is lost.
constexpr absl::Duration kDeadline = absl::Seconds(5);
constexpr absl::Duration kReconnectFirst = absl::Milliseconds(100);
constexpr absl::Duration kReconnectMax = absl::Seconds(2);
constexpr absl::Duration kStopDelay = absl::Milliseconds(50);  // How soon Stop ends a pause.
constexpr size_t kUploadPieceBytes = 256 * 1024;  // Below gRPC's 4 MiB and the API's 1 MiB.

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  // A dead host is noticed by pings, not by the next call.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A restarted mixer is found again within a second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // How long one attempt may take, with TLS and to a busy machine; a refused one ends at once.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, std::move(credentials), arguments);
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kDeadline));
}

absl::Status FromCall(const grpc::Status& status) {
  absl::Status result = FromGrpcStatus(status);
  const bool is_unreachable = result.code() == absl::StatusCode::kUnavailable ||
                              result.code() == absl::StatusCode::kDeadlineExceeded;
  if (is_unreachable && ReasonOf(result).empty()) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "MIXER_UNREACHABLE", result.message());
  }
  return result;
}

// Makes one asynchronous call: `start` hands it to the stub, `done` gets the answer.
template <typename Request, typename Response, typename Start>
void Call(Request request, absl::AnyInvocable<void(absl::StatusOr<Response>)> done, Start start) {
  struct Pending {
    grpc::ClientContext context;
    Request request;
    Response response;
    absl::AnyInvocable<void(absl::StatusOr<Response>)> done;
  };
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  pending->done = std::move(done);
  SetDeadline(pending->context);
  start(&pending->context, &pending->request, &pending->response, [pending](grpc::Status status) {
    if (!status.ok()) return pending->done(FromCall(status));
    pending->done(std::move(pending->response));
  });
}

// For calls whose answer carries nothing.
template <typename Response>
absl::AnyInvocable<void(absl::StatusOr<Response>)> StatusOnly(Mixer::Done done) {
  return [done = std::move(done)](absl::StatusOr<Response> response) mutable {
    done(response.status());
  };
}

// For calls that end something: what is gone already is as wished.
template <typename Response>
absl::AnyInvocable<void(absl::StatusOr<Response>)> GoneIsFine(Mixer::Done done) {
  return [done = std::move(done)](absl::StatusOr<Response> response) mutable {
    done(response.status().code() == absl::StatusCode::kNotFound ? absl::OkStatus()
                                                                 : response.status());
  };
}

template <typename Proto>
void SetTarget(const PlayTarget& target, Proto& proto) {
  if (const LegTarget* leg = std::get_if<LegTarget>(&target)) {
    proto.set_leg_id(leg->leg_id);
  } else {
    proto.set_room_id(std::get<RoomTarget>(target).room_id);
  }
}

void SetDuration(absl::Duration duration, google::protobuf::Duration& proto) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  proto.set_seconds(nanoseconds / 1'000'000'000);
  proto.set_nanos(static_cast<int>(nanoseconds % 1'000'000'000));
}

}  // namespace

struct GrpcMixer::Stubs {
  explicit Stubs(std::shared_ptr<grpc::Channel> the_channel)
      : channel(std::move(the_channel)),
        rooms(pb::RoomService::NewStub(channel)),
        legs(pb::LegService::NewStub(channel)),
        playbacks(pb::PlaybackService::NewStub(channel)),
        events(pb::EventService::NewStub(channel)),
        recordings(pb::RecordingService::NewStub(channel)),
        mixer(pb::MixerService::NewStub(channel)) {}

  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<pb::RoomService::Stub> rooms;
  const std::unique_ptr<pb::LegService::Stub> legs;
  const std::unique_ptr<pb::PlaybackService::Stub> playbacks;
  const std::unique_ptr<pb::EventService::Stub> events;
  const std::unique_ptr<pb::RecordingService::Stub> recordings;
  const std::unique_ptr<pb::MixerService::Stub> mixer;
};

struct GrpcMixer::Position {
  std::string epoch;                      // Of the last whole snapshot; empty: none has come yet.
  std::optional<pb::EventCursor> cursor;  // The last event seen; nothing: a snapshot is needed.
  MixerSnapshot snapshot;                 // The parts that have come so far.
};

GrpcMixer::GrpcMixer(std::string address, std::shared_ptr<grpc::ChannelCredentials> credentials,
                     const std::vector<PromptFile>& prompts)
    : address_(std::move(address)),
      prompts_(prompts),
      stubs_(std::make_unique<Stubs>(MakeChannel(address_, std::move(credentials)))) {}

GrpcMixer::~GrpcMixer() { Stop(); }

void GrpcMixer::Start(MixerListener& listener) {
  thread_ = std::thread([this, &listener] { ThreadMain(listener); });
}

void GrpcMixer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    if (cancel_) cancel_();
  }
  if (thread_.joinable()) thread_.join();
}

MixerStatus GrpcMixer::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

template <typename Handle>
void GrpcMixer::UpdateStatus(Handle handle) {
  absl::MutexLock lock(&mutex_);
  handle(status_);
}

void GrpcMixer::ThreadMain(MixerListener& listener) {
  Position position;
  absl::Duration pause = kReconnectFirst;
  bool was_ready = true;  // So that the first failure is told.
  while (true) {
    const absl::Status ended = RunSession(position, listener);
    const bool got_ready = status().is_ready;
    UpdateStatus([](MixerStatus& status) { status.is_ready = false; });
    if (got_ready) pause = kReconnectFirst;
    if (is_stopping()) return;
    if (was_ready || got_ready) {
      LOG_WARNING("mixer {} is not reachable, trying again: {}", address_, ended);
    }
    was_ready = got_ready;
    Pause(pause);
    if (is_stopping()) return;
    pause = std::min(pause * 2, kReconnectMax);
  }
}

bool GrpcMixer::is_stopping() const {
  absl::MutexLock lock(&mutex_);
  return is_stopping_;
}

void GrpcMixer::Pause(absl::Duration pause) {
  grpc::Channel& channel = *stubs_->channel;
  const absl::Time end = absl::Now() + pause;
  // A connection that is there, while the mixer refuses what we ask, is no reason to hurry.
  const bool is_connected = channel.GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  while (!is_stopping() && absl::Now() < end) {
    const absl::Time piece_end = std::min(end, absl::Now() + kStopDelay);
    if (is_connected) {
      absl::SleepFor(piece_end - absl::Now());
    } else if (channel.WaitForConnected(absl::ToChronoTime(piece_end))) {
      // gRPC goes on connecting only while somebody waits in it; asleep we would be connected no
      // sooner than its next look after itself, 5 s later.
      return;
    }
  }
}

absl::Status GrpcMixer::RunSession(Position& position, MixerListener& listener) {
  RETURN_IF_ERROR(CheckEpoch(position));
  RETURN_IF_ERROR(UploadMissingPrompts());
  // With a cursor of this mixer's life we know its state already and only go on.
  if (position.cursor) UpdateStatus([](MixerStatus& status) { status.is_ready = true; });
  return FollowEvents(position, listener);
}

absl::Status GrpcMixer::CheckEpoch(Position& position) {
  grpc::ClientContext context;
  SetDeadline(context);
  pb::GetMixerResponse response;
  RETURN_IF_ERROR(FromCall(stubs_->mixer->GetMixer(&context, {}, &response)));
  if (position.cursor && position.cursor->epoch() != response.mixer().epoch()) {
    LOG_WARNING("mixer {} has restarted", address_);
    position.cursor.reset();
  }
  const bool is_draining = response.mixer().is_draining();
  UpdateStatus([is_draining](MixerStatus& status) { status.is_draining = is_draining; });
  return absl::OkStatus();
}

absl::Status GrpcMixer::UploadMissingPrompts() {
  std::set<std::string> present;
  pb::ListPromptsRequest list;
  list.set_page_size(1000);
  do {
    grpc::ClientContext context;
    SetDeadline(context);
    pb::ListPromptsResponse page;
    RETURN_IF_ERROR(FromCall(stubs_->playbacks->ListPrompts(&context, list, &page)));
    for (const pb::Prompt& prompt : page.prompts()) present.insert(prompt.prompt_id());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  int uploaded = 0;
  for (const PromptFile& prompt : prompts_) {
    if (present.contains(prompt.prompt_id)) continue;
    grpc::ClientContext context;
    SetDeadline(context);
    pb::UploadPromptResponse response;
    const auto writer = stubs_->playbacks->UploadPrompt(&context, &response);
    pb::UploadPromptRequest part;
    part.mutable_header()->set_prompt_id(prompt.prompt_id);
    part.mutable_header()->set_format(pb::PROMPT_FORMAT_WAV);
    bool is_open = writer->Write(part);
    for (size_t at = 0; is_open && at < prompt.wav.size(); at += kUploadPieceBytes) {
      part.set_content(prompt.wav.substr(at, kUploadPieceBytes));
      is_open = writer->Write(part);
    }
    writer->WritesDone();
    const absl::Status status = FromCall(writer->Finish());
    if (!status.ok()) return WithContext(status, absl::StrCat("prompt ", prompt.prompt_id));
    ++uploaded;
  }
  if (uploaded > 0) LOG_INFO("mixer {} was given {} prompts", address_, uploaded);
  return absl::OkStatus();
}

absl::Status GrpcMixer::FollowEvents(Position& position, MixerListener& listener) {
  grpc::ClientContext context;
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) return absl::CancelledError("stopping");
    cancel_ = [&context] { context.TryCancel(); };
  }
  pb::WatchEventsRequest request;
  if (position.cursor) *request.mutable_cursor() = *position.cursor;
  position.snapshot = {};
  const auto reader = stubs_->events->WatchEvents(&context, request);
  const std::shared_ptr<Mixer> self = shared_from_this();
  pb::WatchEventsResponse response;
  while (reader->Read(&response)) {
    if (response.has_missed()) {
      LOG_WARNING("mixer {}: events were missed; its snapshot is taken", address_);
      position.cursor.reset();
      position.snapshot = {};
    } else if (response.has_snapshot()) {
      AddPart(response.snapshot(), position.snapshot);
      if (!response.snapshot().is_last_part()) continue;
      position.cursor = response.snapshot().cursor();
      const std::string epoch_before = std::exchange(position.epoch, position.cursor->epoch());
      position.snapshot.is_resumed = !epoch_before.empty() && epoch_before != position.epoch &&
                                     !response.snapshot().resumed_epoch().empty();
      const int leg_count = static_cast<int>(position.snapshot.legs.size());
      listener.OnMixerSnapshot(self, std::exchange(position.snapshot, {}));
      UpdateStatus([&](MixerStatus& status) {
        status.is_ready = true;
        status.leg_count = leg_count;
      });
      LOG_INFO("mixer {} is connected, with {} legs", address_, leg_count);
    } else if (response.has_event()) {
      const pb::Event& event = response.event();
      position.cursor = event.cursor();
      UpdateStatus([&](MixerStatus& status) {
        if (event.has_leg_added()) ++status.leg_count;
        if (event.has_leg_removed()) --status.leg_count;
        if (event.has_mixer_changed()) status.is_draining = event.mixer_changed().is_draining();
      });
      if (std::optional<LegEvent> leg_event = FromProto(event)) {
        listener.OnLegEvent(self, *std::move(leg_event));
      }
    }
  }
  const grpc::Status finished = reader->Finish();
  absl::MutexLock lock(&mutex_);
  cancel_ = nullptr;
  if (finished.ok()) return absl::UnavailableError("the mixer ended its event stream");
  return FromCall(finished);
}

void GrpcMixer::CreateRoom(NewRoom room, Done done) {
  pb::CreateRoomRequest request;
  request.set_room_id(room.room_id);
  request.mutable_labels()->insert(room.labels.begin(), room.labels.end());
  if (room.empty_timeout) SetDuration(*room.empty_timeout, *request.mutable_empty_timeout());
  Call<pb::CreateRoomRequest, pb::CreateRoomResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::CreateRoomResponse> response) mutable {
        const bool exists = response.status().code() == absl::StatusCode::kAlreadyExists;
        done(exists ? absl::OkStatus() : response.status());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->CreateRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeleteRoom(std::string room_id, Done done) {
  pb::DeleteRoomRequest request;
  request.set_room_id(std::move(room_id));
  Call<pb::DeleteRoomRequest, pb::DeleteRoomResponse>(
      std::move(request), GoneIsFine<pb::DeleteRoomResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->DeleteRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::AddLeg(NewLeg leg, DoneWith<AddedLeg> done) {
  pb::AddLegRequest request;
  request.set_request_id(leg.request_id);
  request.set_room_id(leg.room_id);
  if (leg.sdp_offer.empty()) {
    request.mutable_offer();
  } else {
    request.set_sdp_offer(leg.sdp_offer);
  }
  request.set_signaling_address(leg.signaling_address);
  request.mutable_labels()->insert(leg.labels.begin(), leg.labels.end());
  Call<pb::AddLegRequest, pb::AddLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::AddLegResponse> response) mutable {
        if (!response.ok()) return done(response.status());
        done(AddedLeg{response->leg().leg_id(), response->sdp()});
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->AddLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::Negotiate(std::string leg_id, std::string sdp_offer, std::string signaling_address,
                          DoneWith<std::string> done) {
  pb::NegotiateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_signaling_address(std::move(signaling_address));
  if (sdp_offer.empty()) {
    request.set_make_offer(true);
  } else {
    request.set_sdp_offer(std::move(sdp_offer));
  }
  Call<pb::NegotiateLegRequest, pb::NegotiateLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::NegotiateLegResponse> response) mutable {
        if (!response.ok()) return done(response.status());
        done(response->sdp());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->NegotiateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::AcceptAnswer(std::string leg_id, std::string sdp_answer,
                             std::string signaling_address, Done done) {
  pb::NegotiateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_sdp_answer(std::move(sdp_answer));
  request.set_signaling_address(std::move(signaling_address));
  Call<pb::NegotiateLegRequest, pb::NegotiateLegResponse>(
      std::move(request), StatusOnly<pb::NegotiateLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->NegotiateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) {
  pb::MoveLegRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_room_id(std::move(room_id));
  request.set_stop_playback(stop_playback);
  Call<pb::MoveLegRequest, pb::MoveLegResponse>(
      std::move(request), StatusOnly<pb::MoveLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->MoveLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) {
  pb::RemoveLegRequest request;
  request.set_leg_id(std::move(leg_id));
  Call<pb::RemoveLegRequest, pb::RemoveLegResponse>(
      std::move(request),
      [done = std::move(done)](absl::StatusOr<pb::RemoveLegResponse> response) mutable {
        if (response.ok()) return done(QualityFrom(response->statistics()));
        if (response.status().code() == absl::StatusCode::kNotFound) return done(std::nullopt);
        done(response.status());
      },
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->RemoveLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::FindLeg(std::string leg_id, Done done) {
  pb::GetLegRequest request;
  request.set_leg_id(std::move(leg_id));
  Call<pb::GetLegRequest, pb::GetLegResponse>(
      std::move(request), StatusOnly<pb::GetLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->GetLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::UpdateLeg(std::string leg_id, LegSettings settings, Done done) {
  pb::UpdateLegRequest request;
  request.set_leg_id(std::move(leg_id));
  pb::LegSettings& proto = *request.mutable_settings();
  proto.set_mute(settings.is_muted ? pb::MUTE_STATE_MUTED : pb::MUTE_STATE_OPEN);
  proto.set_deaf(settings.is_deaf);
  proto.set_hold(settings.is_held);
  proto.set_gain_db(static_cast<float>(settings.gain_db));
  proto.set_talk_right(settings.is_presenter ? pb::TALK_RIGHT_PRESENTER : pb::TALK_RIGHT_AUDIENCE);
  proto.set_group_id(settings.group_id);
  for (const char* path : {"mute", "deaf", "hold", "gain_db", "talk_right", "group_id"}) {
    request.mutable_update_mask()->add_paths(path);
  }
  Call<pb::UpdateLegRequest, pb::UpdateLegResponse>(
      std::move(request), StatusOnly<pb::UpdateLegResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->UpdateLeg(context, request, response, std::move(answer));
      });
}

void GrpcMixer::UpdateRoom(std::string room_id, RoomSettings settings, Done done) {
  pb::UpdateRoomRequest request;
  request.set_room_id(std::move(room_id));
  pb::RoomSettings& proto = *request.mutable_settings();
  proto.set_lecture(settings.is_lecture);
  for (const Group& group : settings.groups) {
    pb::Group& added = *proto.add_groups();
    added.set_group_id(group.id);
    for (const std::string& heard : group.heard_ids) added.add_hears()->set_group_id(heard);
  }
  for (const char* path : {"lecture", "groups"}) request.mutable_update_mask()->add_paths(path);
  Call<pb::UpdateRoomRequest, pb::UpdateRoomResponse>(
      std::move(request), StatusOnly<pb::UpdateRoomResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->rooms->async()->UpdateRoom(context, request, response, std::move(answer));
      });
}

void GrpcMixer::InjectDigits(std::string leg_id, std::string digits, Done done) {
  pb::InjectDigitsRequest request;
  request.set_leg_id(std::move(leg_id));
  request.set_digits(std::move(digits));
  Call<pb::InjectDigitsRequest, pb::InjectDigitsResponse>(
      std::move(request), StatusOnly<pb::InjectDigitsResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->legs->async()->InjectDigits(context, request, response, std::move(answer));
      });
}

void GrpcMixer::Play(NewPlayback playback, Done done) {
  pb::StartPlaybackRequest request;
  request.set_playback_id(playback.playback_id);
  SetTarget(playback.target, request);
  for (const PlayItem& item : playback.items) {
    pb::PlaybackItem& proto = *request.add_items();
    if (const PlayPrompt* prompt = std::get_if<PlayPrompt>(&item)) {
      proto.set_prompt_id(prompt->prompt_id);
    } else {
      SetDuration(std::get<PlayPause>(item).duration, *proto.mutable_pause());
    }
  }
  if (playback.loop) request.mutable_endless();
  if (playback.digit_barges_in) request.set_barge_in(pb::BARGE_IN_DIGIT);
  if (playback.append) request.set_queueing(pb::PLAYBACK_QUEUEING_APPEND);
  request.set_gain_db(static_cast<float>(playback.gain_db));
  if (playback.duck_db) request.set_duck_db(static_cast<float>(*playback.duck_db));
  Call<pb::StartPlaybackRequest, pb::StartPlaybackResponse>(
      std::move(request), StatusOnly<pb::StartPlaybackResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->StartPlayback(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StopPlayback(PlayTarget target, Done done) {
  pb::StopPlaybackRequest request;
  SetTarget(target, request);
  Call<pb::StopPlaybackRequest, pb::StopPlaybackResponse>(
      std::move(request), GoneIsFine<pb::StopPlaybackResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->StopPlayback(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StartRecording(NewRecording recording, Done done) {
  pb::StartRecordingRequest request;
  request.set_room_id(std::move(recording.room_id));
  request.set_recording_id(std::move(recording.recording_id));
  request.set_tracks(recording.with_legs ? pb::RECORDING_TRACKS_MIX_AND_LEGS
                                         : pb::RECORDING_TRACKS_MIX);
  request.mutable_labels()->insert(recording.labels.begin(), recording.labels.end());
  Call<pb::StartRecordingRequest, pb::StartRecordingResponse>(
      std::move(request), StatusOnly<pb::StartRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->StartRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::PauseRecording(std::string recording_id, Done done) {
  pb::PauseRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::PauseRecordingRequest, pb::PauseRecordingResponse>(
      std::move(request), StatusOnly<pb::PauseRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->PauseRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::ResumeRecording(std::string recording_id, Done done) {
  pb::ResumeRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::ResumeRecordingRequest, pb::ResumeRecordingResponse>(
      std::move(request), StatusOnly<pb::ResumeRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->ResumeRecording(context, request, response, std::move(answer));
      });
}

void GrpcMixer::StopRecording(std::string recording_id, Done done) {
  pb::StopRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::StopRecordingRequest, pb::StopRecordingResponse>(
      std::move(request), StatusOnly<pb::StopRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->StopRecording(context, request, response, std::move(answer));
      });
}

absl::Status GrpcMixer::ReadRecording(const std::string& recording_id, const std::string& track_id,
                                      uint64_t offset,
                                      absl::FunctionRef<bool(absl::string_view)> sink) {
  pb::ReadRecordingRequest request;
  request.set_recording_id(recording_id);
  request.set_track_id(track_id);
  request.set_offset_bytes(offset);
  // No deadline: an hour of sound goes as fast as its reader takes it.
  grpc::ClientContext context;
  const auto reader = stubs_->recordings->ReadRecording(&context, request);
  pb::ReadRecordingResponse piece;
  while (reader->Read(&piece)) {
    if (sink(piece.content())) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  return FromCall(reader->Finish());
}

void GrpcMixer::MakePrompt(std::string prompt_id, std::string recording_id, std::string track_id,
                           Done done) {
  pb::MakePromptRequest request;
  request.set_prompt_id(std::move(prompt_id));
  request.set_recording_id(std::move(recording_id));
  request.set_track_id(std::move(track_id));
  Call<pb::MakePromptRequest, pb::MakePromptResponse>(
      std::move(request), StatusOnly<pb::MakePromptResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->MakePrompt(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeletePrompt(std::string prompt_id, Done done) {
  pb::DeletePromptRequest request;
  request.set_prompt_id(std::move(prompt_id));
  Call<pb::DeletePromptRequest, pb::DeletePromptResponse>(
      std::move(request), GoneIsFine<pb::DeletePromptResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->playbacks->async()->DeletePrompt(context, request, response, std::move(answer));
      });
}

void GrpcMixer::DeleteRecording(std::string recording_id, Done done) {
  pb::DeleteRecordingRequest request;
  request.set_recording_id(std::move(recording_id));
  Call<pb::DeleteRecordingRequest, pb::DeleteRecordingResponse>(
      std::move(request), GoneIsFine<pb::DeleteRecordingResponse>(std::move(done)),
      [this](auto* context, const auto* request, auto* response, auto answer) {
        stubs_->recordings->async()->DeleteRecording(context, request, response, std::move(answer));
      });
}

}  // namespace narada::control::mixers
