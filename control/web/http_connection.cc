#include "control/web/http_connection.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace narada::control::web {
namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

std::string ToText(beast::string_view text) { return std::string(text.data(), text.size()); }

}  // namespace

// ---- ConnectionStream

// The executor is used under the mutex alone: Detach, which the connection calls before its context
// goes away, then comes before or after, never meanwhile.
template <typename Function>
void ConnectionStream::PostLocked(Function function) {
  asio::post(executor_, [connection = connection_, function = std::move(function)]() mutable {
    if (const auto alive = connection.lock()) function(*alive);
  });
}

bool ConnectionStream::Send(std::string text) {
  const std::lock_guard lock(mutex_);
  if (is_gone_ || text.empty()) return !is_gone_;
  waiting_bytes_ += text.size();
  if (waiting_bytes_ > kStreamBytesMax) {
    PostLocked([](AnyConnection& connection) { connection.Close(); });
    return false;
  }
  PostLocked([text = std::move(text)](AnyConnection& connection) mutable {
    connection.Append(std::move(text));
  });
  return true;
}

void ConnectionStream::Close() {
  const std::lock_guard lock(mutex_);
  if (!is_gone_) PostLocked([](AnyConnection& connection) { connection.Append(""); });
}

void ConnectionStream::WhenGone(std::function<void()> listener) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_gone_) {
      listener_ = std::move(listener);
      return;
    }
  }
  listener();
}

void ConnectionStream::NoteWritten(size_t bytes) {
  const std::lock_guard lock(mutex_);
  waiting_bytes_ -= std::min(bytes, waiting_bytes_);
}

void ConnectionStream::Detach() {
  std::function<void()> listener;
  {
    const std::lock_guard lock(mutex_);
    if (is_gone_) return;
    is_gone_ = true;
    executor_ = {};
    listener = std::exchange(listener_, nullptr);
  }
  if (listener) listener();
}

// ---- Requests and answers

bool IsLocalName(absl::string_view host) {
  if (host.empty()) return true;
  const size_t colon = host.rfind(':');
  const bool has_port = colon != absl::string_view::npos && host.find(']', colon) == host.npos &&
                        (host[0] == '[' || host.find(':') == colon);
  absl::string_view name = has_port ? host.substr(0, colon) : host;
  if (name == "localhost") return true;
  if (absl::ConsumePrefix(&name, "[")) absl::ConsumeSuffix(&name, "]");
  beast::error_code error;
  asio::ip::make_address(std::string(name), error);
  return !error;
}

HttpRequest ToHttpRequest(const BeastRequest& request, std::string peer, bool is_tls) {
  const std::string target = ToText(request.target());
  const size_t mark = std::min(target.find('?'), target.size());
  HttpRequest result{.method = ToText(request.method_string()),
                     .path = target.substr(0, mark),
                     .query = ParseQuery(mark < target.size() ? target.substr(mark + 1) : ""),
                     .body = request.body(),
                     .peer = std::move(peer),
                     .is_tls = is_tls};
  for (const auto& field : request) {
    result.headers[absl::AsciiStrToLower(ToText(field.name_string()))] = ToText(field.value());
  }
  return result;
}

BeastResponse ToBeastResponse(HttpResponse& answer, const BeastRequest& request, bool is_tls) {
  BeastResponse response(static_cast<http::status>(answer.status), request.version());
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy", kPolicy);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Opener-Policy", "same-origin");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  if (is_tls) response.set("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.keep_alive(request.keep_alive() && !answer.on_stream);
  if (answer.next_piece || answer.on_stream) {
    if (answer.size) {
      response.content_length(*answer.size);
    } else {
      response.chunked(true);
    }
    return response;
  }
  const size_t size = answer.body.size();
  if (request.method() != http::verb::head) response.body() = std::move(answer.body);
  if (answer.status != 304) response.content_length(size);
  return response;
}

}  // namespace narada::control::web
