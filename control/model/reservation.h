#ifndef NARADA_CONTROL_MODEL_RESERVATION_H_
#define NARADA_CONTROL_MODEL_RESERVATION_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"

namespace narada::control {

// How long reservations live. Defaults are the product's promises.
struct ReservationTerms {
  absl::Duration validity = absl::Hours(7 * 24);    // From making it, and added by each extension.
  absl::Duration ahead_max = absl::Hours(35 * 24);  // An extension may not push the expiry further.
  absl::Duration quarantine = absl::Hours(30 * 24);  // An expired number is not given out again.
  absl::Duration warning = absl::Minutes(10);  // Those inside are told this long before expiry.
  absl::Duration reentry = absl::Minutes(5);   // Who fell out may return within, past expiry.
};

// The right to a room number until it expires. A value: storing it, speaking it and sending its
// SMS are others' business. Durations are elapsed time, so summer time moves nothing.
struct Reservation {
  std::string id;  // Opaque, made by storage.
  RoomNumber room;
  Pin pin;
  Language language = Language::kPolish;  // The organiser's, for the SMS.
  std::optional<PhoneNumber> organiser;   // Nothing if the number was withheld.
  absl::Time created_at;
  absl::Time expires_at;

  // Newcomers enter until, and not at, the expiry.
  bool IsOpen(absl::Time now) const { return now < expires_at; }
};

// The expiry of a reservation made `now`.
inline absl::Time FirstExpiry(absl::Time now, const ReservationTerms& terms) {
  return now + terms.validity;
}

// Who asks for an extension: past the expiry only those who are inside may.
enum class ExtensionFrom { kMenu, kInside };

// The expiry after one extension: exactly `terms.validity` after the old expiry. Nothing where it
// is not allowed: expired and asked from outside, or further ahead than `terms.ahead_max`.
enum class ExtensionRefusal { kExpired, kTooFarAhead };
struct ExtensionOutcome {
  std::optional<ExtensionRefusal> refusal;
  absl::Time expires_at;  // The new expiry, or the unchanged one when refused.
};
ExtensionOutcome Extend(absl::Time expires_at, absl::Time now, ExtensionFrom from,
                        const ReservationTerms& terms);

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_RESERVATION_H_
