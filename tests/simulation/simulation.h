// Real rooms and legs on a simulated network and a clock moved by hand: hours of conference in
// seconds.
//   Simulation sim({.seed = 7, .legs = 2000});
//   sim.phone(0).uplink().LoseOneIn(10);
//   sim.phone(0).Say(Tone(Hertz(440)));
//   sim.Run(Seconds(4));
//   EXPECT_LT(sim.phone(1).heard().longest_gap(), Milliseconds(5));
// The same options give the same datagrams, to the bit (checksum()). A failure inside a test that
// has a Simulation prints the seed. At every tick it checks what must always hold:
//   - each leg hears exactly the sum of the others (computed again in 64 bits), while no
//     limiter works;
//   - one encode serves all who hear the same in the same format;
//   - each leg sends one RTP packet per ptime, its sequence and timestamps without a gap;
//   - no jitter buffer holds more than its ceiling;
//   - of a phone that says nothing but keys, whose tones leak into its audio, nothing is heard;
//   - nothing is sent but to addresses that the phones have;
//   - no tick and no packet allocates memory (where //base:media_path_hook is linked).
#ifndef NARADA_TESTS_SIMULATION_SIMULATION_H_
#define NARADA_TESTS_SIMULATION_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/codec/codec_format.h"
#include "mixer/dsp/kernels.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/units/media_time.h"
#include "tests/simulation/mix_check.h"
#include "tests/simulation/phone.h"

namespace narada::simulation {

struct SimulationOptions {
  uint64_t seed = 1;
  int legs = 3;   // One phone each.
  int rooms = 1;  // The legs are spread over them in turn.
  int speakers_max = 8;
  int listening_max = 16;  // So many phones keep what they hear.
  int pcmu_one_in = 2;     // So many speak µ-law, the others A-law.
  // What phones speak, each one of these; empty: the above.
  std::vector<mixer::codec::CodecFormat> formats;
  int discontinuous_one_in = 0;  // So many phones send nothing while they say nothing; 0: none.
  bool equalises_levels = false;
  const mixer::dsp::Kernels* kernels = nullptr;
  mixer::MediaDuration delay_max = mixer::Milliseconds(200);
};

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);
  ~Simulation();

  void Run(mixer::MediaDuration duration);

  Phone& phone(int index) { return *phones_[index]; }
  mixer::room::Leg& leg(int index) { return *legs_[index]; }
  mixer::room::Room& room(int index) { return *rooms_[index]; }
  size_t room_count() const { return rooms_.size(); }
  mixer::MediaTime now() const { return now_; }

  // Off and on, as signaling would.
  void MoveLeg(int leg, int room);
  void RemoveLeg(int leg);  // With BYE; the phone stays and is not answered.
  void AddLegAgain(int leg, int room);
  // Takes the plan.
  void PlayToLeg(int leg, mixer::media::PlaybackPlan plan);
  void PlayToRoom(int room, mixer::media::PlaybackPlan plan);
  // To the mixer's RTP port of a leg, from anywhere.
  void Inject(int leg, const mixer::SocketAddress& source, std::span<const uint8_t> datagram);

  // All events so far, in order.
  const std::vector<mixer::room::RoomEvent>& events() const { return all_events_; }
  std::string DigitsOf(int leg) const;
  int CountEvents(mixer::room::RoomEventKind kind) const;

  // Of every datagram that the rooms sent.
  uint64_t checksum() const { return checksum_; }
  int64_t datagrams_sent() const { return datagrams_sent_; }
  int64_t rtcp_sent() const { return rtcp_sent_; }
  // Mixes that were computed a second time and found exact.
  int64_t mixes_checked() const { return mix_check_.checked(); }
  // To addresses that no phone has.
  int64_t sent_elsewhere() const { return sent_elsewhere_; }
  // Frames of phones that said keys alone, all of them silent.
  int64_t keys_checked() const { return keys_checked_; }
  // A leg's worst delay, of those that are there.
  mixer::MediaDuration worst_delay() const;

 private:
  static constexpr int kStepsPerTick = 8;
  static constexpr mixer::MediaDuration kStep = mixer::Microseconds(2500);

  struct Arrival {
    mixer::MediaTime time;
    uint64_t order = 0;  // Of sending, for equal times.
    int index = 0;       // Of the phone and its leg.
    bool is_to_mixer = false;
    mixer::SocketAddress source;
    std::vector<uint8_t> datagram;
    bool operator>(const Arrival& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  // What a leg sent last.
  struct LastSent {
    bool is_valid = false;
    mixer::MediaTime time;
    mixer::SequenceNumber number;
    mixer::RtpTimestamp timestamp;
    bool may_pause = false;  // It moved or its media changed.
    bool was_event = false;
  };

  // A leg between two rooms.
  struct Joining {
    int leg = 0;
    int room = 0;
  };

  void MakeLeg(int index);
  void SendPhones();
  void Deliver();
  void JoinMovers();
  void TickRooms();
  void Transmit(const mixer::room::OutgoingDatagram& outgoing);
  void CheckSpacing(int index, std::span<const uint8_t> header);
  void CheckLegs();
  void CheckKeysAreNotHeard(const mixer::room::Room& room);
  void Checksum(std::span<const uint8_t> bytes);
  void TakeEvents();

  const SimulationOptions options_;
  testing::ScopedTrace trace_;
  mixer::MediaTime now_;
  int phase_ = 0;
  std::vector<std::unique_ptr<Phone>> phones_;
  std::vector<std::unique_ptr<mixer::room::Leg>> legs_;
  std::vector<std::unique_ptr<mixer::room::Room>> rooms_;
  std::vector<LastSent> last_sent_;
  std::vector<Joining> joining_;
  mixer::room::Outbox outbox_;
  mixer::room::EventSink events_;
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> arrivals_;
  uint64_t order_ = 0;
  MixCheck mix_check_;
  std::vector<mixer::room::RoomEvent> all_events_;
  uint64_t checksum_ = 14695981039346656037u;  // FNV-1a.
  int64_t datagrams_sent_ = 0;
  int64_t rtcp_sent_ = 0;
  int64_t sent_elsewhere_ = 0;
  int64_t keys_checked_ = 0;
  uint64_t next_ssrc_ = 0x5000'0000;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_SIMULATION_H_
