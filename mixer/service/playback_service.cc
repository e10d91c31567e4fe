#include "mixer/service/playback_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/media/tone.h"
#include "mixer/room/leg.h"
#include "mixer/service/answer.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

constexpr size_t kPieceBytesMax = 1 << 20;
constexpr size_t kContentBytesMax = 64 << 20;
constexpr int kItemsMax = 256;
constexpr uint32_t kTimesMax = 1000;
constexpr MediaDuration kItemMax = Seconds(3600);
constexpr double kToneDefaultDbov = -20;

absl::Status FieldInvalid(absl::string_view field, absl::string_view message) {
  return InvalidField(field, "FIELD_INVALID", message);
}

absl::StatusOr<MediaDuration> ItemDuration(const std::string& field,
                                           const google::protobuf::Duration& duration) {
  const MediaDuration length = FromDuration(duration);
  if (length <= Milliseconds(0) || length > kItemMax) {
    return FieldInvalid(field, "must be more than 0 and at most 1 h");
  }
  return length;
}

absl::StatusOr<media::Tone> FromProto(const std::string& field, const v1::Tone& tone) {
  const auto is_audible = [](float hz) { return hz >= 20 && hz <= 20'000; };
  if (!is_audible(tone.frequency_hz())) {
    return FieldInvalid(absl::StrCat(field, ".frequency_hz"), "must be 20 to 20000 Hz");
  }
  if (tone.second_frequency_hz() != 0 && !is_audible(tone.second_frequency_hz())) {
    return FieldInvalid(absl::StrCat(field, ".second_frequency_hz"), "must be 20 to 20000 Hz");
  }
  const double level = tone.level_dbov() == 0 ? kToneDefaultDbov : double{tone.level_dbov()};
  if (!(level >= -90 && level <= -3)) {
    return FieldInvalid(absl::StrCat(field, ".level_dbov"), "must be -90 to -3 dBov");
  }
  media::Tone result;
  result.frequency_hz = double{tone.frequency_hz()};
  result.second_frequency_hz = double{tone.second_frequency_hz()};
  result.level = AudioLevel::Dbov(level);
  ASSIGN_OR_RETURN(result.duration,
                   ItemDuration(absl::StrCat(field, ".duration"), tone.duration()));
  return result;
}

}  // namespace

grpc::Status PlaybackService::UploadPrompt(grpc::ServerContext*,
                                           grpc::ServerReader<v1::UploadPromptRequest>* reader,
                                           v1::UploadPromptResponse* response) {
  return Answer(Upload(*reader), response);
}

absl::StatusOr<v1::UploadPromptResponse> PlaybackService::Upload(
    grpc::ServerReader<v1::UploadPromptRequest>& reader) {
  v1::UploadPromptRequest request;
  if (!reader.Read(&request) || !request.has_header()) {
    return FieldInvalid("header", "must come in the first message");
  }
  const v1::UploadPromptRequest::Header header = request.header();
  RETURN_IF_ERROR(CheckLowerCaseId("header.prompt_id", header.prompt_id()));
  std::string content;
  while (reader.Read(&request)) {
    if (!request.has_content()) return FieldInvalid("content", "must fill all later messages");
    if (request.content().size() > kPieceBytesMax) {
      return FieldInvalid("content", "must come in pieces of at most 1 MiB");
    }
    if (content.size() + request.content().size() > kContentBytesMax) {
      return FieldInvalid("content", "must be at most 64 MiB in all");
    }
    content += request.content();
  }
  v1::UploadPromptResponse response;
  ASSIGN_OR_RETURN(*response.mutable_prompt(),
                   context_.prompts.Add(header.prompt_id(), header.format(), content));
  return response;
}

grpc::Status PlaybackService::MakePrompt(grpc::ServerContext*, const v1::MakePromptRequest* request,
                                         v1::MakePromptResponse* response) {
  return Answer(Make(*request), response);
}

