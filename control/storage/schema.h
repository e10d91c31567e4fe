// The steps from an empty database to this program's tables, in order. Each is a file of schema/,
// run once and never changed after it has landed: a change is a new file.

#ifndef NARADA_CONTROL_STORAGE_SCHEMA_H_
#define NARADA_CONTROL_STORAGE_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace narada::control::storage {

struct Migration {
  absl::string_view name;  // The file's, such as "0001_first_call"; its place is its version.
  absl::string_view sql;
};

// Version n is the n-th element, counted from 1.
absl::Span<const Migration> Migrations();

// The single statements of a schema file, without comments. No text literal in these files holds a
// semicolon or two dashes.
std::vector<std::string> SplitStatements(absl::string_view sql);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_SCHEMA_H_
