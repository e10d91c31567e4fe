#include "control/service/conference_service.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/calls/conference_actor.h"
#include "control/service/convert.h"

namespace narada::control::service {
namespace {

using calls::ConferenceActor;

// A watcher that does not read for this many changes is told that it missed some.
constexpr size_t kChangesMax = 1000;
// How soon a watcher that went away is noticed while nothing changes.
constexpr absl::Duration kCancelCheck = absl::Milliseconds(500);

grpc::Status UnknownConference() {
  return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN",
                                      "no conference of this id is running"));
}

grpc::Status NotBuilt(absl::string_view field) {
  return ToGrpcStatus(
      absl::UnimplementedError(absl::StrCat("changing ", std::string(field), " is not built yet")));
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

absl::Status AwaitDone(absl::FunctionRef<void(ConferenceActor::Done)> start) {
  absl::Notification answered;
  absl::Status result;
  start([&](absl::Status status) {
    result = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return result;
}

// Between the conference's strand, which adds changes, and the stream's thread, which writes them.
class ChangeQueue {
 public:
  // False ends the watch: the reader is gone or too slow.
  bool Push(v1::WatchConferenceResponse change) {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return false;
    if (changes_.size() >= kChangesMax) {
      has_overflowed_ = true;
      return false;
    }
    changes_.push_back(std::move(change));
    return true;
  }
  // Nothing if none came within `wait`.
  std::optional<v1::WatchConferenceResponse> Pop(absl::Duration wait) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &ChangeQueue::HasNews), wait);
    if (changes_.empty()) return std::nullopt;
    v1::WatchConferenceResponse change = std::move(changes_.front());
    changes_.pop_front();
    return change;
  }
  bool HasOverflowed() {
    absl::MutexLock lock(&mutex_);
    return has_overflowed_ && changes_.empty();
  }
  void Close() {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }

 private:
  bool HasNews() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return !changes_.empty() || has_overflowed_;
  }

  absl::Mutex mutex_;
  std::deque<v1::WatchConferenceResponse> changes_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_overflowed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::Status ConferenceService::ListConferences(grpc::ServerContext*,
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
  if (!request->tenant_id().empty()) return grpc::Status::OK;  // No tenant has a conference yet.
  std::vector<Conference> conferences;
  for (const auto& conference : switchboard_.conferences()) {
    conferences.push_back(Snapshot(*conference));
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
    proto = ToProto(conference);
    proto.set_participant_count(proto.participants_size());
    proto.clear_participants();
  }
  return grpc::Status::OK;
}

grpc::Status ConferenceService::GetConference(grpc::ServerContext*,
                                              const v1::GetConferenceRequest* request,
                                              v1::GetConferenceResponse* response) {
  for (const auto& conference : switchboard_.conferences()) {
    const bool is_candidate =
        request->conference_id().empty() || conference->id() == request->conference_id();
    if (!is_candidate) continue;
    Conference snapshot = Snapshot(*conference);
    const bool is_wished = request->key_case() == v1::GetConferenceRequest::kConferenceId ||
                           snapshot.room.digits() == request->room_number();
    if (!is_wished) continue;
    *response->mutable_conference() = ToProto(snapshot);
    return grpc::Status::OK;
  }
  return UnknownConference();
}

grpc::Status ConferenceService::WatchConference(
    grpc::ServerContext* context, const v1::WatchConferenceRequest* request,
    grpc::ServerWriter<v1::WatchConferenceResponse>* writer) {
  const auto conference = switchboard_.FindConference(request->conference_id());
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

grpc::Status ConferenceService::UpdateParticipant(grpc::ServerContext*,
                                                  const v1::UpdateParticipantRequest* request,
                                                  v1::UpdateParticipantResponse* response) {
  if (request->has_is_deaf()) return NotBuilt("is_deaf");
  if (request->has_is_held()) return NotBuilt("is_held");
  if (request->has_gain_db()) return NotBuilt("gain_db");
  if (request->has_is_hand_raised()) return NotBuilt("is_hand_raised");
  if (request->has_group_id()) return NotBuilt("group_id");
  if (request->role() != v1::PARTICIPANT_ROLE_UNSPECIFIED) return NotBuilt("role");
  const auto conference = switchboard_.FindConference(request->conference_id());
  if (conference == nullptr) return UnknownConference();
  if (request->has_is_muted()) {
    const absl::Status muted = AwaitDone([&](ConferenceActor::Done done) {
      conference->SetMuted(request->participant_id(), request->is_muted(), std::move(done));
    });
    if (!muted.ok()) return ToGrpcStatus(muted);
  }
  for (const Participant& participant : Snapshot(*conference).participants) {
    if (participant.call_id != request->participant_id()) continue;
    *response->mutable_participant() = ToProto(participant);
    return grpc::Status::OK;
  }
  return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "PARTICIPANT_UNKNOWN",
                                      "nobody of this id is in the conference"));
}

grpc::Status ConferenceService::MuteAll(grpc::ServerContext*, const v1::MuteAllRequest* request,
                                        v1::MuteAllResponse* response) {
  const auto conference = switchboard_.FindConference(request->conference_id());
  if (conference == nullptr) return UnknownConference();
  const absl::Status muted = AwaitDone([&](ConferenceActor::Done done) {
    conference->MuteAll(request->is_muted(), std::move(done));
  });
  if (!muted.ok()) return ToGrpcStatus(muted);
  *response->mutable_conference() = ToProto(Snapshot(*conference));
  return grpc::Status::OK;
}

grpc::Status ConferenceService::DisconnectParticipant(
    grpc::ServerContext*, const v1::DisconnectParticipantRequest* request,
    v1::DisconnectParticipantResponse*) {
  const auto conference = switchboard_.FindConference(request->conference_id());
  if (conference == nullptr) return UnknownConference();
  return ToGrpcStatus(AwaitDone([&](ConferenceActor::Done done) {
    conference->Disconnect(request->participant_id(), std::move(done));
  }));
}

grpc::Status ConferenceService::UpdateConference(grpc::ServerContext*,
                                                 const v1::UpdateConferenceRequest* request,
                                                 v1::UpdateConferenceResponse* response) {
  if (request->has_is_lecture()) return NotBuilt("is_lecture");
  if (request->has_participants_max()) return NotBuilt("participants_max");
  if (request->groups_size() > 0) return NotBuilt("groups");
  const auto conference = switchboard_.FindConference(request->conference_id());
  if (conference == nullptr) return UnknownConference();
  if (request->has_is_locked()) {
    const absl::Status locked = AwaitDone([&](ConferenceActor::Done done) {
      conference->SetLocked(request->is_locked(), std::move(done));
    });
    if (!locked.ok()) return ToGrpcStatus(locked);
  }
  *response->mutable_conference() = ToProto(Snapshot(*conference));
  return grpc::Status::OK;
}

grpc::Status ConferenceService::EndConference(grpc::ServerContext*,
                                              const v1::EndConferenceRequest* request,
                                              v1::EndConferenceResponse*) {
  const auto conference = switchboard_.FindConference(request->conference_id());
  if (conference == nullptr) return UnknownConference();
  return ToGrpcStatus(
      AwaitDone([&](ConferenceActor::Done done) { conference->End(std::move(done)); }));
}

}  // namespace narada::control::service
