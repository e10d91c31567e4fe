#include "control/web/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "control/web/http_connection.h"
#include "gtest/gtest.h"

namespace narada::control::web {
namespace {

class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~Client() { Close(); }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  void Send(const std::string& text) { send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Until `mark` was read, or the end.
  std::string ReadUntil(const std::string& mark) {
    std::string read;
    char byte;
    while (!absl::EndsWith(read, mark) && recv(socket_, &byte, 1, 0) == 1) read += byte;
    return read;
  }
  std::string ReadAll() {
    std::string read;
    char buffer[4096];
    for (ssize_t size; (size = recv(socket_, buffer, sizeof(buffer), 0)) > 0;) {
      read.append(buffer, static_cast<size_t>(size));
    }
    return read;
  }

 private:
  int socket_;
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(HttpHandler handler) {
    auto server = HttpServer::Start({.port = 0, .is_local_only = true}, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Ask(const std::string& request) {
    Client client(server_->port());
    client.Send(request);
    return client.ReadAll();
  }

  std::unique_ptr<HttpServer> server_;
};

HttpResponse Echo(const HttpRequest& request) {
  return {.body = absl::StrCat(request.method, " ", request.path, " ", request.Query("a"), " ",
                               request.Header("x-b"), " ", request.body, "\n")};
}

TEST_F(HttpServerTest, RequestArrivesWholeAndAnswersAreUnderAStrictPolicy) {
  Start(Echo);
  const std::string answer =
      Ask("POST /x/y?a=%C4%85&b HTTP/1.1\r\nHost: localhost:1\r\nX-B: 2\r\nConnection: "
          "close\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(absl::EndsWith(answer, "\r\n\r\nPOST /x/y ą 2 body\n")) << answer;
  for (const char* header : {"Content-Security-Policy: default-src 'none'; script-src 'self'",
                             "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
                             "Cache-Control: no-store", "frame-ancestors 'none'"}) {
    EXPECT_TRUE(absl::StrContains(answer, header)) << header;
  }
}

TEST_F(HttpServerTest, ConnectionIsKeptForMoreRequests) {
  Start(Echo);
  Client client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.Send(absl::StrCat("GET /", i, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_TRUE(absl::StrContains(client.ReadUntil("\r\n\r\n"), "200 OK"));
    EXPECT_EQ(client.ReadUntil("\n"), absl::StrCat("GET /", i, "   \n"));
  }
}

TEST_F(HttpServerTest, StrangeRequestsEndTheirConnectionAndTheServerGoesOn) {
  Start(Echo);
  EXPECT_EQ(Ask("\x16\x03\x01 this is TLS\r\n\r\n"), "");
  EXPECT_EQ(Ask(absl::StrCat("GET / HTTP/1.0\r\nX: ", std::string(70'000, 'x'), "\r\n\r\n")), "");
  EXPECT_EQ(Ask("POST / HTTP/1.0\r\nContent-Length: 99999999\r\n\r\n"), "");
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody"), "");
  for (const char* host : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example"}) {
    EXPECT_TRUE(absl::StartsWith(Ask(absl::StrCat("GET / HTTP/1.0\r\nHost: ", host, "\r\n\r\n")),
                                 "HTTP/1.0 421"))
        << host;
  }
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "localhost"}) {
    EXPECT_TRUE(absl::StartsWith(Ask(absl::StrCat("GET / HTTP/1.0\r\nHost: ", host, "\r\n\r\n")),
                                 "HTTP/1.0 200"))
        << host;
  }
}

TEST_F(HttpServerTest, BodyOfPiecesIsWrittenAsItComes) {
  Start([](const HttpRequest& request) {
    auto left = std::make_shared<int>(3);
    HttpResponse response;
    response.next_piece = [left]() -> absl::StatusOr<std::string> {
      return *left == 0 ? "" : absl::StrCat("piece ", (*left)--, "\n");
    };
    if (request.path == "/sized") response.size = 24;
    return response;
  });
  EXPECT_TRUE(
      absl::EndsWith(Ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                     "\r\n\r\n8\r\npiece 3\n\r\n8\r\npiece 2\n\r\n8\r\npiece 1\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(
      absl::EndsWith(Ask("GET /sized HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                     "Content-Length: 24\r\n\r\npiece 3\npiece 2\npiece 1\n"));
}

TEST_F(HttpServerTest, StreamTellsAsThingsHappenAndNoticesThatItsReaderWent) {
  std::shared_ptr<TextStream> stream;
  absl::Notification begun, gone;
  Start([&](const HttpRequest&) {
    HttpResponse response{.content_type = "text/event-stream"};
    response.on_stream = [&](std::shared_ptr<TextStream> opened) {
      stream = std::move(opened);
      stream->WhenGone([&] { gone.Notify(); });
      begun.Notify();
    };
    return response;
  });
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  begun.WaitForNotification();
  EXPECT_TRUE(stream->Send("data: 1\n\n"));
  EXPECT_TRUE(absl::StrContains(client.ReadUntil("data: 1\n\n\r\n"), "data: 1"));
  EXPECT_TRUE(stream->Send("data: 2\n\n"));
  EXPECT_TRUE(absl::StrContains(client.ReadUntil("data: 2\n\n\r\n"), "data: 2"));
  client.Close();
  EXPECT_TRUE(gone.WaitForNotificationWithTimeout(absl::Seconds(5)));
  EXPECT_FALSE(stream->Send("data: 3\n\n"));
}

TEST_F(HttpServerTest, ReaderThatDoesNotReadIsLetGo) {
  std::shared_ptr<TextStream> stream;
  absl::Notification begun;
  Start([&](const HttpRequest&) {
    HttpResponse response;
    response.on_stream = [&](std::shared_ptr<TextStream> opened) {
      stream = std::move(opened);
      begun.Notify();
    };
    return response;
  });
  Client client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  begun.WaitForNotification();
  bool is_open = true;
  for (int i = 0; i < 2000 && is_open; ++i) is_open = stream->Send(std::string(10'000, 'x'));
  EXPECT_FALSE(is_open);
}

TEST_F(HttpServerTest, EndsWhileRequestsAndStreamsAreOpen) {
  std::shared_ptr<TextStream> stream;
  absl::Notification begun, asked;
  Start([&](const HttpRequest& request) {
    HttpResponse response;
    if (request.path == "/slow") {
      asked.Notify();
      absl::SleepFor(absl::Milliseconds(200));
      return response;
    }
    response.on_stream = [&](std::shared_ptr<TextStream> opened) {
      stream = std::move(opened);
      begun.Notify();
    };
    return response;
  });
  Client reader(server_->port()), waiter(server_->port()), idle(server_->port());
  reader.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  begun.WaitForNotification();
  waiter.Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  asked.WaitForNotification();
  std::thread sender([&] {
    while (stream->Send("data: x\n\n")) absl::SleepFor(absl::Milliseconds(1));
  });
  server_.reset();
  sender.join();
  EXPECT_FALSE(stream->Send("data: y\n\n"));
}

TEST(HttpServer, MissingCertificateIsNamed) {
  const auto server = HttpServer::Start(
      {.port = 0, .certificate_file = "/nowhere/tls.crt", .key_file = "/nowhere/tls.key"}, Echo);
  EXPECT_EQ(ReasonOf(server.status()), "TLS_FILES");
  EXPECT_TRUE(absl::StrContains(std::string(server.status().message()), "/nowhere/tls.crt"));
}

}  // namespace
}  // namespace narada::control::web
