// Decides who somebody is: by user name and password, by a moderator's PIN, by the password of the first
// operator, or by what a proxy in front of us says.
//
//   LogIn log_in({.operator_password = ..., .check_password = ..., .check_pin = ...}, clock);
//   ASSIGN_OR_RETURN(const Requester requester, log_in.Check(credentials, request.peer));
//
// Any thread; blocks while a password or PIN is checked.

#ifndef NARADA_CONTROL_WEB_LOG_IN_H_
#define NARADA_CONTROL_WEB_LOG_IN_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/model/requester.h"
#include "control/web/log_in_limiter.h"

namespace narada::control::web {

// The name that the password of the first operator belongs to.
inline constexpr char kFirstOperator[] = "operator";

// Reads that password, or makes the file with a new one (0600) if there is none. It is the way in before
// there are users, and when they have locked themselves out. FAILED_PRECONDITION / KEY_UNREADABLE.
absl::StatusOr<std::string> OperatorPasswordFromFile(const std::string& path, Random& random);

struct Credentials {
  std::string user_name;
  std::string password;
  // Instead of these two, both:
  std::string room_number;
  std::string pin;
};

struct LogInOptions {
  std::string operator_password;
  // Any error means no. Null: there are no users.
  std::function<absl::StatusOr<Requester>(const std::string& user, const std::string& password)>
      check_password;
  // Of a moderator of a running conference; `address` is whom the try counts against. Any error but
  // one with a retry delay means no. Null: nobody logs in so.
  std::function<absl::StatusOr<Requester>(const std::string& room, const std::string& pin,
                                          const std::string& address)>
      check_pin;
  // Header in which a proxy names the user that it has logged in (by OIDC, for example), believed from
  // these addresses only. Empty: no proxy does.
  std::string proxy_header;
  std::vector<std::string> proxy_addresses;
  // Who that user is. Any error means no.
  std::function<absl::StatusOr<Requester>(const std::string& user)> find_user;
};

class LogIn {
 public:
  // `clock` outlives this object.
  LogIn(LogInOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  // UNAUTHENTICATED / LOG_IN_FAILED whatever is wrong, RESOURCE_EXHAUSTED / LOG_IN_SLOWED.
  absl::StatusOr<Requester> Check(const Credentials& credentials, const std::string& address);
  // Whom the proxy vouches for; nothing if none does. `header` is the value of the proxy's header.
  std::optional<Requester> FromProxy(const std::string& header, const std::string& address) const;

  const LogInOptions& options() const { return options_; }

 private:
  absl::StatusOr<Requester> CheckUnlimited(const Credentials& credentials,
                                           const std::string& address) const;

  const LogInOptions options_;
  const Clock& clock_;
  LogInLimiter limiter_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_LOG_IN_H_
