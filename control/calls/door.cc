#include "control/calls/door.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::calls {
namespace {

using accounts::Attempt;
using reservations::Extension;
using reservations::ReservationRecord;
using storage::Transaction;

absl::Status Refused() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RESERVATION_UNKNOWN",
                         "no room that is open now has this number and PIN");
}

absl::Status Locked(absl::Duration left) {
  return WithRetryAfter(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, "LOCKED",
                      "there were too many failed tries; nothing is taken for a while"),
      left);
}

bool ReachesPermanentRooms(const DoorKey& key) {
  if (key.reach == DoorKey::Reach::kDialled) return !key.dialled->tenant.empty();
  return key.reach == DoorKey::Reach::kEverything;
}

bool ReachesReservations(const DoorKey& key) {
  if (!key.room) return false;
  return key.reach != DoorKey::Reach::kDialled || key.dialled->tenant.empty() ||
         key.dialled->entry == EntryKind::kMenu;
}

void CheckKey(const DoorKey& key) {
  const bool is_dialled = key.reach == DoorKey::Reach::kDialled;
  CHECK(is_dialled == key.dialled.has_value()) << "a number reaches what was dialled";
  CHECK(is_dialled || key.room) << "a PIN alone needs the number that it was keyed on";
}

std::string TenantKey(const std::string& tenant_id) { return absl::StrCat("tenant:", tenant_id); }

int SmallerLimit(int a, int b) { return a > 0 && b > 0 ? std::min(a, b) : std::max(a, b); }

}  // namespace

ConferenceTerms TermsOf(const ReservationRecord& reservation) {
  return {.kind = ConferenceTerms::Kind::kReservation,
          .id = reservation.id,
          .room = reservation.room,
          .access_number = reservation.access_number ? reservation.access_number->e164() : "",
          .language = reservation.language,
          .expires_at = reservation.expires_at,
          .call_out_prefixes = {}};
}

ConferenceTerms TermsOf(const accounts::Entry& entry) {
  const TenantLimits& limits = entry.tenant.limits;
  const PermanentRoomSettings& settings = entry.room.settings;
  return {.kind = ConferenceTerms::Kind::kPermanentRoom,
          .id = entry.room.id,
          .room = entry.room.room,
          .language = entry.tenant.languages.front(),
          .tenant_id = entry.tenant.id,
          .participants_max = SmallerLimit(limits.participants_max, settings.participants_max),
          .wait_for_moderator = settings.waits_for_moderator,
          .end_without_moderator = settings.ends_without_moderator,
          .announces_names = settings.is_announced_by_name,
          .is_lecture = settings.is_lecture,
          .is_recording_allowed = limits.is_recording_allowed,
          .call_out_prefixes = limits.call_out_prefixes,
          .call_outs_max = limits.call_outs_max,
          .prompt_set = entry.tenant.prompt_set};
}

Door::Door(storage::Database& database, reservations::Reservations& reservations,
           accounts::Accounts& accounts, accounts::Throttle& throttle, const Clock& clock,
           Executor& executor, absl::Duration answer_time)
    : database_(database),
      reservations_(reservations),
      accounts_(accounts),
      throttle_(throttle),
      clock_(clock),
      executor_(executor),
      answer_time_(answer_time) {}

void Door::Try(DoorKey key, Done<Opened> done) {
  CheckKey(key);
  Guard<Opened>(
      std::move(key),
      [this](Transaction& transaction, const DoorKey& key) { return Open(transaction, key); },
      std::move(done));
}

void Door::Extend(std::string request_id, DoorKey key, Done<Extension> done) {
  CheckKey(key);
  CHECK(key.room.has_value()) << "only a reservation can be extended, and it has a number";
  Guard<Extension>(
      std::move(key),
      [this, request_id = std::move(request_id)](Transaction& transaction,
                                                 const DoorKey& key) -> absl::StatusOr<Extension> {
        if (!ReachesReservations(key)) return Refused();
        return reservations_.ExtendIn(transaction, request_id, *key.room, key.pin);
      },
      std::move(done));
}

template <typename T>
void Door::Guard(DoorKey key, Check<T> check, Done<T> done) {
  const absl::Time answer_at = clock_.Now() + answer_time_;
  database_.SubmitQuery<Outcome<T>>(
      [this, key = std::move(key),
       check = std::move(check)](Transaction& transaction) mutable -> absl::StatusOr<Outcome<T>> {
        const Attempt attempt = AttemptOf(transaction, key);
        const accounts::Throttle::Verdict verdict = throttle_.Look(transaction, attempt);
        if (verdict.is_locked) {
          return Outcome<T>{Locked(verdict.retry_after), verdict.delay, {}};
        }
        Outcome<T> outcome{check(transaction, key), verdict.delay, {}};
        if (outcome.result.ok()) {
          throttle_.NoteEntry(transaction, attempt.conference_key, key.caller);
        } else if (outcome.result.status().code() == absl::StatusCode::kNotFound) {
          outcome.result = Refused();
          outcome.locks = throttle_.NoteFailure(transaction, attempt);
        } else {
          return outcome.result.status();
        }
        return outcome;
      },
      [this, answer_at, done = std::move(done)](absl::StatusOr<Outcome<T>> outcome) mutable {
        absl::Duration delay;
        if (outcome.ok()) {
          delay = outcome->delay;
          for (const accounts::Lockout& lock : outcome->locks) NoteLock(lock);
        }
        absl::StatusOr<T> result =
            outcome.ok() ? std::move(outcome->result) : absl::StatusOr<T>(outcome.status());
        executor_.PostAfter(answer_at - clock_.Now() + delay,
                            [done = std::move(done), result = std::move(result)]() mutable {
                              done(std::move(result));
                            });
      });
}

