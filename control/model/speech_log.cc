#include "control/model/speech_log.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::control {

void SpeechLog::Note(bool is_speaking, absl::Time now) {
  if (is_speaking == began_at_.has_value()) return;
  if (is_speaking) {
    began_at_ = now;
    return;
  }
  Add({*began_at_, now});
  began_at_.reset();
}

void SpeechLog::Add(SpeechSpan span) {
  if (!spans_.empty() && span.from - spans_.back().to < pause_) {
    spans_.back().to = span.to;
  } else {
    spans_.push_back(span);
  }
  while (spans_.size() > kSpansMax) {
    pause_ *= 2;
    std::vector<SpeechSpan> fine;
    fine.swap(spans_);
    for (const SpeechSpan& one : fine) {
      if (!spans_.empty() && one.from - spans_.back().to < pause_) {
        spans_.back().to = one.to;
      } else {
        spans_.push_back(one);
      }
    }
  }
}

std::vector<SpeechSpan> SpeechLog::Spans(absl::Time now) const {
  SpeechLog whole = *this;
  whole.Note(false, now);
  return std::move(whole.spans_);
}

std::string SpeechToText(const std::vector<SpeechSpan>& spans, absl::Time start) {
  std::string text;
  for (const SpeechSpan& span : spans) {
    absl::StrAppend(&text, text.empty() ? "" : ",", absl::ToInt64Milliseconds(span.from - start),
                    "+", absl::ToInt64Milliseconds(span.to - span.from));
  }
  return text;
}

std::vector<SpeechSpan> SpeechFromText(absl::string_view text, absl::Time start) {
  std::vector<SpeechSpan> spans;
  for (const absl::string_view one : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<absl::string_view> numbers = absl::StrSplit(one, '+');
    int64_t offset_ms = 0, duration_ms = 0;
    if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &offset_ms) ||
        !absl::SimpleAtoi(numbers[1], &duration_ms)) {
      continue;
    }
    const absl::Time from = start + absl::Milliseconds(offset_ms);
    spans.push_back({from, from + absl::Milliseconds(duration_ms)});
  }
  return spans;
}

}  // namespace narada::control
