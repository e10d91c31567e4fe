// How each language says digits, counts, dates and durations: which fragments, in which order.
#ifndef NARADA_CONTROL_PROMPTS_GRAMMAR_H_
#define NARADA_CONTROL_PROMPTS_GRAMMAR_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "control/model/language.h"
#include "control/model/phrase.h"
#include "control/prompts/speech_item.h"

namespace narada::control::prompts {

// Counts are spoken up to this; larger ones as this.
inline constexpr int64_t kSpokenCountMax = 999'999;

// The form that a Polish noun takes after a number: "minuta", "minuty", "minut".
enum class Plural { kOne, kFew, kMany };
Plural PolishPlural(int64_t count);

// The fragments that say one argument. "608608608" is grouped by three with a longer pause between.
std::vector<SpeechItem> SpeakArgument(Language language, const PhraseArgument& argument);

// Every fragment that SpeakArgument can ask for: what a catalogue must have, and nothing else.
std::set<std::string> GrammarFragments(Language language);

}  // namespace narada::control::prompts

#endif  // NARADA_CONTROL_PROMPTS_GRAMMAR_H_
