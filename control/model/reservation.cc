#include "control/model/reservation.h"

namespace narada::control {

ExtensionOutcome Extend(absl::Time expires_at, absl::Time now, ExtensionFrom from,
                        const ReservationTerms& terms) {
  if (from == ExtensionFrom::kMenu && now >= expires_at) {
    return {.refusal = ExtensionRefusal::kExpired, .expires_at = expires_at};
  }
  const absl::Time extended = expires_at + terms.validity;
  if (extended > now + terms.ahead_max) {
    return {.refusal = ExtensionRefusal::kTooFarAhead, .expires_at = expires_at};
  }
  return {.refusal = std::nullopt, .expires_at = extended};
}

}  // namespace narada::control
