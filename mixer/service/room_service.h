// narada.mixer.v1.RoomService. Thread-safe, as gRPC calls it.
#ifndef NARADA_MIXER_SERVICE_ROOM_SERVICE_H_
#define NARADA_MIXER_SERVICE_ROOM_SERVICE_H_

#include "absl/status/statusor.h"
#include "mixer/service/mixer_context.h"
#include "mixer/service/request_cache.h"
#include "narada/mixer/v1/room.grpc.pb.h"

namespace narada::mixer::service {

class RoomService final : public v1::RoomService::Service {
 public:
  explicit RoomService(MixerContext& context);

  grpc::Status CreateRoom(grpc::ServerContext* call, const v1::CreateRoomRequest* request,
                          v1::CreateRoomResponse* response) override;
  grpc::Status GetRoom(grpc::ServerContext* call, const v1::GetRoomRequest* request,
                       v1::GetRoomResponse* response) override;
  grpc::Status ListRooms(grpc::ServerContext* call, const v1::ListRoomsRequest* request,
                         v1::ListRoomsResponse* response) override;
  grpc::Status UpdateRoom(grpc::ServerContext* call, const v1::UpdateRoomRequest* request,
                          v1::UpdateRoomResponse* response) override;
  grpc::Status DeleteRoom(grpc::ServerContext* call, const v1::DeleteRoomRequest* request,
                          v1::DeleteRoomResponse* response) override;

  // Makes a room of the mixer's last life anew, before the first request.
  absl::Status Resume(const state_v1::RoomRecord& record);

  // Deletes the rooms that have been empty for their timeout. To be called every second or so.
  void DeleteEmptyRooms();

 private:
  absl::StatusOr<v1::CreateRoomResponse> Create(const v1::CreateRoomRequest& request);
  absl::StatusOr<v1::UpdateRoomResponse> Update(const v1::UpdateRoomRequest& request);
  absl::Status Delete(const std::string& room_id, bool force);
  absl::StatusOr<room::RoomId> MakeRoom(const v1::RoomSettings& settings);
  size_t LegsMaxOf(const v1::RoomSettings& settings) const;
  v1::Room Complete(const RoomEntry& entry) const;

  MixerContext& context_;
  RequestCache<v1::CreateRoomResponse> creations_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_ROOM_SERVICE_H_
