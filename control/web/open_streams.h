// Ends what is streamed to somebody whose session has ended meanwhile: by logging out elsewhere, by time, or
// because the user was deleted or given other rights. (A request is checked when it comes; a stream lasts.)
//
//   OpenStreams streams;
//   streams.Add(stream, [this, token] { return sessions_.Find(token).ok(); });
//
// Any thread.

#ifndef NARADA_CONTROL_WEB_OPEN_STREAMS_H_
#define NARADA_CONTROL_WEB_OPEN_STREAMS_H_

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "control/web/http_message.h"

namespace narada::control::web {

class OpenStreams {
 public:
  static constexpr absl::Duration kAsk = absl::Seconds(2);

  explicit OpenStreams(absl::Duration ask = kAsk);
  // Asks nobody any more once it returns.
  ~OpenStreams();

  // `may_go_on` is asked now and then while there is the stream, on a thread of ours, where it may block;
  // the stream is closed when it says no.
  void Add(const std::shared_ptr<TextStream>& stream, std::function<bool()> may_go_on);

 private:
  struct Entry {
    std::weak_ptr<TextStream> stream;
    std::function<bool()> may_go_on;
  };

  void ThreadMain();

  const absl::Duration ask_;
  std::mutex mutex_;
  std::vector<Entry> new_entries_;  // Under mutex_.
  absl::Notification stopping_;
  std::thread thread_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_OPEN_STREAMS_H_
