// The templates and the success rule of an HTTP gateway. Its transfers: tests/end_to_end/sms_test.py.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/sms/gateway_answer.h"
#include "control/sms/gateway_template.h"
#include "control/sms/http_gateway_sender.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

const GatewayValues kValues = {.to = "+48601234567",
                               .from = "Narada",
                               .id = "4f2a",
                               .secret = "s3cret",
                               .text = "Proszę \"podać\" <PIN>\n& 1"};

std::string Filled(absl::string_view text, TemplatePlace place, Escaping escaping) {
  const auto made = GatewayTemplate::Make(text, place, escaping);
  return made.ok() ? made->Fill(kValues) : std::string(made.status().message());
}

TEST(GatewayTemplate, JsonBodyKeepsItsBracesAndEscapesItsValues) {
  EXPECT_EQ(Filled(R"({"to": "{to}", "m": [{"t":"{text}"}], "x": {}})", TemplatePlace::kBody,
                   Escaping::kJson),
            R"({"to": "+48601234567", "m": [{"t":"Proszę \"podać\" <PIN>\n& 1"}], "x": {}})");
}

TEST(GatewayTemplate, FormAndXmlBodiesEscapeAsTheyMust) {
  EXPECT_EQ(Filled("to={to_digits}&text={text}", TemplatePlace::kBody, Escaping::kForm),
            "to=48601234567&text=Prosz%C4%99%20%22poda%C4%87%22%20%3CPIN%3E%0A%26%201");
  EXPECT_EQ(Filled("<t>{text}</t>", TemplatePlace::kBody, Escaping::kXml),
            "<t>Proszę &quot;podać&quot; &lt;PIN&gt;\n&amp; 1</t>");
}

TEST(GatewayTemplate, UrlIsPercentEncoded) {
  EXPECT_EQ(Filled("https://g/{to}?id={id}", TemplatePlace::kUrl, Escaping::kNone),
            "https://g/%2B48601234567?id=4f2a");
}

// V29: what a proxy or server writes into its log holds neither PIN nor password.
TEST(GatewayTemplate, V29TextAndSecretNeverStandInAUrlAndTextNotInAHeader) {
  EXPECT_EQ(Filled("https://g/?t={text}", TemplatePlace::kUrl, Escaping::kNone),
            "{text} must not stand here: URLs are written into logs");
  EXPECT_EQ(Filled("https://g/?k={secret}", TemplatePlace::kUrl, Escaping::kNone),
            "{secret} must not stand here: URLs are written into logs");
  EXPECT_EQ(Filled("{text}", TemplatePlace::kHeader, Escaping::kNone),
            "{text} must not stand here: headers are written into logs");
  EXPECT_EQ(Filled("Bearer {secret}", TemplatePlace::kHeader, Escaping::kNone), "Bearer s3cret");
}

TEST(GatewayTemplate, MistakesAreFoundAtStart) {
  EXPECT_EQ(Filled("{tekst}", TemplatePlace::kBody, Escaping::kJson),
            "{tekst} is not a placeholder");
  EXPECT_EQ(Filled("{text", TemplatePlace::kBody, Escaping::kJson),
            "has a placeholder that does not end");
  EXPECT_EQ(Filled("a\r\nX-Evil: 1", TemplatePlace::kHeader, Escaping::kNone),
            "has a control character");
}

HttpGatewaySettings Gateway() {
  return {.url = "https://gateway.example.net/v1/messages",
          .headers = {{"Authorization", "Bearer {secret}"}},
          .body = R"({"to": "{to}", "text": "{text}"})",
          .secret = "s3cret"};
}

std::string ProblemOf(const HttpGatewaySettings& settings) {
  const absl::Status status = HttpGatewaySender::Check(settings);
  return status.ok() ? "" : absl::StrCat(FieldOf(status), ": ", status.message());
}

