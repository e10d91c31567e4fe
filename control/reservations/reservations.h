// Reservations as callers and API clients know them: made, found by room number and PIN, extended,
// cancelled. The rules are those of model/reservation.h; the database keeps them.
//
//   reservations.Make({.language = Language::kPolish, .sms_to = mobile, ...},
//                     [](absl::StatusOr<MadeReservation> made) { /* speak it */ });
//
// What `done` is told has been committed, and the SMS with it: a room that was spoken is never lost and
// its message always leaves. Room numbers are drawn at random, without bias, among those that nobody
// holds and whose quarantine is over; the database's primary key, not this class, keeps two callers
// from getting the same one. Unknown room, expired room and wrong PIN do the same work and give the
// same answer: NOT_FOUND / RESERVATION_UNKNOWN.
//
// Any thread; `done` runs on the database's thread and must return at once. Errors besides those
// named: the Database's (UNAVAILABLE / DATABASE_AWAY, RESOURCE_EXHAUSTED / DISK_FULL, ...).

#ifndef NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_
#define NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
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
#include "control/storage/message_limits.h"
#include "control/storage/reservation_table.h"
#include "control/storage/secret_box.h"

namespace narada::control::reservations {

// What an operator can set.
struct ReservationSettings {
  ReservationTerms terms;
  int room_digits_min = 5;
  int pin_digits = 6;
  // Room numbers grow by a digit before one in so many of a length would be taken, so that a guessed
  // number is rarely a room.
  int room_sparseness = 100;
  std::string sms_sender = "Narada";  // Whom invitations come from, as phones show it.
  // Beyond them a reservation is made without its SMS.
  storage::MessageLimits sms_limits;
};

struct MakeRequest {
  // A client's idempotency key: repeating it returns the reservation made first. Empty: none.
  std::string request_id;
  Language language = Language::kPolish;
  std::optional<PhoneNumber> organiser;  // Nothing if withheld.
  std::optional<PhoneNumber> sms_to;     // Nothing: no SMS.
  PhoneNumber access_number;             // The one that the invitation names.
  // Lengths of its room number and PIN where the access number has its own; 0: the service's.
  int room_digits_min = 0;
  int pin_digits = 0;
};

// A reservation as it is kept: all but the PIN.
struct ReservationRecord {
  std::string id;
  RoomNumber room;
  Language language = Language::kPolish;
  std::optional<PhoneNumber> organiser;
  std::optional<PhoneNumber> access_number;
  absl::Time created_at;
  absl::Time expires_at;
  std::optional<absl::Time> cancelled_at;
  int extensions = 0;
  std::string message_id;  // The invitation's; empty if none was wished, or a limit forbade it.

  // Newcomers enter until, and not at, the expiry.
  bool IsOpen(absl::Time now) const { return now < expires_at; }
};

struct MadeReservation {
  ReservationRecord record;
  Pin pin;
  bool is_sms_limited = false;  // A message was wished, and its limits forbade it.
};

// What became of an extension: made, or refused because it would reach too far ahead; then nothing
// changed.
struct Extension {
  ReservationRecord record;
  bool is_too_far_ahead = false;
};

// Writes the text of the invitation for a reservation that is being made. Database thread.
using InvitationWriter = absl::AnyInvocable<std::string(
    Language language, const PhoneNumber& access_number, const RoomNumber& room, const Pin& pin)>;

class Reservations {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  // All references outlive this object and every `done`.
  Reservations(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
               Random& random, const ReservationSettings& settings,
               InvitationWriter write_invitation);
  Reservations(const Reservations&) = delete;
  Reservations& operator=(const Reservations&) = delete;

  // Called after each commit that put a message into the outbox, on the database's thread: the
  // dispatcher's bell. Set it before the first Make.
  void SetMessageBell(absl::AnyInvocable<void()> bell) { message_bell_ = std::move(bell); }

  // Called for each reservation whose message a limit forbade, on the database's thread. As above.
  void SetLimitBell(absl::AnyInvocable<void()> bell) { limit_bell_ = std::move(bell); }

  // Draws a room number and a PIN, and puts the invitation into the outbox.
  // RESOURCE_EXHAUSTED / ROOMS_EXHAUSTED when no length has room left.
  void Make(MakeRequest request, Done<MadeReservation> done);

