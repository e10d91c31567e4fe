// A small HTTP/1.1 server for what a browser or a probe asks of control.
//
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start({.address = "127.0.0.1", .port = 8080}, handler));
//
// It faces strangers: requests are bounded in size and time, connections in number, and whatever is not
// a well-formed GET or HEAD is refused. One thread of its own calls the handler, one request at a time.
// Every response carries a strict content security policy.

#ifndef NARADA_CONTROL_WEB_HTTP_SERVER_H_
#define NARADA_CONTROL_WEB_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::control::web {

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  int port = 8080;  // 0 takes a free one.
  // Answers only requests that name this machine by its address or as localhost: a page of a stranger,
  // opened in a browser here, cannot read ours under a name of its own (DNS rebinding).
  bool is_local_only = false;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// `path` without the query.
using HttpHandler = std::function<HttpResponse(absl::string_view path)>;

class HttpServer {
 public:
  // Errors: UNAVAILABLE / PORT_OCCUPIED.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                           HttpHandler handler);
  ~HttpServer();

  int port() const;

 private:
  class Listener;  // Boost stays in the .cc: its headers are slow to compile.
  explicit HttpServer(std::unique_ptr<Listener> listener);

  const std::unique_ptr<Listener> listener_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_HTTP_SERVER_H_
