#include "control/storage/migration.h"

#include <soci/soci.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "control/storage/connection.h"
#include "control/storage/schema.h"

namespace narada::control::storage {

absl::Status Migrate(soci::session& session, TranslateError translate, int version_max) {
  int version = 0;
  RETURN_IF_ERROR(Guarded(
      [&] {
        session << "CREATE TABLE IF NOT EXISTS schema_versions "
                   "(version INTEGER PRIMARY KEY, name TEXT NOT NULL)";
        session << "SELECT coalesce(max(version), 0) FROM schema_versions", soci::into(version);
        return absl::OkStatus();
      },
      translate));
  absl::Span<const Migration> migrations = Migrations();
  if (version > static_cast<int>(migrations.size())) {
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "DATABASE_TOO_NEW",
        absl::StrCat("it has schema version ", version, "; this program knows versions up to ",
                     migrations.size(), ". Start the newer program"));
  }
  if (version_max > 0) migrations = migrations.first(version_max);
  for (; version < static_cast<int>(migrations.size()); ++version) {
    const Migration& migration = migrations[version];
    const absl::Status migrated = Guarded(
        [&] {
          soci::transaction transaction(session);  // Rolls back unless committed.
          for (const std::string& statement : SplitStatements(migration.sql)) session << statement;
          const int new_version = version + 1;
          const std::string name(migration.name);
          session << "INSERT INTO schema_versions (version, name) VALUES (:version, :name)",
              soci::use(new_version), soci::use(name);
          transaction.commit();
          return absl::OkStatus();
        },
        translate);
    if (!migrated.ok()) {
      return WithContext(migrated,
                         absl::StrCat("schema step ", std::string(migration.name), " failed"));
    }
  }
  return absl::OkStatus();
}

}  // namespace narada::control::storage
