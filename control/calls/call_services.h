// What every call and conference works with: made by main, passed by reference, alive longer than any of
// them. And what an operator can set about calls.

#ifndef NARADA_CONTROL_CALLS_CALL_SERVICES_H_
#define NARADA_CONTROL_CALLS_CALL_SERVICES_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

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
#include "control/model/language.h"
#include "control/model/phone_number.h"
#include "control/model/phrase.h"
#include "control/reservations/reservations.h"
#include "control/storage/database.h"

namespace narada::control::calls {

struct CallSettings {
  NumberingPlan numbering;
  absl::Duration call_max = absl::Hours(12);
  int calls_max = 5000;        // At once; more are refused as overload.
  int participants_max = 500;  // In one conference.
  // Room number and PIN are answered this long after they were asked for, right or wrong, so that the
  // time tells nothing.
  absl::Duration lookup_time = absl::Milliseconds(200);
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

struct CallServices {
  const Clock& clock;
  Random& random;  // Thread-safe.
  Executor& executor;
  mixers::MixerDirectory& mixers;
  reservations::Reservations& reservations;
  storage::Database& database;
  accounts::Accounts& accounts;
  accounts::NumberBook& numbers;  // Calls to other numbers are refused.
  accounts::Throttle& throttle;
  Door& door;
  const Speaker speak;
  const TenantSpeaker speak_for;
  // The dialogue's settings; its lengths of rooms and PINs are replaced by what exists now.
  const ivr::IvrSettings ivr_settings;
  const CallSettings settings;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_CALL_SERVICES_H_
