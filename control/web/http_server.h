// An HTTP/1.1 server for what a browser or a probe asks of control, plain or with TLS.
//
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start({.address = "127.0.0.1", .port = 8080}, handler));
//
// It faces strangers: heads and bodies are bounded in size, requests and answers in time, connections in
// number, and what is not well-formed ends the connection. One thread of its own moves bytes; the handler
// runs on a few others, where it may block. Every answer carries a strict content security policy.

#ifndef NARADA_CONTROL_WEB_HTTP_SERVER_H_
#define NARADA_CONTROL_WEB_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "control/web/http_message.h"

namespace narada::control::web {

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  int port = 8080;  // 0 takes a free one.
  // Answers only requests that name this machine by its address or as localhost: a page of a stranger,
  // opened in a browser here, cannot read ours under a name of its own (DNS rebinding).
  bool is_local_only = false;
  // PEM files; both or none.
  std::string certificate_file;
  std::string key_file;
};

class HttpServer {
 public:
  // Errors: UNAVAILABLE / PORT_OCCUPIED, FAILED_PRECONDITION / TLS_FILES, INVALID_ARGUMENT /
  // FIELD_INVALID.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                           HttpHandler handler);
  // Ends all connections; waits for handlers that run.
  ~HttpServer();

  int port() const;

 private:
  class Listener;  // Boost stays in the .cc: its headers are slow to compile.
  explicit HttpServer(std::unique_ptr<Listener> listener);

  const std::unique_ptr<Listener> listener_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_HTTP_SERVER_H_
