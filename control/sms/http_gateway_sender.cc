#include "control/sms/http_gateway_sender.h"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/check.h"
#include "base/status.h"
#include "control/sms/invalid_setting.h"

namespace narada::control::sms {
namespace {

constexpr size_t kAnswerMax = 65536;
constexpr absl::Duration kConnectMax = absl::Seconds(10);
constexpr absl::Duration kRetryAfterMax = absl::Hours(1);

absl::string_view ContentType(Escaping escaping) {
  switch (escaping) {
    case Escaping::kJson:
      return "application/json; charset=utf-8";
    case Escaping::kForm:
      return "application/x-www-form-urlencoded";
    case Escaping::kXml:
      return "application/xml; charset=utf-8";
    case Escaping::kNone:
      break;
  }
  return "text/plain; charset=utf-8";
}

bool IsHeaderName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

// Plain HTTP would show text and secret to everybody on the way; to this machine there is none.
bool IsAllowedUrl(absl::string_view url) {
  if (absl::StartsWith(url, "https://")) return url.size() > 8;
  for (const absl::string_view local : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    if (!absl::StartsWith(url, local)) continue;
    const absl::string_view rest = url.substr(local.size());
    if (rest.empty() || rest[0] == ':' || rest[0] == '/' || rest[0] == '?') return true;
  }
  return false;
}

// True if no octet of the request can have been read by the gateway.
bool HasNotLeft(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_OUT_OF_MEMORY:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct HttpGatewaySender::Templates {
  GatewayTemplate url;
  std::vector<std::pair<std::string, GatewayTemplate>> headers;
  GatewayTemplate body;
  AnswerRule answer;

  static absl::StatusOr<Templates> Make(const HttpGatewaySettings& settings) {
    const auto piece = [](absl::string_view field, absl::string_view text, TemplatePlace place,
                          Escaping escaping) -> absl::StatusOr<GatewayTemplate> {
      absl::StatusOr<GatewayTemplate> made = GatewayTemplate::Make(text, place, escaping);
      if (!made.ok()) return WithField(made.status(), field);
      return made;
    };
    if (!IsAllowedUrl(settings.url)) {
      return InvalidSetting("url",
                            "must begin with https://, or be on this machine: http://127.0.0.1");
    }
    const size_t host = settings.url.find("//") + 2;
    if (absl::StrContains(settings.url.substr(host, settings.url.find('/', host) - host), "@")) {
      return InvalidSetting("url", "must not hold a user or a password");
    }
    ASSIGN_OR_RETURN(GatewayTemplate url,
                     piece("url", settings.url, TemplatePlace::kUrl, Escaping::kForm));
    ASSIGN_OR_RETURN(GatewayTemplate body,
                     piece("body", settings.body, TemplatePlace::kBody, settings.escaping));
    if (!body.Has("text")) return InvalidSetting("body", "lacks {text}");
    if (!body.Has("to") && !body.Has("to_digits") && !url.Has("to") && !url.Has("to_digits")) {
      return InvalidSetting("body", "lacks {to} or {to_digits}");
    }
    ASSIGN_OR_RETURN(AnswerRule answer, AnswerRule::Make(settings.answer));
    Templates templates{std::move(url), {}, std::move(body), std::move(answer)};
    for (size_t i = 0; i < settings.headers.size(); ++i) {
      const auto& [name, value] = settings.headers[i];
      const std::string at = absl::StrCat("headers[", i, "]");
      if (!IsHeaderName(name)) return InvalidSetting(at + ".name", "is not the name of a header");
      ASSIGN_OR_RETURN(GatewayTemplate filled,
                       piece(at + ".value", value, TemplatePlace::kHeader, Escaping::kNone));
      templates.headers.emplace_back(name, std::move(filled));
    }
    const bool uses_secret =
        templates.body.Has("secret") ||
        std::any_of(templates.headers.begin(), templates.headers.end(),
                    [](const auto& header) { return header.second.Has("secret"); });
    if (uses_secret && settings.secret.empty()) {
      return InvalidSetting("secret_file", "is missing: {secret} stands in a template");
    }
    return templates;
  }
};

// The transfers of one thread. Others hand messages in.
struct HttpGatewaySender::Loop {
  struct Transfer {
    OutgoingMessage message;
    absl::AnyInvocable<void(SendResult)> done;
    std::string body;
    std::string answer;
    curl_slist* headers = nullptr;
    CURL* easy = nullptr;
  };

  Loop(std::string route, const HttpGatewaySettings& settings, Templates templates)
      : route(std::move(route)), settings(settings), templates(std::move(templates)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);  // Once in this process.
    CHECK(started == CURLE_OK) << "libcurl does not start";
    multi = curl_multi_init();
    CHECK(multi != nullptr) << "libcurl does not start";
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, long{settings.connections_max});
  }
  ~Loop() { curl_multi_cleanup(multi); }

