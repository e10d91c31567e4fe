#include "control/service/conference_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/calls/conference_actor.h"
#include "control/model/requester.h"
#include "control/service/change_queue.h"
#include "control/service/convert.h"
#include "control/service/requester.h"

namespace narada::control::service {
namespace {

using calls::ConferenceActor;

// How soon a watcher that went away is noticed while nothing changes.
constexpr absl::Duration kCancelCheck = absl::Milliseconds(500);

grpc::Status UnknownConference() {
  return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN",
                                      "no conference of this id is running"));
}

Conference Snapshot(ConferenceActor& conference) {
  absl::Notification answered;
  std::optional<Conference> snapshot;
  conference.Get([&](Conference conference) {
    snapshot = std::move(conference);
    answered.Notify();
  });
  answered.WaitForNotification();
  return *std::move(snapshot);
}

absl::StatusOr<moderation::CommandResult> AwaitCommand(ConferenceActor& conference,
                                                       moderation::Actor actor,
                                                       moderation::Command command) {
  absl::Notification answered;
  absl::StatusOr<moderation::CommandResult> result = absl::UnknownError("not run");
  conference.Command(std::move(actor), std::move(command),
                     [&](absl::StatusOr<moderation::CommandResult> answer) {
                       result = std::move(answer);
                       answered.Notify();
                     });
  answered.WaitForNotification();
  return result;
}

moderation::Actor ActorOf(const grpc::ServerContext& context) {
  const Requester requester = RequesterOf(context);
  return {.capacity = requester.IsOperator() ? moderation::Capacity::kOperator
                                             : moderation::Capacity::kModerator,
          .tenant_id = requester.tenant_id,
          .conference_id = requester.conference_id,
          .name = requester.user_name,
          .channel =
              IsFromConsole(context) ? moderation::Channel::kConsole : moderation::Channel::kGrpc};
}

absl::StatusOr<PhoneNumber> NumberFrom(const std::string& field, const std::string& text) {
  const std::optional<PhoneNumber> number = PhoneNumber::FromE164(text);
  if (number) return *number;
  return InvalidField(field, "FIELD_INVALID", "must be E.164 with \"+\"");
}

}  // namespace

std::shared_ptr<ConferenceActor> ConferenceService::FindVisible(
    const grpc::ServerContext& context, const std::string& conference_id) const {
  auto conference = switchboard_.FindConference(conference_id);
  if (conference == nullptr || !moderation::MaySee(ActorOf(context), Snapshot(*conference))) {
    return nullptr;
  }
  return conference;
}

template <typename Use>
grpc::Status ConferenceService::Command(const grpc::ServerContext& context,
                                        const std::string& conference_id,
                                        moderation::Command command, Use use) {
  const auto conference = switchboard_.FindConference(conference_id);
  if (conference == nullptr) return UnknownConference();
  const absl::StatusOr<moderation::CommandResult> result =
      AwaitCommand(*conference, ActorOf(context), std::move(command));
  if (!result.ok()) return ToGrpcStatus(result.status());
  return use(*conference, *result);
}

grpc::Status ConferenceService::Show(ConferenceActor& conference, v1::Conference& proto) const {
  proto = ToProto(Snapshot(conference), clock_.Now());
  return grpc::Status::OK;
}

grpc::Status ConferenceService::Show(ConferenceActor& conference, const std::string& participant_id,
                                     v1::Participant& proto) const {
  const Conference snapshot = Snapshot(conference);
  const Participant* participant = snapshot.Find(participant_id);
  if (participant == nullptr) {
    return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "PARTICIPANT_UNKNOWN",
                                        "nobody of this id is in the conference"));
  }
  proto = ToProto(*participant);
  return grpc::Status::OK;
}

grpc::Status ConferenceService::ListConferences(grpc::ServerContext* context,
                                                const v1::ListConferencesRequest* request,
                                                v1::ListConferencesResponse* response) {
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::optional<PagePlace> after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = *place;
  }
  const moderation::Actor actor = ActorOf(*context);
  std::vector<Conference> conferences;
  for (const auto& running : switchboard_.conferences()) {
    Conference conference = Snapshot(*running);
    const bool is_asked_for =
        request->tenant_id().empty() || conference.terms.tenant_id == request->tenant_id();
    if (is_asked_for && moderation::MaySee(actor, conference)) {
      conferences.push_back(std::move(conference));
    }
  }
  const auto place_of = [](const Conference& conference) {
    return std::make_pair(absl::FromUnixMicros(absl::ToUnixMicros(conference.started_at)),
                          conference.id);
  };
  std::sort(conferences.begin(), conferences.end(),
            [&](const Conference& a, const Conference& b) { return place_of(a) < place_of(b); });
  for (const Conference& conference : conferences) {
    if (after && place_of(conference) <= std::make_pair(after->created_at, after->id)) continue;
    if (response->conferences_size() == *page_size) {
      response->set_next_page_token(ToPageToken(*after));
      break;
    }
    after = PagePlace{place_of(conference).first, conference.id};
    v1::Conference& proto = *response->add_conferences();
    proto = ToProto(conference, clock_.Now());
    proto.set_participant_count(static_cast<uint32_t>(conference.JoinedCount()));
    proto.clear_participants();
  }
  return grpc::Status::OK;
}

