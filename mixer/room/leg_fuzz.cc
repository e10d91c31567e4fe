// Whatever arrives at a leg, in whatever order and at whatever time, the room ticks on and sends to
// the phone alone. The input is read as records: what kind, how long after the last one, how many
// bytes, the bytes.
#include <algorithm>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"

namespace narada::mixer::room {
namespace {

constexpr SocketAddress kPhone(IpAddress::V4(192, 0, 2, 1), 5004);

class World {
 public:
  World() { room_.Add(leg_); }
  ~World() { room_.Remove(leg_); }

  void Run(std::span<const uint8_t> input) {
    while (input.size() >= 3) {
      const uint8_t kind = input[0];
      now_ += Milliseconds(input[1]);
      const size_t size = std::min<size_t>(input[2], input.size() - 3);
      const std::span<const uint8_t> bytes = input.subspan(3, size);
      input = input.subspan(3 + size);
      switch (kind % 8) {
        case 0:
        case 1:
        case 2:
          leg_.ReceiveRtp(bytes, kPhone, now_);
          break;
        case 3:
          leg_.ReceiveRtp(bytes, kPhone.WithPort(static_cast<uint16_t>(5000 + kind)), now_);
          break;
        case 4:
          leg_.ReceiveRtcp(bytes, kPhone.WithPort(5005), now_);
          break;
        case 5:
          if (!bytes.empty()) leg_.InjectDigit(static_cast<char>(bytes[0]), now_);
          break;
        case 6:
          leg_.UpdateMedia(Media(kind));
          break;
        default:
          Tick();
      }
    }
    Tick();
  }

 private:
  static LegMedia Media(uint8_t variant) {
    LegMedia media;
    media.receive_formats = {{{.id = codec::CodecId::kPcma, .payload_type = kPcmaPayloadType},
                              {.id = codec::CodecId::kPcmu, .payload_type = kPcmuPayloadType}}};
    media.receive_formats_count = 2;
    media.receive_telephone_event = PayloadType(101);
    media.send_telephone_event = PayloadType(101);
    media.receive_comfort_noise = kComfortNoisePayloadType;
    media.remote_rtp = kPhone;
    media.remote_rtcp = kPhone.WithPort(5005);
    media.receive_audio_level = {.id = 1, .has_voice_flag = (variant & 16) == 0};
    media.rtcp_mux = (variant & 16) != 0;
    media.is_receiving = (variant & 32) == 0;
    media.is_sending = (variant & 64) == 0;
    media.finds_digits_in_band = (variant & 128) != 0;
    media.extended_reports = {.voip_metrics = (variant & 128) != 0,
                              .reference_time = (variant & 128) != 0};
    return media;
  }

  void Tick() {
    now_ += Milliseconds(20);
    outbox_.Clear();
    events_.Clear();
    room_.Tick(now_, outbox_, events_);
    for (const OutgoingDatagram& datagram : outbox_.datagrams()) {
      CHECK(datagram.destination.ip() == kPhone.ip()) << "sent to " << datagram.destination;
      CHECK(datagram.header.size() + datagram.payload.size() <= 1500) << "too long a datagram";
    }
  }

  Room room_{{.id = {1}}};
  Leg leg_{{.id = {1}, .ssrc = Ssrc(0x1234), .cname = "fuzz"}, Media(0)};
  Outbox outbox_{8};
  EventSink events_{256};
  MediaTime now_ = MediaTime() + Seconds(10);
};

}  // namespace
}  // namespace narada::mixer::room

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::room::World().Run({data, size});
  return 0;
}
