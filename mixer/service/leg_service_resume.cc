// Legs of the mixer's last life: LegService::Resume() and what it takes.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/service/leg_service.h"

namespace narada::mixer::service {
namespace {

// How long the ports of a killed process are waited for.
constexpr absl::Duration kPortsHeldMax = absl::Seconds(3);
constexpr absl::Duration kPortsHeldPoll = absl::Milliseconds(5);

}  // namespace

absl::Status LegService::Resume(const KeptLeg& kept) {
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
    absl::StatusOr<net::SocketPair> sockets =
        ReopenSockets(static_cast<uint16_t>(kept.dialog.rtp_port()));
    status = sockets.status();
    if (sockets.ok()) {
      status = ResumeWithSockets(kept, *room, *sockets);
      if (sockets->rtp.is_open()) context_.sockets.Close(*std::move(sockets));
    }
  }
  if (!status.ok()) {
    keeper.ForgetLeg(leg_id);
    if (has_slot) keeper.ReturnSlot(kept.dialog.slot());
  }
  return status;
}

absl::StatusOr<net::SocketPair> LegService::ReopenSockets(uint16_t rtp_port) const {
  // The ring of a killed process lets go of its sockets only when the kernel has come to it.
  const absl::Time give_up = absl::Now() + kPortsHeldMax;
  while (true) {
    absl::StatusOr<net::SocketPair> sockets = context_.sockets.Reopen(rtp_port);
    if (sockets.ok() || ReasonOf(sockets.status()) != "PORT_TAKEN" || absl::Now() >= give_up) {
      return sockets;
    }
    absl::SleepFor(kPortsHeldPoll);
  }
}

absl::Status LegService::ResumeWithSockets(const KeptLeg& kept, const RoomEntry& room,
                                           net::SocketPair& sockets) {
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
