// What keeps guessing hopeless: counts failed tries of room number and PIN across calls and replicas,
// slows those who fail often, then locks them for a while. docs/abuse.md computes what is left to a
// guesser.
//
//   Verdict verdict = throttle.Look(transaction, attempt);
//   if (verdict.is_locked) ...                    // whatever was keyed: right and wrong look alike
//   if (!pin_is_right) throttle.NoteFailure(transaction, attempt);   // the locks that it made
//   else throttle.NoteEntry(transaction, conference_key, caller);
//
// A failure counts against who tries (the caller's number; where it is withheld, the trunk), against
// what is tried (the room number, whether or not there is such a room; with a PIN alone the access
// number), and against all. Within a window so many are free; then each failure locks its subject for
// the lock's time.
//
// A lock must not become a weapon. Who has standing in a room (its organiser, and numbers that have
// been in it) is not asked about other subjects' locks and has a count of its own there. And while too
// many fail overall, only those are barred who have failed themselves: a stranger's first try is
// always taken.
//
// Look and Note... run in the transaction that checks the PIN, so that a hundred guesses at once are
// counted like a hundred in a row. Any thread, otherwise.

#ifndef NARADA_CONTROL_ACCOUNTS_THROTTLE_H_
#define NARADA_CONTROL_ACCOUNTS_THROTTLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "control/model/call.h"
#include "control/model/phone_number.h"
#include "control/model/room_number.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"
#include "control/storage/throttle_table.h"

namespace narada::control::accounts {

struct ThrottleSettings {
  absl::Duration window = absl::Hours(24);  // Of all counts.
  absl::Duration lock = absl::Hours(1);
  // Failures in a window before each more locks.
  int caller_failures_max = 9;
  int trunk_failures_max = 30;  // Of all callers of a trunk who withhold their number.
  int room_failures_max = 50;
  int access_number_failures_max = 100;  // Where the PIN alone is asked for.
  int overall_failures_max = 10'000;
  // How much later than usual the last free try is answered; half of them are not slowed.
  absl::Duration delay_max = absl::Seconds(4);
};

// Somebody tries a room number and PIN, or a PIN alone.
struct Attempt {
  Caller caller;
  std::optional<RoomNumber> room;            // Nothing: the PIN alone.
  std::optional<PhoneNumber> access_number;  // The one that was dialled, if any.
  // The reservation or permanent room that has the number; "tenant:" and the tenant where the PIN
  // alone is asked for; empty if there is none.
  std::string conference_key;
  std::optional<PhoneNumber> organiser;  // Of that reservation.
};

enum class LockScope { kCaller, kTrunk, kRoom, kAccessNumber, kOverall };

struct Lockout {
  std::string id;
  LockScope scope = LockScope::kCaller;
  std::string label;           // Masked.
  std::string conference_key;  // For kRoom, where there is such a room.
  int failures = 0;
  absl::Time ends_at;
};

class Throttle {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  // All references outlive this object and every `done`.
  Throttle(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
           const ThrottleSettings& settings);
  Throttle(const Throttle&) = delete;
  Throttle& operator=(const Throttle&) = delete;

  // ---- In the transaction that checks the PIN
  struct Verdict {
    bool is_locked = false;
    absl::Duration retry_after;  // With is_locked.
    absl::Duration delay;        // The answer is to come so much later, right or wrong.
  };
  Verdict Look(storage::Transaction& transaction, const Attempt& attempt);
  // Returns the locks that this failure made or prolonged.
  std::vector<Lockout> NoteFailure(storage::Transaction& transaction, const Attempt& attempt);
  // The number is in the conference, by PIN or because it was called: it has standing from now on.
  void NoteEntry(storage::Transaction& transaction, const std::string& conference_key,
                 const Caller& caller);

  // ---- For operators and moderators
  // By id, those behind `after`; `conference_key` empty: all.
  void ListLockouts(std::string conference_key, std::string after, int lockouts_max,
                    Done<std::vector<Lockout>> done);
  // NOT_FOUND / LOCKOUT_UNKNOWN.
  void GetLockout(std::string id, Done<Lockout> done);
  // Forgets the failures, too. NOT_FOUND / LOCKOUT_UNKNOWN.
  void LiftLockout(std::string id, absl::AnyInvocable<void(absl::Status)> done);

  // Forgets what can bar and excuse nobody any more; to be called now and then.
  void WipeOld(absl::AnyInvocable<void(absl::Status)> done);

  const ThrottleSettings& settings() const { return settings_; }

 private:
  // Who or what is counted, and how many failures it is free to have.
  struct Subject {
    std::string key;
    std::string label;
    int failures_max = 0;
    std::string conference_key;
  };

  absl::StatusOr<storage::FailedTriesRow> FindLocked(storage::Transaction& transaction,
                                                     const std::string& id);
  bool HasStanding(storage::Transaction& transaction, const Attempt& attempt);
  std::string StandingKey(absl::string_view conference_key, const PhoneNumber& number) const;
  // Those that count for this attempt; for somebody with standing their own count alone.
  std::vector<Subject> SubjectsOf(const Attempt& attempt, bool has_standing) const;
  Subject WhoTries(const Attempt& attempt) const;
  std::string Key(absl::string_view scope, absl::string_view what) const;
  storage::FailedTriesRow Count(storage::Transaction& transaction, const Subject& subject,
                                absl::Time now) const;

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  const ThrottleSettings settings_;
};

}  // namespace narada::control::accounts

#endif  // NARADA_CONTROL_ACCOUNTS_THROTTLE_H_
