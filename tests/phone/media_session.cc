#include "tests/phone/media_session.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "tests/phone/media_stream.h"

namespace narada::phone {

MediaSession::MediaSession(PhoneLoop& loop, Options options)
    : loop_(loop), stream_(std::make_unique<MediaStream>(loop, options)) {}

absl::StatusOr<std::unique_ptr<MediaSession>> MediaSession::Open(PhoneLoop& loop, Options options) {
  if (options.codecs.empty()) return absl::InvalidArgumentError("a phone needs a codec");
  if (options.ptime_ms < 10 || options.ptime_ms > 60 || options.ptime_ms % 10 != 0) {
    return absl::InvalidArgumentError("a packet holds 10 to 60 ms, in steps of 10");
  }
  std::unique_ptr<MediaSession> session(new MediaSession(loop, std::move(options)));
  absl::MutexLock lock(&loop.mutex());
  absl::Status opened = session->stream_->OpenSockets();
  if (opened.ok()) return session;
  // Destroying the session takes the mutex as well.
  loop.mutex().Unlock();
  session.reset();
  loop.mutex().Lock();
  return opened;
}

MediaSession::~MediaSession() {
  absl::MutexLock lock(&loop_.mutex());
  stream_.reset();
}

std::string MediaSession::LocalSdp(absl::string_view direction) {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->LocalSdp(direction);
}

uint16_t MediaSession::port() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->port();
}

uint32_t MediaSession::ssrc() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->ssrc();
}

absl::Status MediaSession::Start(absl::string_view remote_sdp) {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->Start(remote_sdp);
}

absl::Status MediaSession::StartTo(absl::string_view address, uint16_t port, Codec codec,
                                   int event_payload_type) {
  SdpAudio remote;
  remote.address = std::string(address);
  remote.port = port;
  const CodecTraits& traits = TraitsOf(codec);
  remote.formats = {{.payload_type = traits.payload_type,
                     .name = absl::AsciiStrToLower(traits.encoding_name),
                     .clock_rate_hz = traits.clock_rate_hz,
                     .channels = traits.channels}};
  if (event_payload_type != 0) {
    remote.events = {{.payload_type = event_payload_type,
                      .name = "telephone-event",
                      .clock_rate_hz = traits.clock_rate_hz}};
  }
  absl::MutexLock lock(&loop_.mutex());
  return stream_->StartTo(remote);
}

void MediaSession::SetOrigin(absl::Duration monotonic) {
  absl::MutexLock lock(&loop_.mutex());
  stream_->SetOrigin(monotonic);
}

absl::Duration MediaSession::SinceOrigin() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->SinceOrigin();
}

void MediaSession::SetSending(bool is_sending) {
  absl::MutexLock lock(&loop_.mutex());
  stream_->SetSending(is_sending);
}

std::string MediaSession::remote_direction() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->remote().direction;
}

void MediaSession::SayTones(std::vector<Tone> tones) {
  absl::MutexLock lock(&loop_.mutex());
  stream_->SayTones(std::move(tones));
}

void MediaSession::SaySamples(std::vector<int16_t> samples) {
  absl::MutexLock lock(&loop_.mutex());
  stream_->SaySamples(std::move(samples));
}

bool MediaSession::is_saying() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->is_saying();
}

absl::Status MediaSession::Press(absl::string_view digits, absl::Duration press,
                                 absl::Duration pause) {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->Press(digits, press, pause);
}

absl::Status MediaSession::SendRaw(absl::string_view datagram, bool is_rtcp) {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->SendRaw(datagram, is_rtcp);
}

int MediaSession::rate_hz() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->rate_hz();
}

std::vector<PacketTrace> MediaSession::PacketTraces() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->traces();
}

HeardAudio MediaSession::Heard() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->heard();
}

MediaReport MediaSession::Report() const {
  absl::MutexLock lock(&loop_.mutex());
  return stream_->Report();
}

}  // namespace narada::phone
