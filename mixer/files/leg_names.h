// The text ids of legs, by the numbers that workers know. Kept for a while after a leg has gone, for
// what it said is still to be written.
// Thread-safe.
#ifndef NARADA_MIXER_FILES_LEG_NAMES_H_
#define NARADA_MIXER_FILES_LEG_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "absl/strings/str_cat.h"

namespace narada::mixer::files {

class LegNames {
 public:
  // Before the leg is handed to a worker.
  void Add(uint64_t leg, const std::string& leg_id) {
    std::lock_guard lock(mutex_);
    names_[leg] = leg_id;
  }
  void Remove(uint64_t leg) {
    std::lock_guard lock(mutex_);
    gone_.push_back(leg);
    if (gone_.size() <= kGoneMax) return;
    names_.erase(gone_.front());
    gone_.pop_front();
  }
  // Of a leg that nobody named: "leg-7".
  std::string Of(uint64_t leg) const {
    std::lock_guard lock(mutex_);
    const auto found = names_.find(leg);
    return found == names_.end() ? absl::StrCat("leg-", leg) : found->second;
  }

 private:
  static constexpr size_t kGoneMax = 4096;

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::string> names_;
  std::deque<uint64_t> gone_;  // Oldest first.
};

}  // namespace narada::mixer::files

#endif  // NARADA_MIXER_FILES_LEG_NAMES_H_
