// Who is logged in: a session begins with a log-in, is named by a random cookie, and ends by logging out
// or after twelve hours. It lives in the database, so that it survives a restart and every replica knows
// it; the database holds a keyed digest of the cookie and can open none.
//
//   ASSIGN_OR_RETURN(const Session session, sessions.Begin(requester));   // session.token is the cookie
//   ASSIGN_OR_RETURN(const Session session, sessions.Find(request.Cookie("narada")));
//
// Blocks for the database; any thread but its own.

#ifndef NARADA_CONTROL_WEB_SESSIONS_H_
#define NARADA_CONTROL_WEB_SESSIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/model/requester.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"

namespace narada::control::web {

inline constexpr absl::Duration kSessionMax = absl::Hours(12);

struct Session {
  std::string token;
  // To be sent with every change: another site can make a browser send the cookie, but not know this.
  std::string csrf_token;
  Requester requester;
};

// "moderator", "manager" or "operator".
std::string RoleName(RequesterRole role);

class Sessions {
 public:
  // References outlive this object.
  Sessions(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
           Random& random)
      : database_(database), secrets_(secrets), clock_(clock), random_(random) {}

  absl::StatusOr<Session> Begin(const Requester& requester);
  // UNAUTHENTICATED / NOT_LOGGED_IN for an unknown, expired or forged token.
  absl::StatusOr<Session> Find(const std::string& token);
  absl::Status End(const std::string& token);
  // Forgets those that have expired; to be called now and then.
  void RemoveOld();

 private:
  std::string Mac(const std::string& token) const;

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_SESSIONS_H_
