// One connection of a browser, from its first byte to its last: reads a request, has it answered on
// another thread, writes the answer, and begins again. For http_server.cc alone.

#ifndef NARADA_CONTROL_WEB_HTTP_CONNECTION_H_
#define NARADA_CONTROL_WEB_HTTP_CONNECTION_H_

// clang-format off
#include <utility>  // Before Boost 1.74, which uses std::exchange without it.
// clang-format on

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/web/http_message.h"

namespace narada::control::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

inline constexpr std::chrono::seconds kRequestMax(10);
inline constexpr std::chrono::seconds kIdleMax(60);
inline constexpr std::chrono::seconds kWriteMax(30);
inline constexpr std::chrono::seconds kBeat(10);       // Of a stream that has nothing to say.
inline constexpr std::chrono::minutes kStreamMax(30);  // Then its reader logs in again.
inline constexpr uint32_t kHeadBytesMax = 16 * 1024;
inline constexpr uint64_t kBodyBytesMax = 256 * 1024;
inline constexpr size_t kStreamBytesMax = 1 << 20;  // Waiting for a slow reader.

// What connections share; outlives them. Server thread, but for the pool.
struct HttpShared {
  HttpHandler handler;
  bool is_local_only = false;
  bool is_tls = false;
  asio::thread_pool* pool = nullptr;
  int connections = 0;
  bool is_closing = false;
};

// What the server can do to any connection. Server thread.
class AnyConnection {
 public:
  virtual ~AnyConnection() = default;
  virtual void Close() = 0;
  virtual void Append(std::string text) = 0;
};

// The end of a stream that its sender holds; may outlive the connection and the server.
class ConnectionStream final : public TextStream {
 public:
  ConnectionStream(asio::any_io_executor executor, std::weak_ptr<AnyConnection> connection)
      : executor_(std::move(executor)), connection_(std::move(connection)) {}

  bool Send(std::string text) override;
  void Close() override;
  void WhenGone(std::function<void()> listener) override;

  // By the connection: so much of what was sent has been written.
  void NoteWritten(size_t bytes);
  // By the connection, before it or its server goes away.
  void Detach();

 private:
  template <typename Function>
  void PostLocked(Function function);

  std::mutex mutex_;
  bool is_gone_ = false;  // Under mutex_, as the following.
  asio::any_io_executor executor_;
  std::weak_ptr<AnyConnection> connection_;
  size_t waiting_bytes_ = 0;
  std::function<void()> listener_;
};

using BeastRequest = http::request<http::string_body>;
using BeastResponse = http::response<http::string_body>;

HttpRequest ToHttpRequest(const BeastRequest& request, std::string peer, bool is_tls);
// True for an IP address or localhost, with or without a port; HTTP/1.0 may name nobody.
bool IsLocalName(absl::string_view host);
// Status and headers; the body if it is a plain one.
BeastResponse ToBeastResponse(HttpResponse& response, const BeastRequest& request, bool is_tls);

