// The words that control writes on its legs and rooms at the mixer, by which a restarted control finds
// its calls again: the mixer is the one place that knows which calls are really up.

#ifndef NARADA_CONTROL_CALLS_LABELS_H_
#define NARADA_CONTROL_CALLS_LABELS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "control/mixers/mixer.h"
#include "control/model/call.h"

namespace narada::control::calls {

// On a conference's room, one of these: whose it is. On a room of one (the dialogue's) there is none.
inline constexpr char kReservationLabel[] = "narada.reservation";
inline constexpr char kPermanentRoomLabel[] = "narada.permanent_room";

// Who a leg belongs to.
struct LegOwner {
  std::string call_id;
  std::string gateway_id;
  std::string gateway_call_id;
  Caller caller;
  std::string access_number;  // E.164.
  absl::Time started_at;
  bool is_dialled = false;  // A call of ours; `caller` is who was called.
  std::string dialled_tenant_id;
};

mixers::Labels ToLabels(const LegOwner& owner);
// Nothing if the leg is not one of ours (another signaling service may use the mixer, too).
std::optional<LegOwner> OwnerFromLabels(const mixers::Labels& labels);

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_LABELS_H_
