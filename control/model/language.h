#ifndef NARADA_CONTROL_MODEL_LANGUAGE_H_
#define NARADA_CONTROL_MODEL_LANGUAGE_H_

#include <array>
#include <optional>
#include <ostream>

#include "absl/strings/string_view.h"

namespace narada::control {

// The languages the service speaks. Each has a whole prompt catalogue and its own grammar.
enum class Language { kPolish, kEnglish };

inline constexpr std::array<Language, 2> kLanguages = {Language::kPolish, Language::kEnglish};

// BCP 47 tag, as in configuration, folder names and the database: "pl", "en".
constexpr absl::string_view LanguageTag(Language language) {
  return language == Language::kPolish ? "pl" : "en";
}

constexpr std::optional<Language> LanguageFromTag(absl::string_view tag) {
  if (tag == "pl") return Language::kPolish;
  if (tag == "en") return Language::kEnglish;
  return std::nullopt;
}

// What key 1 changes to.
constexpr Language OtherLanguage(Language language) {
  return language == Language::kPolish ? Language::kEnglish : Language::kPolish;
}

inline std::ostream& operator<<(std::ostream& out, Language language) {
  return out << LanguageTag(language);
}

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_LANGUAGE_H_
