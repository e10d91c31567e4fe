// Rooms with phones of any codec for tests: what a phone says is made tick by tick, and what each one
// hears is decoded sample by sample. The network is perfect.
//   RoomWorld world({.id = {1}});
//   world.Join(1, {.id = codec::CodecId::kG722, .payload_type = kG722PayloadType});
//   world.Say(1, 440, 8000);
//   world.Tick(50);
//   EXPECT_NEAR(world.LevelAt(2, 440), ...);
#ifndef NARADA_MIXER_ROOM_ROOM_WORLD_H_
#define NARADA_MIXER_ROOM_ROOM_WORLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/units/audio_level_extension.h"

namespace narada::mixer::room {

class RoomWorld {
 public:
  explicit RoomWorld(const RoomConfig& config) : room_(config) {}
  ~RoomWorld();

  // With `levels` the phone says in each packet how loud it is (RFC 6464).
  Leg& Join(uint64_t id, const codec::CodecFormat& format,
            std::optional<AudioLevelExtension> levels = std::nullopt);
  void Leave(uint64_t id);
  // A tone from now on; 0 Hz is silence.
  void Say(uint64_t id, double frequency_hz, double amplitude);
  // From now on its packets hold this element in place of their true level.
  void ClaimLevel(uint64_t id, uint8_t element) { phones_.at(id).claimed_level = element; }
  // The ticks run as a media path: an allocation ends the test.
  void Tick(int ticks = 1);

  Room& room() { return room_; }
  Leg& leg(uint64_t id) { return *phones_.at(id).leg; }
  SampleRate RateOf(uint64_t id) const { return phones_.at(id).format.sample_rate(); }
  // All that the phone has heard, decoded; and the stamps of the packets.
  const std::vector<int16_t>& Heard(uint64_t id) const { return phones_.at(id).heard; }
  const std::vector<RtpTimestamp>& Stamps(uint64_t id) const { return phones_.at(id).stamps; }
  void Forget(uint64_t id);
  // In dB of full scale, over the last `ms` heard, by correlation.
  double LevelAt(uint64_t id, double frequency_hz, int ms = 200) const;
  // The largest second difference in the last `ms`: a click stands out.
  int RoughestSample(uint64_t id, int ms) const;
  // Of a tone that alone is to be heard: its power against all else, in dB, in the worst 20 ms of the
  // last `ms`.
  double WorstToneSnr(uint64_t id, double frequency_hz, int ms) const;
  MediaTime now() const { return now_; }

 private:
  struct Phone {
    codec::CodecFormat format;
    std::unique_ptr<Leg> leg;
    std::unique_ptr<codec::Encoder> encoder;
    std::unique_ptr<codec::Decoder> decoder;
    std::optional<AudioLevelExtension> levels;
    std::optional<uint8_t> claimed_level;
    std::vector<uint8_t> datagram;
    uint32_t number = 0;
    double phase = 0, frequency_hz = 0, amplitude = 0;
    std::vector<int16_t> heard;
    std::vector<RtpTimestamp> stamps;
  };
  void Send(uint64_t id, Phone& phone);
  void SendPacket(uint64_t id, Phone& phone, MediaDuration ptime);
  void Receive(Phone& phone, const OutgoingDatagram& datagram);

  Room room_;
  std::map<uint64_t, Phone> phones_;
  Outbox outbox_{256};
  EventSink events_{4096};
  MediaTime now_ = MediaTime() + Seconds(100);
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_ROOM_WORLD_H_
