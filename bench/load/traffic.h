// The load itself: N legs that send a packet each 20 ms and take what comes back, on one thread.
//   Traffic traffic(options, legs);               // opens the sockets; traffic.local_port(i) to tell the far end
//   traffic.SetRemote(i, address);                // where leg i sends to
//   traffic.Run(seconds);                         // tones flow
//   traffic.BeginWindow(); traffic.Run(5); traffic.EndWindow();     // what is counted, and partly kept to be listened to
//   traffic.BeginClicks(); traffic.Run(5); traffic.EndClicks();     // bursts for latency
// Legs share sockets, and each socket's legs send in one system call; the sockets' turns lie evenly in the 20 ms, so that the
// far end gets packets at all times and each talker has a phase of its own. Arrival is timed by the kernel. Nothing is
// looked at during a run but headers: payloads are kept and decoded afterwards.
#ifndef NARADA_BENCH_LOAD_TRAFFIC_H_
#define NARADA_BENCH_LOAD_TRAFFIC_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/load/signals.h"
#include "mixer/srtp/protector.h"
#include "mixer/units/srtp_keys.h"

namespace narada::bench {

enum class Role { kSpeaker, kClicker, kListener };

struct LegPlan {
  int room = 0;
  Role role = Role::kListener;
  int tone_hz = 0;        // Of a speaker.
  bool is_probe = false;  // All that it hears is kept.
  // With SRTP: what it sends under.
  std::optional<mixer::SrtpKeys> send_keys;
};

struct TrafficOptions {
  // Whether what comes back carries our SSRC (an echo). If not, legs are told apart by the port it comes from.
  bool is_echo = false;
  // Each leg has a socket of its own: for far ends that tell legs apart by where they send from.
  bool has_own_sockets = false;
  // Each leg sends from an address of its own (127.0.1.x), which no other leg of its socket has: for far ends that tell legs
  // apart by address and port and answer from one port. The generator has no more sockets than otherwise.
  bool has_own_addresses = false;
  int click_interval_ms = 100;
  int payload_bytes_max = 200;
  // Who is silent sends a faint noise, and everybody says in each packet how loud it is (RFC 6464).
  bool says_levels = false;
};

inline constexpr uint8_t kLevelId = 1;  // Of that element.

struct KeptPacket {
  uint16_t sequence = 0;
  int64_t arrival_ns = 0;  // CLOCK_REALTIME, as all times here.
  Payload bytes;           // The whole datagram.
};

// What one leg got in the window.
struct LegCount {
  uint64_t packets = 0;
  uint64_t lost = 0;       // By sequence numbers.
  uint64_t reordered = 0;  // Or twice.
  int64_t first_ns = 0;
  int64_t last_ns = 0;
  int64_t gap_max_ns = 0;
  double jitter_ns = 0;  // RFC 3550 §6.4.1.
};

struct SentClick {
  int room = 0;
  int id = 0;
  int64_t sent_ns = 0;
};

// Of the generator itself.
struct GeneratorUse {
  double cpu_share = 0;  // Of its core, in the window.
  double lateness_max_ms = 0;
  uint64_t send_failures = 0;
};

class Traffic {
 public:
  Traffic(const TrafficOptions& options, const Signals& signals, std::span<const LegPlan> legs);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  size_t size() const { return legs_.size(); }
  uint16_t local_port(size_t leg) const;
  std::string local_address(size_t leg) const;
  void SetRemote(size_t leg, const sockaddr_in& remote);

  void Run(double seconds);
  void BeginWindow();
  void EndWindow();
  void BeginClicks() { is_clicking_ = true; }
  void EndClicks() { is_clicking_ = false; }