TEST(HttpGateway, SettingsAreCheckedAsAWhole) {
  EXPECT_EQ(ProblemOf(Gateway()), "");
  HttpGatewaySettings settings = Gateway();
  settings.url = "http://gateway.example.net/";
  EXPECT_TRUE(absl::StartsWith(ProblemOf(settings), "url: must begin with https://"));
  for (const char* url : {"http://127.0.0.1:8000/x", "http://localhost/", "http://[::1]:1"}) {
    settings.url = url;
    EXPECT_EQ(ProblemOf(settings), "") << url;
  }
  for (const char* url : {"http://127.0.0.1.evil.net/", "http://localhost.evil.net", "ftp://x/",
                          "http://127.0.0.1:80@evil.net/", "https://user:word@gateway.net/"}) {
    settings.url = url;
    EXPECT_NE(ProblemOf(settings), "") << url;
  }
  settings = Gateway();
  settings.body = R"({"to": "{to}"})";
  EXPECT_EQ(ProblemOf(settings), "body: lacks {text}");
  settings.body = R"({"text": "{text}"})";
  EXPECT_EQ(ProblemOf(settings), "body: lacks {to} or {to_digits}");
  settings = Gateway();
  settings.secret = "";
  EXPECT_EQ(ProblemOf(settings), "secret_file: is missing: {secret} stands in a template");
  settings = Gateway();
  settings.headers.emplace_back("X Y", "1");
  EXPECT_EQ(ProblemOf(settings), "headers[1].name: is not the name of a header");
}

// What Judge says, in a word: "sent ID", "again" or "refused".
std::string Judged(const AnswerRuleSettings& settings, int status, const std::string& body) {
  const auto rule = AnswerRule::Make(settings);
  if (!rule.ok()) return std::string(rule.status().message());
  const SendResult result = rule->Judge({.status = status, .body = body}, "http");
  if (const Sent* sent = std::get_if<Sent>(&result)) {
    return absl::StrCat("sent ", sent->parts.at(0).provider_id);
  }
  return std::holds_alternative<Refused>(result) ? "refused" : "again";
}

TEST(AnswerRule, StatusesMeanWhatTheTableSays) {
  for (const int status : {200, 201, 202, 204}) EXPECT_EQ(Judged({}, status, ""), "sent ");
  for (const int status : {400, 410, 413, 422}) EXPECT_EQ(Judged({}, status, ""), "refused");
  for (const int status : {301, 302, 401, 403, 404, 408, 429, 500, 502, 503}) {
    EXPECT_EQ(Judged({}, status, ""), "again") << status;
  }
}

TEST(AnswerRule, IdIsFoundByPointerOrPattern) {
  const AnswerRuleSettings pointer = {.id_pointer = "/messages/0/id"};
  EXPECT_EQ(Judged(pointer, 200, R"({"messages": [{"id": "a-1"}]})"), "sent a-1");
  EXPECT_EQ(Judged(pointer, 200, R"({"messages": [{"id": 17}]})"), "sent 17");
  for (const char* body : {"", "{", "[]", R"({"messages": {}})", R"({"messages": [{"id": {}}]})",
                           R"({"messages": [{"id": "two words"}]})", R"({"messages": "x"})"}) {
    EXPECT_EQ(Judged(pointer, 200, body), "sent ") << body;
  }
  EXPECT_EQ(Judged({.id_pattern = "ID: (\\w+)"}, 200, "OK\nID: 77a\n"), "sent 77a");
  EXPECT_EQ(Judged({.id_pattern = "ID: (\\w+)"}, 200, "OK"), "sent ");
}

TEST(AnswerRule, PatternsDecideWhereTheStatusDoesNot) {
  const AnswerRuleSettings rule = {.success_pattern = "^OK", .refused_pattern = "^ERR 5"};
  EXPECT_EQ(Judged(rule, 200, "OK 1"), "sent ");
  EXPECT_EQ(Judged(rule, 200, "ERR 9 busy"), "again");
  EXPECT_EQ(Judged(rule, 200, "ERR 5 number"), "refused");
  EXPECT_EQ(Judged(rule, 500, "ERR 5 number"), "refused");
}

TEST(AnswerRule, MistakesAreFoundAtStart) {
  EXPECT_TRUE(
      absl::StartsWith(Judged({.success_pattern = "("}, 200, ""), "is not a regular expression"));
  EXPECT_EQ(Judged({.id_pattern = "ID"}, 200, ""), "needs a group in parentheses: the id");
  for (const char* pointer : {"id", "/a~", "/a~2", "/99999999999999999999"}) {
    EXPECT_TRUE(absl::StartsWith(Judged({.id_pointer = pointer}, 200, ""), "is not a JSON pointer"))
        << pointer;
  }
  EXPECT_EQ(Judged({.id_pointer = "/id", .id_pattern = "(x)"}, 200, ""),
            "must not be given beside id_pointer");
}

TEST(AnswerRule, DeepJsonHarmsNobody) {
  EXPECT_EQ(Judged({.id_pointer = "/id"}, 200, std::string(65536, '[')), "sent ");
  EXPECT_EQ(Judged({.id_pointer = "/id"}, 200, std::string(30000, '[') + std::string(30000, ']')),
            "sent ");
}

}  // namespace
}  // namespace narada::control::sms
