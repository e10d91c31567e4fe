#include "tests/phone/script.h"

#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/phone/tone.h"
#include "tests/phone/wav_file.h"

namespace narada::phone {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);

absl::Status Failed(absl::string_view why) { return absl::FailedPreconditionError(why); }

// Number `index` of a step's arguments, or `fallback` if it was left out. ParseScript has checked
// that all numbers are numbers.
double Number(const ScriptStep& step, size_t index, double fallback) {
  double value = fallback;
  if (index < step.arguments.size()) (void)absl::SimpleAtod(step.arguments[index], &value);
  return value;
}

absl::Duration Time(const ScriptStep& step, size_t index, double fallback_s) {
  return absl::Seconds(Number(step, index, fallback_s));
}

// Polls until `is_true`, the end of the call, or the deadline.
absl::Status WaitUntil(Phone& phone, absl::Duration timeout, absl::string_view what,
                       const std::function<bool()>& is_true) {
  const absl::Duration deadline = PhoneLoop::Now() + timeout;
  while (!is_true()) {
    if (PhoneLoop::Now() >= deadline) return Failed(absl::StrCat(what, " did not come in time"));
    if (phone.Report().has_ended) return Failed(absl::StrCat("the call ended before ", what));
    absl::SleepFor(kPoll);
  }
  return absl::OkStatus();
}

absl::Status WaitRefused(Phone& phone, int wanted, absl::Duration timeout) {
  const absl::Status answered = phone.WaitAnswered(timeout);
  if (answered.ok()) return Failed("the call was answered");
  if (absl::IsDeadlineExceeded(answered)) return answered;
  const CallReport report = phone.Report();
  if (report.status != wanted) return Failed(absl::StrCat("refused with ", report.status));
  return absl::OkStatus();
}

absl::Status WaitSaid(Phone& phone, absl::Duration timeout) {
  return WaitUntil(phone, timeout, "the end of what was said",
                   [&] { return !phone.media().is_saying(); });
}

absl::Status Say(Phone& phone, const std::string& path, bool waits) {
  absl::StatusOr<std::vector<int16_t>> speech = ReadSpeech(path, phone.media().rate_hz());
  if (!speech.ok()) return speech.status();
  const absl::Duration length =
      absl::Seconds(static_cast<double>(speech->size()) / phone.media().rate_hz());
  phone.media().SaySamples(*std::move(speech));
  return waits ? WaitSaid(phone, length + absl::Seconds(5)) : absl::OkStatus();
}

absl::Status ExpectTone(Phone& phone, const ScriptStep& step) {
  absl::StatusOr<std::vector<Tone>> tones = ParseTones(step.arguments[0]);
  if (!tones.ok()) return tones.status();
  const HeardAudio heard = phone.media().Heard();
  const double tolerance = Number(step, 1, 1.5);
  for (const Tone& tone : *tones) {
    const double level =
        heard.ToneLevelDbov(tone.frequency_hz, heard.length() - absl::Seconds(1), heard.length());
    if (std::abs(level - tone.level_dbov) > tolerance) {
      return Failed(absl::StrFormat("%.0f Hz was heard at %.1f dBov", tone.frequency_hz, level));
    }
  }
  return absl::OkStatus();
}

absl::Status ExpectNoTone(Phone& phone, const ScriptStep& step) {
  const HeardAudio heard = phone.media().Heard();
  const double level =
      heard.ToneLevelDbov(Number(step, 0, 0), heard.length() - absl::Seconds(1), heard.length());
  if (level <= Number(step, 1, -70)) return absl::OkStatus();
  return Failed(absl::StrFormat("it was heard at %.1f dBov", level));
}

absl::Status Press(Phone& phone, const std::string& digits) {
  absl::Status pressed = phone.media().Press(digits);
  if (!pressed.ok()) return pressed;
  return WaitSaid(phone, absl::Seconds(5 + static_cast<double>(digits.size())));
}

absl::Status WaitQuiet(Phone& phone, absl::Duration quiet, absl::Duration timeout) {
  const absl::Duration from = phone.media().SinceOrigin();
  return WaitUntil(phone, timeout, "silence", [&] {
    return phone.media().Heard().FirstSilence(quiet, -50, from).has_value();
  });
}

