#include "control/web/http_server.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr std::chrono::seconds kRequestMax(10);
constexpr size_t kHeaderBytesMax = 8192;
constexpr int kConnectionsMax = 200;

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

// True for an IP address or localhost, with or without a port; HTTP/1.0 may name nobody.
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

Response Respond(const Request& request, bool is_local_only, const HttpHandler& handler) {
  HttpResponse answer{405, "text/plain; charset=utf-8", "only GET and HEAD are served here\n"};
  const auto host = request[http::field::host];
  if (is_local_only && !IsLocalName(absl::string_view(host.data(), host.size()))) {
    answer = {421, "text/plain; charset=utf-8", "this server is known by its address only\n"};
  } else if (request.method() == http::verb::get || request.method() == http::verb::head) {
    const absl::string_view target(request.target().data(), request.target().size());
    answer = handler(target.substr(0, target.find('?')));
  }
  Response response(static_cast<http::status>(answer.status), request.version());
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
               "frame-ancestors 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.keep_alive(request.keep_alive());
  const size_t size = answer.body.size();
  if (request.method() != http::verb::head) response.body() = std::move(answer.body);
  response.content_length(size);
  return response;
}

// One connection; held by its own pending operation. Server thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, bool is_local_only, const HttpHandler& handler, int& count)
      : stream_(std::move(socket)),
        is_local_only_(is_local_only),
        handler_(handler),
        count_(count) {
    ++count_;
  }
  ~Connection() { --count_; }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    stream_.expires_after(kRequestMax);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       // A stranger's broken request is no event of ours: the connection just ends.
                       if (!error) self->Write();
                     });
  }

 private:
  void Write() {
    response_.emplace(Respond(parser_->get(), is_local_only_, handler_));
    stream_.expires_after(kRequestMax);
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return;
                        if (self->response_->keep_alive()) return self->Read();
                        self->stream_.socket().shutdown(Tcp::socket::shutdown_send, error);
                      });
  }

  beast::tcp_stream stream_;
  const bool is_local_only_;
  const HttpHandler& handler_;
  int& count_;
  beast::flat_buffer buffer_{kHeaderBytesMax * 2};
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::optional<Response> response_;
};

}  // namespace

class HttpServer::Listener {
 public:
  Listener(HttpHandler handler, bool is_local_only)
      : handler_(std::move(handler)), is_local_only_(is_local_only), acceptor_(context_) {}

  ~Listener() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Open(const HttpServerOptions& options) {
    beast::error_code error;
    const asio::ip::address address = asio::ip::make_address(options.address, error);
    if (error) {
      return ErrorWithReason(
          absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
          absl::StrCat("HTTP address ", options.address, " is not an IP address"));
    }
    const Tcp::endpoint endpoint(address, static_cast<uint16_t>(options.port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return ErrorWithReason(
          absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
          absl::StrCat("cannot serve HTTP on ", options.address, ":", options.port, ": ",
                       error.message(), "; stop the other program or choose another --http_port"));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) LOG_WARNING("an HTTP connection was not accepted: {}", error.message());
      if (!error && connections_ < kConnectionsMax) {
        std::make_shared<Connection>(std::move(socket), is_local_only_, handler_, connections_)
            ->Read();
      }
      Accept();
    });
  }

  const HttpHandler handler_;
  const bool is_local_only_;
  int connections_ =
      0;  // Server thread. Connections die with the context, so it is declared first.
  asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  int port_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                              HttpHandler handler) {
  auto listener = std::make_unique<Listener>(std::move(handler), options.is_local_only);
  RETURN_IF_ERROR(listener->Open(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(listener)));
}

HttpServer::HttpServer(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return listener_->port(); }

}  // namespace narada::control::web
