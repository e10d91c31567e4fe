// A leg and a room as a worker keeps them: the sans-IO parts with their sockets and places in the
// worker's lists. Made and freed off the worker; in between the worker alone touches them, but for
// what is marked.
#ifndef NARADA_MIXER_ENGINE_WORKER_LEG_H_
#define NARADA_MIXER_ENGINE_WORKER_LEG_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "mixer/continuity/slot_file.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/engine/leg_sources.h"
#include "mixer/engine/source_table.h"
#include "mixer/net/network.h"
#include "mixer/net/udp_socket.h"
#include "mixer/room/leg.h"
#include "mixer/room/room.h"
#include "mixer/units/bring_into_cache.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::engine {

class WorkerRoom;

class WorkerLeg final : public room::Leg {
 public:
  WorkerLeg(const room::LegConfig& config, const room::LegMedia& media, LegSockets sockets)
      : Leg(config, media), sockets_(std::move(sockets.pair)), seat_(std::move(sockets.seat)) {}

  // Any thread: set at construction. RTCP leaves from the RTP port where both share it.
  const net::SocketPair& sockets() const noexcept { return sockets_; }
  // Whether other legs speak through the same sockets. Then the leg is told from them by where its packets come from.
  bool is_on_shared_sockets() const noexcept { return seat_ != nullptr; }
  // Off the worker, even while it has the leg. Null: the sockets are the leg's own.
  SharedSeat* seat() const noexcept { return seat_.get(); }
  net::SocketHandle SocketFor(bool is_rtcp) const noexcept {
    return (is_rtcp && !media().rtcp_mux ? sockets_.rtcp : sockets_.rtp).handle();
  }

  // A hint that the leg is about to send.
  void BringSocketsNear() const noexcept { BringIntoCache(&sockets_, sizeof(*this) - sizeof(Leg)); }

  // As Leg::UpdateMedia(); on shared sockets the leg is found by its new addresses from now on. The seat has claimed them.
  void UpdateMedia(std::unique_ptr<room::LegStreams>& streams) noexcept {
    if (source_table_ != nullptr) LeaveSourceTable();
    Leg::UpdateMedia(streams);
    if (source_table_ != nullptr) EnterSourceTable();
  }

  // Off the worker, once it handed the leg back.
  LegSockets ReleaseSockets() {
    LegSockets released(std::move(sockets_));
    released.seat = std::move(seat_);
    return released;
  }

  // Where the leg leaves its state for the next life of the mixer; `tag` tells it from the slot's other
  // users. Off the worker, before it gets the leg. Without a slot nothing is left.
  void LeaveStateIn(continuity::Slot slot, uint64_t tag) noexcept {
    checkpoint_ = slot;
    checkpoint_tag_ = tag;
    Checkpoint();
  }
  // Worker thread, once it has the leg. Plain stores.
  void Checkpoint() noexcept {
    if (!checkpoint_.is_set()) return;
    auto& checkpoint = checkpoint_.Begin<room::LegCheckpoint>();
    checkpoint.tag = checkpoint_tag_;
    SaveTo(checkpoint);
    checkpoint_.Commit();
  }

 private:
  friend class Worker;
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  // The sockets' numbers in the table.
  uint32_t table_number(bool is_rtcp) const noexcept {
    return 2 * static_cast<uint32_t>(seat_->place().index) + (is_rtcp ? 1 : 0);
  }
  void EnterSourceTable() noexcept {
    const LegSources sources = SourcesOf(media());
    if (sources.rtp.is_set()) source_table_->Insert(table_number(false), sources.rtp, *this);
    if (sources.rtcp.is_set()) source_table_->Insert(table_number(true), sources.rtcp, *this);
  }
  void LeaveSourceTable() noexcept {
    const LegSources sources = SourcesOf(media());
    if (sources.rtp.is_set()) source_table_->Erase(table_number(false), sources.rtp);
    if (sources.rtcp.is_set()) source_table_->Erase(table_number(true), sources.rtcp);
  }

  net::SocketPair sockets_;
  std::unique_ptr<SharedSeat> seat_;
  SourceTable* source_table_ =
      nullptr;  // Of the worker that has it, while it is on shared sockets.
  continuity::Slot checkpoint_;
  uint64_t checkpoint_tag_ = 0;
  uint32_t slot_ = kNoSlot;     // In the worker's table; names the receive tags.
  int receives_running_ = 0;    // Of its two sockets; none of shared ones.
  WorkerRoom* room_ = nullptr;  // Where it is, or is about to be.
};

class WorkerRoom final : public room::Room {
 public:
  explicit WorkerRoom(const room::RoomConfig& config) : Room(config) {}

 private:
  friend class DueRooms;
  friend class Worker;
  static constexpr int kNotDue = -1;

  int phase_ = kNotDue;       // Which step of the 20 ms ticks it.
  size_t legs_expected_ = 0;  // On their way here.
  MediaTime last_tick_;
  WorkerRoom* next_due_ = nullptr;  // The list of its phase.
  WorkerRoom* previous_due_ = nullptr;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_LEG_H_
