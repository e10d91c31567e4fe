#include "control/web/http_server.h"

#include <future>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/web/http_connection.h"

namespace narada::control::web {
namespace {

constexpr int kConnectionsMax = 500;
// Handlers wait for the database and for commands; streams need none of them.
constexpr int kHandlersMax = 8;

using TlsStream = beast::ssl_stream<beast::tcp_stream>;

}  // namespace

class HttpServer::Listener {
 public:
  Listener(HttpHandler handler, const HttpServerOptions& options)
      : options_(options), pool_(kHandlersMax), acceptor_(context_) {
    shared_.handler = std::move(handler);
    shared_.is_local_only = options.is_local_only;
    shared_.is_tls = !options.certificate_file.empty();
    shared_.pool = &pool_;
  }

  ~Listener() {
    if (thread_.joinable()) {
      std::promise<void> closed;
      asio::post(context_, [&] {
        shared_.is_closing = true;
        beast::error_code ignored;
        acceptor_.close(ignored);
        for (const auto& weak : connections_) {
          if (const auto connection = weak.lock()) connection->Close();
        }
        closed.set_value();
      });
      closed.get_future().wait();
    }
    pool_.join();  // A handler's answer may still be posted to the context.
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Open() {
    RETURN_IF_ERROR(LoadTlsFiles());
    beast::error_code error;
    const asio::ip::address address = asio::ip::make_address(options_.address, error);
    if (error) {
      return ErrorWithReason(
          absl::StatusCode::kInvalidArgument, "FIELD_INVALID",
          absl::StrCat("HTTP address ", options_.address, " is not an IP address"));
    }
    const Tcp::endpoint endpoint(address, static_cast<uint16_t>(options_.port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return ErrorWithReason(
          absl::StatusCode::kUnavailable, "PORT_OCCUPIED",
          absl::StrCat("cannot serve HTTP on ", options_.address, ":", options_.port, ": ",
                       error.message(), "; stop the other program or choose another --http_port"));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  absl::Status LoadTlsFiles() {
    if (!shared_.is_tls && options_.key_file.empty()) return absl::OkStatus();
    tls_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                     asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    beast::error_code error;
    tls_.use_certificate_chain_file(options_.certificate_file, error);
    if (!error) tls_.use_private_key_file(options_.key_file, asio::ssl::context::pem, error);
    if (!error) return absl::OkStatus();
    return ErrorWithReason(
        absl::StatusCode::kFailedPrecondition, "TLS_FILES",
        absl::StrCat("the console's certificate ", options_.certificate_file, " with key ",
                     options_.key_file, " cannot be used: ", error.message()));
  }

  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) LOG_WARNING("an HTTP connection was not accepted: {}", error.message());
      if (!error && shared_.connections < kConnectionsMax) {
        socket.set_option(Tcp::no_delay(true), error);
        Begin(std::move(socket));
      }
      Accept();
    });
  }

  void Begin(Tcp::socket socket) {
    const auto start = [this](auto connection) {
      connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                        [](const auto& weak) { return weak.expired(); }),
                         connections_.end());
      connections_.push_back(connection);
      connection->Start();
    };
    if (shared_.is_tls) {
      start(std::make_shared<Connection<TlsStream>>(TlsStream(std::move(socket), tls_), shared_));
    } else {
      start(std::make_shared<Connection<beast::tcp_stream>>(beast::tcp_stream(std::move(socket)),
                                                            shared_));
    }
  }

  const HttpServerOptions options_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  HttpShared shared_;  // Connections die with the context, so it is declared before.
  std::vector<std::weak_ptr<AnyConnection>> connections_;  // Server thread.
  asio::io_context context_{1};
  asio::thread_pool pool_;
  Tcp::acceptor acceptor_;
  int port_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                              HttpHandler handler) {
  auto listener = std::make_unique<Listener>(std::move(handler), options);
  RETURN_IF_ERROR(listener->Open());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(listener)));
}

HttpServer::HttpServer(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return listener_->port(); }

}  // namespace narada::control::web
