// Brings a database's tables to this program's version, one file of schema/ and one transaction at a
// time; what a step that fails began is taken back.

#ifndef NARADA_CONTROL_STORAGE_MIGRATION_H_
#define NARADA_CONTROL_STORAGE_MIGRATION_H_

#include <exception>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace soci {
class session;
}

namespace narada::control::storage {

using TranslateError = absl::FunctionRef<absl::Status(const std::exception&)>;

// `version_max` above 0 stops there, so that a test can make the database of an earlier program. Nobody
// else may migrate meanwhile: the caller holds a lock. Errors: FAILED_PRECONDITION / DATABASE_TOO_NEW,
// and what `translate` gives.
absl::Status Migrate(soci::session& session, TranslateError translate, int version_max = 0);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_MIGRATION_H_
