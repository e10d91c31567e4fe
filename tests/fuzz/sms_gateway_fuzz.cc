// Whatever an HTTP gateway answers, and whatever stands in a template for one, is understood or refused.
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status.h"
#include "control/sms/gateway_answer.h"
#include "control/sms/gateway_template.h"

namespace narada::control::sms {
namespace {

void FuzzTemplate(absl::string_view text) {
  const GatewayValues values = {.to = "+48601234567",
                                .from = "Narada",
                                .id = "4f2a",
                                .secret = "s",
                                .text = "PIN \"1\"\n\xff"};
  for (const TemplatePlace place :
       {TemplatePlace::kUrl, TemplatePlace::kHeader, TemplatePlace::kBody}) {
    for (const Escaping escaping :
         {Escaping::kNone, Escaping::kJson, Escaping::kForm, Escaping::kXml}) {
      const auto made = GatewayTemplate::Make(text, place, escaping);
      if (!made.ok()) {
        CHECK(ReasonOf(made.status()) == "TEMPLATE_INVALID") << made.status();
        continue;
      }
      made->Fill(values);
      CHECK(place == TemplatePlace::kBody || !made->Has("text")) << "a PIN in a log";
    }
  }
}

void FuzzAnswer(const std::string& body) {
  static const AnswerRule& by_pointer =
      *new AnswerRule(*AnswerRule::Make({.success_pattern = "o", .id_pointer = "/messages/0/id"}));
  static const AnswerRule& by_pattern =
      *new AnswerRule(*AnswerRule::Make({.refused_pattern = "ERR", .id_pattern = "(\\S+)$"}));
  for (const AnswerRule* rule : {&by_pointer, &by_pattern}) {
    for (const int status : {200, 400, 503}) {
      const SendResult result = rule->Judge({.status = status, .body = body}, "http");
      if (const Sent* sent = std::get_if<Sent>(&result)) {
        CHECK(sent->parts.at(0).provider_id.size() <= 64) << "an id that is none";
      }
    }
  }
  // The body as a rule: refused with a reason, or usable.
  const auto rule = AnswerRule::Make({.success_pattern = body, .id_pointer = body});
  if (rule.ok()) rule->Judge({.status = 200, .body = R"({"messages": [{"id": 1}]})"}, "http");
}

}  // namespace
}  // namespace narada::control::sms

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  narada::control::sms::FuzzTemplate(text);
  narada::control::sms::FuzzAnswer(std::string(text));
  return 0;
}