absl::StatusOr<v1::MakePromptResponse> PlaybackService::Make(const v1::MakePromptRequest& request) {
  RETURN_IF_ERROR(CheckLowerCaseId("prompt_id", request.prompt_id()));
  const std::optional<files::RecordingInfo> info =
      context_.recorder == nullptr ? std::nullopt : context_.recorder->Find(request.recording_id());
  if (!info.has_value()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "RECORDING_UNKNOWN",
                           "there is no such recording");
  }
  const bool is_running = info->state == files::RecordingState::kRunning ||
                          info->state == files::RecordingState::kPaused;
  if (is_running) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_RUNNING",
                           "stop the recording first, and wait until it is finished");
  }
  ASSIGN_OR_RETURN(
      const std::string content,
      context_.recorder->Read(request.recording_id(), request.track_id(), 0, kContentBytesMax));
  v1::MakePromptResponse response;
  ASSIGN_OR_RETURN(*response.mutable_prompt(),
                   context_.prompts.AddTrimmed(request.prompt_id(),
                                               info->format == files::RecordingFormat::kWav
                                                   ? v1::PROMPT_FORMAT_WAV
                                                   : v1::PROMPT_FORMAT_OGG_OPUS,
                                               content));
  return response;
}

grpc::Status PlaybackService::ListPrompts(grpc::ServerContext*,
                                          const v1::ListPromptsRequest* request,
                                          v1::ListPromptsResponse* response) {
  const absl::StatusOr<size_t> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  if (absl::Status status = CheckPageToken(request->page_token()); !status.ok()) {
    return ToGrpcStatus(status);
  }
  std::vector<v1::Prompt> prompts = context_.prompts.List(request->page_token(), *page_size + 1);
  if (prompts.size() > *page_size) {
    prompts.resize(*page_size);
    response->set_next_page_token(prompts.back().prompt_id());
  }
  for (v1::Prompt& prompt : prompts) *response->add_prompts() = std::move(prompt);
  return grpc::Status::OK;
}

grpc::Status PlaybackService::DeletePrompt(grpc::ServerContext*,
                                           const v1::DeletePromptRequest* request,
                                           v1::DeletePromptResponse*) {
  return ToGrpcStatus(context_.prompts.Delete(request->prompt_id()));
}

grpc::Status PlaybackService::StartPlayback(grpc::ServerContext*,
                                            const v1::StartPlaybackRequest* request,
                                            v1::StartPlaybackResponse* response) {
  return Answer(Start(*request), response);
}

absl::StatusOr<v1::StartPlaybackResponse> PlaybackService::Start(
    const v1::StartPlaybackRequest& request) {
  std::string id = request.playback_id();
  if (id.empty()) {
    id = context_.DrawId("p");
  } else {
    RETURN_IF_ERROR(CheckId("playback_id", id));
  }
  v1::StartPlaybackResponse response;
  response.set_playback_id(id);
  ASSIGN_OR_RETURN(std::unique_ptr<media::PlaybackPlan> plan, MakePlan(request));
  const uint64_t number = next_number_.fetch_add(1);
  plan->id = number;
  // Known before it plays: its end may come before this call returns.
  if (!context_.state.PlaybackStarting(id, number)) return response;  // A repeated request.
  const absl::StatusOr<SampleRate> rate = Play(request, plan);
  if (!rate.ok()) {
    context_.state.PlaybackRefused(id, number);
    return rate.status();
  }
  std::vector<std::string> prompts;
  for (const v1::PlaybackItem& item : request.items()) {
    if (item.has_prompt_id()) prompts.push_back(item.prompt_id());
  }
  context_.prompts.Prepare(prompts, *rate);
  return response;
}

absl::StatusOr<std::unique_ptr<media::PlaybackPlan>> PlaybackService::MakePlan(
    const v1::StartPlaybackRequest& request) const {
  if (request.items().empty() || request.items_size() > kItemsMax) {
    return FieldInvalid("items", "must be 1 to 256");
  }
  auto plan = std::make_unique<media::PlaybackPlan>();
  for (int i = 0; i < request.items_size(); ++i) {
    const std::string field = absl::StrCat("items[", i, "]");
    const v1::PlaybackItem& item = request.items(i);
    switch (item.item_case()) {
      case v1::PlaybackItem::kPromptId: {
        ASSIGN_OR_RETURN(media::PromptPointer prompt, context_.prompts.Find(item.prompt_id()));
        plan->items.emplace_back(std::move(prompt));
        break;
      }
      case v1::PlaybackItem::kPause: {
        ASSIGN_OR_RETURN(const MediaDuration length,
                         ItemDuration(absl::StrCat(field, ".pause"), item.pause()));
        plan->items.emplace_back(media::Pause{length});
        break;
      }
      case v1::PlaybackItem::kTone: {
        ASSIGN_OR_RETURN(const media::Tone tone,
                         FromProto(absl::StrCat(field, ".tone"), item.tone()));
        plan->items.emplace_back(tone);
        break;
      }
      case v1::PlaybackItem::ITEM_NOT_SET:
        return FieldInvalid(field, "must be a prompt, a pause or a tone");
    }
  }
  if (request.has_endless()) {
    plan->times = media::PlaybackPlan::kEndless;
  } else if (request.repetition_case() == v1::StartPlaybackRequest::kTimes) {
    if (request.times() == 0 || request.times() > kTimesMax) {
      return FieldInvalid("times", "must be 1 to 1000");
    }
    plan->times = request.times();
  }
  plan->ends_at_digit = request.barge_in() == v1::BARGE_IN_DIGIT;
  ASSIGN_OR_RETURN(plan->gain, ParseGain("gain_db", request.gain_db()));
  const bool is_for_leg = request.target_case() == v1::StartPlaybackRequest::kLegId;
  plan->room_gain = is_for_leg ? Gain::Mute() : Gain::Unity();
  if (request.has_duck_db()) {
    if (!(request.duck_db() >= -60 && request.duck_db() <= 0)) {
      return FieldInvalid("duck_db", "must be -60 to 0 dB");
    }
    plan->room_gain = Gain::FromDecibels(double{request.duck_db()});
  }
  return plan;
}

