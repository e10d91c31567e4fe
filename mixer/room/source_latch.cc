#include "mixer/room/source_latch.h"

#include <algorithm>

namespace narada::mixer::room {

void SourceLatch::SetSignalled(const SocketAddress& remote,
                               const IpAddress& signaling_ip) noexcept {
  if (remote == remote_ && signaling_ip == signaling_ip_) return;
  remote_ = remote;
  signaling_ip_ = signaling_ip;
  latched_ = SocketAddress();
}

bool SourceLatch::IsSignalled(const SocketAddress& source) const noexcept {
  return (remote_.is_set() && source == remote_) ||
         (signaling_ip_.is_set() && source.ip() == signaling_ip_);
}

bool SourceLatch::CanRebind(const SocketAddress& source, Ssrc ssrc, SequenceNumber number,
                            MediaTime now) const noexcept {
  if (source.ip() != latched_.ip() || ssrc != ssrc_ || now - last_ < kSilence) return false;
  const int ahead = number - newest_;
  // Not more than were sent meanwhile, at 100 packets a second and with half as many to spare.
  const int64_t plausible = (now - last_) / Milliseconds(10) * 3 / 2;
  return ahead > 0 && ahead <= std::min<int64_t>(plausible, kContinuingMax);
}

SourceVerdict SourceLatch::OnPacket(const SocketAddress& source, Ssrc ssrc, SequenceNumber number,
                                    MediaTime now) noexcept {
  SourceVerdict verdict = SourceVerdict::kTrusted;
  if (!latched_.is_set()) {
    if (!IsSignalled(source)) return SourceVerdict::kUntrusted;
    verdict = SourceVerdict::kLatched;
  } else if (source != latched_) {
    if (!CanRebind(source, ssrc, number, now)) return SourceVerdict::kUntrusted;
    verdict = SourceVerdict::kRebound;
  }
  const bool is_newer = ssrc != ssrc_ || number - newest_ > 0;
  if (verdict != SourceVerdict::kTrusted || is_newer) {
    latched_ = source;
    ssrc_ = ssrc;
    newest_ = number;
  }
  last_ = now;
  return verdict;
}

SourceVerdict SourceLatch::OnReport(const SocketAddress& source, std::optional<Ssrc> sender,
                                    MediaTime now) noexcept {
  SourceVerdict verdict = SourceVerdict::kTrusted;
  if (!latched_.is_set()) {
    if (!IsSignalled(source)) return SourceVerdict::kUntrusted;
    verdict = SourceVerdict::kLatched;
  } else if (source != latched_) {
    const bool can_rebind = source.ip() == latched_.ip() && sender.has_value() && sender == ssrc_ &&
                            now - last_ >= kReportSilence;
    if (!can_rebind) return SourceVerdict::kUntrusted;
    verdict = SourceVerdict::kRebound;
  }
  latched_ = source;
  if (sender.has_value()) ssrc_ = *sender;
  last_ = now;
  return verdict;
}

SourceVerdict SourceLatch::OnProven(const SocketAddress& source, bool is_newest,
                                    MediaTime now) noexcept {
  if (latched_.is_set() && (source == latched_ || !is_newest)) return SourceVerdict::kTrusted;
  const bool is_first = !latched_.is_set();
  latched_ = source;
  last_ = now;
  return is_first ? SourceVerdict::kLatched : SourceVerdict::kRebound;
}

SocketAddress SourceLatch::destination() const noexcept {
  if (latched_.is_set()) return latched_;
  const bool is_usable = remote_.is_set() && remote_.port() != 0 && !remote_.ip().is_unspecified();
  return is_usable ? remote_ : SocketAddress();
}

}  // namespace narada::mixer::room
