// What a MediaStream says: one packet a tick, keys in place of audio, and its reports.
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>

#include "tests/phone/media_stream.h"

namespace narada::phone {
namespace {

constexpr absl::Duration kRtcpInterval = absl::Seconds(2);  // Shorter than 5 s: tests are short.
constexpr int kEndRepeats = 3;  // RFC 4733 §2.5.1.4: the last packet goes out three times.
constexpr absl::string_view kEventDigits = "0123456789*#ABCD";

void PutUint16(std::vector<uint8_t>& out, uint32_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void PutUint32(std::vector<uint8_t>& out, uint32_t value) {
  PutUint16(out, value >> 16);
  PutUint16(out, value & 0xFFFF);
}

// `digit` is a key.
uint8_t EventOf(char digit) {
  return static_cast<uint8_t>(
      kEventDigits.find(digit >= 'a' && digit <= 'd' ? static_cast<char>(digit - 32) : digit));
}

// The NTP time stamp of now, 32.32 bits (RFC 3550 §4).
uint64_t NtpNow() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const uint64_t seconds = static_cast<uint64_t>(now.tv_sec) + 2208988800u;
  return seconds << 32 | ((static_cast<uint64_t>(now.tv_nsec) << 32) / 1000000000u);
}

}  // namespace

uint32_t MediaStream::TicksPerPacket() const {
  return static_cast<uint32_t>(TraitsOf(codec_).clock_rate_hz / 1000 * options_.ptime_ms);
}

uint32_t MediaStream::TimestampNow() const {
  return first_timestamp_ + static_cast<uint32_t>(ticks_) * TicksPerPacket();
}

void MediaStream::Tick() {
  const absl::Duration now = PhoneLoop::Now();
  report_.latest_send_ms =
      std::max(report_.latest_send_ms, absl::ToDoubleMilliseconds(now - next_tick_));
  const bool may_send =
      is_sending_ && remote_.direction != "sendonly" && remote_.direction != "inactive";
  if (!presses_.empty()) {
    KeyPress& press = presses_.front();
    if (may_send) SendEvent(press);
    ++press.ticks_done;
    if (press.ticks_done >= press.press_ticks + press.pause_ticks) presses_.pop_front();
    is_after_silence_ = true;
  } else if (may_send) {
    SendAudio(is_after_silence_);
    is_after_silence_ = false;
  } else {
    is_after_silence_ = true;
  }
  if (is_sending_ && now >= next_rtcp_) {
    SendRtcp(false);
    next_rtcp_ += kRtcpInterval;
  }
  ++ticks_;
  next_tick_ += absl::Milliseconds(options_.ptime_ms) / (1 + options_.trouble.skew_ppm * 1e-6);
  tick_timer_ = loop_.At(next_tick_, [this] { Tick(); });
}

void MediaStream::SendAudio(bool is_marked) {
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz() / 1000 * options_.ptime_ms));
  if (!samples_.empty()) {
    const size_t count = std::min(samples_.size(), samples.size());
    std::copy_n(samples_.begin(), count, samples.begin());
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<int64_t>(count));
  } else {
    AddTones(tones_, ticks_ * samples.size(), samples, rate_hz());
  }
  SendPacket(payload_type_, is_marked, TimestampNow(), encoder_->Encode(samples));
}

void MediaStream::SendEvent(KeyPress& press) {
  if (press.ticks_done == 0) {
    press.timestamp = TimestampNow();
    report_.digits_sent.push_back({press.digit, SinceOrigin()});
  }
  const int past_end = press.ticks_done - (press.press_ticks - 1);
  if (past_end >= kEndRepeats) return;  // The pause: nothing at all, as telephones do.
  const bool is_end = past_end >= 0;
  const uint32_t duration =
      static_cast<uint32_t>(event_->clock_rate_hz / 1000 * options_.ptime_ms *
                            std::min(press.ticks_done + 1, press.press_ticks));
  const std::array<uint8_t, 4> payload = {
      EventOf(press.digit),
      static_cast<uint8_t>((is_end ? 0x80 : 0) | 10),  // Volume -10 dBm0.
      static_cast<uint8_t>(duration >> 8), static_cast<uint8_t>(duration)};
  SendPacket(event_->payload_type, press.ticks_done == 0, press.timestamp, payload);
}

