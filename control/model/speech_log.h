// When somebody spoke during a call, as the history draws it: short pauses are bridged, and a long call's
// spans grow coarser instead of many.
//   SpeechLog log;
//   log.Note(true, now); log.Note(false, now);
//   record.speech = log.Spans(now);

#ifndef NARADA_CONTROL_MODEL_SPEECH_LOG_H_
#define NARADA_CONTROL_MODEL_SPEECH_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace narada::control {

struct SpeechSpan {
  absl::Time from;
  absl::Time to;
  bool operator==(const SpeechSpan&) const = default;
};

class SpeechLog {
 public:
  static constexpr size_t kSpansMax = 400;

  void Note(bool is_speaking, absl::Time now);
  // In order, apart from each other; one that goes on ends at `now`.
  std::vector<SpeechSpan> Spans(absl::Time now) const;

 private:
  void Add(SpeechSpan span);

  std::vector<SpeechSpan> spans_;
  std::optional<absl::Time> began_at_;
  absl::Duration pause_ = absl::Seconds(2);  // Shorter ones are bridged.
};

// As text for a table: "offset+duration" in milliseconds from `start`, separated by commas.
std::string SpeechToText(const std::vector<SpeechSpan>& spans, absl::Time start);
// What cannot be read is left out.
std::vector<SpeechSpan> SpeechFromText(absl::string_view text, absl::Time start);

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_SPEECH_LOG_H_
