// Whose datagram is this? For sockets that many legs share: the leg by the address and port that it came from.
//   SourceTable sources(4000, seed);
//   sources.Insert(0, phone, leg);                  // commands, on the worker
//   WorkerLeg* leg = sources.Find(0, source);       // every datagram; null: nobody's
//   sources.Erase(0, phone);
// An open hash table in one piece of memory, at most half full, so that a search looks at one or two places. Worker
// thread; allocates in the constructor only.
#ifndef NARADA_MIXER_ENGINE_SOURCE_TABLE_H_
#define NARADA_MIXER_ENGINE_SOURCE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixer/units/socket_address.h"

namespace narada::mixer::engine {

class WorkerLeg;

class SourceTable {
 public:
  // Room for `sources_max`. `seed` is to be unknown outside: callers choose addresses in their SDP, and none may choose
  // many that meet in one place.
  SourceTable(size_t sources_max, uint64_t seed);

  // `socket` is the worker's number for the socket that the datagrams arrive on. The source is not there yet.
  void Insert(uint32_t socket, const SocketAddress& source, WorkerLeg& leg) noexcept;
  // The source is there.
  void Erase(uint32_t socket, const SocketAddress& source) noexcept;

  // Null: no leg has this source on this socket.
  WorkerLeg* Find(uint32_t socket, const SocketAddress& source) const noexcept {
    for (size_t at = Hash(socket, source) & mask_;; at = (at + 1) & mask_) {
      const Place& place = places_[at];
      if (place.leg == nullptr) return nullptr;
      if (place.socket == socket && place.source == source) return place.leg;
    }
  }

  size_t size() const noexcept { return size_; }

 private:
  struct Place {
    SocketAddress source;
    uint32_t socket = 0;
    WorkerLeg* leg = nullptr;  // Null: free.
  };

  uint64_t Hash(uint32_t socket, const SocketAddress& source) const noexcept;

  const uint64_t seed_;
  size_t mask_ = 0;  // Places less one: a power of two.
  size_t size_ = 0;
  std::vector<Place> places_;
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_SOURCE_TABLE_H_
