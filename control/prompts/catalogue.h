// The text catalogue of one language: which words each prompt has, in which order.
#ifndef NARADA_CONTROL_PROMPTS_CATALOGUE_H_
#define NARADA_CONTROL_PROMPTS_CATALOGUE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "control/model/language.h"
#include "control/model/phrase.h"
#include "control/prompts/speech_item.h"

namespace narada::control::prompts {

// How espeak-ng speaks the language when recordings are built.
struct Voice {
  std::string name;
  int words_per_minute = 0;
  int pitch = 0;
  int word_gap_10ms = 0;
};

// Checked when parsed: every key of PromptKey that has words is there once, with arguments as its
// kind demands, and every fragment that the language's grammar can need. Immutable.
class Catalogue {
 public:
  // Errors name file and line (CONFIG_INVALID), or the key that is missing (PROMPT_MISSING).
  static absl::StatusOr<Catalogue> Load(const std::string& path);
  static absl::StatusOr<Catalogue> Parse(absl::string_view name, absl::string_view text);

  Language language() const { return language_; }
  const Voice& voice() const { return voice_; }

  // The files that one phrase is put together from, in order.
  std::vector<SpeechItem> Speak(const Phrase& phrase) const;

  // The words of the same. They may contain a PIN: not for logs.
  std::string Words(const Phrase& phrase) const;

  // Every recording of this language: file name without ".wav", and its words.
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  // A recording, an argument's place, or a pause: the one that is set.
  struct Part {
    std::string file;
    std::optional<size_t> argument;
    absl::Duration pause;
  };

  Language language_ = Language::kPolish;
  Voice voice_;
  std::map<PromptKey, std::vector<Part>> prompts_;
  std::map<std::string, std::string, std::less<>> texts_;
};

// The kinds of arguments that a key takes, as indices of PhraseArgument's alternatives.
std::vector<size_t> ArgumentKinds(PromptKey key);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_CATALOGUE_H_