// `Stream`: beast::tcp_stream, or an SSL stream over it.
template <typename Stream>
class Connection final : public AnyConnection,
                         public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, HttpShared& shared)
      : stream_(std::move(stream)), shared_(shared), beat_(stream_.get_executor()) {
    ++shared_.connections;
    beast::error_code error;
    const auto endpoint = Lowest().socket().remote_endpoint(error);
    if (!error) peer_ = endpoint.address().to_string();
  }
  ~Connection() override {
    --shared_.connections;
    if (text_stream_ != nullptr) text_stream_->Detach();
  }

  void Start() {
    if constexpr (kIsTls) {
      Lowest().expires_after(kRequestMax);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](beast::error_code error) {
                                if (!error) self->Read();
                              });
    } else {
      Read();
    }
  }

  void Close() override {
    if (text_stream_ != nullptr) text_stream_->Detach();
    beat_.cancel();
    Lowest().close();
  }

  void Append(std::string text) override {
    if (is_last_queued_) return;
    if (text.empty()) is_last_queued_ = true;
    pieces_.push_back(std::move(text));
    if (!is_writing_ && is_head_written_) WritePieces();
  }

 private:
  static constexpr bool kIsTls = !std::is_same_v<Stream, beast::tcp_stream>;
  beast::tcp_stream& Lowest() { return beast::get_lowest_layer(stream_); }

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(kBodyBytesMax);
    // A connection that is kept alive may rest; a request that has begun may not.
    Lowest().expires_after(is_first_ ? kRequestMax : kIdleMax);
    is_first_ = false;
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](beast::error_code error, size_t) {
                              // A stranger's broken request is no event of ours.
                              if (!error) self->ReadBody();
                            });
  }

  void ReadBody() {
    Lowest().expires_after(kRequestMax);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](beast::error_code error, size_t) {
                       if (!error) self->Answer();
                     });
  }

  void Answer() {
    Lowest().expires_never();
    if (const auto host = parser_->get()[http::field::host];
        shared_.is_local_only && !IsLocalName(absl::string_view(host.data(), host.size()))) {
      return Write({.status = 421, .body = "this server is known by its address only\n"});
    }
    asio::post(*shared_.pool, [self = this->shared_from_this()] {
      HttpResponse response =
          self->shared_.handler(ToHttpRequest(self->parser_->get(), self->peer_, kIsTls));
      asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
        if (!self->shared_.is_closing) self->Write(std::move(response));
      });
    });
  }

  void Write(HttpResponse response) {
    answer_ = std::move(response);
    response_.emplace(ToBeastResponse(answer_, parser_->get(), shared_.is_tls));
    Lowest().expires_after(kWriteMax);
    const bool is_head = parser_->get().method() == http::verb::head;
    if (!is_head && (answer_.next_piece || answer_.on_stream)) return WriteHead();
    http::async_write(stream_, *response_,
                      [self = this->shared_from_this()](beast::error_code error, size_t) {
                        if (!error) self->End();
                      });
  }

  void End() {
    if (response_->keep_alive()) return Read();
    beast::error_code ignored;
    Lowest().socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  // ---- Answers in pieces

  void WriteHead() {
    serializer_.emplace(*response_);
    http::async_write_header(stream_, *serializer_,
                             [self = this->shared_from_this()](beast::error_code error, size_t) {
                               if (error || self->shared_.is_closing) return;
                               self->is_head_written_ = true;
                               if (self->answer_.on_stream) return self->BeginStream();
                               self->Pull();
                             });
  }

  void Pull() {
    Lowest().expires_never();
    asio::post(*shared_.pool, [self = this->shared_from_this()] {
      absl::StatusOr<std::string> piece = self->answer_.next_piece();
      asio::post(self->stream_.get_executor(), [self, piece = std::move(piece)]() mutable {
        if (self->shared_.is_closing) return;
        // What was promised cannot be kept: the connection ends, and the browser knows it is not whole.
        if (!piece.ok()) return self->Close();
        self->is_pulling_ = !piece->empty();
        self->Append(std::move(*piece));
      });
    });
  }

  void BeginStream() {
    stream_ends_at_ = std::chrono::steady_clock::now() + kStreamMax;
    text_stream_ =
        std::make_shared<ConnectionStream>(stream_.get_executor(), this->weak_from_this());
    WatchForEnd();
    Beat();
    answer_.on_stream(text_stream_);
  }

  // The browser sends nothing more: whatever a read brings is its end.
  void WatchForEnd() {
    Lowest().expires_never();
    stream_.async_read_some(
        asio::buffer(unexpected_),
        [self = this->shared_from_this()](beast::error_code, size_t) { self->Close(); });
  }

  void Beat() {
    beat_.expires_after(kBeat);
    beat_.async_wait([self = this->shared_from_this()](beast::error_code error) {
      if (error) return;
      // Nothing of the last ten seconds was taken, or it has lived long enough.
      if (self->is_writing_ || std::chrono::steady_clock::now() > self->stream_ends_at_) {
        return self->Close();
      }
      self->Append("event: beat\ndata: {}\n\n");
      self->Beat();
    });
  }

  void WritePieces() {
    if (pieces_.empty()) {
      if (is_pulling_) Pull();
      return;
    }
    const std::vector<std::string> pieces = std::exchange(pieces_, {});
    writing_.clear();
    bool is_last = false;
    size_t bytes = 0;
    for (const std::string& piece : pieces) {
      is_last = piece.empty();
      if (is_last) break;
      bytes += piece.size();
      if (answer_.size) {
        writing_ += piece;
      } else {
        char size[20];
        writing_.append(size,
                        static_cast<size_t>(snprintf(size, sizeof(size), "%zx\r\n", piece.size())));
        writing_ += piece;
        writing_ += "\r\n";
      }
    }
    if (is_last && !answer_.size) writing_ += "0\r\n\r\n";
    is_writing_ = true;
    // A stream's own beat notices a reader that does not read; a timer would end its read as well.
    if (text_stream_ == nullptr) Lowest().expires_after(kWriteMax);
    asio::async_write(
        stream_, asio::buffer(writing_),
        [self = this->shared_from_this(), is_last, bytes](beast::error_code error, size_t) {
          self->is_writing_ = false;
          if (error) return self->Close();
          if (self->text_stream_ != nullptr) self->text_stream_->NoteWritten(bytes);
          if (!is_last) return self->WritePieces();
          if (self->text_stream_ != nullptr) return self->Close();
          self->is_head_written_ = self->is_last_queued_ = false;
          self->End();
        });
  }

  // Server thread, all of it; while a handler runs, parser_ and answer_ are the pool's.
  Stream stream_;
  HttpShared& shared_;
  std::string peer_;
  bool is_first_ = true;
  beast::flat_buffer buffer_{kHeadBytesMax + kBodyBytesMax};
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpResponse answer_;
  std::optional<BeastResponse> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool is_head_written_ = false;
  bool is_pulling_ = false;
  bool is_writing_ = false;
  bool is_last_queued_ = false;
  std::vector<std::string> pieces_;
  std::string writing_;
  std::shared_ptr<ConnectionStream> text_stream_;
  asio::steady_timer beat_;
  std::chrono::steady_clock::time_point stream_ends_at_;
  char unexpected_[64];
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_HTTP_CONNECTION_H_
