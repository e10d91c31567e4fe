#include "control/sms/gateway_answer.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "control/sms/invalid_setting.h"

namespace narada::control::sms {
namespace {

constexpr size_t kIdMax = 64;

absl::Status MakePattern(absl::string_view field, const std::string& pattern, int groups_min,
                         std::unique_ptr<re2::RE2>& out) {
  if (pattern.empty()) return absl::OkStatus();
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto made = std::make_unique<re2::RE2>(pattern, options);
  if (!made->ok()) {
    return InvalidSetting(field, absl::StrCat("is not a regular expression: ", made->error()));
  }
  if (made->NumberOfCapturingGroups() < groups_min) {
    return InvalidSetting(field, "needs a group in parentheses: the id");
  }
  out = std::move(made);
  return absl::OkStatus();
}

// RFC 6901: empty, or begins with a slash; "~" is followed by 0 or 1. No array is as long as an index of
// ten digits, which the JSON library would throw at.
bool IsJsonPointer(absl::string_view text) {
  if (text.empty() || text[0] != '/') return text.empty();
  for (const absl::string_view token : absl::StrSplit(text, '/')) {
    if (token.size() > 9 && token.find_first_not_of("0123456789") == token.npos) return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1');
    if (text[i] == '~' && !is_escape) return false;
  }
  return true;
}

bool IsRefusal(int status) {
  return status == 400 || status == 410 || status == 413 || status == 422;
}

// What a stranger names becomes an id only if it looks like one.
std::string CleanId(absl::string_view id) {
  const bool is_clean = id.size() <= kIdMax && std::all_of(id.begin(), id.end(), [](char c) {
                          return absl::ascii_isgraph(static_cast<unsigned char>(c));
                        });
  return is_clean ? std::string(id) : "";
}

}  // namespace

AnswerRule::AnswerRule() = default;
AnswerRule::~AnswerRule() = default;
AnswerRule::AnswerRule(AnswerRule&&) noexcept = default;
AnswerRule& AnswerRule::operator=(AnswerRule&&) noexcept = default;

absl::StatusOr<AnswerRule> AnswerRule::Make(const AnswerRuleSettings& settings) {
  AnswerRule rule;
  RETURN_IF_ERROR(MakePattern("success_pattern", settings.success_pattern, 0, rule.success_));
  RETURN_IF_ERROR(MakePattern("refused_pattern", settings.refused_pattern, 0, rule.refused_));
  RETURN_IF_ERROR(MakePattern("id_pattern", settings.id_pattern, 1, rule.id_));
  if (!IsJsonPointer(settings.id_pointer)) {
    return InvalidSetting("id_pointer", "is not a JSON pointer, such as \"/messages/0/id\"");
  }
  if (!settings.id_pointer.empty() && rule.id_ != nullptr) {
    return InvalidSetting("id_pattern", "must not be given beside id_pointer");
  }
  rule.id_pointer_ = settings.id_pointer;
  return rule;
}

std::string AnswerRule::IdIn(const std::string& body) const {
  if (id_ != nullptr) {
    re2::StringPiece id;
    if (!re2::RE2::PartialMatch(re2::StringPiece(body), *id_, &id)) return "";
    return CleanId(absl::string_view(id.data(), id.size()));
  }
  if (id_pointer_.empty()) return "";
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  const nlohmann::json::json_pointer pointer(id_pointer_);
  // contains() does not throw, whatever the pointer meets.
  if (json.is_discarded() || !json.contains(pointer)) return "";
  const nlohmann::json& id = json[pointer];
  if (id.is_string()) return CleanId(id.get_ref<const std::string&>());
  return id.is_number_integer() ? id.dump() : "";
}

SendResult AnswerRule::Judge(const GatewayAnswer& answer, absl::string_view route) const {
  const auto fits = [&](const re2::RE2& pattern) {
    return re2::RE2::PartialMatch(re2::StringPiece(answer.body), pattern);
  };
  const bool is_success_status = answer.status >= 200 && answer.status < 300;
  const std::string reason = absl::StrCat("the gateway answered ", answer.status);
  if (refused_ != nullptr && fits(*refused_)) return Refused{reason + " and a refusal"};
  if (is_success_status && (success_ == nullptr || fits(*success_))) {
    return Sent{.route = std::string(route), .parts = {{1, IdIn(answer.body)}}};
  }
  if (IsRefusal(answer.status)) return Refused{reason};
  return TryAgain{is_success_status ? reason + ", which is no success by success_pattern" : reason,
                  answer.retry_after};
}

}  // namespace narada::control::sms
