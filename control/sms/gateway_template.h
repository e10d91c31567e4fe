// A piece of an HTTP request to an SMS gateway, with placeholders in braces: {to}, {from}, {text}, ...
//
//   ASSIGN_OR_RETURN(const GatewayTemplate body,
//                    GatewayTemplate::Make(R"({"to": "{to}", "text": "{text}"})", TemplatePlace::kBody,
//                                          Escaping::kJson));
//   body.Fill(values);
//
// | placeholder | what | where |
// |---|---|---|
// | {to} {to_digits} | the recipient with and without "+" | anywhere |
// | {from} | the sender | anywhere |
// | {id} | ours, the same in every attempt: an idempotency key | anywhere |
// | {secret} | what the secret file holds | headers, body |
// | {text} | the message, which holds a PIN | body |
//
// What proxies and servers log, a URL, gets neither text nor secret. A brace that no letter follows stands
// for itself, as in JSON.
#ifndef NARADA_CONTROL_SMS_GATEWAY_TEMPLATE_H_
#define NARADA_CONTROL_SMS_GATEWAY_TEMPLATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::control::sms {

enum class TemplatePlace { kUrl, kHeader, kBody };
// How a value is written so that it stays one: as JSON inside quotes, percent-encoded, or as XML.
enum class Escaping { kNone, kJson, kForm, kXml };

struct GatewayValues {
  std::string to;  // E.164 with "+".
  std::string from;
  std::string id;
  std::string secret;
  std::string text;
};

class GatewayTemplate {
 public:
  // INVALID_ARGUMENT / TEMPLATE_INVALID says what is wrong with it.
  static absl::StatusOr<GatewayTemplate> Make(absl::string_view text, TemplatePlace place,
                                              Escaping escaping);

  std::string Fill(const GatewayValues& values) const;
  // True if a placeholder stands in it.
  bool Has(absl::string_view placeholder) const;

 private:
  struct Piece {
    std::string literal;      // Before the placeholder.
    std::string placeholder;  // Empty at the end.
  };
  explicit GatewayTemplate(Escaping escaping) : escaping_(escaping) {}

  Escaping escaping_;
  std::vector<Piece> pieces_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_GATEWAY_TEMPLATE_H_
