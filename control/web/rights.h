// Which of the API's methods the console passes on, and for whom. The services decide by rights of their
// own as well; this is the second lock on the same door, and what keeps methods that were not meant for
// browsers out of their reach.
//   RETURN_IF_ERROR(CheckMethod(requester, "ConferenceService/MuteAll"));

#ifndef NARADA_CONTROL_WEB_RIGHTS_H_
#define NARADA_CONTROL_WEB_RIGHTS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "control/model/requester.h"

namespace narada::control::web {

// How a request must be bound to what is the requester's own.
enum class Scope {
  kNone,        // Operators only, or about nobody's property.
  kConference,  // Its conference_id must be a conference that the requester may steer.
  kTenant,      // Its tenant_id is set to the requester's.
  kService,     // The service itself looks whose the named thing is.
};

// NOT_FOUND / METHOD_UNKNOWN, PERMISSION_DENIED / NOT_OPERATOR | NOT_MODERATOR.
absl::StatusOr<Scope> CheckMethod(const Requester& requester, absl::string_view method);

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_RIGHTS_H_
