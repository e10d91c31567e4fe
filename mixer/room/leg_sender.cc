#include "mixer/room/leg_sender.h"

#include <utility>

namespace narada::mixer::room {
namespace {

constexpr ClockRate kClockRate = ClockRate::FromHertz(8000);

}  // namespace

void LegSender::BeginTick(RtpTicks passed, RtpTicks frame) noexcept {
  timestamp_ += passed;
  frame_ = frame;
}

bool LegSender::SendDigit(std::optional<PayloadType> type, const SocketAddress& destination,
                          Outbox& outbox) noexcept {
  if (!type.has_value()) return false;
  const std::optional<dtmf::EventPacket> packet = digits_.Tick(timestamp_, frame_, kClockRate);
  if (!packet.has_value()) return false;
  packet->event.Write(event_);
  Send({.marker = packet->marker, .payload_type = *type, .timestamp = packet->timestamp}, event_,
       destination, outbox);
  return true;
}

void LegSender::SendAudio(PayloadType type, std::span<const uint8_t> payload,
                          const SocketAddress& destination, Outbox& outbox) noexcept {
  Send({.marker = std::exchange(is_first_, false), .payload_type = type, .timestamp = timestamp_},
       payload, destination, outbox);
}

void LegSender::Send(rtp::PacketHeader header, std::span<const uint8_t> payload,
                     const SocketAddress& destination, Outbox& outbox) noexcept {
  header.sequence_number = number_;
  header.ssrc = ssrc_;
  header.Write(header_);
  ++number_;
  ++packets_;
  octets_ += payload.size();
  outbox.Push({.leg = &leg_, .destination = destination, .header = header_, .payload = payload});
}

}  // namespace narada::mixer::room
