#include "control/web/open_streams.h"

#include <algorithm>
#include <utility>

namespace narada::control::web {

OpenStreams::OpenStreams(absl::Duration ask) : ask_(ask), thread_([this] { ThreadMain(); }) {}

OpenStreams::~OpenStreams() {
  stopping_.Notify();
  thread_.join();
}

void OpenStreams::Add(const std::shared_ptr<TextStream>& stream, std::function<bool()> may_go_on) {
  const std::lock_guard lock(mutex_);
  new_entries_.push_back({stream, std::move(may_go_on)});
}

void OpenStreams::ThreadMain() {
  std::vector<Entry> entries;
  while (!stopping_.WaitForNotificationWithTimeout(ask_)) {
    {
      const std::lock_guard lock(mutex_);
      for (Entry& entry : new_entries_) entries.push_back(std::move(entry));
      new_entries_.clear();
    }
    const auto is_over = [this](const Entry& entry) {
      const std::shared_ptr<TextStream> stream = entry.stream.lock();
      if (stream == nullptr || stopping_.HasBeenNotified()) return true;
      if (entry.may_go_on()) return false;
      stream->Close();
      return true;
    };
    entries.erase(std::remove_if(entries.begin(), entries.end(), is_over), entries.end());
  }
}

}  // namespace narada::control::web
