// Reservations as callers and API clients know them: made, found by room number and PIN, extended,
// cancelled. Rules are those of model/reservation.h; the database keeps them.
//
//   reservations.Make({.language = Language::kPolish, .sms_to = mobile, ...},
//                     [](absl::StatusOr<MadeReservation> made) { /* speak it */ });
//
// What `done` is told has been committed, the SMS with it: a room that was spoken is never lost and
// its message always leaves. Room numbers are drawn at random, without bias, among those that nobody
// holds and whose quarantine is over; the database's primary key, not this class, keeps two callers
// from getting the same one. Unknown room, expired room and wrong PIN do the same work and give the
// same answer: NOT_FOUND / ROOM_OR_PIN_WRONG.
//
// Any thread; `done` runs on the database's thread and must return at once. Errors besides those
// named: the Database's (UNAVAILABLE, RESOURCE_EXHAUSTED / DISK_FULL, ...).

#ifndef NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_
#define NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/pin.h"
#include "control/model/reservation.h"
#include "control/model/room_number.h"
#include "control/storage/database.h"
#include "control/storage/reservation_table.h"
#include "control/storage/secret_box.h"

namespace narada::control::reservations {

// What an operator can set.
struct ReservationSettings {
  ReservationTerms terms;
  int room_digits_min = 5;
  int pin_digits = 6;
  // Room numbers grow by a digit when more than one in `room_sparseness` of a length would be taken,
  // so that a guessed number is rarely a room.
  int room_sparseness = 100;
};

// Writes the text of the invitation for a reservation that is being made.
using InvitationWriter = absl::AnyInvocable<std::string(const Reservation&) const>;

struct MakeRequest {
  // A client's idempotency key: repeating it returns the reservation made first. Empty: none.
  std::string request_id;
  Language language = Language::kPolish;
  std::optional<PhoneNumber> organiser;  // Nothing if withheld.
  std::optional<PhoneNumber> sms_to;     // Nothing: no SMS.
  PhoneNumber access_number;             // That the invitation names and comes from.
};

struct MadeReservation {
  Reservation reservation;
  // The invitation in the outbox; empty if none was asked for.
  std::string message_id;
};

class Reservations {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  // All references outlive this object.
  Reservations(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
               const ReservationSettings& settings, InvitationWriter write_invitation);
  Reservations(const Reservations&) = delete;
  Reservations& operator=(const Reservations&) = delete;

  // Draws a room number and a PIN, and puts the invitation into the outbox.
  // RESOURCE_EXHAUSTED / ROOM_NUMBERS_EXHAUSTED when no length has room left.
  void Make(MakeRequest request, Done<MadeReservation> done);

  // Who knows both may enter: NOT_FOUND / ROOM_OR_PIN_WRONG otherwise. `past_expiry` lets in who
  // returns to a running conference (ReservationTerms::reentry); calls decides about it.
  void Find(RoomNumber room, Pin pin, Done<Reservation> done);

  // Adds a week. NOT_FOUND / ROOM_OR_PIN_WRONG; FAILED_PRECONDITION / EXTENSION_TOO_FAR_AHEAD, which
  // changes nothing.
  void Extend(RoomNumber room, Pin pin, Done<Reservation> done);
  // The same by id, from inside the conference or by an operator. NOT_FOUND / RESERVATION_UNKNOWN,
  // FAILED_PRECONDITION / RESERVATION_EXPIRED | EXTENSION_TOO_FAR_AHEAD.
  void ExtendById(std::string id, ExtensionFrom from, Done<Reservation> done);

  // NOT_FOUND / RESERVATION_UNKNOWN.
  void Get(std::string id, Done<Reservation> done);
  // Ends it now; the number goes into quarantine. NOT_FOUND / RESERVATION_UNKNOWN.
  void Cancel(std::string id, Done<Reservation> done);
  // Newest first; a page begins behind `after`.
  void List(std::optional<storage::ReservationPlace> after, int reservations_max,
            Done<std::vector<Reservation>> done);

  const ReservationSettings& settings() const { return settings_; }

  // The longest room number that exists now: where the dialogue ends its input without '#'.
  // NOT exact across replicas within the second in which it grows.
  int room_digits_max() const;

 private:
  struct Draw;

  absl::StatusOr<MadeReservation> MakeIn(storage::Transaction& transaction,
                                         const MakeRequest& request);
  absl::StatusOr<RoomNumber> ClaimRoom(storage::Transaction& transaction, const std::string& id,
                                       absl::Time expires_at, absl::Time now);
  absl::StatusOr<storage::ReservationRow> FindIn(storage::Transaction& transaction,
                                                 const RoomNumber& room, const Pin& pin,
                                                 absl::Time now);
  absl::StatusOr<storage::ReservationRow> ExtendIn(storage::Transaction& transaction,
                                                   storage::ReservationRow row, ExtensionFrom from,
                                                   absl::Time now);
  absl::StatusOr<Reservation> FromRow(const storage::ReservationRow& row) const;
  std::string PinMac(absl::string_view room, const Pin& pin) const;

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  const ReservationSettings settings_;
  const InvitationWriter write_invitation_;
  // Checked when the room is unknown, so that this takes as long as a wrong PIN.
  const std::string decoy_mac_;
  std::atomic<int> room_digits_max_;

  SecureRandom random_;  // Database thread.
};

}  // namespace narada::control::reservations

#endif  // NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_
