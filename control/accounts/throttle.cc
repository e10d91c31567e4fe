#include "control/accounts/throttle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada::control::accounts {
namespace {

using storage::FailedTriesRow;
using storage::Transaction;

constexpr absl::string_view kPurpose = "throttle";
constexpr absl::string_view kCaller = "caller:";
constexpr absl::string_view kTrunk = "trunk:";
constexpr absl::string_view kRoom = "room:";
constexpr absl::string_view kAccessNumber = "number:";
constexpr absl::string_view kOwnCount = "standing:";
constexpr absl::string_view kOverall = "all";
// A reservation may be extended for longer, but who has not been seen for so long is a stranger.
constexpr absl::Duration kStandingMax = absl::Hours(90 * 24);

LockScope ScopeOf(absl::string_view key) {
  if (absl::StartsWith(key, kTrunk)) return LockScope::kTrunk;
  if (absl::StartsWith(key, kRoom)) return LockScope::kRoom;
  if (absl::StartsWith(key, kAccessNumber)) return LockScope::kAccessNumber;
  if (key == kOverall) return LockScope::kOverall;
  return LockScope::kCaller;
}

Lockout ToLockout(const FailedTriesRow& row) {
  return {.id = row.subject,
          .scope = ScopeOf(row.subject),
          .label = row.label,
          .conference_key = row.conference_key,
          .failures = row.tries,
          .ends_at = row.locked_until.value_or(absl::InfinitePast())};
}

// A number that nobody has may be somebody's PIN, keyed one question too early.
std::string MaskedRoom(const RoomNumber& room) {
  return absl::StrCat(room.digits().substr(0, 1), std::string(room.digits().size() - 1, '*'));
}

}  // namespace

Throttle::Throttle(storage::Database& database, const storage::SecretBox& secrets,
                   const Clock& clock, const ThrottleSettings& settings)
    : database_(database), secrets_(secrets), clock_(clock), settings_(settings) {}

std::string Throttle::Key(absl::string_view scope, absl::string_view what) const {
  return absl::StrCat(scope, secrets_.Mac(kPurpose, {scope, what}));
}

std::string Throttle::StandingKey(absl::string_view conference_key,
                                  const PhoneNumber& number) const {
  return secrets_.Mac(kPurpose, {kOwnCount, conference_key, number.e164()});
}

Throttle::Subject Throttle::WhoTries(const Attempt& attempt) const {
  const Caller& caller = attempt.caller;
  if (caller.number && !caller.is_withheld) {
    return {.key = Key(kCaller, caller.number->e164()),
            .label = caller.number->Masked(),
            .failures_max = settings_.caller_failures_max,
            .conference_key = ""};
  }
  return {.key = Key(kTrunk, caller.trunk),
          .label = caller.trunk,
          .failures_max = settings_.trunk_failures_max,
          .conference_key = ""};
}

std::vector<Throttle::Subject> Throttle::SubjectsOf(const Attempt& attempt,
                                                    bool has_standing) const {
  if (has_standing) {
    return {{.key = absl::StrCat(kOwnCount,
                                 StandingKey(attempt.conference_key, *attempt.caller.number)),
             .label = attempt.caller.number->Masked(),
             .failures_max = settings_.caller_failures_max,
             .conference_key = ""}};
  }
  std::vector<Subject> subjects = {WhoTries(attempt)};
  if (attempt.room) {
    subjects.push_back({.key = Key(kRoom, attempt.room->digits()),
                        .label = attempt.conference_key.empty() ? MaskedRoom(*attempt.room)
                                                                : attempt.room->digits(),
                        .failures_max = settings_.room_failures_max,
                        .conference_key = attempt.conference_key});
  } else if (attempt.access_number) {
    subjects.push_back({.key = Key(kAccessNumber, attempt.access_number->e164()),
                        .label = attempt.access_number->e164(),
                        .failures_max = settings_.access_number_failures_max,
                        .conference_key = attempt.conference_key});
  }
  return subjects;
}

bool Throttle::HasStanding(Transaction& transaction, const Attempt& attempt) {
  const bool is_known = attempt.caller.number && !attempt.caller.is_withheld;
  // Asked in any case, so that it takes the same time.
  const bool was_inside = storage::HasStanding(
      transaction,
      is_known ? StandingKey(attempt.conference_key, *attempt.caller.number) : std::string());
  const bool is_organiser = attempt.organiser && attempt.organiser == attempt.caller.number;
  return is_known && !attempt.conference_key.empty() && (was_inside || is_organiser);
}

FailedTriesRow Throttle::Count(Transaction& transaction, const Subject& subject,
                               absl::Time now) const {
  std::optional<FailedTriesRow> row = storage::FindFailedTries(transaction, subject.key);
  if (row && now < row->first_at + settings_.window) return *std::move(row);
  // A lock outlives its window.
  return {.subject = subject.key,
          .tries = 0,
          .first_at = now,
          .last_at = now,
          .locked_until = row ? row->locked_until : std::nullopt,
          .label = subject.label,
          .conference_key = subject.conference_key};
}