  static size_t OnAnswer(char* data, size_t size, size_t count, void* user) {
    std::string& answer = static_cast<Transfer*>(user)->answer;
    if (answer.size() + size * count > kAnswerMax) return 0;  // Ends the transfer.
    answer.append(data, size * count);
    return size * count;
  }

  void Begin(std::unique_ptr<Transfer> transfer) {
    CURL* easy = curl_easy_init();
    CHECK(easy != nullptr) << "libcurl has no memory";
    transfer->easy = easy;
    GatewayValues values{.to = transfer->message.to.e164(),
                         .from = transfer->message.from,
                         .id = transfer->message.id,
                         .secret = settings.secret,
                         .text = transfer->message.text};
    transfer->body = templates.body.Fill(values);
    bool has_type = false;
    for (const auto& [name, value] : templates.headers) {
      has_type |= absl::EqualsIgnoreCase(name, "content-type");
      transfer->headers = curl_slist_append(transfer->headers,
                                            absl::StrCat(name, ": ", value.Fill(values)).c_str());
    }
    if (!has_type) {
      transfer->headers =
          curl_slist_append(transfer->headers,
                            absl::StrCat("Content-Type: ", ContentType(settings.escaping)).c_str());
    }
    transfer->headers = curl_slist_append(transfer->headers, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, templates.url.Fill(values).c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    // On a kept connection that breaks, libcurl repeats the request by itself: a duplicate uncounted.
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    if (!settings.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(kConnectMax)));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(settings.timeout)));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(transfer->body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Loop::OnAnswer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_multi_add_handle(multi, easy);
    transfers.emplace(easy, std::move(transfer));
  }

  void End(CURL* easy, SendResult result) {
    auto node = transfers.extract(easy);
    Transfer& transfer = *node.mapped();
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(transfer.headers);
    transfer.done(std::move(result));
  }

  SendResult Judge(CURL* easy, CURLcode code) {
    if (code != CURLE_OK) {
      return TryAgain{
          .reason = absl::StrCat("the gateway did not answer: ", curl_easy_strerror(code)),
          .unanswered = HasNotLeft(code) ? 0 : 1};
    }
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    GatewayAnswer answer{.status = static_cast<int>(status),
                         .body = std::move(transfers.at(easy)->answer)};
    if (retry_after_s > 0) {
      answer.retry_after = std::min(absl::Seconds(retry_after_s), kRetryAfterMax);
    }
    return templates.answer.Judge(answer, route);
  }

  void Run() {
    while (true) {
      std::deque<std::unique_ptr<Transfer>> fresh;
      bool is_ending = false;
      {
        absl::MutexLock lock(&mutex);
        fresh.swap(inbox);
        is_ending = is_stopping;
      }
      for (auto& transfer : fresh) Begin(std::move(transfer));
      int running = 0;
      curl_multi_perform(multi, &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* easy = message->easy_handle;
        End(easy, Judge(easy, message->data.result));
      }
      if (is_ending) break;
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    while (!transfers.empty()) {
      End(transfers.begin()->first, TryAgain{.reason = "control is ending", .unanswered = 1});
    }
  }

  const std::string route;
  const HttpGatewaySettings settings;
  const Templates templates;
  CURLM* multi = nullptr;                                // curl_multi_wakeup: any thread.
  std::map<CURL*, std::unique_ptr<Transfer>> transfers;  // The loop's thread.

  absl::Mutex mutex;
  std::deque<std::unique_ptr<Transfer>> inbox ABSL_GUARDED_BY(mutex);
  bool is_stopping ABSL_GUARDED_BY(mutex) = false;
};

absl::Status HttpGatewaySender::Check(const HttpGatewaySettings& settings) {
  return Templates::Make(settings).status();
}

absl::StatusOr<std::unique_ptr<HttpGatewaySender>> HttpGatewaySender::Make(
    std::string route, const HttpGatewaySettings& settings) {
  ASSIGN_OR_RETURN(Templates templates, Templates::Make(settings));
  auto loop = std::make_unique<Loop>(route, settings, std::move(templates));
  return std::unique_ptr<HttpGatewaySender>(
      new HttpGatewaySender(std::move(route), std::move(loop)));
}

HttpGatewaySender::HttpGatewaySender(std::string route, std::unique_ptr<Loop> loop)
    : route_(std::move(route)), loop_(std::move(loop)), thread_([this] { loop_->Run(); }) {}

HttpGatewaySender::~HttpGatewaySender() {
  {
    absl::MutexLock lock(&loop_->mutex);
    loop_->is_stopping = true;
  }
  curl_multi_wakeup(loop_->multi);
  thread_.join();
}

void HttpGatewaySender::Send(OutgoingMessage message, absl::AnyInvocable<void(SendResult)> done) {
  std::unique_ptr<Loop::Transfer> transfer(
      new Loop::Transfer{.message = std::move(message), .done = std::move(done)});
  {
    absl::MutexLock lock(&loop_->mutex);
    loop_->inbox.push_back(std::move(transfer));
  }
  curl_multi_wakeup(loop_->multi);
}

}  // namespace narada::control::sms
