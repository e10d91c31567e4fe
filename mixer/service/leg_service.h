// narada.mixer.v1.LegService: negotiates a leg's media, hands the leg to the engine, tells its fate.
// Thread-safe, as gRPC calls it. Requests for one leg are carried out one after the other.
#ifndef NARADA_MIXER_SERVICE_LEG_SERVICE_H_
#define NARADA_MIXER_SERVICE_LEG_SERVICE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/room/leg_media.h"
#include "mixer/sdp/negotiation.h"
#include "mixer/sdp/shared_formats.h"
#include "mixer/service/leg_dialog.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/request_cache.h"
#include "narada/mixer/v1/leg.grpc.pb.h"

namespace narada::mixer::service {

class LegService final : public v1::LegService::Service {
 public:
  explicit LegService(MixerContext& context);

  grpc::Status AddLeg(grpc::ServerContext* call, const v1::AddLegRequest* request,
                      v1::AddLegResponse* response) override;
  grpc::Status GetLeg(grpc::ServerContext* call, const v1::GetLegRequest* request,
                      v1::GetLegResponse* response) override;
  grpc::Status ListLegs(grpc::ServerContext* call, const v1::ListLegsRequest* request,
                        v1::ListLegsResponse* response) override;
  grpc::Status NegotiateLeg(grpc::ServerContext* call, const v1::NegotiateLegRequest* request,
                            v1::NegotiateLegResponse* response) override;
  grpc::Status UpdateLeg(grpc::ServerContext* call, const v1::UpdateLegRequest* request,
                         v1::UpdateLegResponse* response) override;
  grpc::Status MoveLeg(grpc::ServerContext* call, const v1::MoveLegRequest* request,
                       v1::MoveLegResponse* response) override;
  grpc::Status RemoveLeg(grpc::ServerContext* call, const v1::RemoveLegRequest* request,
                         v1::RemoveLegResponse* response) override;
  grpc::Status SendDigits(grpc::ServerContext* call, const v1::SendDigitsRequest* request,
                          v1::SendDigitsResponse* response) override;
  grpc::Status InjectDigits(grpc::ServerContext* call, const v1::InjectDigitsRequest* request,
                            v1::InjectDigitsResponse* response) override;
  grpc::Status GetLegStatistics(grpc::ServerContext* call,
                                const v1::GetLegStatisticsRequest* request,
                                v1::GetLegStatisticsResponse* response) override;

  // Makes a leg of the mixer's last life anew: same ports, SSRC, numbers, settings, in its room.
  // Before the first request; thread-safe. Errors: as AddLeg, DATA_LOSS / STATE_LOST.
  absl::Status Resume(const ResumableLeg& kept);

 private:
  // What a round of negotiation brought.
  struct Round {
    std::string sdp;                            // To be sent to the far end; empty: none.
    std::optional<sdp::NegotiatedMedia> media;  // Unset: our offer is out.
  };

  absl::StatusOr<v1::AddLegResponse> Add(const v1::AddLegRequest& request);
  absl::StatusOr<v1::AddLegResponse> AddOnOwnSockets(const v1::AddLegRequest& request,
                                                     const RoomEntry& room);
  absl::StatusOr<v1::AddLegResponse> AddOnSharedSockets(const v1::AddLegRequest& request,
                                                        const RoomEntry& room);
  // A leg and all that belongs to it, as its record says.
  struct Made {
    std::unique_ptr<engine::WorkerLeg> leg;
    std::shared_ptr<LegDialog> dialog;
    v1::NegotiatedMedia media;
    bool is_active = false;  // Else our offer is out.
    std::string sdp;         // Of the first round: the answer to AddLeg.
  };
  // Takes the sockets if it succeeds.
  absl::StatusOr<Made> Make(const state_v1::DialogRecord& record, const v1::LegSettings& settings,
                            engine::LegSockets& sockets) const;
  std::vector<room::LegId> NumbersOf(
      const google::protobuf::RepeatedPtrField<std::string>& leg_ids) const;
  // A new leg's own numbers, drawn here and nowhere else: from its record the leg can be made again.
  state_v1::DialogRecord NewRecord(const v1::AddLegRequest& request,
                                   const engine::LegSockets& sockets) const;
  absl::StatusOr<v1::AddLegResponse> AddWithSockets(const v1::AddLegRequest& request,
                                                    const RoomEntry& room,
                                                    engine::LegSockets& sockets);
  absl::StatusOr<engine::LegSockets> SocketsAgain(const state_v1::DialogRecord& dialog) const;
  void KeepRound(const v1::NegotiateLegRequest& request, LegDialog& dialog) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(dialog.mutex);
  absl::Status ResumeWithSockets(const ResumableLeg& kept, const RoomEntry& room,
                                 engine::LegSockets& sockets);
  absl::StatusOr<Round> FirstRound(const v1::AddLegRequest& request,
                                   sdp::Negotiation& negotiation) const;
  absl::StatusOr<v1::NegotiateLegResponse> Negotiate(const v1::NegotiateLegRequest& request);
  absl::StatusOr<Round> NextRound(const v1::NegotiateLegRequest& request,
                                  sdp::Negotiation& negotiation) const;
  absl::StatusOr<v1::UpdateLegResponse> Update(const v1::UpdateLegRequest& request);
  absl::StatusOr<v1::MoveLegResponse> Move(const v1::MoveLegRequest& request);
  absl::StatusOr<v1::RemoveLegResponse> Remove(const v1::RemoveLegRequest& request);
  absl::Status Send(const v1::SendDigitsRequest& request);
  absl::Status Inject(const v1::InjectDigitsRequest& request);
  sdp::LocalMedia LocalMediaFor(const net::SocketPair& sockets) const;
  room::LegConfig ConfigFor(const state_v1::DialogRecord& record) const;
  void LeaveState(const state_v1::DialogRecord& record, const std::string& leg_id,
                  engine::WorkerLeg& leg) const;
  absl::StatusOr<LegEntry> Find(const std::string& leg_id) const;

  MixerContext& context_;
  const sdp::SharedFormats offered_;  // Of ours.
  const sdp::SharedFormats accepted_;
  RequestCache<v1::AddLegResponse> additions_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_LEG_SERVICE_H_
