#ifndef NARADA_TESTS_DIALOGUE_CATALOGUES_H_
#define NARADA_TESTS_DIALOGUE_CATALOGUES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/model/language.h"
#include "control/prompts/catalogue.h"

namespace narada::tests {

// The catalogues that are shipped, from `tree`, the root of the source tree or of the runfiles.
inline absl::StatusOr<std::map<control::Language, control::prompts::Catalogue>> ShippedCatalogues(
    const std::string& tree) {
  std::map<control::Language, control::prompts::Catalogue> catalogues;
  for (control::Language language : control::kLanguages) {
    ASSIGN_OR_RETURN(
        control::prompts::Catalogue catalogue,
        control::prompts::Catalogue::Load(absl::StrCat(
            tree, "/control/prompts/catalogue/", control::LanguageTag(language), ".textproto")));
    catalogues.emplace(language, std::move(catalogue));
  }
  return catalogues;
}

}  // namespace narada::tests

#endif  // NARADA_TESTS_DIALOGUE_CATALOGUES_H_