void Door::NoteLock(const accounts::Lockout& lock) const {
  LOG_WARNING("too many failed tries: {} is locked until {}", lock.label,
              absl::FormatTime(lock.ends_at, absl::UTCTimeZone()));
  const bool is_of_room = lock.scope == accounts::LockScope::kRoom && !lock.conference_key.empty();
  if (is_of_room && lock_listener_) lock_listener_(lock);
}

Attempt Door::AttemptOf(Transaction& transaction, const DoorKey& key) {
  Attempt attempt{.caller = key.caller,
                  .room = key.room,
                  .access_number = {},
                  .conference_key = "",
                  .organiser = {}};
  if (key.dialled) attempt.access_number = key.dialled->number;
  if (!key.room) {
    attempt.conference_key = TenantKey(key.dialled->tenant);
    return attempt;
  }
  if (ReachesPermanentRooms(key)) {
    const auto room = accounts_.FindByRoomIn(transaction, *key.room);
    const bool is_theirs = room && (!key.dialled || key.dialled->tenant == room->tenant_id);
    if (is_theirs) attempt.conference_key = room->id;
  }
  if (ReachesReservations(key)) {
    const auto reservation = reservations_.FindByRoomIn(transaction, *key.room);
    if (reservation && attempt.conference_key.empty()) {
      attempt.conference_key = reservation->id;
      attempt.organiser = reservation->organiser;
    }
  }
  return attempt;
}

absl::StatusOr<Opened> Door::Open(Transaction& transaction, const DoorKey& key) {
  // Both are asked, whatever the first answers, so that all answers take as long.
  absl::StatusOr<Opened> permanent = OpenPermanentRoom(transaction, key);
  absl::StatusOr<Opened> reservation = OpenReservation(transaction, key);
  if (permanent.ok()) return permanent;
  if (reservation.ok()) return reservation;
  // What is not a refusal says more.
  return permanent.status().code() == absl::StatusCode::kNotFound ? reservation : permanent;
}

absl::StatusOr<Opened> Door::OpenPermanentRoom(Transaction& transaction, const DoorKey& key) {
  if (!ReachesPermanentRooms(key)) return Refused();
  accounts::EntryKey entry_key{.tenant_id = {}, .room = key.room, .pin = key.pin};
  if (key.dialled) entry_key.tenant_id = key.dialled->tenant;
  ASSIGN_OR_RETURN(const accounts::Entry entry, accounts_.FindEntryIn(transaction, entry_key));
  // By room number, too: who was in one of the tenant's rooms may come by another way next time.
  throttle_.NoteEntry(transaction, entry.room.id, key.caller);
  throttle_.NoteEntry(transaction, TenantKey(entry.tenant.id), key.caller);
  return Opened{.terms = TermsOf(entry), .role = entry.role, .reservation = std::nullopt};
}

absl::StatusOr<Opened> Door::OpenReservation(Transaction& transaction, const DoorKey& key) {
  if (!ReachesReservations(key)) return Refused();
  const absl::Duration grace = reservations_.settings().terms.reentry;
  ASSIGN_OR_RETURN(const ReservationRecord record,
                   reservations_.FindIn(transaction, *key.room, key.pin, grace));
  const bool may_enter =
      record.IsOpen(clock_.Now()) || (key.may_return && key.may_return(record.id));
  if (!may_enter) return Refused();
  return Opened{.terms = TermsOf(record), .role = Role::kParticipant, .reservation = record};
}

void Door::FindTerms(std::string id, Done<ConferenceTerms> done) {
  if (IsPermanentRoomId(id)) {
    accounts_.FindRoom(std::move(id),
                       [done = std::move(done)](absl::StatusOr<accounts::Entry> entry) mutable {
                         if (!entry.ok()) return done(entry.status());
                         done(TermsOf(*entry));
                       });
    return;
  }
  reservations_.Get(std::move(id),
                    [done = std::move(done)](absl::StatusOr<ReservationRecord> record) mutable {
                      if (!record.ok()) return done(record.status());
                      done(TermsOf(*record));
                    });
}

void Door::NoteEntered(const std::string& conference_key, const Caller& caller) {
  database_.Submit(
      [this, conference_key, caller](Transaction& transaction) {
        throttle_.NoteEntry(transaction, conference_key, caller);
        return absl::OkStatus();
      },
      [](absl::Status status) {
        if (!status.ok()) LOG_WARNING("a standing could not be noted: {}", status);
      });
}

}  // namespace narada::control::calls
