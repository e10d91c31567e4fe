#include "sip/call_admission.h"

#include <algorithm>

namespace narada::sip {

bool CallAdmission::Admit(const std::string& peer, size_t calls, absl::Time now) {
  if (calls >= limits_.calls_max) return false;
  if (peers_.size() >= kPeersMax && peers_.count(peer) == 0) {
    // A bucket that has had time to fill says nothing any more.
    for (auto it = peers_.begin(); it != peers_.end();) {
      it = now - it->second.filled > absl::Seconds(1) ? peers_.erase(it) : std::next(it);
    }
  }
  const std::string key = peers_.size() >= kPeersMax && peers_.count(peer) == 0 ? "" : peer;
  auto [found, is_new] = peers_.try_emplace(key);
  Bucket& bucket = found->second;
  const double full = std::max(1.0, limits_.calls_per_second_max);
  if (is_new) {
    bucket.tokens = full;
  } else {
    const double elapsed_s = std::max(0.0, absl::ToDoubleSeconds(now - bucket.filled));
    bucket.tokens = std::min(full, bucket.tokens + elapsed_s * limits_.calls_per_second_max);
  }
  bucket.filled = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace narada::sip