  // Adds a week, for people inside. NOT_FOUND / RESERVATION_UNKNOWN.
  void ExtendFromInside(std::string id, Done<Extension> done);

  // ---- For the door (control/calls/door.h), in the transaction in which it counts who guesses.
  // Who knows both may enter: NOT_FOUND / RESERVATION_UNKNOWN otherwise. With `grace` it is also found
  // until that long after its expiry, for somebody who returns to a running conference; the caller then
  // looks at IsOpen.
  absl::StatusOr<ReservationRecord> FindIn(storage::Transaction& transaction,
                                           const RoomNumber& room, const Pin& pin,
                                           absl::Duration grace);
  // Adds a week. NOT_FOUND / RESERVATION_UNKNOWN. The same non-empty request id extends once.
  absl::StatusOr<Extension> ExtendIn(storage::Transaction& transaction,
                                     const std::string& request_id, const RoomNumber& room,
                                     const Pin& pin);
  // Whoever holds the number now, or held it last, whatever the PIN.
  std::optional<ReservationRecord> FindByRoomIn(storage::Transaction& transaction,
                                                const RoomNumber& room);

  // NOT_FOUND / RESERVATION_UNKNOWN.
  void Get(std::string id, Done<ReservationRecord> done);
  // The reservation that holds the number now, or held it last. NOT_FOUND / RESERVATION_UNKNOWN.
  void GetByRoom(RoomNumber room, Done<ReservationRecord> done);
  // The PIN, to be told again. NOT_FOUND / RESERVATION_UNKNOWN | PIN_FORGOTTEN (wiped after expiry).
  void RevealPin(std::string id, Done<Pin> done);
  // Ends it now; the number goes into quarantine. NOT_FOUND / RESERVATION_UNKNOWN,
  // FAILED_PRECONDITION / RESERVATION_EXPIRED.
  void Cancel(std::string id, Done<ReservationRecord> done);
  // Newest first; a page begins behind `after`.
  void List(std::optional<storage::ReservationPlace> after, int reservations_max,
            Done<std::vector<ReservationRecord>> done);

  // Forgets PINs that nobody may hear again; to be called now and then.
  void WipeOldPins(absl::AnyInvocable<void(absl::Status)> done);

  const ReservationSettings& settings() const { return settings_; }

  // The length of the longest room number given out since the start, or the minimum: where the
  // dialogue may end its input without '#'.
  int room_digits_max() const { return room_digits_max_; }
  // Likewise the length of the longest PIN: where it was set shorter since, the longer ones are still
  // out.
  int pin_digits_max() const { return pin_digits_max_; }
  // Finds both in the database; call it at start, before the first caller, and now and then, for what
  // other replicas give out.
  absl::Status LoadDigitsMax();
  void RefreshDigitsMax(absl::AnyInvocable<void(absl::Status)> done);

 private:
  absl::StatusOr<MadeReservation> MakeIn(storage::Transaction& transaction,
                                         const MakeRequest& request);
  absl::StatusOr<std::string> ClaimRoom(storage::Transaction& transaction, const std::string& id,
                                        int digits_min, absl::Time expires_at, absl::Time now);
  absl::StatusOr<storage::ReservationRow> FindRow(storage::Transaction& transaction,
                                                  const RoomNumber& room, const Pin& pin,
                                                  absl::Duration grace, absl::Time now);
  absl::StatusOr<Extension> ExtendRow(storage::Transaction& transaction,
                                      storage::ReservationRow row, ExtensionFrom from,
                                      absl::Time now);
  absl::Status ReadDigitsMax(storage::Transaction& transaction);
  void NotePinDigits(storage::Transaction& transaction, int digits);
  std::string PinMac(absl::string_view room, absl::string_view pin) const;
  std::string DrawDigits(int digits);

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  const ReservationSettings settings_;
  // Compared with where the room is unknown, so that this takes as long as a wrong PIN.
  const std::string decoy_mac_;
  std::atomic<int> room_digits_max_;
  std::atomic<int> pin_digits_max_;

  Random& random_;                     // Database thread.
  InvitationWriter write_invitation_;  // Database thread.
  absl::AnyInvocable<void()> message_bell_ = [] {};
  absl::AnyInvocable<void()> limit_bell_ = [] {};
};

}  // namespace narada::control::reservations

#endif  // NARADA_CONTROL_RESERVATIONS_RESERVATIONS_H_
