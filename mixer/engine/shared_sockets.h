// Sockets that many legs speak through, a few for each worker, for far ends whose SDP tells their true address: trunks,
// session border controllers, gateways. A datagram belongs to the leg whose signalled address and port it comes from, so no
// two legs of one socket have the same; who claims an address here has it alone.
//   ASSIGN_OR_RETURN(auto shared, SharedSockets::Open({.first_port = 20000, .workers = 2, .per_worker = 1}, pairs));
//   for (const SharedPlace place : shared->PlacesOf(worker)) {        // the emptiest first
//     SharedSeat seat(*shared, place);                                // what the leg holds on to
//     if (seat.Claim(SourcesOf(media)).ok()) ...
//   }
// They are opened once, on the first ports of the range: a mixer that is started again has the same. Thread-safe, and no
// worker ever comes here: it only gets the handles. Outlives the engine and all seats.
#ifndef NARADA_MIXER_ENGINE_SHARED_SOCKETS_H_
#define NARADA_MIXER_ENGINE_SHARED_SOCKETS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/engine/leg_sources.h"
#include "mixer/net/network.h"
#include "mixer/net/udp_socket.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::engine {

// One of the shared pairs: the worker that receives it, and which one of that worker's it is.
struct SharedPlace {
  int worker = 0;
  int index = 0;
  friend bool operator==(const SharedPlace&, const SharedPlace&) = default;
};

// What a worker gets of a pair.
struct SharedHandles {
  net::SocketHandle rtp = -1;
  net::SocketHandle rtcp = -1;
};

struct SharedSocketsOptions {
  uint16_t first_port = 0;  // Even. Each pair takes two ports.
  int workers = 1;
  int per_worker = 1;
};

class SharedSockets {
 public:
  // What waits in a socket while its worker ticks: packets of thousands of legs.
  static constexpr int kBufferBytes = 8 << 20;

  // Waits a little for ports that a killed mixer still holds. Errors: as net::SocketPairs::Reopen().
  static absl::StatusOr<std::unique_ptr<SharedSockets>> Open(const SharedSocketsOptions& options,
                                                             net::SocketPairs& pairs);
  ~SharedSockets();
  SharedSockets(const SharedSockets&) = delete;
  SharedSockets& operator=(const SharedSockets&) = delete;

  int per_worker() const { return options_.per_worker; }
  std::vector<SharedHandles> HandlesOf(int worker) const;
  // All of the worker, those with the fewest legs first.
  std::vector<SharedPlace> PlacesOf(int worker) const;
  // Empty: no shared pair has this RTP port.
  std::optional<SharedPlace> PlaceAt(uint16_t rtp_port) const;
  // Where it is bound.
  SocketAddress rtp_address(SharedPlace place) const { return pair(place).rtp.local(); }
  // What the kernel let the smallest receive buffer have; less than kBufferBytes where net.core.rmem_max says so.
  int receive_buffer_bytes() const { return receive_buffer_bytes_; }

 private:
  friend class SharedSeat;

  using Source = std::pair<bool, SocketAddress>;  // Whether it is of the RTCP port; the address.
  struct Shared {
    net::SocketPair pair;
    absl::flat_hash_set<Source> sources;  // Guarded by mutex_, as the next.
    size_t seats = 0;
  };

  SharedSockets(const SharedSocketsOptions& options, net::SocketPairs& pairs)
      : options_(options), pairs_(pairs) {}
  const net::SocketPair& pair(SharedPlace place) const { return shared_[IndexOf(place)].pair; }
  size_t IndexOf(SharedPlace place) const {
    return static_cast<size_t>(place.worker * options_.per_worker + place.index);
  }

  const SharedSocketsOptions options_;
  net::SocketPairs& pairs_;
  std::vector<Shared> shared_;  // Of the first worker, then of the next.
  int receive_buffer_bytes_ = kBufferBytes;
  mutable std::mutex mutex_;
};

// One leg's hold on a shared pair and on its sources there. Off the workers, one thread at a time; given up with it, when
// the worker has let go of the leg.
class SharedSeat {
 public:
  SharedSeat(SharedSockets& sockets, SharedPlace place);
  ~SharedSeat();
  SharedSeat(const SharedSeat&) = delete;
  SharedSeat& operator=(const SharedSeat&) = delete;

  // `sources` are this leg's from now on, beside those that it has. Errors: ALREADY_EXISTS / SHARED_SOURCE_TAKEN; then it
  // has no more than before.
  absl::Status Claim(const LegSources& sources);
  // Gives up what it has but `sources`.
  void KeepOnly(const LegSources& sources);

  SharedPlace place() const { return place_; }
  // The pair, to be spoken through; closing it closes nothing.
  net::SocketPair View() const;

 private:
  SharedSockets& sockets_;
  const SharedPlace place_;
  std::vector<SharedSockets::Source> held_;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_SHARED_SOCKETS_H_
