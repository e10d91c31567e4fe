// Everything the service says and sounds, ready to be played: which recordings, in which order.
//   ASSIGN_OR_RETURN(const PromptLibrary prompts, PromptLibrary::Load(built_dir, own_dir));
//   for (const Recording& recording : prompts.recordings()) mixer.Upload(recording);
//   for (const SpokenItem& item : prompts.Speak(play.language, play.phrases)) ...
// Loaded once at start and immutable: any thread. Holds all recordings in memory (about 10 MB).
#ifndef NARADA_CONTROL_PROMPTS_PROMPT_LIBRARY_H_
#define NARADA_CONTROL_PROMPTS_PROMPT_LIBRARY_H_

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
#include "control/prompts/catalogue.h"

namespace narada::control::prompts {

// One recording, as the mixer gets it.
struct Recording {
  std::string prompt_id;  // "pl-main_menu-" and a hash of the content: [a-z0-9_-]{1,64}.
  std::string path;       // Where it was read from, for errors.
  std::string wav;        // The whole file: RIFF WAVE, mono PCM of 16 bits.
  absl::Duration duration;
};

// A step of a playback: a recording, or silence where `prompt_id` is empty.
struct SpokenItem {
  std::string prompt_id;
  absl::Duration pause;
  bool operator==(const SpokenItem&) const = default;
};

class PromptLibrary {
 public:
  // Reads DIR/{pl,en}/catalogue.textproto and DIR/{pl,en,sounds}/KEY.wav as built by
  // //control/prompts:recordings. OWN_DIR/{pl,en,sounds}/KEY.wav wins over the built file of the same
  // name; it need not exist, and may be empty to say that there is none.
  // OWN_DIR/sets/SET/{pl,en,sounds}/KEY.wav wins over both where the set's tenant is called; a set may
  // also have several greetings, greeting_NAME.wav, for several numbers, and announcements of its own,
  // announce_NAME.wav ([a-z0-9_]), which a moderator can have played.
  // Refuses, naming the file, what is missing (PROMPT_MISSING), is not a WAV file that the mixer
  // plays (PROMPT_DAMAGED), or is in OWN_DIR under a name that nothing uses (PROMPT_UNUSED).
  static absl::StatusOr<PromptLibrary> Load(const std::string& dir, const std::string& own_dir);

  absl::Span<const Recording> recordings() const { return recordings_; }

  // What is to be played for these phrases; `language` for those that name none. Every phrase's
  // arguments must be as its key demands (CHECK: they come from our own code).
  std::vector<SpokenItem> Speak(Language language, absl::Span<const Phrase> phrases) const {
    return SpeakFrom("", "", language, phrases);
  }
  // The same with a tenant's recordings where its set has them; `greeting` names the one that greets
  // ("greeting_sales"). A set or greeting that is not there is the service's own.
  std::vector<SpokenItem> SpeakFrom(absl::string_view set, absl::string_view greeting,
                                    Language language, absl::Span<const Phrase> phrases) const;

  // Names of each set's own announcements, sorted, without "announce_": those that are in one language at
  // least and are none of the catalogue's. Said in another language where the listener's is not there.
  const std::map<std::string, std::vector<std::string>>& own_announcements() const {
    return own_announcements_;
  }

  // The words of the same. They may contain a PIN: for tests and the demo's own calls, not for logs.
  std::string Words(Language language, absl::Span<const Phrase> phrases) const;

 private:
  absl::Status LoadSets(const std::string& sets_dir);
  // Nothing if the set does not have it in any language.
  std::optional<size_t> FindOwn(const OwnWords& own, Language language) const;

  std::map<Language, Catalogue> catalogues_;
  std::vector<Recording> recordings_;
  // "pl/main_menu", or "acme:pl/main_menu" for a set's, to an index of recordings_.
  std::map<std::string, size_t, std::less<>> by_file_;
  std::map<std::string, std::vector<std::string>> own_announcements_;
};

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_PROMPT_LIBRARY_H_
