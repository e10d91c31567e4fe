#include "mixer/files/recording_log.h"

#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace narada::mixer::files {
namespace {

// Ten years at 48 kHz: beyond is damage.
constexpr int64_t kSamplesMax = int64_t{48000} * 86400 * 3653;

constexpr char kFirstLine[] = "narada-recording 1";

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::CEscape(text), "\""); }

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

std::string At(int64_t at, absl::string_view rest) {
  return absl::StrCat("at ", at, " ", rest, "\n");
}

// The words of a line; those in quotes without them. Empty: it is not well-formed.
std::vector<std::string> Words(absl::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    if (line[0] != '"') {
      const size_t end = std::min(line.find(' '), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
      continue;
    }
    size_t end = 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    std::string word;
    if (end >= line.size() || !absl::CUnescape(line.substr(1, end - 1), &word)) return {};
    words.push_back(std::move(word));
    line.remove_prefix(std::min(end + 2, line.size()));
  }
  return words;
}

class Parser {
 public:
  // False: the line is none of ours.
  bool Take(const std::vector<std::string>& words) {
    if (words.size() < 2) return false;
    if (words[0] == "at") return TakeMark(words);
    if (words[0] == "label" && words.size() == 3) {
      info_.labels[words[1]] = words[2];
      return true;
    }
    return words.size() == 2 && TakeProperty(words[0], words[1]);
  }

  bool is_complete() const { return seen_ == kAll; }
  RecordingInfo& info() { return info_; }

 private:
  static constexpr int kId = 1, kRoom = 2, kFormat = 4, kRate = 8, kStart = 16, kAll = 31;

  bool TakeProperty(const std::string& name, const std::string& value) {
    if (name == "id") {
      info_.recording_id = value;
      seen_ |= kId;
    } else if (name == "room") {
      info_.room_id = value;
      seen_ |= kRoom;
    } else if (name == "format") {
      if (value != "wav" && value != "ogg-opus") return false;
      info_.format = value == "wav" ? RecordingFormat::kWav : RecordingFormat::kOggOpus;
      seen_ |= kFormat;
    } else if (name == "tracks") {
      info_.has_legs = value == "mix-and-legs";
    } else if (name == "rate") {
      int rate_hz = 0;
      if (!absl::SimpleAtoi(value, &rate_hz) || rate_hz < 8000 || rate_hz > 48000) return false;
      info_.rate = SampleRate::FromHertz(rate_hz);
      seen_ |= kRate;
    } else if (name == "start") {
      if (!absl::ParseTime(absl::RFC3339_full, value, &info_.start_time, nullptr)) return false;
      seen_ |= kStart;
    }
    return true;  // A word of a later version is passed by.
  }

  bool TakeMark(const std::vector<std::string>& words) {
    int64_t at = 0;
    if (words.size() < 3 || !absl::SimpleAtoi(words[1], &at) || at < 0 || at > kSamplesMax) {
      return false;
    }
    const std::string& what = words[2];
    info_.duration = std::max(info_.duration, info_.rate.DurationOf(SampleCount(at)));
    if (what == "track") {
      if (words.size() < 5) return false;
      info_.tracks.push_back({.track_id = words[3], .file_name = words[4]});
    } else if (what == "paused") {
      info_.state = RecordingState::kPaused;
    } else if (what == "resumed") {
      info_.state = RecordingState::kRunning;
    } else if (what == "finished") {
      info_.state = RecordingState::kFinished;
    } else if (what == "failed") {
      info_.state = RecordingState::kFailed;
    } else if (what == "lost") {
      if (words.size() < 4 || !absl::SimpleAtoi(words[3], &info_.frames_lost)) return false;
    }
    return true;
  }

  RecordingInfo info_;
  int seen_ = 0;
};

}  // namespace

std::string LogHead(const RecordingInfo& info) {
  std::string text =
      absl::StrCat(kFirstLine, "\nid ", info.recording_id, "\nroom ", Quoted(info.room_id),
                   "\nformat ", info.format == RecordingFormat::kWav ? "wav" : "ogg-opus",
                   "\ntracks ", info.has_legs ? "mix-and-legs" : "mix", "\nrate ",
                   info.rate.hertz(), "\nstart ", TimeText(info.start_time), "\n");
  for (const auto& [key, value] : info.labels) {
    absl::StrAppend(&text, "label ", Quoted(key), " ", Quoted(value), "\n");
  }
  return text;
}

std::string LogTrack(int64_t at, absl::string_view track_id, absl::string_view file_name) {
  return At(at, absl::StrCat("track ", Quoted(track_id), " ", file_name));
}

std::string LogJoined(int64_t at, absl::string_view leg_id) {
  return At(at, absl::StrCat("joined ", Quoted(leg_id)));
}

std::string LogLeft(int64_t at, absl::string_view leg_id) {
  return At(at, absl::StrCat("left ", Quoted(leg_id)));
}

std::string LogContinued(int64_t at, absl::Time now) {
  return At(at, absl::StrCat("continued ", TimeText(now)));
}

std::string LogPaused(int64_t at, absl::Time now) {
  return At(at, absl::StrCat("paused ", TimeText(now)));
}

std::string LogResumed(int64_t at, absl::Time now) {
  return At(at, absl::StrCat("resumed ", TimeText(now)));
}

std::string LogLost(int64_t at, uint64_t frames) { return At(at, absl::StrCat("lost ", frames)); }

std::string LogEnd(int64_t at, RecordingState state, absl::Time now) {
  return At(
      at, absl::StrCat(state == RecordingState::kFailed ? "failed " : "finished ", TimeText(now)));
}

absl::StatusOr<RecordingInfo> ParseLog(absl::string_view text) {
  const auto damaged = [](absl::string_view why) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "RECORDING_DAMAGED",
                           absl::StrCat("recording.log ", why));
  };
  const size_t end = text.rfind('\n');
  if (end == absl::string_view::npos) return damaged("is empty");
  const std::vector<absl::string_view> lines = absl::StrSplit(text.substr(0, end), '\n');
  if (lines[0] != kFirstLine) return damaged("does not begin as one of ours");
  Parser parser;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!parser.Take(Words(lines[i]))) return damaged(absl::StrCat("is damaged in line ", i + 1));
  }
  if (!parser.is_complete()) return damaged("is cut in its head");
  return std::move(parser.info());
}

}  // namespace narada::mixer::files
