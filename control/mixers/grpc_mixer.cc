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
#include "control/mixers/grpc_mixer_stubs.h"
#include "control/mixers/mixer_events.h"

namespace narada::control::mixers {

namespace {

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

}  // namespace

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

}  // namespace narada::control::mixers
