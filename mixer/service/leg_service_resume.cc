// Legs of the mixer's last life: LegService::Resume() and what it takes.
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/net/patient_reopen.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/service/leg_service.h"

namespace narada::mixer::service {
absl::Status LegService::Resume(const ResumableLeg& kept) {
  StateKeeper& keeper = *context_.state.keeper();
  const std::string& leg_id = kept.leg.leg_id();
  const std::optional<RoomEntry> room = context_.state.FindRoom(kept.leg.room_id());
  absl::Status status = room.has_value() ? absl::OkStatus() : RoomUnknown(kept.leg.room_id());
  const bool has_slot = keeper.TakeSlotAgain(kept.dialog.slot());
  if (status.ok() && !has_slot) {
    status = ErrorWithReason(absl::StatusCode::kDataLoss, "STATE_LOST",
                             absl::StrCat("leg \"", leg_id, "\" left no state behind"));
  }
  if (status.ok()) {
    absl::StatusOr<engine::LegSockets> sockets = SocketsAgain(kept.dialog);
    status = sockets.status();
    if (sockets.ok()) {
      status = ResumeWithSockets(kept, *room, *sockets);
      context_.CloseSockets(*std::move(sockets));
    }
  }
  if (!status.ok()) {
    keeper.ForgetLeg(leg_id);
    if (has_slot) keeper.ReturnSlot(kept.dialog.slot());
  }
  return status;
}

absl::StatusOr<engine::LegSockets> LegService::SocketsAgain(
    const state_v1::DialogRecord& dialog) const {
  const auto port = static_cast<uint16_t>(dialog.rtp_port());
  engine::SharedSockets* const shared = context_.shared_sockets;
  const std::optional<engine::SharedPlace> place =
      shared == nullptr ? std::nullopt : shared->PlaceAt(port);
  if (dialog.is_on_shared_sockets()) {
    if (place.has_value()) {
      return engine::LegSockets(std::make_unique<engine::SharedSeat>(*shared, *place));
    }
    return ErrorWithReason(
        absl::StatusCode::kDataLoss, "STATE_LOST",
        absl::StrCat("port ", port,
                     " was one that legs shared, and is none any more; a mixer goes on "
                     "with the ports, workers and shared sockets that it had"));
  }
  if (place.has_value()) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "PORT_TAKEN",
                           absl::StrCat("port ", port, " was the leg's own, and is shared now"));
  }
  return net::ReopenPatiently(context_.sockets, port);
}

absl::Status LegService::ResumeWithSockets(const ResumableLeg& kept, const RoomEntry& room,
                                           engine::LegSockets& sockets) {
  StateKeeper& keeper = *context_.state.keeper();
  continuity::Slot slot = keeper.slot(kept.dialog.slot());
  const auto* const checkpoint = slot.Read<room::LegCheckpoint>();
  if (checkpoint == nullptr || checkpoint->tag != kept.dialog.tag()) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "STATE_LOST",
                           "what the leg has sent and received is not known");
  }
  ASSIGN_OR_RETURN(Made made, Make(kept.dialog, kept.leg.settings(), sockets));
  made.leg->RestoreFrom(*checkpoint);
  made.leg->LeaveStateIn(slot, kept.dialog.tag());
  LegEntry entry;
  entry.number = made.leg->id();
  entry.leg = kept.leg;
  entry.dialog = made.dialog;
  context_.NameLeg(entry);
  const absl::Status added = context_.engine.AddLeg(
      room.number, made.leg, [&] { context_.state.LegResumed(entry); }, engine::Entry::kResumed);
  if (!added.ok()) {
    sockets = made.leg->ReleaseSockets();
    return added;
  }
  v1::AddLegResponse answer;
  *answer.mutable_leg() = kept.leg;
  answer.set_sdp(made.sdp);
  additions_.Remember(kept.dialog.creation().request_id(), std::move(answer));
  return absl::OkStatus();
}

}  // namespace narada::mixer::service
