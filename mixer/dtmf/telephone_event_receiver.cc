#include "mixer/dtmf/telephone_event_receiver.h"

#include <algorithm>

namespace narada::mixer::dtmf {

std::optional<char> TelephoneEventReceiver::OnPacket(const rtp::TelephoneEvent& event,
                                                     RtpTimestamp timestamp, bool marker,
                                                     MediaTime now) noexcept {
  const std::optional<char> digit = event.digit();
  if (!digit.has_value()) return std::nullopt;

  if (Press* press = Find(event.event, timestamp, marker, now)) {
    // A decreasing duration is a late packet of the same press: the longest counts.
    const RtpTicks end = (timestamp - press->begin) + RtpTicks(event.duration);
    press->end_ticks = std::max(press->end_ticks, end);
    if (timestamp - press->segment > RtpTicks(0)) press->segment = timestamp;
    press->is_ended |= event.is_end;
    press->last_arrival = now;
    return std::nullopt;
  }

  std::move_backward(presses_.begin(), presses_.end() - 1, presses_.end());
  presses_.front() = {.is_used = true,
                      .is_ended = event.is_end,
                      .event = event.event,
                      .begin = timestamp,
                      .segment = timestamp,
                      .end_ticks = RtpTicks(event.duration),
                      .last_arrival = now};
  return digit;
}

TelephoneEventReceiver::Press* TelephoneEventReceiver::Find(uint8_t event, RtpTimestamp timestamp,
                                                            bool marker, MediaTime now) noexcept {
  for (Press& press : presses_) {
    if (!press.is_used) break;
    if (press.event != event) continue;
    if (press.begin == timestamp || press.segment == timestamp) return &press;
  }
  // Only the newest press can go on under a new timestamp.
  Press& newest = presses_.front();
  if (!newest.is_used || newest.event != event || marker) return nullptr;
  const RtpTicks ahead = timestamp - newest.segment;
  // A press longer than 65,535 ticks goes on in a new segment (RFC 4733 §2.5.1.3).
  const bool is_next_segment = !newest.is_ended && ahead >= RtpTicks(0xff00) &&
                               ahead <= RtpTicks(0xffff) && now - newest.last_arrival < kEndLost;
  const bool is_restamped = ahead > RtpTicks(0) && ahead <= clock_rate_.TicksIn(kRestampMax) &&
                            now - newest.last_arrival < kRestampGap;
  return is_next_segment || is_restamped ? &newest : nullptr;
}

bool TelephoneEventReceiver::IsActive(MediaTime now) const noexcept {
  const Press& newest = presses_.front();
  return newest.is_used && !newest.is_ended && now - newest.last_arrival < kEndLost;
}

bool TelephoneEventReceiver::Mutes(RtpTimestamp begin, RtpTicks length,
                                   MediaTime now) const noexcept {
  if (!presses_.front().is_used) return false;
  if (IsActive(now)) return true;
  const RtpTicks guard = clock_rate_.TicksIn(kGuard);
  for (const Press& press : presses_) {
    if (!press.is_used || now - press.last_arrival > kForgotten) break;
    const RtpTicks from_begin = begin - press.begin;
    if (from_begin + length > -guard && from_begin < press.end_ticks + guard) return true;
  }
  return false;
}

}  // namespace narada::mixer::dtmf
