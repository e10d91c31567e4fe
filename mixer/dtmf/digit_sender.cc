#include "mixer/dtmf/digit_sender.h"

#include <algorithm>

namespace narada::mixer::dtmf {

bool DigitSender::Queue(absl::string_view digits, MediaDuration each) noexcept {
  if (size_ + digits.size() > queue_.size()) return false;
  for (char digit : digits) {
    if (!rtp::TelephoneEvent::EventOf(digit).has_value()) return false;
  }
  // A part of a millisecond counts as a whole one: whole ticks are made of it anyway.
  const MediaDuration length = std::clamp(each, kDigitMin, kDigitMax) + Nanoseconds(999'999);
  for (char digit : digits) {
    queue_[(first_ + size_++) % queue_.size()] = {
        .event = *rtp::TelephoneEvent::EventOf(digit),
        .length_ms = static_cast<uint16_t>(length.milliseconds())};
  }
  return true;
}

std::optional<EventPacket> DigitSender::Tick(RtpTimestamp now, RtpTicks length,
                                             ClockRate clock_rate) noexcept {
  switch (state_) {
    case State::kPause:
      if (pause_left_ > RtpTicks(0)) {
        pause_left_ = pause_left_ - length;
        return std::nullopt;
      }
      state_ = State::kIdle;
      [[fallthrough]];
    case State::kIdle: {
      if (size_ == 0) return std::nullopt;
      const Digit digit = queue_[first_];
      first_ = (first_ + 1) % queue_.size();
      --size_;
      event_ = digit.event;
      begin_ = now;
      sent_ = length;
      wanted_ = clock_rate.TicksIn(Milliseconds(digit.length_ms));
      ends_sent_ = 0;
      state_ = State::kTone;
      return Packet(false, true);
    }
    case State::kTone:
      if (sent_ > kSegmentMax) {  // The last packet told the largest duration there is.
        begin_ += kSegmentMax;
        wanted_ = wanted_ - kSegmentMax;
        sent_ = sent_ - kSegmentMax;
      }
      sent_ += length;
      if (sent_ < wanted_) return Packet(false, false);
      state_ = State::kEnds;
      // The pause begins where this packet ends; two more ends are sent within it.
      pause_left_ = clock_rate.TicksIn(kPause) - length * (kEnds - 1);
      [[fallthrough]];
    case State::kEnds:
      if (++ends_sent_ == kEnds) state_ = State::kPause;
      return Packet(true, false);
  }
  return std::nullopt;
}

EventPacket DigitSender::Packet(bool is_end, bool marker) const noexcept {
  return {.event = {.event = event_,
                    .is_end = is_end,
                    .duration = static_cast<uint16_t>(std::min(sent_, kSegmentMax).value())},
          .timestamp = begin_,
          .marker = marker};
}

}  // namespace narada::mixer::dtmf