struct Command {
  size_t arguments_min;
  size_t arguments_max;
  const char* usage;
  size_t first_number;  // Arguments from here on are numbers.
  std::function<absl::Status(Phone&, const ScriptStep&)> run;
};

const std::map<std::string, Command>& Commands() {
  static const auto* const kCommands = new std::map<std::string, Command>{
      {"wait-answer",
       {0, 1, "wait-answer [SECONDS]", 0,
        [](Phone& p, const ScriptStep& s) { return p.WaitAnswered(Time(s, 0, 30)); }}},
      {"wait-refused",
       {1, 2, "wait-refused STATUS [SECONDS]", 0,
        [](Phone& p, const ScriptStep& s) {
          return WaitRefused(p, static_cast<int>(Number(s, 0, 0)), Time(s, 1, 30));
        }}},
      {"wait-call",
       {0, 1, "wait-call [SECONDS]", 0,
        [](Phone& p, const ScriptStep& s) { return p.WaitIncoming(Time(s, 0, 30)); }}},
      {"ring", {0, 0, "ring", 0, [](Phone& p, const ScriptStep&) { return p.Ring(); }}},
      {"answer", {0, 0, "answer", 0, [](Phone& p, const ScriptStep&) { return p.Answer(); }}},
      {"reject",
       {1, 1, "reject STATUS", 0,
        [](Phone& p, const ScriptStep& s) {
          return p.Reject(static_cast<int>(Number(s, 0, 486)), "Rejected");
        }}},
      {"listen",
       {1, 1, "listen SECONDS", 0,
        [](Phone&, const ScriptStep& s) {
          absl::SleepFor(Time(s, 0, 0));
          return absl::OkStatus();
        }}},
      {"wait-sound",
       {0, 1, "wait-sound [SECONDS]", 0,
        [](Phone& p, const ScriptStep& s) {
          const absl::Duration from = p.media().SinceOrigin();
          return WaitUntil(p, Time(s, 0, 10), "a sound",
                           [&] { return p.media().Heard().FirstSound(-50, from).has_value(); });
        }}},
      {"wait-quiet",
       {1, 2, "wait-quiet SECONDS [TIMEOUT]", 0,
        [](Phone& p, const ScriptStep& s) { return WaitQuiet(p, Time(s, 0, 1), Time(s, 1, 60)); }}},
      {"press",
       {1, 1, "press DIGITS", 1,
        [](Phone& p, const ScriptStep& s) { return Press(p, s.arguments[0]); }}},
      {"press-info",
       {1, 1, "press-info DIGITS", 1,
        [](Phone& p, const ScriptStep& s) { return p.PressByInfo(s.arguments[0]); }}},
      {"press-inband",
       {1, 1, "press-inband DIGITS", 1,
        [](Phone& p, const ScriptStep& s) {
          p.media().SaySamples(DtmfSamples(s.arguments[0], absl::Milliseconds(100),
                                           absl::Milliseconds(100), p.media().rate_hz()));
          return WaitSaid(p, absl::Seconds(60));
        }}},
      {"tone",
       {1, 1, "tone HERTZ@DBOV[,HERTZ@DBOV]", 1,
        [](Phone& p, const ScriptStep& s) {
          absl::StatusOr<std::vector<Tone>> tones = ParseTones(s.arguments[0]);
          if (tones.ok()) p.media().SayTones(*tones);
          return tones.status();
        }}},
      {"silence",
       {0, 0, "silence", 0,
        [](Phone& p, const ScriptStep&) {
          p.media().SayTones({});
          return absl::OkStatus();
        }}},
      {"say",
       {1, 1, "say FILE", 1,
        [](Phone& p, const ScriptStep& s) { return Say(p, s.arguments[0], true); }}},
      {"say-and-go",
       {1, 1, "say-and-go FILE", 1,
        [](Phone& p, const ScriptStep& s) { return Say(p, s.arguments[0], false); }}},
      {"expect-tone", {1, 2, "expect-tone HERTZ@DBOV [DB]", 1, ExpectTone}},
      {"expect-no-tone", {1, 2, "expect-no-tone HERTZ [DBOV]", 0, ExpectNoTone}},
      {"hold", {0, 0, "hold", 0, [](Phone& p, const ScriptStep&) { return p.Hold(); }}},
      {"hold-inactive",
       {0, 0, "hold-inactive", 0, [](Phone& p, const ScriptStep&) { return p.Hold(true); }}},
      {"resume", {0, 0, "resume", 0, [](Phone& p, const ScriptStep&) { return p.Resume(); }}},
      {"update",
       {0, 0, "update", 0,
        [](Phone& p, const ScriptStep&) {
          absl::StatusOr<int> status = p.Request("UPDATE");
          if (!status.ok()) return status.status();
          return *status == 200 ? absl::OkStatus()
                                : Failed(absl::StrCat("UPDATE answered with ", *status));
        }}},
      {"mute-rtp",
       {0, 0, "mute-rtp", 0,
        [](Phone& p, const ScriptStep&) {
          p.media().SetSending(false);
          return absl::OkStatus();
        }}},
      {"unmute-rtp",
       {0, 0, "unmute-rtp", 0,
        [](Phone& p, const ScriptStep&) {
          p.media().SetSending(true);
          return absl::OkStatus();
        }}},
      {"mark", {1, 1, "mark NAME", 1, [](Phone&, const ScriptStep&) { return absl::OkStatus(); }}},
      {"hangup",
       {0, 0, "hangup", 0,
        [](Phone& p, const ScriptStep&) {
          p.HangUp();
          return p.WaitEnded(absl::Seconds(10));
        }}},
      {"wait-hangup",
       {0, 1, "wait-hangup [SECONDS]", 0,
        [](Phone& p, const ScriptStep& s) { return p.WaitEnded(Time(s, 0, 30)); }}},
  };
  return *kCommands;
}

}  // namespace

