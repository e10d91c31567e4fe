#include "tests/phone/media_stream.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "tests/phone/g711.h"

namespace narada::phone {
namespace {

constexpr absl::Duration kPtime = absl::Milliseconds(20);
constexpr uint32_t kSamples = 160;
constexpr absl::Duration kRtcpInterval = absl::Seconds(2);  // Shorter than 5 s: tests are short.
constexpr int kPcmu = 0;
constexpr int kPcma = 8;
constexpr int kEndRepeats = 3;  // RFC 4733 §2.5.1.4: the last packet goes out three times.
constexpr absl::string_view kEventDigits = "0123456789*#ABCD";

int PayloadTypeOf(Codec codec) { return codec == Codec::kPcma ? kPcma : kPcmu; }

void PutUint16(std::vector<uint8_t>& out, uint32_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void PutUint32(std::vector<uint8_t>& out, uint32_t value) {
  PutUint16(out, value >> 16);
  PutUint16(out, value & 0xFFFF);
}

absl::optional<int> EventOf(char digit) {
  const size_t at =
      kEventDigits.find(digit >= 'a' && digit <= 'd' ? static_cast<char>(digit - 32) : digit);
  if (at == absl::string_view::npos) return absl::nullopt;
  return static_cast<int>(at);
}

// The NTP time stamp of now, 32.32 bits (RFC 3550 §4).
uint64_t NtpNow() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const uint64_t seconds = static_cast<uint64_t>(now.tv_sec) + 2208988800u;
  return seconds << 32 | ((static_cast<uint64_t>(now.tv_nsec) << 32) / 1000000000u);
}

sockaddr_in Address(const std::string& host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

// A bound UDP socket that stamps arrivals, or -1.
int OpenUdp(const std::string& host, uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const sockaddr_in address = Address(host, port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  // A stalled test process must not lose what the peer sent in time.
  const int bytes = 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  return fd;
}

uint16_t LocalPort(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

MediaStream::MediaStream(PhoneLoop& loop, const MediaSession::Options& options)
    : loop_(loop), options_(options) {
  std::mt19937_64 random(options.seed != 0 ? options.seed : std::random_device()());
  ssrc_ = static_cast<uint32_t>(random());
  sequence_ = static_cast<uint16_t>(random());
  first_timestamp_ = static_cast<uint32_t>(random());
}

MediaStream::~MediaStream() {
  Finish();
  for (int fd : {rtp_fd_, rtcp_fd_}) {
    if (fd < 0) continue;
    loop_.Unwatch(fd);
    close(fd);
  }
}

absl::Status MediaStream::OpenSockets() {
  // The kernel picks a free port; it serves if it is even and its neighbour is free too.
  for (int tries = 0; tries < 200; ++tries) {
    const int rtp = OpenUdp(options_.local_address, 0);
    if (rtp < 0) break;
    const uint16_t port = LocalPort(rtp);
    const int rtcp = port % 2 == 0 && port < 65535
                         ? OpenUdp(options_.local_address, static_cast<uint16_t>(port + 1))
                         : -1;
    if (rtcp < 0) {
      close(rtp);
      continue;
    }
    rtp_fd_ = rtp;
    rtcp_fd_ = rtcp;
    port_ = port;
    loop_.Watch(rtp_fd_, [this] { ReceiveAll(false); });
    loop_.Watch(rtcp_fd_, [this] { ReceiveAll(true); });
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      absl::StrCat("no free pair of UDP ports on ", options_.local_address, ": ", strerror(errno)));
}

void MediaStream::Finish() {
  if (is_finished_) return;
  if (rtp_fd_ >= 0) {  // What arrived before the end counts, in whatever order we were woken.
    ReceiveAll(false);
    ReceiveAll(true);
  }
  is_finished_ = true;
  loop_.Cancel(tick_timer_);
  if (is_started_ && is_sending_) SendRtcp(true);
}

std::string MediaStream::LocalSdp(absl::string_view direction) {
  std::string formats;
  std::string maps;
  for (Codec codec : options_.codecs) {
    const int payload_type = PayloadTypeOf(codec);
    // An answer holds only what the offer had.
    if (!remote_.payload_types.empty() &&
        std::find(remote_.payload_types.begin(), remote_.payload_types.end(), payload_type) ==
            remote_.payload_types.end()) {
      continue;
    }
    absl::StrAppend(&formats, " ", payload_type);
    absl::StrAppend(&maps, "a=rtpmap:", payload_type,
                    codec == Codec::kPcma ? " PCMA/8000\r\n" : " PCMU/8000\r\n");
  }
  const int event =
      remote_.payload_types.empty() ? options_.event_payload_type : remote_.event_payload_type;
  if (event != 0 && options_.event_payload_type != 0) {
    absl::StrAppend(&formats, " ", event);
    absl::StrAppend(&maps, "a=rtpmap:", event, " telephone-event/8000\r\na=fmtp:", event,
                    " 0-16\r\n");
  }
  const std::string body =
      absl::StrCat("s=-\r\nc=IN IP4 ", options_.local_address, "\r\nt=0 0\r\nm=audio ", port_,
                   " RTP/AVP", formats, "\r\n", maps, "a=ptime:20\r\na=", direction, "\r\n");
  // RFC 3264 §8: the version counts up by one whenever anything changed.
  if (body != last_sdp_body_) ++sdp_version_;
  last_sdp_body_ = body;
  return absl::StrCat("v=0\r\no=phone ", ssrc_, " ", sdp_version_, " IN IP4 ",
                      options_.local_address, "\r\n", body);
}

absl::Status MediaStream::Start(absl::string_view remote_sdp) {
  absl::StatusOr<SdpAudio> remote = ParseSdpAudio(remote_sdp);
  if (!remote.ok()) return remote.status();
  return StartTo(*remote);
}

absl::Status MediaStream::StartTo(const SdpAudio& remote) {
  const auto is_ours = [this](int payload_type) {
    return std::any_of(options_.codecs.begin(), options_.codecs.end(),
                       [&](Codec codec) { return PayloadTypeOf(codec) == payload_type; });
  };
  std::vector<int> usable;
  std::copy_if(remote.payload_types.begin(), remote.payload_types.end(), std::back_inserter(usable),
               is_ours);
  if (usable.empty()) return absl::InvalidArgumentError("no common codec");
  if (remote.port == 0) return absl::InvalidArgumentError("the peer refused the audio (port 0)");
  in_addr numeric;
  if (inet_pton(AF_INET, remote.address.c_str(), &numeric) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("not an IPv4 address: ", remote.address));
  }
  remote_ = remote;
  // The codec in use comes first.
  remote_.payload_types = usable;
  remote_rtp_ = Address(remote.address, remote.port);
  remote_rtcp_ = Address(remote.address, static_cast<uint16_t>(remote.port + 1));
  if (!is_started_) {
    is_started_ = true;
    const absl::Duration now = PhoneLoop::Now();
    origin_ = now;
    next_tick_ = now;
    next_rtcp_ = now + absl::Milliseconds(500);
    tick_timer_ = loop_.At(next_tick_, [this] { Tick(); });
  }
  return absl::OkStatus();
}

void MediaStream::SayTones(std::vector<Tone> tones) {
  tones_ = std::move(tones);
  samples_.clear();
}

void MediaStream::SaySamples(std::vector<int16_t> samples) {
  samples_.insert(samples_.end(), samples.begin(), samples.end());
}

absl::Status MediaStream::Press(absl::string_view digits, absl::Duration press,
                                absl::Duration pause) {
  if (is_started_ && remote_.event_payload_type == 0) {
    return absl::FailedPreconditionError("the peer takes no telephone-event");
  }
  for (char digit : digits) {
    if (!EventOf(digit).has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", std::string(1, digit), "\" is no telephone key"));
    }
  }
  for (char digit : digits) {
    KeyPress one{};
    one.digit = digit;
    one.press_ticks = std::max<int>(2, static_cast<int>(press / kPtime));
    one.pause_ticks = std::max<int>(kEndRepeats - 1, static_cast<int>(pause / kPtime));
    presses_.push_back(one);
  }
  return absl::OkStatus();
}

absl::Status MediaStream::SendRaw(absl::string_view datagram, bool is_rtcp) {
  if (!is_started_) return absl::FailedPreconditionError("no peer yet");
  const sockaddr_in& to = is_rtcp ? remote_rtcp_ : remote_rtp_;
  if (sendto(is_rtcp ? rtcp_fd_ : rtp_fd_, datagram.data(), datagram.size(), 0,
             reinterpret_cast<const sockaddr*>(&to), sizeof(to)) < 0) {
    return absl::UnavailableError(strerror(errno));
  }
  return absl::OkStatus();
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
  next_tick_ += kPtime;
  tick_timer_ = loop_.At(next_tick_, [this] { Tick(); });
}

void MediaStream::SendAudio(bool is_marked) {
  std::array<int16_t, kSamples> samples{};
  if (!samples_.empty()) {
    const size_t count = std::min<size_t>(samples_.size(), samples.size());
    std::copy_n(samples_.begin(), count, samples.begin());
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<int64_t>(count));
  } else {
    AddTones(tones_, ticks_ * kSamples, samples);
  }
  const int payload_type = remote_.payload_types.front();
  std::array<uint8_t, kSamples> payload;
  std::transform(samples.begin(), samples.end(), payload.begin(),
                 payload_type == kPcma ? EncodeAlaw : EncodeUlaw);
  SendPacket(payload_type, is_marked, first_timestamp_ + static_cast<uint32_t>(ticks_) * kSamples,
             payload);
}

void MediaStream::SendEvent(KeyPress& press) {
  if (press.ticks_done == 0) {
    press.timestamp = first_timestamp_ + static_cast<uint32_t>(ticks_) * kSamples;
    report_.digits_sent.push_back({press.digit, SinceOrigin()});
  }
  const int past_end = press.ticks_done - (press.press_ticks - 1);
  if (past_end >= kEndRepeats) return;  // The pause: nothing at all, as telephones do.
  const bool is_end = past_end >= 0;
  const uint32_t duration =
      kSamples * static_cast<uint32_t>(std::min(press.ticks_done + 1, press.press_ticks));
  const std::array<uint8_t, 4> payload = {
      static_cast<uint8_t>(EventOf(press.digit).value()),
      static_cast<uint8_t>((is_end ? 0x80 : 0) | 10),  // Volume -10 dBm0.
      static_cast<uint8_t>(duration >> 8), static_cast<uint8_t>(duration)};
  SendPacket(remote_.event_payload_type, press.ticks_done == 0, press.timestamp, payload);
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
  if (sendto(rtp_fd_, packet.data(), packet.size(), 0,
             reinterpret_cast<const sockaddr*>(&remote_rtp_), sizeof(remote_rtp_)) >= 0) {
    ++report_.packets_sent;
    octets_sent_ += static_cast<uint32_t>(payload.size());
  }
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
  PutUint32(packet, first_timestamp_ + static_cast<uint32_t>(ticks_) * kSamples);
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
  (void)!sendto(rtcp_fd_, packet.data(), packet.size(), 0,
                reinterpret_cast<const sockaddr*>(&remote_rtcp_), sizeof(remote_rtcp_));
}

}  // namespace narada::phone
