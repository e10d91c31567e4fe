// Everything kept about one person, as a ZIP archive: calls.jsonl, reservations.jsonl, messages.jsonl, and
// below recordings/ the tracks of the person's own voice.

#ifndef NARADA_CONTROL_SERVICE_PERSON_ARCHIVE_H_
#define NARADA_CONTROL_SERVICE_PERSON_ARCHIVE_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/reports/reports.h"

namespace narada::control::service {

// Hands the archive to `sink` in pieces, until that returns false (CANCELLED). A mix is not in it: it
// holds the voices of others. Errors of a recording that cannot be read end it.
absl::Status WritePersonArchive(const reports::PersonFile& person, reports::Reports& reports,
                                absl::Time now, absl::AnyInvocable<bool(absl::string_view)> sink);

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_PERSON_ARCHIVE_H_
