#include "mixer/rtp/reception_statistics.h"

#include <algorithm>
#include <cstdlib>

namespace narada::mixer::rtp {

void ReceptionStatistics::Begin(SequenceNumber number) noexcept {
  if (started_) {
    received_before_ += received_;
    lost_before_ += Expected() - received_;
  }
  started_ = true;
  highest_ = number.value();
  base_ = number.value();
  cycles_ = 0;
  expected_restart_ = kNone;
  received_ = 0;
  expected_prior_ = 0;
  received_prior_ = 0;
  has_transit_ = false;
}

SequenceVerdict ReceptionStatistics::OnPacketWithoutTiming(SequenceNumber number) noexcept {
  if (!started_) {
    Begin(number);
    ++received_;
    return SequenceVerdict::kInOrder;
  }
  const uint16_t ahead = static_cast<uint16_t>(number.value() - highest_);
  SequenceVerdict verdict = SequenceVerdict::kInOrder;
  if (ahead > 0 && ahead < kDropoutMax) {
    if (number.value() < highest_) cycles_ += 1 << 16;
    highest_ = number.value();
  } else if (ahead == 0 || ahead > UINT16_MAX - kMisorderMax) {
    verdict = SequenceVerdict::kLate;
  } else if (number.value() == expected_restart_) {
    // Two in a row: the sender started over without telling (RFC 3550 A.1).
    Begin(number);
    verdict = SequenceVerdict::kRestarted;
  } else {
    expected_restart_ = static_cast<uint16_t>(number.value() + 1);
    return SequenceVerdict::kJump;
  }
  ++received_;
  return verdict;
}

SequenceVerdict ReceptionStatistics::OnPacket(SequenceNumber number, RtpTimestamp timestamp,
                                              MediaTime arrival) noexcept {
  const SequenceVerdict verdict = OnPacketWithoutTiming(number);
  if (verdict == SequenceVerdict::kJump) return verdict;
  const RtpTicks arrival_ticks = clock_rate_.TicksIn(arrival - MediaTime());
  const uint32_t transit = static_cast<uint32_t>(arrival_ticks.value()) - timestamp.value();
  if (has_transit_) {
    const int64_t difference = std::abs(int64_t{static_cast<int32_t>(transit - transit_)});
    jitter_x16_ += difference - ((jitter_x16_ + 8) >> 4);
  }
  transit_ = transit;
  has_transit_ = true;
  return verdict;
}

void ReceptionStatistics::SetClockRate(ClockRate clock_rate) noexcept {
  jitter_x16_ = jitter_x16_ * clock_rate.hertz() / clock_rate_.hertz();
  clock_rate_ = clock_rate;
  has_transit_ = false;
}

void ReceptionStatistics::OnSenderReport(NtpTime ntp_time, MediaTime arrival) noexcept {
  last_sender_report_ = ntp_time.compact();
  last_sender_report_at_ = arrival;
}

int64_t ReceptionStatistics::lost() const noexcept {
  return lost_before_ + (started_ ? Expected() - received_ : 0);
}

ReportBlock ReceptionStatistics::MakeReport(Ssrc source, MediaTime now) noexcept {
  ReportBlock block;
  block.source = source;
  if (started_) {
    const int64_t expected_interval = Expected() - expected_prior_;
    const int64_t lost_interval = expected_interval - (received_ - received_prior_);
    expected_prior_ = Expected();
    received_prior_ = received_;
    if (expected_interval > 0 && lost_interval > 0) {
      block.fraction_lost =
          static_cast<uint8_t>(std::min<int64_t>((lost_interval << 8) / expected_interval, 255));
    }
    block.cumulative_lost = static_cast<int32_t>(std::clamp<int64_t>(lost(), -0x800000, 0x7fffff));
    block.highest_sequence = extended_highest();
    block.interarrival_jitter = static_cast<uint32_t>(interarrival_jitter().value());
  }
  if (last_sender_report_ != 0) {
    block.last_sender_report = last_sender_report_;
    block.delay_since_last = ToCompactNtp(now - last_sender_report_at_);
  }
  return block;
}

}  // namespace narada::mixer::rtp
