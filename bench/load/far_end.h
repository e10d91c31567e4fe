// What the load is sent to, as far as it has to be asked: where each leg sends, and what it says of itself.
//   MixerFarEnd mixer("127.0.0.1:50051", codec);
//   RETURN_IF_ERROR(mixer.AddLegs(traffic));
// For an echo server, or a peer that another program sets up, addresses are read from a stream.
#ifndef NARADA_BENCH_LOAD_FAR_END_H_
#define NARADA_BENCH_LOAD_FAR_END_H_

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/load/signals.h"
#include "bench/load/traffic.h"
#include "mixer/units/srtp_keys.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"

namespace narada::bench {

// Totals of all workers since the mixer's start.
struct MixerFigures {
  uint64_t ticks_late = 0;
  uint64_t ticks_missed = 0;
  uint64_t encodes = 0;
  double load = 0;  // The busiest worker's share of the last second.
};

struct JoinResult {
  uint64_t joins = 0;
  uint64_t failures = 0;
  double seconds = 0;
};

class MixerFarEnd {
 public:
  struct Options {
    std::string target;
    bool is_encrypted = false;
    bool has_in_band_digits = false;
    bool has_shared_sockets = false;  // Asked for; each leg then has an address of its own.
    bool says_levels = false;
    std::string room_prefix = "bench";
  };
  MixerFarEnd(const Options& options, const Signals& signals);

  // A room for each that the plans name, and a leg for each plan.
  absl::Status AddLegs(Traffic& traffic);
  absl::Status RemoveLegs();
  // The keys that the mixer sends leg `leg` under.
  const mixer::SrtpKeys& receive_keys(size_t leg) const { return receive_keys_[leg]; }

  absl::StatusOr<MixerFigures> Figures();

  // From other threads, `threads` of them: legs that join the room `room` and leave again, for `seconds`, as many
  // in each second. They send nothing.
  JoinResult JoinAndLeave(int room, int per_second, double seconds, int threads);

 private:
  narada::mixer::v1::AddLegRequest Request(size_t leg, const LegPlan& plan,
                                           const std::string& address, uint16_t port) const;
  std::string RoomName(int room) const;

  const Options options_;
  const Signals& signals_;
  std::unique_ptr<narada::mixer::v1::LegService::Stub> legs_;
  std::unique_ptr<narada::mixer::v1::RoomService::Stub> rooms_;
  std::unique_ptr<narada::mixer::v1::MixerService::Stub> mixer_;
  std::vector<std::string> leg_ids_;
  std::vector<mixer::SrtpKeys> receive_keys_;
};

// One line for each leg: address and port.
absl::Status ReadRemotes(std::istream& lines, Traffic& traffic);
void SetRemote(Traffic& traffic, size_t leg, const std::string& address, uint16_t port);

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_FAR_END_H_