absl::StatusOr<SampleRate> PlaybackService::Play(const v1::StartPlaybackRequest& request,
                                                 std::unique_ptr<media::PlaybackPlan>& plan) {
  SampleRate rate = SampleRate::FromHertz(8000);
  const room::Queueing queueing = request.queueing() == v1::PLAYBACK_QUEUEING_APPEND
                                      ? room::Queueing::kAppend
                                      : room::Queueing::kReplace;
  switch (request.target_case()) {
    case v1::StartPlaybackRequest::kLegId: {
      const std::optional<LegEntry> leg = context_.state.FindLeg(request.leg_id());
      if (!leg.has_value()) return LegUnknown(request.leg_id());
      RETURN_IF_ERROR(
          context_.engine.WithLeg(leg->number, [&](engine::WorkerLeg& target, MediaTime) {
            if (target.room() != nullptr) rate = target.room()->rate();
            return target.Play(plan, queueing) ? engine::CommandOutcome::kDone
                                               : engine::CommandOutcome::kPlaybacksPending;
          }));
      return rate;
    }
    case v1::StartPlaybackRequest::kRoomId: {
      const std::optional<RoomEntry> room = context_.state.FindRoom(request.room_id());
      if (!room.has_value()) return RoomUnknown(request.room_id());
      RETURN_IF_ERROR(context_.engine.WithRoom(
          room->number, [&](engine::Worker& worker, engine::WorkerRoom& target) {
            rate = target.rate();
            return worker.PlayToRoom(target, plan, queueing);
          }));
      return rate;
    }
    case v1::StartPlaybackRequest::TARGET_NOT_SET:
      break;
  }
  return FieldInvalid("target", "must be a leg or a room");
}

grpc::Status PlaybackService::StopPlayback(grpc::ServerContext*,
                                           const v1::StopPlaybackRequest* request,
                                           v1::StopPlaybackResponse*) {
  return ToGrpcStatus(Stop(*request));
}

absl::Status PlaybackService::Stop(const v1::StopPlaybackRequest& request) {
  // 0 stops all.
  uint64_t number = 0;
  if (!request.playback_id().empty()) number = context_.state.FindPlayback(request.playback_id());
  const bool has_ended = !request.playback_id().empty() && number == 0;
  switch (request.target_case()) {
    case v1::StopPlaybackRequest::kLegId: {
      const std::optional<LegEntry> leg = context_.state.FindLeg(request.leg_id());
      if (!leg.has_value()) return LegUnknown(request.leg_id());
      if (has_ended) return absl::OkStatus();
      return context_.engine.WithLeg(leg->number, [&](engine::WorkerLeg& target, MediaTime) {
        target.StopPlayback(number);
        return engine::CommandOutcome::kDone;
      });
    }
    case v1::StopPlaybackRequest::kRoomId: {
      const std::optional<RoomEntry> room = context_.state.FindRoom(request.room_id());
      if (!room.has_value()) return RoomUnknown(request.room_id());
      if (has_ended) return absl::OkStatus();
      return context_.engine.WithRoom(room->number,
                                      [&](engine::Worker&, engine::WorkerRoom& target) {
                                        target.StopPlayback(number);
                                        return engine::CommandOutcome::kDone;
                                      });
    }
    case v1::StopPlaybackRequest::TARGET_NOT_SET:
      break;
  }
  return FieldInvalid("target", "must be a leg or a room");
}

}  // namespace narada::mixer::service
