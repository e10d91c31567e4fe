#include "mixer/dtmf/telephone_event_receiver.h"

#include <algorithm>

namespace narada::mixer::dtmf {

void TelephoneEventReceiver::SetClockRate(ClockRate clock_rate) noexcept {
  if (clock_rate == clock_rate_) return;
  clock_rate_ = clock_rate;
  Reset();
}

void TelephoneEventReceiver::Reset() noexcept {
  before_reset_ = presses_.front();
  presses_ = {};
}

std::optional<char> TelephoneEventReceiver::OnPacket(const rtp::TelephoneEvent& event,
                                                     RtpTimestamp timestamp, bool marker,
                                                     MediaTime now) noexcept {
  const std::optional<char> digit = event.digit();
  if (!digit.has_value()) return std::nullopt;

  if (Press* press = Find(event, timestamp, marker, now)) {
    Update(*press, event, timestamp, now);
    return std::nullopt;
  }

  const bool goes_on = GoesOn(event, marker, now);
  before_reset_.is_used = false;
  std::move_backward(presses_.begin(), presses_.end() - 1, presses_.end());
  presses_.front() = {.is_used = true,
                      .event = event.event,
                      .begin = timestamp,
                      .segment = timestamp,
                      .first_arrival = now};
  Update(presses_.front(), event, timestamp, now);
  return goes_on ? std::nullopt : digit;
}

// It is longer than it was, or tells its end again; a new press would begin with a short one.
bool TelephoneEventReceiver::GoesOn(const rtp::TelephoneEvent& event, bool marker,
                                    MediaTime now) const noexcept {
  const Press& press = before_reset_;
  if (!press.is_used || marker || press.event != event.event) return false;
  if (now - press.last_arrival >= kGoesOnMax) return false;
  return press.is_ended ? event.is_end && event.duration == press.duration
                        : event.duration >= press.duration;
}

void TelephoneEventReceiver::Update(Press& press, const rtp::TelephoneEvent& event,
                                    RtpTimestamp timestamp, MediaTime now) noexcept {
  if (timestamp - press.segment > RtpTicks(0)) {
    press.segment = timestamp;
    press.duration = 0;
  }
  // A decreasing duration is a late packet of the same press: the longest counts.
  if (timestamp == press.segment) press.duration = std::max(press.duration, event.duration);
  const RtpTicks told = (timestamp - press.begin) + RtpTicks(event.duration);
  const RtpTicks plausible = clock_rate_.TicksIn(now - press.first_arrival + kBeforeFirstPacket);
  press.end_ticks = std::max(press.end_ticks, std::min(told, plausible));
  press.is_ended |= event.is_end;
  press.last_arrival = now;
}

TelephoneEventReceiver::Press* TelephoneEventReceiver::Find(const rtp::TelephoneEvent& event,
                                                            RtpTimestamp timestamp, bool marker,
                                                            MediaTime now) noexcept {
  for (Press& press : presses_) {
    if (!press.is_used || now - press.last_arrival > kForgotten) break;
    if (press.event != event.event) continue;
    if (press.begin != timestamp && press.segment != timestamp) continue;
    const bool is_another = marker && press.is_ended && event.duration < press.duration &&
                            now - press.last_arrival >= kPauseMin;
    return is_another ? nullptr : &press;
  }
  // Only the newest press can go on under a new timestamp.
  Press& newest = presses_.front();
  if (!newest.is_used || newest.event != event.event) return nullptr;
  const RtpTicks ahead = timestamp - newest.segment;
  // A press longer than 65,535 ticks goes on in a new segment (RFC 4733 §2.5.1.3), whose
  // timestamp is that of the segment before and nearly the largest duration there is.
  const bool is_next_segment = !marker && !newest.is_ended &&
                               now - newest.last_arrival < kEndLost && ahead <= RtpTicks(0xffff) &&
                               ahead > RtpTicks(0xffff) - clock_rate_.TicksIn(kUpdateMax);
  // Whatever the marker says: no press is so short that the next could begin so soon.
  const bool is_restamped = ahead > RtpTicks(0) && ahead <= clock_rate_.TicksIn(kRestampMax) &&
                            now - newest.last_arrival < kRestampGap;
  return is_next_segment || is_restamped ? &newest : nullptr;
}

bool TelephoneEventReceiver::IsActive(MediaTime now) const noexcept {
  const Press& newest = presses_.front();
  return newest.is_used && !newest.is_ended && now - newest.last_arrival < kEndLost;
}

std::optional<char> TelephoneEventReceiver::ActiveDigit(MediaTime now) const noexcept {
  if (!IsActive(now)) return std::nullopt;
  return rtp::TelephoneEvent{.event = presses_.front().event}.digit();
}

bool TelephoneEventReceiver::MutesByArrival(MediaTime now) const noexcept {
  const Press& newest = presses_.front();
  return newest.is_used && now - newest.last_arrival < kEndLost;
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
