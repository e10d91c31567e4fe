#include "tests/phone/media_stream.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace narada::phone {
namespace {

constexpr int kEndRepeats = 3;  // RFC 4733 §2.5.1.4: the last packet of an event goes out so often.

bool IsKey(char digit) {
  return absl::StrContains("0123456789*#ABCDabcd", absl::string_view(&digit, 1));
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
    : loop_(loop), options_(options), codec_(options.codecs.front()), network_(options.trouble) {
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
  for (const std::string& suite : options_.srtp_suites) {
    const absl::StatusOr<SrtpKey> key = SrtpKey::Random(suite);
    if (!key.ok()) return key.status();
    keys_.push_back(*key);
  }
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
  loop_.Cancel(departure_timer_);
  if (is_started_ && is_sending_) SendRtcp(true);
}

std::vector<int> MediaStream::EventClockRates() const {
  std::vector<int> rates;
  for (Codec codec : options_.codecs) {
    const int rate = TraitsOf(codec).clock_rate_hz;
    if (std::find(rates.begin(), rates.end(), rate) == rates.end()) rates.push_back(rate);
  }
  return rates;
}

absl::optional<Codec> MediaStream::OwnCodec(const SdpFormat& format) const {
  for (Codec codec : options_.codecs) {
    const CodecTraits& traits = TraitsOf(codec);
    if (absl::EqualsIgnoreCase(format.name, traits.encoding_name) &&
        format.clock_rate_hz == traits.clock_rate_hz) {
      return codec;
    }
  }
  return absl::nullopt;
}

std::string MediaStream::LocalSdp(absl::string_view direction) {
  std::string formats;
  std::string maps;
  const auto add = [&](int payload_type, const CodecTraits& traits) {
    absl::StrAppend(&formats, " ", payload_type);
    absl::StrAppend(&maps, "a=rtpmap:", payload_type, " ", traits.encoding_name, "/",
                    traits.clock_rate_hz, traits.channels == 2 ? "/2" : "", "\r\n");
    if (!traits.fmtp.empty()) {
      absl::StrAppend(&maps, "a=fmtp:", payload_type, " ", traits.fmtp, "\r\n");
    }
  };
  const auto add_event = [&](int payload_type, int clock_rate_hz) {
    absl::StrAppend(&formats, " ", payload_type);
    absl::StrAppend(&maps, "a=rtpmap:", payload_type, " telephone-event/", clock_rate_hz,
                    "\r\na=fmtp:", payload_type, " 0-16\r\n");
  };
  if (remote_.formats.empty()) {
    for (Codec codec : options_.codecs) add(TraitsOf(codec).payload_type, TraitsOf(codec));
    int event = options_.event_payload_type;
    if (event != 0) {
      for (int rate : EventClockRates()) add_event(event++, rate);
    }
  } else {  // An answer holds only what the offer had, under its numbers.
    for (const SdpFormat& format : remote_.formats) {
      if (const absl::optional<Codec> own = OwnCodec(format); own.has_value()) {
        add(format.payload_type, TraitsOf(*own));
      }
    }
    if (event_.has_value()) add_event(event_->payload_type, event_->clock_rate_hz);
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (remote_key_.empty() || i == key_) {
      absl::StrAppend(&maps, "a=crypto:", keys_[i].ToLine(key_tag_ != 0 ? key_tag_ : i + 1),
                      "\r\n");
    }
  }
  const std::string body =
      absl::StrCat("s=-\r\nc=IN IP4 ", options_.local_address, "\r\nt=0 0\r\nm=audio ", port_,
                   keys_.empty() ? " RTP/AVP" : " RTP/SAVP", formats, "\r\n", maps,
                   "a=ptime:", options_.ptime_ms, "\r\na=", direction, "\r\n");
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

absl::Status MediaStream::AgreeOnCodec(const SdpAudio& remote) {
  const SdpFormat* chosen = nullptr;
  for (const SdpFormat& format : remote.formats) {
    const absl::optional<Codec> own = OwnCodec(format);
    if (!own.has_value()) continue;
    const CodecTraits& traits = TraitsOf(*own);
    if (chosen == nullptr) {
      if (is_started_ && traits.rate_hz != rate_hz()) {
        return absl::InvalidArgumentError("the rate of this phone's samples stays for a call");
      }
      chosen = &format;
      if (encoder_ == nullptr || *own != codec_) encoder_ = MakeEncoder(*own);
      codec_ = *own;
      payload_type_ = format.payload_type;
    } else if (traits.rate_hz != rate_hz()) {
      continue;
    }
    // The peer may send any of them, under its number or under ours.
    for (int payload_type : {format.payload_type, traits.payload_type}) {
      if (decoders_.count(payload_type) == 0) decoders_[payload_type] = MakeDecoder(*own);
    }
  }
  if (chosen == nullptr) return absl::InvalidArgumentError("no common codec");
  event_.reset();
  if (options_.event_payload_type == 0) return absl::OkStatus();
  // RFC 4733 §2.1: at the clock rate of the audio; some peers have only another.
  for (const SdpFormat& event : remote.events) {
    event_payload_types_.insert(event.payload_type);
    if (!event_.has_value() || event.clock_rate_hz == TraitsOf(codec_).clock_rate_hz) {
      event_ = event;
    }
  }
  return absl::OkStatus();
}

absl::Status MediaStream::AgreeOnKeys(const SdpAudio& remote) {
  if (remote.is_secure != !keys_.empty()) {
    return absl::InvalidArgumentError(remote.is_secure ? "the peer wants SRTP, the phone RTP"
                                                       : "the peer answers with RTP, not SRTP");
  }
  for (const std::string& line : remote.crypto) {
    const absl::StatusOr<SrtpKey> key = SrtpKey::Parse(line);
    if (!key.ok()) continue;
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].suite != key->suite) continue;
      if (line == remote_key_) return absl::OkStatus();
      auto unprotector = SrtpStream::Create(*key, SrtpStream::Direction::kReceiving);
      if (!unprotector.ok()) return unprotector.status();
      unprotector_ = *std::move(unprotector);
      if (protector_ == nullptr || i != key_) {
        auto protector = SrtpStream::Create(keys_[i], SrtpStream::Direction::kSending);
        if (!protector.ok()) return protector.status();
        protector_ = *std::move(protector);
      }
      key_ = i;
      (void)absl::SimpleAtoi(line.substr(0, line.find(' ')), &key_tag_);
      remote_key_ = line;
      return absl::OkStatus();
    }
  }
  return keys_.empty() ? absl::OkStatus() : absl::InvalidArgumentError("no SRTP suite in common");
}

