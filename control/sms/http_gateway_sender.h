// Sends messages through an HTTP gateway: one request each, made from templates, over HTTPS.
//
//   ASSIGN_OR_RETURN(auto sender, HttpGatewaySender::Make("http", settings));
//   sender->Send(message, done);      // any thread; `done` comes on the sender's
//
// Certificates are verified, redirects are not followed, proxies of the environment are not used, and an
// answer is read up to 64 KiB. A request that did not reach the gateway is tried again; one whose answer
// was lost as well, and counts as unanswered. libcurl's multi interface on a thread of its own.

#ifndef NARADA_CONTROL_SMS_HTTP_GATEWAY_SENDER_H_
#define NARADA_CONTROL_SMS_HTTP_GATEWAY_SENDER_H_

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "control/sms/gateway_answer.h"
#include "control/sms/gateway_template.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

struct HttpGatewaySettings {
  std::string url;  // https://, or http:// to this machine. GatewayTemplate, as the next two.
  std::vector<std::pair<std::string, std::string>> headers;  // Name, value.
  std::string body;
  Escaping escaping = Escaping::kJson;  // Of the values in the body; says the Content-Type, too.
  AnswerRuleSettings answer;
  std::string secret;   // For {secret}.
  std::string ca_file;  // PEM; empty: the system's roots.
  absl::Duration timeout = absl::Seconds(30);
  int connections_max = 10;
};

class HttpGatewaySender final : public SmsSender {
 public:
  // INVALID_ARGUMENT / TEMPLATE_INVALID; FieldOf names the setting.
  static absl::StatusOr<std::unique_ptr<HttpGatewaySender>> Make(
      std::string route, const HttpGatewaySettings& settings);
  // The same check alone, for the configuration.
  static absl::Status Check(const HttpGatewaySettings& settings);
  // Hands back what is open as unanswered.
  ~HttpGatewaySender() override;

  absl::string_view name() const override { return route_; }
  void Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) override;

 private:
  struct Loop;
  struct Templates;

  HttpGatewaySender(std::string route, std::unique_ptr<Loop> loop);

  const std::string route_;
  const std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_HTTP_GATEWAY_SENDER_H_
