// narada.control.v1.ConferenceService over the conferences' actors. What is not built yet (calling out,
// recording, groups, lecture mode, announcements) answers UNIMPLEMENTED.

#ifndef NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_
#define NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_

#include "control/calls/switchboard.h"
#include "narada/control/v1/conference.grpc.pb.h"

namespace narada::control::service {

class ConferenceService final : public v1::ConferenceService::Service {
 public:
  explicit ConferenceService(calls::Switchboard& switchboard) : switchboard_(switchboard) {}

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
  grpc::Status EndConference(grpc::ServerContext* context, const v1::EndConferenceRequest* request,
                             v1::EndConferenceResponse* response) override;

 private:
  calls::Switchboard& switchboard_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_CONFERENCE_SERVICE_H_
