// narada.control.v1.ConferenceService over the conferences' actors. Each method that changes something is
// one moderation::Command, with the rights of whoever called (requester.h).

#ifndef NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_
#define NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "control/calls/switchboard.h"
#include "control/moderation/command.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::control::service {

class ConferenceService final : public v1::ConferenceService::Service {
 public:
  ConferenceService(calls::Switchboard& switchboard, const Clock& clock)
      : switchboard_(switchboard), clock_(clock) {}

  grpc::Status ListConferences(grpc::ServerContext* context,
                               const v1::ListConferencesRequest* request,
                               v1::ListConferencesResponse* response) override;
  grpc::Status GetConference(grpc::ServerContext* context, const v1::GetConferenceRequest* request,
                             v1::GetConferenceResponse* response) override;
  grpc::Status WatchConference(grpc::ServerContext* context,
                               const v1::WatchConferenceRequest* request,
                               grpc::ServerWriter<v1::WatchConferenceResponse>* writer) override;
  grpc::Status UpdateParticipant(grpc::ServerContext* context,
                                 const v1::UpdateParticipantRequest* request,
                                 v1::UpdateParticipantResponse* response) override;
  grpc::Status MuteAll(grpc::ServerContext* context, const v1::MuteAllRequest* request,
                       v1::MuteAllResponse* response) override;
  grpc::Status DisconnectParticipant(grpc::ServerContext* context,
                                     const v1::DisconnectParticipantRequest* request,
                                     v1::DisconnectParticipantResponse* response) override;
  grpc::Status UpdateConference(grpc::ServerContext* context,
                                const v1::UpdateConferenceRequest* request,
                                v1::UpdateConferenceResponse* response) override;
  grpc::Status CallOut(grpc::ServerContext* context, const v1::CallOutRequest* request,
                       v1::CallOutResponse* response) override;
  grpc::Status CancelCallOut(grpc::ServerContext* context, const v1::CancelCallOutRequest* request,
                             v1::CancelCallOutResponse* response) override;
  grpc::Status ControlRecording(grpc::ServerContext* context,
                                const v1::ControlRecordingRequest* request,
                                v1::ControlRecordingResponse* response) override;
  grpc::Status PlayAnnouncement(grpc::ServerContext* context,
                                const v1::PlayAnnouncementRequest* request,
                                v1::PlayAnnouncementResponse* response) override;
  grpc::Status ListAnnouncements(grpc::ServerContext* context,
                                 const v1::ListAnnouncementsRequest* request,
                                 v1::ListAnnouncementsResponse* response) override;
  grpc::Status TellRollCall(grpc::ServerContext* context, const v1::TellRollCallRequest* request,
                            v1::TellRollCallResponse* response) override;
  grpc::Status SendInvitations(grpc::ServerContext* context,
                               const v1::SendInvitationsRequest* request,
                               v1::SendInvitationsResponse* response) override;
  grpc::Status EndConference(grpc::ServerContext* context, const v1::EndConferenceRequest* request,
                             v1::EndConferenceResponse* response) override;

 private:
  // Null if there is none, or none that the caller may see.
  std::shared_ptr<calls::ConferenceActor> FindVisible(const grpc::ServerContext& context,
                                                      const std::string& conference_id) const;
  // Runs the command; `use` makes the answer of what came out.
  template <typename Use>
  grpc::Status Command(const grpc::ServerContext& context, const std::string& conference_id,
                       moderation::Command command, Use use);
  grpc::Status Show(calls::ConferenceActor& conference, v1::Conference& proto) const;
  grpc::Status Show(calls::ConferenceActor& conference, const std::string& participant_id,
                    v1::Participant& proto) const;

  calls::Switchboard& switchboard_;
  const Clock& clock_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_
