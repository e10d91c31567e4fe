// Computes each tick's mixes again, in 64 bits and one sample after the other, and compares what
// was really sent.
#ifndef NARADA_TESTS_SIMULATION_MIX_CHECK_H_
#define NARADA_TESTS_SIMULATION_MIX_CHECK_H_

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "mixer/codec/codec_id.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"

namespace narada::simulation {

class MixCheck {
 public:
  // Before and after room.Tick(): `sent` is what the tick put into the outbox. Reports failures to
  // the test.
  void BeforeTick(const mixer::room::Room& room);
  void AfterTick(const mixer::room::Room& room,
                 std::span<const mixer::room::OutgoingDatagram> sent);

  // Payloads compared.
  int64_t checked() const { return checked_; }

 private:
  bool HearsTheSumOfTheOthers(const mixer::room::Room& room, const mixer::room::Leg& leg) const;
  std::vector<uint8_t> Expected(mixer::codec::CodecId codec, std::span<const int16_t> own) const;
  void Check(const mixer::room::Room& room, const mixer::room::OutgoingDatagram& datagram);

  std::vector<int64_t> sum_;
  std::array<std::vector<uint8_t>, 2> common_;  // Of the whole sum, in A-law and µ-law.
  std::set<const mixer::room::Leg*>
      limited_before_;  // Their limiters were at work before the tick.
  int64_t checked_ = 0;
  uint64_t encodes_before_ = 0;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_MIX_CHECK_H_
