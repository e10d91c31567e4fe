// What an HTTP gateway's answer means for a message: the success rule of the configuration, applied.
//
//   ASSIGN_OR_RETURN(const AnswerRule rule, AnswerRule::Make({.id_pointer = "/messages/0/id"}));
//   SendResult result = rule.Judge({.status = 202, .body = "..."}, "http");
//
// | answer | result |
// |---|---|
// | a 2xx whose body fits `success_pattern` (unset: any) | Sent, with the id that the body names |
// | any whose body fits `refused_pattern`; 400, 410, 413, 422 | Refused |
// | all others: 429 and 5xx, our credentials, a 2xx that does not fit | TryAgain, after Retry-After |
//
// Patterns are RE2's: no body can make them slow.
#ifndef NARADA_CONTROL_SMS_GATEWAY_ANSWER_H_
#define NARADA_CONTROL_SMS_GATEWAY_ANSWER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/sms/sms_sender.h"

namespace re2 {
class RE2;
}

namespace narada::control::sms {

struct AnswerRuleSettings {
  std::string success_pattern;
  std::string refused_pattern;
  // Where the id is, at most one of them: a JSON pointer (RFC 6901), or a pattern with one group.
  std::string id_pointer;
  std::string id_pattern;
};

struct GatewayAnswer {
  int status = 0;
  std::optional<absl::Duration> retry_after;
  std::string body;
};

class AnswerRule {
 public:
  // INVALID_ARGUMENT / TEMPLATE_INVALID names the setting (FieldOf) and says what is wrong with it.
  static absl::StatusOr<AnswerRule> Make(const AnswerRuleSettings& settings);
  ~AnswerRule();
  AnswerRule(AnswerRule&&) noexcept;
  AnswerRule& operator=(AnswerRule&&) noexcept;

  // `route` goes into Sent. Thread-safe.
  SendResult Judge(const GatewayAnswer& answer, absl::string_view route) const;

 private:
  AnswerRule();
  std::string IdIn(const std::string& body) const;

  std::unique_ptr<re2::RE2> success_;  // Null: unset, as the next two.
  std::unique_ptr<re2::RE2> refused_;
  std::unique_ptr<re2::RE2> id_;
  std::string id_pointer_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_GATEWAY_ANSWER_H_
