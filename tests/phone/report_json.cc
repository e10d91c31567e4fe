#include "tests/phone/report_json.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace narada::phone {
namespace {

std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&out, "\\", std::string(1, c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string Number(double value) { return absl::StrFormat("%.3f", value); }

// Builds `{"a": 1, "b": 2}` from pairs that are already JSON.
class Object {
 public:
  Object& Raw(absl::string_view key, absl::string_view json) {
    fields_.push_back(absl::StrCat(Quoted(key), ": ", json));
    return *this;
  }
  Object& Text(absl::string_view key, absl::string_view value) { return Raw(key, Quoted(value)); }
  Object& Flag(absl::string_view key, bool value) { return Raw(key, value ? "true" : "false"); }
  Object& Count(absl::string_view key, uint64_t value) { return Raw(key, absl::StrCat(value)); }
  Object& Real(absl::string_view key, double value) { return Raw(key, Number(value)); }
  std::string Build() const { return absl::StrCat("{", absl::StrJoin(fields_, ", "), "}"); }

 private:
  std::vector<std::string> fields_;
};

std::string List(const std::vector<std::string>& items) {
  return absl::StrCat("[", absl::StrJoin(items, ",\n    "), "]");
}

std::string CallJson(const CallReport& call) {
  std::vector<std::string> trace;
  for (const SipTraceLine& line : call.trace) {
    trace.push_back(Object()
                        .Real("at_s", absl::ToDoubleSeconds(line.at))
                        .Text("way", line.is_sent ? "sent" : "received")
                        .Text("line", line.start_line)
                        .Build());
  }
  return Object()
      .Flag("is_answered", call.is_answered)
      .Flag("has_ended", call.has_ended)
      .Flag("ended_by_peer", call.ended_by_peer)
      .Count("status", static_cast<uint64_t>(call.status))
      .Text("reason", call.reason)
      .Text("warning", call.warning)
      .Count("retry_after_s", static_cast<uint64_t>(call.retry_after_s))
      .Count("last_provisional", static_cast<uint64_t>(call.last_provisional))
      .Text("bye_reason", call.bye_reason)
      .Real("answered_after_s", absl::ToDoubleSeconds(call.answered_after))
      .Real("talked_s", absl::ToDoubleSeconds(call.talked))
      .Count("retransmissions", static_cast<uint64_t>(call.retransmissions))
      .Raw("trace", List(trace))
      .Build();
}

std::string DigitsJson(const std::vector<DigitEvent>& digits) {
  std::vector<std::string> items;
  for (const DigitEvent& event : digits) {
    items.push_back(Object()
                        .Text("digit", std::string(1, event.digit))
                        .Real("at_s", absl::ToDoubleSeconds(event.at))
                        .Build());
  }
  return List(items);
}

std::string MediaJson(const MediaReport& media) {
  return Object()
      .Text("codec", media.codec)
      .Flag("is_secure", media.is_secure)
      .Count("packets_sent", media.packets_sent)
      .Count("packets_received", media.packets_received)
      .Count("packets_lost", media.packets_lost)
      .Count("packets_duplicate", media.packets_duplicate)
      .Count("packets_reordered", media.packets_reordered)
      .Count("packets_early", media.packets_early)
      .Count("packets_unexpected", media.packets_unexpected)
      .Count("packets_unauthentic", media.packets_unauthentic)
      .Count("timestamp_jumps", media.timestamp_jumps)
      .Count("timestamp_slips", media.timestamp_slips)
      .Count("ssrc_changes", media.ssrc_changes)
      .Count("rtcp_received", media.rtcp_received)
      .Count("sender_reports", media.sender_reports)
      .Count("receiver_reports", media.receiver_reports)
      .Count("rtcp_byes", media.rtcp_byes)
      .Count("reported_lost", media.reported_lost)
      .Real("interarrival_jitter_ms", media.interarrival_jitter_ms)
      .Real("longest_arrival_gap_ms", media.longest_arrival_gap_ms)
      .Real("longest_arrival_gap_at_s", media.longest_arrival_gap_at_s)
      .Real("latest_send_ms", media.latest_send_ms)
      .Raw("digits_received", DigitsJson(media.digits_received))
      .Raw("digits_sent", DigitsJson(media.digits_sent))
      .Build();
}

std::string HeardJson(const HeardAudio& heard) {
  const absl::optional<absl::Duration> first = heard.FirstSound();
  Object object;
  object.Real("length_s", absl::ToDoubleSeconds(heard.length()))
      .Raw("first_sound_s", first.has_value() ? Number(absl::ToDoubleSeconds(*first)) : "null")
      .Real("level_dbov", heard.LevelDbov(absl::ZeroDuration(), heard.length()))
      .Real("longest_gap_s",
            absl::ToDoubleSeconds(heard.LongestGap(absl::ZeroDuration(), heard.length())));
  return object.Build();
}

}  // namespace

std::string ReportJson(const Phone& phone, const absl::Status& result,
                       const std::vector<ScriptMark>& marks) {
  std::vector<std::string> steps;
  for (const ScriptMark& mark : marks) {
    steps.push_back(Object().Text("step", mark.step).Real("at_s", mark.at_s).Build());
  }
  return absl::StrCat("{\"result\": ", Quoted(result.ok() ? "ok" : std::string(result.message())),
                      ",\n  \"call\": ", CallJson(phone.Report()),
                      ",\n  \"media\": ", MediaJson(phone.media().Report()),
                      ",\n  \"heard\": ", HeardJson(phone.media().Heard()),
                      ",\n  \"steps\": ", List(steps), "}\n");
}

}  // namespace narada::phone