grpc::Status ConferenceService::GetConference(grpc::ServerContext* context,
                                              const v1::GetConferenceRequest* request,
                                              v1::GetConferenceResponse* response) {
  const moderation::Actor actor = ActorOf(*context);
  for (const auto& conference : switchboard_.conferences()) {
    const bool is_candidate =
        request->conference_id().empty() || conference->id() == request->conference_id();
    if (!is_candidate) continue;
    Conference snapshot = Snapshot(*conference);
    const bool is_wished = request->key_case() == v1::GetConferenceRequest::kConferenceId ||
                           snapshot.terms.room.digits() == request->room_number();
    if (!is_wished || !moderation::MaySee(actor, snapshot)) continue;
    *response->mutable_conference() = ToProto(snapshot, clock_.Now());
    return grpc::Status::OK;
  }
  return UnknownConference();
}

grpc::Status ConferenceService::WatchConference(
    grpc::ServerContext* context, const v1::WatchConferenceRequest* request,
    grpc::ServerWriter<v1::WatchConferenceResponse>* writer) {
  const auto conference = FindVisible(*context, request->conference_id());
  if (conference == nullptr) return UnknownConference();
  std::optional<uint64_t> cursor;
  if (request->has_cursor()) cursor = request->cursor();
  while (true) {
    auto queue = std::make_shared<ChangeQueue>();
    conference->Watch(cursor, [queue](const calls::ConferenceChange& change) {
      return queue->Push(ToProto(change));
    });
    while (!queue->HasOverflowed()) {
      if (context->IsCancelled()) {
        queue->Close();
        return grpc::Status::CANCELLED;
      }
      const std::optional<v1::WatchConferenceResponse> change = queue->Pop(kCancelCheck);
      if (!change) continue;
      if (!writer->Write(*change)) {
        queue->Close();
        return grpc::Status::CANCELLED;
      }
      if (change->has_ended()) return grpc::Status::OK;
      cursor = change->sequence();
    }
    // Too slow: begin anew behind the last change that was written, or with what was missed.
  }
}

namespace {

// For commands that answer nothing.
const auto kDone = [](ConferenceActor&, const moderation::CommandResult&) {
  return grpc::Status::OK;
};

}  // namespace

grpc::Status ConferenceService::UpdateParticipant(grpc::ServerContext* context,
                                                  const v1::UpdateParticipantRequest* request,
                                                  v1::UpdateParticipantResponse* response) {
  moderation::UpdateParticipant command{.call_id = request->participant_id()};
  if (request->has_is_muted()) command.is_muted = request->is_muted();
  if (request->has_is_deaf()) command.is_deaf = request->is_deaf();
  if (request->has_is_held()) command.is_held = request->is_held();
  if (request->has_gain_db()) command.gain_db = request->gain_db();
  if (request->has_is_hand_raised()) command.is_hand_raised = request->is_hand_raised();
  if (request->has_group_id()) command.group_id = request->group_id();
  command.role = FromProto(request->role());
  return Command(*context, request->conference_id(), std::move(command),
                 [&](ConferenceActor& conference, const auto&) {
                   return Show(conference, request->participant_id(),
                               *response->mutable_participant());
                 });
}

grpc::Status ConferenceService::MuteAll(grpc::ServerContext* context,
                                        const v1::MuteAllRequest* request,
                                        v1::MuteAllResponse* response) {
  return Command(*context, request->conference_id(), moderation::MuteAll{request->is_muted()},
                 [&](ConferenceActor& conference, const auto&) {
                   return Show(conference, *response->mutable_conference());
                 });
}

grpc::Status ConferenceService::DisconnectParticipant(
    grpc::ServerContext* context, const v1::DisconnectParticipantRequest* request,
    v1::DisconnectParticipantResponse*) {
  return Command(*context, request->conference_id(),
                 moderation::Disconnect{request->participant_id()}, kDone);
}

grpc::Status ConferenceService::UpdateConference(grpc::ServerContext* context,
                                                 const v1::UpdateConferenceRequest* request,
                                                 v1::UpdateConferenceResponse* response) {
  moderation::UpdateConference command;
  if (request->has_is_locked()) command.is_locked = request->is_locked();
  if (request->has_is_lecture()) command.is_lecture = request->is_lecture();
  if (request->has_participants_max()) {
    command.participants_max = static_cast<int>(std::min(request->participants_max(), 1'000'000u));
  }
  if (request->groups_size() > 0) {
    command.groups.emplace();
    for (const v1::ConferenceGroup& group : request->groups()) {
      // One without a name and without hearing takes all side rooms away.
      if (group.group_id().empty() && group.heard_group_ids().empty()) continue;
      command.groups->push_back(
          {.id = group.group_id(),
           .heard_ids = {group.heard_group_ids().begin(), group.heard_group_ids().end()}});
    }
  }
  return Command(*context, request->conference_id(), std::move(command),
                 [&](ConferenceActor& conference, const auto&) {
                   return Show(conference, *response->mutable_conference());
                 });
}