Throttle::Verdict Throttle::Look(Transaction& transaction, const Attempt& attempt) {
  const absl::Time now = clock_.Now();
  const bool has_standing = HasStanding(transaction, attempt);
  Verdict verdict;
  const auto note_lock = [&](const FailedTriesRow& row) {
    if (!row.locked_until || *row.locked_until <= now) return;
    verdict.is_locked = true;
    verdict.retry_after = std::max(verdict.retry_after, *row.locked_until - now);
  };
  bool has_failed = false;
  const std::vector<Subject> subjects = SubjectsOf(attempt, has_standing);
  for (const Subject& subject : subjects) {
    const FailedTriesRow row = Count(transaction, subject, now);
    note_lock(row);
    if (&subject == &subjects.front()) has_failed = row.tries > 0;
    const int free_half = subject.failures_max / 2;
    const double share =
        static_cast<double>(row.tries - free_half) / std::max(subject.failures_max - free_half, 1);
    verdict.delay = std::max(verdict.delay, settings_.delay_max * std::clamp(share, 0.0, 1.0));
  }
  const std::optional<FailedTriesRow> overall =
      storage::FindFailedTries(transaction, std::string(kOverall));
  if (overall && has_failed && !has_standing) note_lock(*overall);
  return verdict;
}

std::vector<Lockout> Throttle::NoteFailure(Transaction& transaction, const Attempt& attempt) {
  const absl::Time now = clock_.Now();
  const bool has_standing = HasStanding(transaction, attempt);
  std::vector<Subject> subjects = SubjectsOf(attempt, has_standing);
  if (!has_standing) {
    subjects.push_back({.key = std::string(kOverall),
                        .label = "",
                        .failures_max = settings_.overall_failures_max,
                        .conference_key = ""});
  }
  std::vector<Lockout> locks;
  for (const Subject& subject : subjects) {
    FailedTriesRow row = Count(transaction, subject, now);
    ++row.tries;
    row.last_at = now;
    row.label = subject.label;
    row.conference_key = subject.conference_key;
    const bool locks_now = row.tries >= subject.failures_max;
    if (locks_now) row.locked_until = now + settings_.lock;
    storage::PutFailedTries(transaction, row);
    if (locks_now) locks.push_back(ToLockout(row));
  }
  return locks;
}

void Throttle::NoteEntry(Transaction& transaction, const std::string& conference_key,
                         const Caller& caller) {
  if (!caller.number || caller.is_withheld) return;
  storage::PutStanding(transaction, StandingKey(conference_key, *caller.number), clock_.Now());
}

void Throttle::ListLockouts(std::string conference_key, std::string after, int lockouts_max,
                            Done<std::vector<Lockout>> done) {
  database_.SubmitQuery<std::vector<Lockout>>(
      [this, conference_key = std::move(conference_key), after = std::move(after),
       lockouts_max](Transaction& transaction) -> absl::StatusOr<std::vector<Lockout>> {
        std::vector<Lockout> lockouts;
        for (const FailedTriesRow& row :
             storage::ListLocked(transaction, conference_key, after, clock_.Now(), lockouts_max)) {
          lockouts.push_back(ToLockout(row));
        }
        return lockouts;
      },
      std::move(done));
}

absl::StatusOr<FailedTriesRow> Throttle::FindLocked(Transaction& transaction,
                                                    const std::string& id) {
  std::optional<FailedTriesRow> row = storage::FindFailedTries(transaction, id);
  if (row && row->locked_until && *row->locked_until > clock_.Now()) return *std::move(row);
  return ErrorWithReason(absl::StatusCode::kNotFound, "LOCKOUT_UNKNOWN",
                         "there is no such lock, or it has ended");
}

void Throttle::GetLockout(std::string id, Done<Lockout> done) {
  database_.SubmitQuery<Lockout>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<Lockout> {
        ASSIGN_OR_RETURN(const FailedTriesRow row, FindLocked(transaction, id));
        return ToLockout(row);
      },
      std::move(done));
}

void Throttle::LiftLockout(std::string id, absl::AnyInvocable<void(absl::Status)> done) {
  database_.Submit(
      [this, id = std::move(id)](Transaction& transaction) -> absl::Status {
        RETURN_IF_ERROR(FindLocked(transaction, id));
        storage::DeleteFailedTries(transaction, id);
        return absl::OkStatus();
      },
      std::move(done));
}

void Throttle::WipeOld(absl::AnyInvocable<void(absl::Status)> done) {
  database_.Submit(
      [this](Transaction& transaction) {
        const absl::Time now = clock_.Now();
        storage::DeleteFailedTriesBefore(transaction,
                                         now - std::max(settings_.window, settings_.lock));
        storage::DeleteStandingsBefore(transaction, now - kStandingMax);
        return absl::OkStatus();
      },
      std::move(done));
}

}  // namespace narada::control::accounts
