// The one way into a room by what somebody keys: finds what a room number and PIN, or a PIN alone,
// open, and counts who guesses, in one transaction.
//
//   door.Try({.caller = caller, .dialled = number, .room = room, .pin = pin}, [](auto opened) {
//     if (opened.ok()) Join(opened->terms, opened->role);
//   });
//
// Unknown room, expired room and wrong PIN are one error, NOT_FOUND / RESERVATION_UNKNOWN. Who is
// locked out is told so, RESOURCE_EXHAUSTED / LOCKED with the time left, with the right PIN as with a
// wrong one. Every answer comes the same time after the question; who has failed often waits longer,
// right or wrong (control/accounts/throttle.h).
//
// Any thread; `done` is called on the executor's threads and returns at once.

#ifndef NARADA_CONTROL_CALLS_DOOR_H_
#define NARADA_CONTROL_CALLS_DOOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "control/accounts/accounts.h"
#include "control/accounts/throttle.h"
#include "control/calls/executor.h"
#include "control/model/access_number.h"
#include "control/model/call.h"
#include "control/model/conference.h"
#include "control/model/conference_terms.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"
#include "control/reservations/reservations.h"
#include "control/storage/database.h"

namespace narada::control::calls {

// What somebody keyed, and where.
struct DoorKey {
  enum class Reach {
    kDialled,  // The tenant's rooms, and reservations where the number has the menu or no tenant.
    kReservations,  // Asked by a program.
    kEverything,    // Asked by the console, about any room.
  };
  Caller caller;
  Reach reach = Reach::kDialled;
  std::optional<AccessNumber> dialled;  // For kDialled.
  std::optional<RoomNumber> room;       // Nothing: the PIN alone; for kDialled only.
  Pin pin;
  // Whether the caller fell out of this reservation's conference a short while ago, and may return
  // although it has expired since. Database thread; null: no.
  std::function<bool(const std::string& reservation_id)> may_return;
};

// What it opened.
struct Opened {
  ConferenceTerms terms;
  Role role = Role::kParticipant;
  std::optional<reservations::ReservationRecord> reservation;  // If it is one.
};

// The terms of a conference under this reservation, or in this permanent room.
ConferenceTerms TermsOf(const reservations::ReservationRecord& reservation);
ConferenceTerms TermsOf(const accounts::Entry& entry);

class Door {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;
  using LockListener = std::function<void(const accounts::Lockout&)>;

  // All references outlive this object and every `done`. Answers come `answer_time` after the
  // question.
  Door(storage::Database& database, reservations::Reservations& reservations,
       accounts::Accounts& accounts, accounts::Throttle& throttle, const Clock& clock,
       Executor& executor, absl::Duration answer_time);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // Called when callers without standing are locked out of a room that there is. Database thread; to
  // be set before the first Try.
  void SetLockListener(LockListener listener) { lock_listener_ = std::move(listener); }

  void Try(DoorKey key, Done<Opened> done);
  // Key 4: adds a week to a reservation. The same non-empty request id extends once.
  void Extend(std::string request_id, DoorKey key, Done<reservations::Extension> done);

  // By the id of a reservation or permanent room, for a conference that is taken up.
  // NOT_FOUND / RESERVATION_UNKNOWN | PERMANENT_ROOM_UNKNOWN.
  void FindTerms(std::string id, Done<ConferenceTerms> done);

  // Somebody is in without having keyed a PIN (was called out): has standing from now on.
  void NoteEntered(const std::string& conference_key, const Caller& caller);

 private:
  template <typename T>
  struct Outcome {
    absl::StatusOr<T> result;
    absl::Duration delay;
    std::vector<accounts::Lockout> locks;
  };
  template <typename T>
  using Check = absl::AnyInvocable<absl::StatusOr<T>(storage::Transaction&, const DoorKey&)>;

  // Looks, checks, counts; whatever `check` returns commits with the count.
  template <typename T>
  void Guard(DoorKey key, Check<T> check, Done<T> done);
  void NoteLock(const accounts::Lockout& lock) const;
  accounts::Attempt AttemptOf(storage::Transaction& transaction, const DoorKey& key);
  absl::StatusOr<Opened> Open(storage::Transaction& transaction, const DoorKey& key);
  absl::StatusOr<Opened> OpenPermanentRoom(storage::Transaction& transaction, const DoorKey& key);
  absl::StatusOr<Opened> OpenReservation(storage::Transaction& transaction, const DoorKey& key);

  storage::Database& database_;
  reservations::Reservations& reservations_;
  accounts::Accounts& accounts_;
  accounts::Throttle& throttle_;
  const Clock& clock_;
  Executor& executor_;
  const absl::Duration answer_time_;
  LockListener lock_listener_;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_DOOR_H_
