// What happens, as server-sent events: one conference's changes, or the list of all.
//
//   WatchConference(bridge, requester, "conf-1", cursor, life, stream);
//
// Each change is an event `change` with a WatchConferenceResponse as JSON; its id is "LIFE.SEQUENCE", where
// LIFE names this process: a restarted control counts anew, so a cursor of another life begins with a
// snapshot. An event `gone` ends the stream for good.

#ifndef NARADA_CONTROL_WEB_CONFERENCE_EVENTS_H_
#define NARADA_CONTROL_WEB_CONFERENCE_EVENTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "control/model/requester.h"
#include "control/web/http_message.h"
#include "control/web/rpc_bridge.h"

namespace narada::control::web {

// The sequence of an event id of this life; nothing for any other text.
std::optional<uint64_t> SequenceOf(absl::string_view event_id, absl::string_view life);

// Tells `stream` until it is gone or the conference is over. Returns at once.
void WatchConference(const RpcBridge& bridge, const Requester& requester,
                     const std::string& conference_id, std::optional<uint64_t> after,
                     const std::string& life, std::shared_ptr<TextStream> stream);

// Tells all who look at the list of conferences, whenever theirs has changed. Looks a few times a second,
// while anybody looks at it.
class ConferenceLists {
 public:
  explicit ConferenceLists(RpcBridge& bridge);
  ~ConferenceLists();

  void Watch(const Requester& requester, std::shared_ptr<TextStream> stream);

 private:
  struct Watcher {
    Requester requester;
    std::shared_ptr<TextStream> stream;
    std::shared_ptr<std::atomic<bool>> is_gone;
    std::string told;
  };
  void ThreadMain();
  void Tell(Watcher& watcher);

  RpcBridge& bridge_;
  absl::Notification stopping_;
  std::mutex mutex_;
  std::vector<Watcher> new_watchers_;  // Under mutex_.
  std::thread thread_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_CONFERENCE_EVENTS_H_
