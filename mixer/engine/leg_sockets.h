// What a leg speaks through: a pair of sockets of its own, or a seat on a pair that many share.
#ifndef NARADA_MIXER_ENGINE_LEG_SOCKETS_H_
#define NARADA_MIXER_ENGINE_LEG_SOCKETS_H_

#include <memory>
#include <utility>

#include "mixer/engine/shared_sockets.h"
#include "mixer/net/udp_socket.h"

namespace narada::mixer::engine {

struct LegSockets {
  LegSockets() = default;
  LegSockets(net::SocketPair own) : pair(std::move(own)) {}  // NOLINT: either is as good.
  explicit LegSockets(std::unique_ptr<SharedSeat> seat)
      : pair(seat->View()), seat(std::move(seat)) {}

  bool is_shared() const { return seat != nullptr; }

  net::SocketPair pair;
  std::unique_ptr<SharedSeat> seat;  // Null: the pair is the leg's own.
};

}  // namespace narada::mixer::engine

#endif  // NARADA_MIXER_ENGINE_LEG_SOCKETS_H_
