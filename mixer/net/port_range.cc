#include "mixer/net/port_range.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"

namespace narada::mixer::net {

absl::StatusOr<PortRange> PortRange::Create(int low, int high, absl::Duration quarantine) {
  const int first_even = low + (low & 1);
  const int pairs = (high + 1 - first_even) / 2;
  if (low < 1 || high > 65535 || pairs < 1) {
    return ErrorWithReason(
        absl::StatusCode::kInvalidArgument, "PORT_RANGE_EMPTY",
        absl::StrCat("RTP ports ", low, "-", high,
                     " hold no pair of an even port and the odd one above it (1-65535)"));
  }
  return PortRange(first_even, pairs, quarantine);
}

PortRange::PortRange(int first_even, int pairs, absl::Duration quarantine)
    : first_even_(first_even), quarantine_(quarantine), is_taken_(pairs, false) {
  for (int i = 0; i < pairs; ++i) {
    resting_.push_back({static_cast<uint16_t>(first_even + 2 * i), absl::InfinitePast()});
  }
}

absl::StatusOr<uint16_t> PortRange::Take(absl::Time now) {
  if (resting_.empty() || resting_.front().free_at > now) {
    absl::Status full = ErrorWithReason(
        absl::StatusCode::kResourceExhausted, "PORTS_EXHAUSTED",
        absl::StrCat("all ", capacity(), " pairs of RTP ports are in use or in quarantine; ",
                     "give the mixer a wider range of ports"));
    if (resting_.empty()) return full;
    return WithRetryAfter(full, resting_.front().free_at - now);
  }
  const uint16_t port = resting_.front().rtp_port;
  resting_.pop_front();
  is_taken_[(port - first_even_) / 2] = true;
  return port;
}

absl::Status PortRange::TakeExactly(uint16_t rtp_port) {
  const int pair = (rtp_port - first_even_) / 2;
  if (rtp_port < first_even_ || rtp_port % 2 != 0 || pair >= capacity()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PORT_RANGE_EMPTY",
                           absl::StrCat("RTP port ", rtp_port, " is not in the configured range"));
  }
  if (is_taken_[pair]) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "PORT_TAKEN",
                           absl::StrCat("RTP port ", rtp_port, " is given out already"));
  }
  is_taken_[pair] = true;
  std::erase_if(resting_, [&](const Resting& resting) { return resting.rtp_port == rtp_port; });
  return absl::OkStatus();
}

void PortRange::Return(uint16_t rtp_port, absl::Time now) {
  const int pair = (rtp_port - first_even_) / 2;
  CHECK(pair >= 0 && pair < capacity() && is_taken_[pair])
      << "port " << rtp_port << " was returned without having been taken";
  is_taken_[pair] = false;
  resting_.push_back({rtp_port, now + quarantine_});
}

int PortRange::CountFree(absl::Time now) const {
  int free = 0;
  for (const Resting& resting : resting_) {
    if (resting.free_at > now) break;  // Oldest first.
    ++free;
  }
  return free;
}

}  // namespace narada::mixer::net