  const LegPlan& plan(size_t leg) const { return legs_[leg].plan; }
  const LegCount& count(size_t leg) const { return legs_[leg].count; }
  // Of the window: probes all, the others some packets in a row.
  std::span<const KeptPacket> kept(size_t leg) const { return legs_[leg].kept; }
  // Of probes, while clicks were sent and a little longer.
  std::span<const KeptPacket> kept_with_clicks(size_t leg) const {
    return legs_[leg].kept_with_clicks;
  }
  std::span<const SentClick> clicks() const { return clicks_; }
  double window_seconds() const {
    return static_cast<double>(window_end_ns_ - window_begin_ns_) * 1e-9;
  }
  uint64_t strange() const { return strange_; }  // Datagrams of no leg of ours.
  GeneratorUse use() const { return use_; }

 private:
  static constexpr size_t kHeaderBytes = 12;
  static constexpr size_t kLevelBytes = 8;  // A header extension with a level.
  static constexpr size_t kDatagramMax = 512;
  static constexpr unsigned kBatch = 64;

  struct Leg {
    LegPlan plan;
    sockaddr_in remote = {};
    in_addr address = {};  // That it sends from, and the same as an option of sendmsg.
    alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(in_pktinfo))> source = {};
    bool has_remote = false;
    int64_t first_step = 0;         // In which it sends.
    std::vector<uint8_t> datagram;  // Header, then with SRTP the payload too.
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    const Voice* voice = nullptr;
    size_t voice_at = 0;
    int click = -1;  // To be sent next.
    std::unique_ptr<mixer::srtp::Protector> protector;

    bool has_heard = false;
    uint16_t highest = 0;
    int64_t last_transit = 0;
    LegCount count;
    size_t keep_from = 0;  // The packet of the window from which some are kept.
    std::vector<KeptPacket> kept;
    std::vector<KeptPacket> kept_with_clicks;
  };

  struct Socket {
    int file = -1;
    uint16_t port = 0;
    int turn = 0;  // The millisecond of 20 in which its legs send.
    std::vector<uint32_t> legs;
    std::vector<mmsghdr> messages;
    std::vector<std::array<iovec, 2>> parts;
  };

  void OpenSocket(Socket& socket);
  void Send(Socket& socket);
  // Of its messages those from `sent` on.
  void SendUntil(Socket& socket, unsigned end, unsigned& sent);
  void Receive(Socket& socket);
  // What the kernel says of a datagram.
  struct Arrival {
    int64_t ns = 0;
    in_addr destination = {};
  };
  static Arrival ArrivalOf(msghdr& message);
  int64_t LegOf(const Socket& socket, std::span<const uint8_t> bytes, const sockaddr_in& source,
                in_addr destination) const;
  void OnDatagram(const Socket& socket, std::span<const uint8_t> bytes, const sockaddr_in& source,
                  const Arrival& arrival);
  void PlanClick();

  const TrafficOptions options_;
  const Signals& signals_;
  const Payload silence_;
  const size_t header_bytes_;
  std::vector<Payload> click_payloads_;
  std::vector<std::unique_ptr<Voice>> voices_;
  std::vector<Leg> legs_;
  std::vector<Socket> sockets_;
  std::vector<uint32_t> socket_of_;
  std::vector<int32_t> leg_of_port_;
  std::vector<std::vector<uint32_t>> clickers_;  // Of each room.
  std::vector<SentClick> clicks_;
  std::vector<unsigned> click_places_;  // Among the messages of one Send().
  int next_click_ = 0;
  bool is_clicking_ = false;
  bool is_counting_ = false;
  int64_t step_ = 0;
  int64_t due_ns_ = 0;
  int64_t window_begin_ns_ = 0;
  int64_t window_end_ns_ = 0;
  double window_cpu_s_ = 0;
  uint64_t strange_ = 0;
  GeneratorUse use_;

  // Of one recvmmsg.
  std::vector<mmsghdr> incoming_;
  std::vector<iovec> incoming_parts_;
  std::vector<std::array<uint8_t, kDatagramMax>> incoming_bytes_;
  std::vector<sockaddr_in> incoming_sources_;
  std::vector<std::array<uint8_t, 64>> incoming_control_;
};

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_TRAFFIC_H_
