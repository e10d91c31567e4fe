// Workers on a fake network with a clock moved by hand, and phones that speak RTP to them: the whole
// engine but its threads, in virtual time and on one thread.
//   WorkerWorld world({.workers = 2});
//   VirtualPhone& phone = world.AddPhone(440);          // says a tone of 440 Hz at -20 dBov
//   WorkerRoom& room = world.AddRoom();
//   WorkerLeg& leg = world.AddLeg(0, room, phone);
//   world.Run(Seconds(2));
//   EXPECT_NEAR(phone.heard().ToneLevelDbov(...), -20, 1);
#ifndef NARADA_MIXER_ENGINE_WORKER_WORLD_H_
#define NARADA_MIXER_ENGINE_WORKER_WORLD_H_

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "mixer/engine/leg_sockets.h"
#include "mixer/engine/message_reader.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/engine/worker.h"
#include "mixer/engine/worker_leg.h"
#include "mixer/engine/worker_loop.h"
#include "mixer/net/fake_network.h"
#include "mixer/room/event_sink.h"
#include "tests/phone/heard_audio.h"

namespace narada::mixer::engine {

// A phone that sends one A-law packet each 20 ms and keeps what it hears.
class VirtualPhone {
 public:
  VirtualPhone(net::FakeWire& wire, const SocketAddress& rtp, double tone_hz);

  const SocketAddress& rtp() const { return rtp_.local(); }
  SocketAddress rtcp() const { return rtcp_.local(); }
  void CallTo(const SocketAddress& mixer_rtp) { mixer_rtp_ = mixer_rtp; }

  void SendFrame();
  void Listen();
  // One press of a key: the RFC 4733 packets of 100 ms (§2.5), at once.
  void Press(char digit);
  void SendRaw(std::span<const uint8_t> bytes, bool is_rtcp = false);

  const phone::HeardAudio& heard() const { return heard_; }
  MediaDuration heard_length() const { return Milliseconds(heard_samples_ / 8); }
  uint64_t packets_heard() const { return arrivals_.size(); }
  // Between two packets, by arrival; from the first.
  MediaDuration shortest_gap() const;
  MediaDuration longest_gap() const;
  // Sequence numbers missing among what arrived.
  int packets_missing() const { return packets_missing_; }
  int goodbyes() const { return goodbyes_; }
  int reports() const { return reports_; }

  bool is_sending = true;

 private:
  void HearPacket(const net::FakeDatagram& datagram);

  net::FakeWire& wire_;
  net::UdpSocket rtp_;
  net::UdpSocket rtcp_;
  SocketAddress mixer_rtp_;
  const double tone_hz_;
  uint16_t sequence_ = 100;
  uint32_t timestamp_ = 5000;
  const uint32_t ssrc_;
  uint64_t samples_said_ = 0;
  phone::HeardAudio heard_;
  std::vector<MediaTime> arrivals_;
  bool has_heard_ = false;
  uint32_t first_timestamp_ = 0;
  uint16_t last_sequence_ = 0;
  int64_t heard_samples_ = 0;
  int packets_missing_ = 0;
  int goodbyes_ = 0;
  int reports_ = 0;
};

struct WorldOptions {
  int workers = 1;
  uint32_t legs_max = 64;
  size_t messages_max = 16384;
  int shared_sockets = 0;  // Of each worker.
};

class WorkerWorld {
 public:
  explicit WorkerWorld(const WorldOptions& options = {});
  ~WorkerWorld();

  VirtualPhone& AddPhone(double tone_hz);
  WorkerRoom& AddRoom();
  // Posts the command; the leg is there after the next step.
  WorkerLeg& AddLeg(int worker, WorkerRoom& room, VirtualPhone& phone);
  // The same on a shared socket of the worker.
  WorkerLeg& AddLegOnSharedSocket(int worker, WorkerRoom& room, VirtualPhone& phone, int index = 0);
  // Posts it and runs until it is done; the time that took.
  MediaDuration Perform(int worker, Command& command);
  void Run(MediaDuration duration);
  // One step of each worker, on time.
  void Step();
  // The workers get no time at all for so long, as on a busy machine; phones talk on. Then they make
  // up for it.
  void Stall(MediaDuration duration);

  // Without handling messages meanwhile.
  bool is_reading_messages = true;

  Worker& worker(int index) { return *workers_[static_cast<size_t>(index)]; }
  net::FakeWire& wire() { return wire_; }
  MediaTime now() const { return wire_.now(); }
  const std::vector<room::RoomEvent>& events() const { return events_; }
  uint64_t events_lost() const { return events_lost_; }
  int plans_retired() const { return plans_retired_; }
  // Events of one kind.
  std::vector<room::RoomEvent> EventsOf(room::RoomEventKind kind) const;

 private:
  WorkerLeg& AddLegWith(LegSockets sockets, int worker, WorkerRoom& room, VirtualPhone& phone);
  void HandleMessage(WorkerMessage& message);
  void PhonesSend();
  void ReadAndListen();

  net::FakeWire wire_;
  net::FakeSocketPairs pairs_;
  std::unique_ptr<SharedSockets> shared_sockets_;  // Null: there are none.
  std::vector<std::unique_ptr<net::FakeNetwork>> networks_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<WorkerLoop>> loops_;
  std::unique_ptr<MessageReader> reader_;
  std::vector<std::unique_ptr<VirtualPhone>> phones_;
  std::vector<std::unique_ptr<WorkerRoom>> rooms_;
  std::vector<std::unique_ptr<WorkerLeg>> legs_;
  std::vector<std::unique_ptr<Command>> commands_;
  std::set<const Command*> finished_;
  std::vector<room::RoomEvent> events_;
  uint64_t events_lost_ = 0;
  int plans_retired_ = 0;
  uint64_t next_id_ = 1;
  int64_t steps_ = 0;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_WORKER_WORLD_H_
