// Computes each tick's mixes again, in 64 bits and one sample after the other, and compares what
// was really sent: of legs whose codec has no memory and whose rate is the mix's. And counts the
// encodes of all of them.
#ifndef NARADA_TESTS_SIMULATION_MIX_CHECK_H_
#define NARADA_TESTS_SIMULATION_MIX_CHECK_H_

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

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
  // The leg has left its room.
  void Forget(const mixer::room::Leg& leg) { listeners_.erase(&leg); }

  // Payloads compared.
  int64_t checked() const { return checked_; }

 private:
  // So long a leg may have an encoder of its own though it hears the common mix: its far end must
  // not notice the change. Packets of 60 ms have to end before and after that.
  static constexpr int kTicksAloneMax = mixer::room::Room::kJoiningTicksMax + 6;

  // What a leg should have heard in the last ticks, newest last.
  struct Listener {
    std::vector<int32_t> samples;
    int ticks_alone = 0;
  };

  bool HearsTheSumOfTheOthers(const mixer::room::Room& room, const mixer::room::Leg& leg) const;
  void SumUp(const mixer::room::Room& room);
  void Listen(const mixer::room::Room& room, const mixer::room::Leg& leg);
  void Check(const mixer::room::OutgoingDatagram& datagram);
  void CountEncodes(const mixer::room::Room& room,
                    std::span<const mixer::room::OutgoingDatagram> sent);

  std::vector<int64_t> sum_;
  std::map<const mixer::room::Leg*, Listener> listeners_;
  std::set<const mixer::room::Leg*>
      limited_before_;  // Their limiters were at work before the tick.
  bool has_new_rate_ = false;
  int64_t checked_ = 0;
  uint64_t encodes_before_ = 0;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_MIX_CHECK_H_