absl::StatusOr<std::vector<ScriptStep>> ParseScript(absl::string_view text) {
  std::vector<ScriptStep> steps;
  for (absl::string_view piece : absl::StrSplit(text, absl::ByAnyChar(";\n"))) {
    piece = absl::StripAsciiWhitespace(piece);
    if (piece.empty() || piece[0] == '#') continue;
    ScriptStep step;
    step.text = std::string(piece);
    std::vector<std::string> words =
        absl::StrSplit(piece, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    step.command = words[0] == "wait" ? "listen" : words[0];
    step.arguments.assign(words.begin() + 1, words.end());
    auto command = Commands().find(step.command);
    if (command == Commands().end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", steps.size() + 1, ": there is no command \"", words[0], "\""));
    }
    const Command& known = command->second;
    bool is_right = step.arguments.size() >= known.arguments_min &&
                    step.arguments.size() <= known.arguments_max;
    for (size_t i = known.first_number; i < step.arguments.size(); ++i) {
      double number;
      is_right = is_right && absl::SimpleAtod(step.arguments[i], &number);
    }
    if (!is_right) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", steps.size() + 1, " (\"", step.text, "\"): write ", known.usage));
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

absl::Status RunScript(const std::vector<ScriptStep>& steps, Phone& phone,
                       std::vector<ScriptMark>& marks,
                       const std::function<void(const ScriptStep&)>& progress) {
  const absl::Duration start = PhoneLoop::Now();
  // Before the answer there is no origin: those marks count backwards to it.
  std::vector<std::pair<size_t, absl::Duration>> unanswered;
  absl::Status result = absl::OkStatus();
  for (size_t i = 0; i < steps.size() && result.ok(); ++i) {
    progress(steps[i]);
    const bool is_answered = phone.Report().is_answered;
    if (!is_answered) unanswered.emplace_back(marks.size(), PhoneLoop::Now());
    marks.push_back(
        {steps[i].text, is_answered ? absl::ToDoubleSeconds(phone.media().SinceOrigin()) : 0});
    result = Commands().at(steps[i].command).run(phone, steps[i]);
    if (!result.ok()) {
      result = absl::Status(result.code(), absl::StrCat("step ", i + 1, " (\"", steps[i].text,
                                                        "\"): ", result.message()));
    }
  }
  const bool is_answered = phone.Report().is_answered;
  const absl::Duration origin =
      is_answered ? PhoneLoop::Now() - phone.media().SinceOrigin() : start;
  for (const auto& [index, at] : unanswered) {
    marks[index].at_s = absl::ToDoubleSeconds(at - origin);
  }
  return result;
}

}  // namespace narada::phone
