// The console's server side: which path is answered by what, who may, and proof that a change was meant.
//
//   Console console({...}, channel, database, secrets, clock, random, is_ready);
//   HttpServer::Start(options, [&](const HttpRequest& request) { return console.Handle(request); });
//
// Paths: / and /page/... (the page), /healthz and /readyz, /api/session, /api/log-in, /api/log-out,
// /api/SERVICE/METHOD (POST), /api/conferences/events and /api/conferences/ID/events (server-sent events),
// /api/recordings/ID/tracks/ID (with ranges), /api/export/... . Whatever changes something is a POST of JSON with the session's CSRF token.

#ifndef NARADA_CONTROL_WEB_CONSOLE_H_
#define NARADA_CONTROL_WEB_CONSOLE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/web/conference_events.h"
#include "control/web/http_message.h"
#include "control/web/log_in.h"
#include "control/web/open_streams.h"
#include "control/web/rpc_bridge.h"
#include "control/web/sessions.h"

namespace narada::control::web {

struct ConsoleOptions {
  std::string life;  // Names this process (conference_events.h).
  LogInOptions log_in;
  // TLS ends in a proxy before us: cookies are for TLS only although we do not see it.
  bool is_behind_tls = false;
};

class Console {
 public:
  // References outlive the console.
  Console(ConsoleOptions options, std::shared_ptr<grpc::Channel> channel,
          storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
          Random& random, std::function<bool()> is_ready);

  // Any thread; blocks while the service answers.
  HttpResponse Handle(const HttpRequest& request);
  // To be called now and then.
  void RemoveOldSessions() { sessions_.RemoveOld(); }

 private:
  HttpResponse HandleApi(const HttpRequest& request, const std::vector<std::string>& path);
  HttpResponse LogInWith(const HttpRequest& request);
  HttpResponse LogOut(const HttpRequest& request, const Session& session);
  HttpResponse Events(const HttpRequest& request, const Session& session,
                      const std::vector<std::string>& path);
  absl::StatusOr<Session> FindSession(const HttpRequest& request);
  // As long as the session lasts that the request came in.
  void EndWithSession(const HttpRequest& request, const Requester& requester,
                      const std::shared_ptr<TextStream>& stream);
  absl::Status CheckIsMeant(const HttpRequest& request, const Session* session) const;
  std::string CookieName(const HttpRequest& request) const;
  std::string Cookie(const HttpRequest& request, const std::string& value,
                     absl::Duration life) const;
  bool IsSecure(const HttpRequest& request) const;

  const ConsoleOptions options_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  const absl::Time calls_found_at_;
  RpcBridge bridge_;
  Sessions sessions_;
  LogIn log_in_;
  const std::function<bool()> is_ready_;
  ConferenceLists lists_;
  OpenStreams streams_;  // Last: it asks the others.
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_CONSOLE_H_
