#include "control/outbox.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "control/sms/http_gateway_sender.h"
#include "control/sms/smpp_sender.h"
#include "control/sms/spool_sender.h"

namespace narada::control {
namespace {

// Messages that wait in front of an SMSC's window, so that it never runs dry.
constexpr int kMessagesPerWindow = 2;
constexpr int kInFlightMin = 10;

sms::InvitationSettings InvitationSettings(const config::ControlConfig& config) {
  return {.words = config.sms.invitations,
          .is_transliterated = config.sms.alphabet == config::SmsAlphabet::kGsm7,
          .sender = config.sms.sender,
          .limits = SmsLimits(config)};
}

int InFlightMax(const std::vector<config::SmsRouteConfig>& routes) {
  int most = kInFlightMin;
  for (const config::SmsRouteConfig& route : routes) {
    if (route.smpp) most = std::max(most, kMessagesPerWindow * route.smpp->window);
    if (route.http) most = std::max(most, route.http->connections_max);
  }
  return most;
}

}  // namespace

storage::MessageLimits SmsLimits(const config::ControlConfig& config) {
  const config::SmsConfig& sms = config.sms;
  return {.destination_prefixes = sms.destination_prefixes.empty()
                                      ? config.numbering.mobile_prefixes()
                                      : sms.destination_prefixes,
          .per_destination_day_max = sms.per_destination_day_max,
          .per_caller_day_max = sms.per_caller_day_max,
          .per_range_day_max = sms.per_range_day_max,
          .day_max = sms.day_max};
}

absl::StatusOr<SmsRoutes> OpenSmsRoutes(const config::ControlConfig& config) {
  SmsRoutes routes{.configured = config.sms.routes};
  RETURN_IF_ERROR(config::ReadSecrets(routes.configured));
  for (const config::SmsRouteConfig& route : routes.configured) {
    if (!route.is_spool) continue;
    ASSIGN_OR_RETURN(routes.spool, sms::SpoolSender::Open(route.name, config.sms.spool_dir));
  }
  return routes;
}

Outbox::Outbox(const config::ControlConfig& config, SmsRoutes routes, storage::Database& database,
               const storage::SecretBox& secrets, const Clock& clock, Random& random,
               const std::string& owner)
    : routes_(std::move(routes)),
      invitations_(database, secrets, clock, random, counters_, InvitationSettings(config)),
      chain_(clock),
      dispatcher_(std::make_unique<sms::Dispatcher>(
          database, secrets, clock, chain_, counters_,
          sms::DispatcherSettings{.owner = owner,
                                  .in_flight_max = InFlightMax(routes_.configured)})),
      book_(database, clock, counters_, dispatcher_->bell()) {
  invitations_.SetMessageBell(dispatcher_->bell());
}

Outbox::~Outbox() { Stop(); }

void Outbox::Start() {
  std::vector<std::unique_ptr<sms::SmsSender>> senders;
  for (const config::SmsRouteConfig& route : routes_.configured) {
    if (route.is_spool) {
      senders.push_back(std::move(routes_.spool));
    } else if (route.smpp) {
      senders.push_back(
          std::make_unique<sms::SmppSender>(route.name, *route.smpp, book_, counters_));
    } else {
      auto sender = sms::HttpGatewaySender::Make(route.name, *route.http);
      // The configuration has been checked by making it once already.
      CHECK(sender.ok()) << "sms route " << route.name << ": " << sender.status().ToString();
      senders.push_back(*std::move(sender));
    }
  }
  chain_.SetSenders(std::move(senders));
  dispatcher_->Start();
}

void Outbox::Stop() {
  dispatcher_->Stop();
  chain_.Stop();
}

void Outbox::Housekeep(const std::function<void(absl::Status)>& done) {
  dispatcher_->WipeOldTexts(done);
  book_.ForgetOldReceipts(done);
}

}  // namespace narada::control
