#include "mixer/room/room_world.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <numbers>

#include "base/check.h"
#include "base/media_path_scope.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kTick = Milliseconds(20);

SocketAddress AddressOf(uint64_t id) {
  return {IpAddress::V4(192, 0, 2, static_cast<uint8_t>(id)), 5004};
}

}  // namespace

RoomWorld::~RoomWorld() {
  for (auto& [id, phone] : phones_) room_.Remove(*phone.leg);
}

Leg& RoomWorld::Join(uint64_t id, const codec::CodecFormat& format,
                     std::optional<AudioLevelExtension> levels) {
  LegMedia media;
  media.receive_formats[0] = format;
  media.receive_formats_count = 1;
  media.send_format = format;
  media.remote_rtp = AddressOf(id);
  media.receive_audio_level = levels;
  Phone& phone = phones_[id];
  phone.format = format;
  phone.levels = levels;
  phone.encoder = codec::MakeEncoder(format);
  phone.decoder = codec::MakeDecoder(format);
  phone.leg = std::make_unique<Leg>(
      LegConfig{.id = {id}, .ssrc = Ssrc(static_cast<uint32_t>(id)), .cname = "test", .seed = id},
      media);
  room_.Add(*phone.leg);
  return *phone.leg;
}

void RoomWorld::Leave(uint64_t id) {
  room_.Remove(*phones_.at(id).leg);
  phones_.erase(id);
}

void RoomWorld::Say(uint64_t id, double frequency_hz, double amplitude) {
  phones_.at(id).frequency_hz = frequency_hz;
  phones_.at(id).amplitude = amplitude;
}

void RoomWorld::Forget(uint64_t id) {
  phones_.at(id).heard.clear();
  phones_.at(id).stamps.clear();
}

// What is too long for a datagram goes in two.
void RoomWorld::Send(uint64_t id, Phone& phone) {
  const MediaDuration ptime = std::min(kTick, codec::TraitsOf(phone.format.id).ptime_max);
  for (MediaDuration sent; sent < kTick; sent += ptime) SendPacket(id, phone, ptime);
}

void RoomWorld::SendPacket(uint64_t id, Phone& phone, MediaDuration ptime) {
  const SampleRate rate = phone.format.sample_rate();
  std::vector<int16_t> frame(rate.SamplesIn(ptime).size());
  for (int16_t& sample : frame) {
    sample = static_cast<int16_t>(std::lround(phone.amplitude * std::sin(phone.phase)));
    phone.phase += 2 * std::numbers::pi * phone.frequency_hz / rate.hertz();
  }
  const size_t size_max = phone.encoder->PayloadSizeMax(SampleCount(frame.size()));
  const size_t header = phone.levels.has_value() ? 20 : 12;
  phone.datagram.assign(header + size_max, 0);
  const size_t size = phone.encoder->Encode(frame, std::span(phone.datagram).subspan(header));
  phone.datagram.resize(header + size);
  const RtpTicks ticks = phone.format.clock_rate().TicksIn(ptime);
  rtp::PacketHeader{.payload_type = phone.format.payload_type,
                    .sequence_number = SequenceNumber(static_cast<uint16_t>(phone.number)),
                    .timestamp = RtpTimestamp() + ticks * phone.number,
                    .ssrc = Ssrc(static_cast<uint32_t>(1000 + id))}
      .Write(phone.datagram);
  if (phone.levels.has_value()) {
    const double level = AudioLevel::Of(frame).dbov();
    const auto measured = static_cast<uint8_t>((level > -50 ? 0x80 : 0) | std::lround(-level));
    const uint8_t extension[] = {
        0x10, 0, 0, 1, phone.levels->id, 1, phone.claimed_level.value_or(measured), 0};
    phone.datagram[0] |= 0x10;
    std::copy(std::begin(extension), std::end(extension), phone.datagram.begin() + 12);
  }
  ++phone.number;
  phone.leg->ReceiveRtp(phone.datagram, AddressOf(id), now_ - Milliseconds(15));
}

void RoomWorld::Receive(Phone& phone, const OutgoingDatagram& datagram) {
  const auto header = rtp::PacketView::Parse(datagram.header);
  CHECK(header.ok()) << "ours is well-formed";
  CHECK(header->payload_type() == phone.format.payload_type) << "as agreed";
  phone.stamps.push_back(header->timestamp());
  const size_t before = phone.heard.size();
  phone.heard.resize(before + 5760);
  const auto decoded =
      phone.decoder->Decode(datagram.payload, std::span(phone.heard).subspan(before));
  CHECK(decoded.ok()) << "ours can be decoded";
  phone.heard.resize(before + decoded->size());
}

void RoomWorld::Tick(int ticks) {
  for (int i = 0; i < ticks; ++i) {
    now_ += kTick;
    for (auto& [id, phone] : phones_) Send(id, phone);
    outbox_.Clear();
    events_.Clear();
    {
      const MediaPathScope scope;
      room_.Tick(now_, outbox_, events_);
    }
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      if (!datagram.is_rtcp) Receive(phones_.at(datagram.leg->id().value), datagram);
    }
  }
}

double RoomWorld::LevelAt(uint64_t id, double frequency_hz, int ms) const {
  const std::vector<int16_t>& heard = Heard(id);
  const SampleRate rate = RateOf(id);
  const size_t count = std::min(heard.size(), rate.SamplesIn(Milliseconds(ms)).size());
  double real = 0, imaginary = 0;
  for (size_t i = 0; i < count; ++i) {
    const double window =
        1 - std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count));
    const double angle =
        2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate.hertz();
    const double sample = window * heard[heard.size() - count + i];
    real += sample * std::cos(angle);
    imaginary += sample * std::sin(angle);
  }
  const double amplitude = 2 * std::hypot(real, imaginary) / static_cast<double>(count);
  return 20 * std::log10(std::max(amplitude, 1e-3) / 32768);
}

double RoomWorld::WorstToneSnr(uint64_t id, double frequency_hz, int ms) const {
  const std::vector<int16_t>& heard = Heard(id);
  const size_t window = RateOf(id).SamplesIn(kTick).size();
  double worst_db = 200;
  for (size_t end = heard.size();
       end + RateOf(id).SamplesIn(Milliseconds(ms)).size() >= heard.size() + window;
       end -= window) {
    // The tone that fits best, by least squares.
    double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, xx = 0;
    for (size_t i = end - window; i < end; ++i) {
      const double angle =
          2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / RateOf(id).hertz();
      const double c = std::cos(angle), s = std::sin(angle), x = heard[i];
      cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s, xx += x * x;
    }
    const double determinant = cc * ss - cs * cs;
    const double tone = (xc * xc * ss - 2 * xc * xs * cs + xs * xs * cc) / determinant;
    worst_db = std::min(worst_db, 10 * std::log10(tone / std::max(xx - tone, 1e-6)));
  }
  return worst_db;
}

int RoomWorld::RoughestSample(uint64_t id, int ms) const {
  const std::vector<int16_t>& heard = Heard(id);
  const size_t count = std::min(heard.size(), RateOf(id).SamplesIn(Milliseconds(ms)).size());
  int roughest = 0;
  for (size_t i = heard.size() - count + 2; i < heard.size(); ++i) {
    roughest = std::max(roughest, std::abs(heard[i] - 2 * heard[i - 1] + heard[i - 2]));
  }
  return roughest;
}

}  // namespace narada::mixer::room
