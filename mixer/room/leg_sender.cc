#include "mixer/room/leg_sender.h"

#include <utility>

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kTick = Milliseconds(20);

}  // namespace

bool LegSender::SendDigit(std::optional<PayloadType> type, const SocketAddress& destination,
                          Outbox& outbox) noexcept {
  if (!type.has_value() || digits_.is_idle()) return false;
  const std::optional<dtmf::EventPacket> packet =
      digits_.Tick(timestamp_, event_clock_rate_.TicksIn(kTick), event_clock_rate_);
  if (!packet.has_value()) return false;
  packet->event.Write(event_);
  Send({.marker = packet->marker, .payload_type = *type, .timestamp = packet->timestamp}, event_,
       destination, outbox);
  return true;
}

void LegSender::SendAudio(PayloadType type, const OutgoingPacket& packet,
                          const SocketAddress& destination, Outbox& outbox) noexcept {
  Send({.marker = std::exchange(is_first_, false),
        .payload_type = type,
        .timestamp = timestamp_ + clock_rate_.TicksIn(packet.start)},
       packet.payload, destination, outbox);
}

void LegSender::SendComfortNoise(PayloadType type, std::span<const uint8_t> payload,
                                 const SocketAddress& destination, Outbox& outbox) noexcept {
  Send({.payload_type = type, .timestamp = timestamp_}, payload, destination, outbox);
  is_first_ = true;
}

void LegSender::Send(rtp::PacketHeader header, std::span<const uint8_t> payload,
                     const SocketAddress& destination, Outbox& outbox) noexcept {
  header.sequence_number = number_;
  header.ssrc = ssrc_;
  std::array<uint8_t, 12>& bytes = headers_[packets_ % headers_.size()];
  header.Write(bytes);
  ++number_;
  OutgoingDatagram datagram = {
      .leg = &leg_, .destination = destination, .header = bytes, .payload = payload};
  if (crypto_ != nullptr) {
    datagram.header = crypto_->SealRtp(bytes, payload);
    datagram.payload = {};
    if (datagram.header.empty()) return;  // It cannot be sealed, so it is not sent.
  }
  ++packets_;
  octets_ += payload.size();
  // At the end: who carries the outbox away may save the leg, which must know of this packet then.
  outbox.Push(datagram);
}

}  // namespace narada::mixer::room
