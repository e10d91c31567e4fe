// Keeps what the next life of this mixer needs, and hands over what the last one kept.
//   ASSIGN_OR_RETURN(std::unique_ptr<StateKeeper> keeper, StateKeeper::Open(folder, legs_max));
//   const LastLife last = keeper->TakeLastLife();            // once, before anything new is kept
//   keeper->KeepRoom(record);  keeper->KeepLeg(leg);  keeper->KeepDialog(leg_id, dialog);
//   const uint32_t slot = keeper->TakeSlot();                // what the worker writes, leg by leg
//   keeper->Remove();                                        // the end was asked for
// Thread-safe. What it is told is in the kernel's hands when the call returns, so that it outlives even
// a kill; nothing of it is on a worker but the slots.
#ifndef NARADA_MIXER_SERVICE_STATE_KEEPER_H_
#define NARADA_MIXER_SERVICE_STATE_KEEPER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mixer/continuity/journal.h"
#include "mixer/continuity/slot_file.h"
#include "mixer/continuity/state_folder.h"
#include "narada/mixer/state/v1/state.pb.h"
#include "narada/mixer/v1/leg.pb.h"

namespace narada::mixer::service {

namespace state_v1 = ::narada::mixer::state::v1;

struct ResumableLeg {
  v1::Leg leg;
  state_v1::DialogRecord dialog;
};

struct LastLife {
  std::string epoch;  // Empty: there was none, or it ended as it should.
  std::vector<state_v1::RoomRecord> rooms;
  std::vector<ResumableLeg> legs;
};

class StateKeeper {
 public:
  // No slot was free: what changes with every packet of that leg is not kept.
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  // Errors: as StateFolder::Open().
  static absl::StatusOr<std::unique_ptr<StateKeeper>> Open(const std::string& folder,
                                                           uint32_t legs_max);
  LastLife TakeLastLife();

  void KeepEpoch(absl::string_view epoch);
  void KeepRoom(const state_v1::RoomRecord& room);
  void ForgetRoom(absl::string_view room_id);
  void KeepLeg(const v1::Leg& leg);
  void KeepDialog(absl::string_view leg_id, const state_v1::DialogRecord& dialog);
  void ForgetLeg(absl::string_view leg_id);

  // A slot for a new leg, or kNoSlot.
  uint32_t TakeSlot();
  // The slot of a leg of the last life; false if it is none of ours.
  bool TakeSlotAgain(uint32_t index);
  continuity::Slot slot(uint32_t index);
  // The leg is gone, its worker done with it. Nothing for kNoSlot.
  void ReturnSlot(uint32_t index);

  // Forgets everything: a mixer that ended as it should leaves nothing to go on with.
  void Remove();
  // False: a disk may make workers wait.
  bool IsInMemory() const { return folder_.IsInMemory(); }
  uint64_t records_lost() const { return journal_->records_lost(); }

 private:
  StateKeeper(continuity::StateFolder folder, continuity::SlotFile slots,
              std::unique_ptr<continuity::Journal> journal);

  continuity::StateFolder folder_;
  std::unique_ptr<continuity::Journal> journal_;

  std::mutex mutex_;  // Guards the rest.
  continuity::SlotFile slots_;
  std::vector<bool> is_taken_;
  uint32_t next_ = 0;  // Where the search for a free slot goes on.
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_STATE_KEEPER_H_
