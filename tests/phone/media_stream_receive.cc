// What a MediaStream hears: RTP in its place on the time axis, RTCP counted.
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "tests/phone/media_stream.h"

namespace narada::phone {
namespace {

constexpr int kComfortNoise = 13;
constexpr double kJumpSeconds = 0.5;  // So far off the clock is a jump, not jitter.
constexpr size_t kRecentMax = 512;
constexpr absl::string_view kEventDigits = "0123456789*#ABCD";

uint32_t GetUint16(std::span<const uint8_t> in, size_t at) {
  return static_cast<uint32_t>(in[at] << 8 | in[at + 1]);
}

uint32_t GetUint32(std::span<const uint8_t> in, size_t at) {
  return GetUint16(in, at) << 16 | GetUint16(in, at + 2);
}

// When the kernel took the datagram, on the loop's clock: a late reader does not falsify times.
absl::Duration ArrivalOf(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp;
    memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
    timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    const absl::Duration age = absl::DurationFromTimespec(wall) - absl::DurationFromTimespec(stamp);
    return PhoneLoop::Now() - std::max(age, absl::ZeroDuration());
  }
  return PhoneLoop::Now();
}

}  // namespace

void MediaStream::ReceiveAll(bool is_rtcp) {
  std::array<uint8_t, 2048> buffer;
  std::array<char, 256> control;
  while (true) {
    sockaddr_in from{};
    iovec data{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(is_rtcp ? rtcp_fd_ : rtp_fd_, &message, 0);
    if (size < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      continue;  // ECONNREFUSED by ICMP: the peer's port is gone, ours is not.
    }
    const absl::Duration arrival = ArrivalOf(message);
    std::vector<uint8_t> datagram(buffer.data(), buffer.data() + size);
    if (!is_started_) {
      ++report_.packets_early;
      continue;
    }
    const sockaddr_in& expected = is_rtcp ? remote_rtcp_ : remote_rtp_;
    if (from.sin_addr.s_addr != expected.sin_addr.s_addr || from.sin_port != expected.sin_port) {
      ++report_.packets_unexpected;
      continue;
    }
    if (unprotector_ != nullptr && !unprotector_->Unprotect(datagram, is_rtcp)) {
      ++report_.packets_unauthentic;
      continue;
    }
    if (is_rtcp) {
      ReceiveRtcp(datagram, arrival);
    } else {
      ReceiveRtp(datagram, arrival);
    }
  }
}

void MediaStream::ReceiveRtp(std::span<const uint8_t> datagram, absl::Duration arrival) {
  if (datagram.size() < 12 || (datagram[0] & 0xC0) != 0x80) {
    ++report_.packets_unexpected;
    return;
  }
  size_t header = 12 + 4u * (datagram[0] & 0x0F);
  if ((datagram[0] & 0x10) != 0 && datagram.size() >= header + 4) {
    header += 4 + 4 * GetUint16(datagram, header + 2);
  }
  const size_t padding = (datagram[0] & 0x20) != 0 ? datagram.back() : 0;
  if (datagram.size() < header + padding) {
    ++report_.packets_unexpected;
    return;
  }
  const std::span<const uint8_t> payload =
      datagram.subspan(header, datagram.size() - header - padding);
  const int payload_type = datagram[1] & 0x7F;
  const uint16_t sequence = static_cast<uint16_t>(GetUint16(datagram, 2));
  const uint32_t timestamp = GetUint32(datagram, 4);
  const uint32_t source = GetUint32(datagram, 8);
  const auto decoder = decoders_.find(payload_type);
  const bool is_audio = decoder != decoders_.end();
  const bool is_event = event_payload_types_.count(payload_type) != 0;
  if (!is_audio && !is_event && payload_type != kComfortNoise) {
    ++report_.packets_unexpected;
    return;
  }
  if (options_.traces_packets) {
    traces_.push_back({.at = arrival - origin_,
                       .ssrc = source,
                       .sequence = sequence,
                       .timestamp = timestamp,
                       .payload_type = payload_type,
                       .is_marked = (datagram[1] & 0x80) != 0,
                       .payload_size = payload.size()});
  }
  if (!has_source_ || source != report_.remote_ssrc) MeetSource(source, sequence);
  bool is_duplicate = false;
  CountSequence(sequence, &is_duplicate);
  if (is_duplicate) {
    ++report_.packets_duplicate;
    return;
  }
  ++report_.packets_received;
  const double gap_ms = absl::ToDoubleMilliseconds(arrival - last_arrival_);
  if (report_.packets_received > 1 && gap_ms > report_.longest_arrival_gap_ms) {
    report_.longest_arrival_gap_ms = gap_ms;
    report_.longest_arrival_gap_at_s = absl::ToDoubleSeconds(last_arrival_ - origin_);
  }
  last_arrival_ = arrival;
  if (is_event) {
    has_next_ = false;
    ReceiveEvent(timestamp, arrival, payload);
  } else if (is_audio) {
    ReceiveAudio(*decoder->second, sequence, timestamp, arrival, payload);
  }
}

void MediaStream::MeetSource(uint32_t source, uint16_t sequence) {
  if (has_source_) {
    ++report_.ssrc_changes;
    lost_before_ = Lost();
  }
  has_source_ = true;
  report_.remote_ssrc = source;
  first_sequence_ = sequence;
  highest_sequence_ = sequence;
  recent_.clear();
  unique_ = 0;
  is_anchored_ = false;
  has_event_ = false;
  has_next_ = false;
}

void MediaStream::ReceiveEvent(uint32_t timestamp, absl::Duration arrival,
                               std::span<const uint8_t> payload) {
  if (payload.size() < 4 || payload[0] >= kEventDigits.size()) return;
  if (!has_event_ || timestamp != last_event_timestamp_) {
    report_.digits_received.push_back({kEventDigits[payload[0]], arrival - origin_});
  }
  has_event_ = true;
  last_event_timestamp_ = timestamp;
}

void MediaStream::ReceiveAudio(Decoder& decoder, uint16_t sequence, uint32_t timestamp,
                               absl::Duration arrival, std::span<const uint8_t> payload) {
  const int clock_rate_hz = TraitsOf(codec_).clock_rate_hz;
  // RFC 3550 §6.4.1, in timestamp units.
  if (is_anchored_) {
    const double spread = absl::ToDoubleSeconds(arrival - last_audio_arrival_) * clock_rate_hz -
                          static_cast<int32_t>(timestamp - anchor_timestamp_);
    jitter_ticks_ += (std::abs(spread) - jitter_ticks_) / 16;
  }
  last_audio_arrival_ = arrival;
  const std::vector<int16_t> samples = decoder.Decode(payload);
  if (has_next_ && sequence == next_sequence_ && timestamp != next_timestamp_) {
    ++report_.timestamp_slips;
  }
  has_next_ = true;
  next_sequence_ = static_cast<uint16_t>(sequence + 1);
  next_timestamp_ = timestamp + static_cast<uint32_t>(static_cast<int64_t>(samples.size()) *
                                                      clock_rate_hz / rate_hz());
  PlaceAudio(timestamp, arrival, samples);
}

void MediaStream::CountSequence(uint16_t sequence, bool* is_duplicate) {
  const int16_t ahead = static_cast<int16_t>(sequence - static_cast<uint16_t>(highest_sequence_));
  const uint64_t extended = highest_sequence_ + static_cast<uint64_t>(static_cast<int64_t>(ahead));
  *is_duplicate = !recent_.insert(extended).second;
  if (*is_duplicate) return;
  if (recent_.size() > kRecentMax) recent_.erase(recent_.begin());
  if (unique_ > 0 && ahead < 0) ++report_.packets_reordered;
  if (ahead > 0) highest_sequence_ = extended;
  ++unique_;
}

uint64_t MediaStream::Lost() const {
  if (!has_source_) return lost_before_;
  const uint64_t expected = highest_sequence_ - first_sequence_ + 1;
  return lost_before_ + (expected > unique_ ? expected - unique_ : 0);
}

int64_t MediaStream::SamplesIn(int64_t ticks) const {
  return ticks * rate_hz() / TraitsOf(codec_).clock_rate_hz;
}

void MediaStream::PlaceAudio(uint32_t timestamp, absl::Duration arrival,
                             std::span<const int16_t> samples) {
  const int64_t by_clock =
      static_cast<int64_t>(std::floor(absl::ToDoubleSeconds(arrival - origin_) * rate_hz()));
  int64_t at = anchor_sample_ + SamplesIn(static_cast<int32_t>(timestamp - anchor_timestamp_));
  if (!is_anchored_ || static_cast<double>(std::abs(at - by_clock)) > kJumpSeconds * rate_hz()) {
    if (is_anchored_) ++report_.timestamp_jumps;
    at = by_clock;
    is_anchored_ = true;
  }
  // The anchor follows, so that the 32-bit distance never wraps.
  anchor_sample_ = at;
  anchor_timestamp_ = timestamp;
  if (options_.keep_audio) heard_.Put(at, samples);
}

void MediaStream::ReceiveRtcp(std::span<const uint8_t> datagram, absl::Duration arrival) {
  ++report_.rtcp_received;
  while (datagram.size() >= 8) {
    if ((datagram[0] & 0xC0) != 0x80) return;
    const size_t size = 4 * (GetUint16(datagram, 2) + 1);
    if (size > datagram.size()) return;
    const std::span<const uint8_t> packet = datagram.first(size);
    const int kind = packet[1];
    size_t blocks = 8;
    if (kind == 200 && size >= 28) {
      ++report_.sender_reports;
      last_sr_middle_ = GetUint32(packet, 10);
      last_sr_arrival_ = arrival;
      blocks = 28;
    }
    if (kind == 200 || kind == 201) {
      for (int i = 0; i < (packet[0] & 0x1F) && blocks + 24 <= size; ++i, blocks += 24) {
        if (GetUint32(packet, blocks) != ssrc_) continue;
        ++report_.receiver_reports;
        report_.reported_lost = GetUint32(packet, blocks + 4) & 0xFFFFFF;
      }
    }
    if (kind == 203) ++report_.rtcp_byes;
    datagram = datagram.subspan(size);
  }
}

MediaReport MediaStream::Report() const {
  MediaReport report = report_;
  report.packets_lost = Lost();
  report.interarrival_jitter_ms = jitter_ticks_ * 1000 / TraitsOf(codec_).clock_rate_hz;
  return report;
}

}  // namespace narada::phone