grpc::Status ConferenceService::CallOut(grpc::ServerContext* context,
                                        const v1::CallOutRequest* request,
                                        v1::CallOutResponse* response) {
  if (request->request_id().empty()) {
    return ToGrpcStatus(InvalidField("request_id", "FIELD_INVALID", "request_id must be given"));
  }
  absl::StatusOr<PhoneNumber> number = NumberFrom("number", request->number());
  if (!number.ok()) return ToGrpcStatus(number.status());
  moderation::CallOut command{.request_id = request->request_id(),
                              .number = *std::move(number),
                              .name = request->name(),
                              .role = FromProto(request->role()).value_or(Role::kParticipant),
                              .language = FromProto(request->language()),
                              .retries = static_cast<int>(std::min(request->retries(), 1000u))};
  return Command(*context, request->conference_id(), std::move(command),
                 [&](ConferenceActor& conference, const moderation::CommandResult& result) {
                   return Show(conference, result.call_id, *response->mutable_participant());
                 });
}

grpc::Status ConferenceService::CancelCallOut(grpc::ServerContext* context,
                                              const v1::CancelCallOutRequest* request,
                                              v1::CancelCallOutResponse*) {
  return Command(*context, request->conference_id(),
                 moderation::CancelCallOut{request->participant_id()}, kDone);
}

grpc::Status ConferenceService::ControlRecording(grpc::ServerContext* context,
                                                 const v1::ControlRecordingRequest* request,
                                                 v1::ControlRecordingResponse* response) {
  using What = moderation::ControlRecording::What;
  What what = What::kStart;
  switch (request->command()) {
    case v1::RECORDING_COMMAND_START:
      break;
    case v1::RECORDING_COMMAND_PAUSE:
      what = What::kPause;
      break;
    case v1::RECORDING_COMMAND_RESUME:
      what = What::kResume;
      break;
    case v1::RECORDING_COMMAND_STOP:
      what = What::kStop;
      break;
    default:
      return ToGrpcStatus(InvalidField("command", "FIELD_INVALID", "command must be given"));
  }
  return Command(*context, request->conference_id(), moderation::ControlRecording{what},
                 [&](ConferenceActor& conference, const auto&) {
                   return Show(conference, *response->mutable_conference());
                 });
}

grpc::Status ConferenceService::PlayAnnouncement(grpc::ServerContext* context,
                                                 const v1::PlayAnnouncementRequest* request,
                                                 v1::PlayAnnouncementResponse*) {
  return Command(*context, request->conference_id(),
                 moderation::PlayAnnouncement{.announcement = request->announcement_id(),
                                              .call_id = request->participant_id()},
                 kDone);
}

grpc::Status ConferenceService::ListAnnouncements(grpc::ServerContext* context,
                                                  const v1::ListAnnouncementsRequest* request,
                                                  v1::ListAnnouncementsResponse* response) {
  std::vector<std::string> names = moderation::AnnouncementNames();
  if (!request->conference_id().empty()) {
    const auto conference = FindVisible(*context, request->conference_id());
    if (conference == nullptr) return UnknownConference();
    const std::vector<std::string> own = Snapshot(*conference).terms.own_announcements;
    names.insert(names.begin(), own.begin(), own.end());
  }
  for (std::string& name : names) {
    response->add_announcements()->set_announcement_id(std::move(name));
  }
  return grpc::Status::OK;
}

grpc::Status ConferenceService::TellRollCall(grpc::ServerContext* context,
                                             const v1::TellRollCallRequest* request,
                                             v1::TellRollCallResponse*) {
  return Command(*context, request->conference_id(),
                 moderation::RollCall{.call_id = request->participant_id()}, kDone);
}

grpc::Status ConferenceService::SendInvitations(grpc::ServerContext* context,
                                                const v1::SendInvitationsRequest* request,
                                                v1::SendInvitationsResponse* response) {
  if (request->request_id().empty()) {
    return ToGrpcStatus(InvalidField("request_id", "FIELD_INVALID", "request_id must be given"));
  }
  moderation::SendInvitations command{.request_id = request->request_id(),
                                      .language = FromProto(request->language())};
  for (int i = 0; i < request->numbers_size(); ++i) {
    absl::StatusOr<PhoneNumber> number =
        NumberFrom(absl::StrCat("numbers[", i, "]"), request->numbers(i));
    if (!number.ok()) return ToGrpcStatus(number.status());
    command.numbers.push_back(*std::move(number));
  }
  return Command(*context, request->conference_id(), std::move(command),
                 [&](ConferenceActor&, const moderation::CommandResult& result) {
                   for (const std::string& id : result.message_ids) response->add_sms_ids(id);
                   return grpc::Status::OK;
                 });
}

grpc::Status ConferenceService::EndConference(grpc::ServerContext* context,
                                              const v1::EndConferenceRequest* request,
                                              v1::EndConferenceResponse*) {
  return Command(*context, request->conference_id(), moderation::EndConference{}, kDone);
}

}  // namespace narada::control::service