void MediaStream::SendPacket(int payload_type, bool is_marked, uint32_t timestamp,
                             std::span<const uint8_t> payload) {
  std::vector<uint8_t> packet;
  packet.reserve(12 + payload.size());
  packet.push_back(0x80);
  packet.push_back(static_cast<uint8_t>((is_marked ? 0x80 : 0) | payload_type));
  PutUint16(packet, sequence_++);
  PutUint32(packet, timestamp);
  PutUint32(packet, ssrc_);
  packet.insert(packet.end(), payload.begin(), payload.end());
  if (protector_ != nullptr && !protector_->Protect(packet, /*is_rtcp=*/false)) return;
  ++report_.packets_sent;
  octets_sent_ += static_cast<uint32_t>(payload.size());
  Transmit(std::move(packet));
}

void MediaStream::Transmit(std::vector<uint8_t> packet) {
  if (network_.is_perfect()) {
    in_flight_.emplace(absl::ZeroDuration(), std::move(packet));
    return TransmitDue();
  }
  const absl::optional<NetworkModel::Fate> fate = network_.Next();
  if (!fate.has_value()) return;
  absl::Duration departure = PhoneLoop::Now() + fate->delay;
  if (!fate->may_be_overtaken) {
    departure = std::max(departure, last_departure_);
    last_departure_ = departure;
  }
  if (fate->is_doubled) in_flight_.emplace(departure, packet);
  in_flight_.emplace(departure, std::move(packet));
  TransmitDue();
}

void MediaStream::TransmitDue() {
  loop_.Cancel(departure_timer_);
  const absl::Duration now = PhoneLoop::Now();
  while (!in_flight_.empty() && in_flight_.begin()->first <= now) {
    const std::vector<uint8_t>& packet = in_flight_.begin()->second;
    (void)!sendto(rtp_fd_, packet.data(), packet.size(), 0,
                  reinterpret_cast<const sockaddr*>(&remote_rtp_), sizeof(remote_rtp_));
    in_flight_.erase(in_flight_.begin());
  }
  if (in_flight_.empty()) return;
  departure_timer_ = loop_.At(in_flight_.begin()->first, [this] { TransmitDue(); });
}

void MediaStream::SendRtcp(bool is_bye) {
  std::vector<uint8_t> packet;
  const bool has_block = has_source_;
  packet.push_back(static_cast<uint8_t>(0x80 | (has_block ? 1 : 0)));
  packet.push_back(200);
  PutUint16(packet, has_block ? 12 : 6);
  PutUint32(packet, ssrc_);
  const uint64_t ntp = NtpNow();
  PutUint32(packet, static_cast<uint32_t>(ntp >> 32));
  PutUint32(packet, static_cast<uint32_t>(ntp));
  PutUint32(packet, TimestampNow());
  PutUint32(packet, static_cast<uint32_t>(report_.packets_sent));
  PutUint32(packet, octets_sent_);
  if (has_block) {
    PutUint32(packet, report_.remote_ssrc);
    PutUint32(packet, static_cast<uint32_t>(Lost()) & 0xFFFFFF);  // Fraction not kept: 0.
    PutUint32(packet, static_cast<uint32_t>(highest_sequence_));
    PutUint32(packet, static_cast<uint32_t>(jitter_ticks_));
    PutUint32(packet, last_sr_middle_);
    PutUint32(packet,
              last_sr_middle_ == 0
                  ? 0
                  : static_cast<uint32_t>(
                        absl::ToDoubleSeconds(PhoneLoop::Now() - last_sr_arrival_) * 65536));
  }
  // SDES with a CNAME: 2 header words, item "phone@test", padded by zeros.
  const absl::string_view cname = "phone@test";
  std::vector<uint8_t> sdes;
  PutUint32(sdes, ssrc_);
  sdes.push_back(1);
  sdes.push_back(static_cast<uint8_t>(cname.size()));
  sdes.insert(sdes.end(), cname.begin(), cname.end());
  do sdes.push_back(0);
  while (sdes.size() % 4 != 0);
  packet.push_back(0x81);
  packet.push_back(202);
  PutUint16(packet, static_cast<uint32_t>(sdes.size() / 4));
  packet.insert(packet.end(), sdes.begin(), sdes.end());
  if (is_bye) {
    packet.push_back(0x81);
    packet.push_back(203);
    PutUint16(packet, 1);
    PutUint32(packet, ssrc_);
  }
  if (protector_ != nullptr && !protector_->Protect(packet, /*is_rtcp=*/true)) return;
  (void)!sendto(rtcp_fd_, packet.data(), packet.size(), 0,
                reinterpret_cast<const sockaddr*>(&remote_rtcp_), sizeof(remote_rtcp_));
}

}  // namespace narada::phone
