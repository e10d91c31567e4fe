// What a new leg speaks through: LegService::Add() with sockets of the leg's own, or with shared ones.
#include <memory>
#include <utility>

#include "base/status.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/service/leg_service.h"

namespace narada::mixer::service {
namespace {

// How often a room that goes to another worker, while a leg is made for it, is followed.
constexpr int kRoomsFollowedMax = 8;

}  // namespace

absl::StatusOr<v1::AddLegResponse> LegService::AddOnOwnSockets(const v1::AddLegRequest& request,
                                                               const RoomEntry& room) {
  ASSIGN_OR_RETURN(engine::LegSockets sockets, context_.sockets.Open());
  absl::StatusOr<v1::AddLegResponse> response = AddWithSockets(request, room, sockets);
  context_.CloseSockets(std::move(sockets));  // Unless a leg took them.
  return response;
}

// The port stands in the answer, so worker and socket are chosen before the description is read. Whether the far end's
// address is free on that socket is known afterwards.
absl::StatusOr<v1::AddLegResponse> LegService::AddOnSharedSockets(const v1::AddLegRequest& request,
                                                                  const RoomEntry& room) {
  if (context_.shared_sockets == nullptr) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NO_SHARED_SOCKETS",
                           "this mixer has no sockets for legs to share; start it with "
                           "--shared_sockets=1 (mixer.rtp.shared_sockets_per_worker), or ask for "
                           "LEG_SOCKET_OWN");
  }
  for (int i = 0; i < kRoomsFollowedMax; ++i) {
    ASSIGN_OR_RETURN(const int worker, context_.engine.ProspectiveWorkerOf(room.number));
    bool has_room_moved = false;
    for (const engine::SharedPlace place : context_.shared_sockets->PlacesOf(worker)) {
      engine::LegSockets sockets(
          std::make_unique<engine::SharedSeat>(*context_.shared_sockets, place));
      absl::StatusOr<v1::AddLegResponse> response = AddWithSockets(request, room, sockets);
      const std::string reason = ReasonOf(response.status());
      has_room_moved = reason == "ROOM_ON_OTHER_WORKER";
      if (has_room_moved) break;
      if (reason != "SHARED_SOURCE_TAKEN") return response;
    }
    if (!has_room_moved) break;
  }
  // Two far ends with one address cannot be told apart on one socket. A caller is worth two more ports.
  return AddOnOwnSockets(request, room);
}

}  // namespace narada::mixer::service
