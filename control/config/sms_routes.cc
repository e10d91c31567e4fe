#include "control/config/sms_routes.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/config/section_reader.h"

namespace narada::control::config {
namespace {

namespace proto = narada::config::v1;

constexpr int kPortMax = 65535;
// [SMPP 3.4, 5.2.1 to 5.2.3], without the NUL.
constexpr size_t kSystemIdMax = 15;
constexpr size_t kPasswordMax = 8;
constexpr size_t kSystemTypeMax = 12;

bool IsHostPort(absl::string_view target) {
  const size_t colon = target.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  int port = 0;
  return absl::SimpleAtoi(target.substr(colon + 1), &port) && port >= 1 && port <= kPortMax;
}

bool IsRouteName(absl::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

absl::Status ReadSmpp(const ConfigFile& file, const std::string& at, const proto::SmppRoute& given,
                      SmsRouteConfig& route) {
  sms::SmppSettings smpp;
  SectionReader reader(file, at, given);
  reader.Text("target", &smpp.target);
  reader.Text("system_id", &smpp.system_id);
  reader.Text("system_type", &smpp.system_type);
  reader.Text("password_file", &route.secret_file);
  reader.Number("window", 1, 1000, &smpp.window);
  reader.Number("per_second_max", 1, 100'000, &smpp.per_second_max);
  reader.Duration("enquire_link", absl::Seconds(1), absl::Hours(1), &smpp.enquire_link);
  reader.Duration("response_timeout", absl::Milliseconds(100), absl::Minutes(5),
                  &smpp.response_timeout);
  smpp.wants_receipts = !given.no_receipts();
  switch (given.receipt_ids()) {
    case proto::SMPP_RECEIPT_IDS_UNSPECIFIED:
    case proto::SMPP_RECEIPT_IDS_AS_ANSWERED:
      break;
    case proto::SMPP_RECEIPT_IDS_DECIMAL_OF_HEX:
      smpp.receipt_ids = sms::ReceiptIds::kDecimalOfHex;
      break;
    default:
      reader.Fail("receipt_ids", "is not one of the forms");
  }
  if (!IsHostPort(smpp.target)) reader.Fail("target", "must be HOST:PORT");
  if (smpp.system_id.empty() || smpp.system_id.size() > kSystemIdMax) {
    reader.Fail("system_id", absl::StrCat("must be 1 to ", kSystemIdMax, " characters"));
  }
  if (smpp.system_type.size() > kSystemTypeMax) {
    reader.Fail("system_type", absl::StrCat("has more than ", kSystemTypeMax, " characters"));
  }
  route.smpp = std::move(smpp);
  return reader.status();
}

absl::Status ReadHttp(const ConfigFile& file, const std::string& at,
                      const proto::HttpGatewayRoute& given, SmsRouteConfig& route) {
  sms::HttpGatewaySettings http;
  SectionReader reader(file, at, given);
  reader.Text("url", &http.url);
  reader.Text("body", &http.body);
  reader.Text("secret_file", &route.secret_file);
  reader.Text("ca_file", &http.ca_file);
  reader.Text("success_pattern", &http.answer.success_pattern);
  reader.Text("refused_pattern", &http.answer.refused_pattern);
  reader.Text("id_pointer", &http.answer.id_pointer);
  reader.Text("id_pattern", &http.answer.id_pattern);
  reader.Duration("timeout", absl::Seconds(1), absl::Minutes(5), &http.timeout);
  reader.Number("connections_max", 1, 1000, &http.connections_max);
  for (const proto::HttpHeader& header : given.headers()) {
    http.headers.emplace_back(header.name(), header.value());
  }
  switch (given.body_format()) {
    case proto::BODY_FORMAT_UNSPECIFIED:
    case proto::BODY_FORMAT_JSON:
      break;
    case proto::BODY_FORMAT_FORM:
      http.escaping = sms::Escaping::kForm;
      break;
    case proto::BODY_FORMAT_XML:
      http.escaping = sms::Escaping::kXml;
      break;
    default:
      reader.Fail("body_format", "is not one of the formats");
  }
  RETURN_IF_ERROR(reader.status());
  // Whether a secret is named is what can be known here.
  if (!route.secret_file.empty()) http.secret = "(in its file)";
  if (const absl::Status valid = sms::HttpGatewaySender::Check(http); !valid.ok()) {
    return file.Error(absl::StrCat(at, ".", FieldOf(valid)),
                      absl::string_view(valid.message().data(), valid.message().size()));
  }
  route.http = std::move(http);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadSmsRoutes(const ConfigFile& file, const proto::Sms& section,
                           std::vector<SmsRouteConfig>& routes) {
  if (section.routes_size() == 0) return absl::OkStatus();
  routes.clear();
  for (int i = 0; i < section.routes_size(); ++i) {
    const proto::SmsRoute& given = section.routes(i);
    const std::string at = absl::StrCat("control.sms.routes[", i, "]");
    SmsRouteConfig route;
    switch (given.way_case()) {
      case proto::SmsRoute::kSpool:
        route.name = "spool";
        route.is_spool = true;
        break;
      case proto::SmsRoute::kSmpp:
        route.name = "smpp";
        RETURN_IF_ERROR(ReadSmpp(file, at + ".smpp", given.smpp(), route));
        break;
      case proto::SmsRoute::kHttp:
        route.name = "http";
        RETURN_IF_ERROR(ReadHttp(file, at + ".http", given.http(), route));
        break;
      case proto::SmsRoute::WAY_NOT_SET:
        return file.Error(at, "needs spool, smpp or http");
    }
    if (!given.name().empty()) route.name = given.name();
    if (!IsRouteName(route.name)) {
      return file.Error(at + ".name", "must be up to 32 letters, digits and \"-\"");
    }
    const auto has_its_name = [&](const SmsRouteConfig& other) { return other.name == route.name; };
    if (std::any_of(routes.begin(), routes.end(), has_its_name)) {
      return file.Error(at + ".name",
                        "is there twice: receipts and reports could not tell them apart");
    }
    routes.push_back(std::move(route));
  }
  return absl::OkStatus();
}

absl::Status ReadSecrets(std::vector<SmsRouteConfig>& routes) {
  for (SmsRouteConfig& route : routes) {
    if (route.secret_file.empty()) continue;
    const auto unreadable = [&](absl::string_view why) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SECRET_UNREADABLE",
                             absl::StrCat("the secret of sms route ", route.name, " in ",
                                          route.secret_file, " ", why));
    };
    std::ifstream file(route.secret_file, std::ios::binary);
    std::string secret(std::istreambuf_iterator<char>(file), {});
    if (!file) return unreadable("cannot be read");
    absl::StripTrailingAsciiWhitespace(&secret);
    const bool has_control = std::any_of(secret.begin(), secret.end(), [](char c) {
      return absl::ascii_iscntrl(static_cast<unsigned char>(c));
    });
    if (secret.empty() || has_control) return unreadable("is empty or has several lines");
    if (route.smpp) {
      if (secret.size() > kPasswordMax) return unreadable("has more than 8 characters");
      route.smpp->password = std::move(secret);
    } else if (route.http) {
      route.http->secret = std::move(secret);
    }
  }
  return absl::OkStatus();
}

}  // namespace narada::control::config
