// What every call and conference works with: made by main, passed by reference, alive longer than any of
// them. And what an operator can set about calls.

#ifndef NARADA_CONTROL_CALLS_CALL_SERVICES_H_
#define NARADA_CONTROL_CALLS_CALL_SERVICES_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/accounts/accounts.h"
#include "control/accounts/number_book.h"
#include "control/accounts/throttle.h"
#include "control/calls/door.h"
#include "control/calls/executor.h"
#include "control/ivr/ivr_settings.h"
#include "control/mixers/mixer.h"
#include "control/mixers/mixer_directory.h"
#include "control/model/access_number.h"
#include "control/model/conference_terms.h"
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/phrase.h"
#include "control/reports/reports.h"
#include "control/reservations/reservations.h"
#include "control/sms/invitations.h"
#include "control/storage/database.h"

namespace narada::control::calls {

struct CallSettings {
  NumberingPlan numbering;
  absl::Duration call_max = absl::Hours(12);
  int calls_max = 5000;        // At once; more are refused as overload.
  int participants_max = 500;  // In one conference.
  // Calling out from on-demand conferences: beginnings of numbers, and how many at once. None at first.
  std::vector<std::string> call_out_prefixes;
  int call_outs_max = 0;
  absl::Duration ring_max = absl::Seconds(45);
  absl::Duration redial_pause = absl::Seconds(30);
  // After the last moderator left, where a conference ends then.
  absl::Duration moderator_grace = absl::Seconds(60);
  bool are_recordings_announced = true;  // The operator alone may turn it off.
  bool are_legs_recorded = true;         // A track for each participant beside the mix.
  absl::Duration recording_tone;         // Sounds so often while a recording runs; zero: never.
  absl::Duration recording_kept = absl::Hours(24 * 30);
  // Room number and PIN are answered this long after they were asked for, right or wrong, so that the
  // time tells nothing.
  absl::Duration lookup_time = absl::Milliseconds(200);
  // Names of the announcements that tenants have recorded, by prompt set.
  std::map<std::string, std::vector<std::string>> own_announcements;
  // A leg that a restarted control finds is kept so long for its gateway to claim it.
  absl::Duration adoption_time = absl::Seconds(60);
};

// The recordings to play for what is to be said.
using Speaker = std::function<std::vector<mixers::PlayItem>(Language, absl::Span<const Phrase>)>;

// Whose recordings speak to a caller: a tenant's own where it has them.
struct Voice {
  std::string prompt_set;  // Empty: the service's.
  std::string greeting;    // Name of an own greeting in the set; empty: the usual one.
};
using TenantSpeaker =
    std::function<std::vector<mixers::PlayItem>(const Voice&, Language, absl::Span<const Phrase>)>;
// Invitations to a running conference by SMS.
struct InvitationOrder {
  std::string request_id;  // The same twice sends once.
  ConferenceTerms terms;
  std::string actor;  // Who sends them, for limits.
  Language language = Language::kPolish;
  std::vector<PhoneNumber> numbers;
};
// Errors: INVALID_ARGUMENT / FIELD_INVALID, RESOURCE_EXHAUSTED / SMS_LIMIT (RetryInfo). `done` runs on
// any thread.
using Inviter = std::function<void(
    InvitationOrder, absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)> done)>;

// The same terms with what the service sets for all, and for on-demand conferences; `dialled` stands in
// for an access number that the terms do not name.
ConferenceTerms WithServiceTerms(ConferenceTerms terms, const CallSettings& settings,
                                 const AccessNumber& dialled);

class Replicas;

struct CallServices {
  const Clock& clock;
  Random& random;  // Thread-safe.
  Executor& executor;
  mixers::MixerDirectory& mixers;
  reservations::Reservations& reservations;
  sms::Invitations& invitations;
  storage::Database& database;
  reports::Reports& reports;
  accounts::Accounts& accounts;
  accounts::NumberBook& numbers;  // Calls to other numbers are refused.
  accounts::Throttle& throttle;
  Door& door;
  const Speaker speak;
  const TenantSpeaker speak_for;
  const Inviter invite;
  // The dialogue's settings; its lengths of rooms and PINs are replaced by what exists now.
  const ivr::IvrSettings ivr_settings;
  const CallSettings settings;
  // Null: this process is the only one.
  Replicas* replicas = nullptr;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CALL_SERVICES_H_