absl::Status MediaStream::StartTo(const SdpAudio& remote) {
  if (remote.port == 0) return absl::InvalidArgumentError("the peer refused the audio (port 0)");
  in_addr numeric;
  if (inet_pton(AF_INET, remote.address.c_str(), &numeric) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("not an IPv4 address: ", remote.address));
  }
  if (absl::Status agreed = AgreeOnCodec(remote); !agreed.ok()) return agreed;
  if (absl::Status agreed = AgreeOnKeys(remote); !agreed.ok()) return agreed;
  remote_ = remote;
  remote_rtp_ = Address(remote.address, remote.port);
  remote_rtcp_ = Address(remote.address, static_cast<uint16_t>(remote.port + 1));
  report_.codec = std::string(TraitsOf(codec_).flag);
  report_.is_secure = protector_ != nullptr;
  if (!is_started_) {
    is_started_ = true;
    heard_ = HeardAudio(rate_hz());
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
  if (is_started_ && !event_.has_value()) {
    return absl::FailedPreconditionError("the peer takes no telephone-event");
  }
  for (char digit : digits) {
    if (!IsKey(digit)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", std::string(1, digit), "\" is no telephone key"));
    }
  }
  for (char digit : digits) {
    KeyPress one{};
    one.digit = digit;
    const absl::Duration ptime = absl::Milliseconds(options_.ptime_ms);
    one.press_ticks = std::max<int>(2, static_cast<int>(press / ptime));
    one.pause_ticks = std::max<int>(kEndRepeats - 1, static_cast<int>(pause / ptime));
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

}  // namespace narada::phone
