// libsrtp2 as the far end, for tests and benchmarks.
//   Libsrtp2Peer peer(keys, Libsrtp2Peer::Direction::kSending, ssrc);
//   if (peer.Protect(packet)) ...            // in place; `packet` grows
#ifndef NARADA_MIXER_SRTP_LIBSRTP2_PEER_H_
#define NARADA_MIXER_SRTP_LIBSRTP2_PEER_H_

#include <cstdint>
#include <vector>

#include "mixer/units/srtp_keys.h"
#include "mixer/units/ssrc.h"

struct srtp_ctx_t_;

namespace narada::mixer::srtp {

class Libsrtp2Peer {
 public:
  enum class Direction { kSending, kReceiving };
  Libsrtp2Peer(const SrtpKeys& keys, Direction direction, Ssrc ssrc);
  ~Libsrtp2Peer();
  Libsrtp2Peer(const Libsrtp2Peer&) = delete;
  Libsrtp2Peer& operator=(const Libsrtp2Peer&) = delete;

  // False: refused.
  bool Protect(std::vector<uint8_t>& packet);
  bool ProtectReport(std::vector<uint8_t>& packet);
  bool Unprotect(std::vector<uint8_t>& packet);
  bool UnprotectReport(std::vector<uint8_t>& packet);

  // Without copies, for benchmarks: `size` of `bytes` in, its new size out.
  bool Protect(uint8_t* bytes, int* size);
  bool Unprotect(uint8_t* bytes, int* size);

 private:
  srtp_ctx_t_* session_ = nullptr;
};

}  // namespace narada::mixer::srtp

#endif  // NARADA_MIXER_SRTP_LIBSRTP2_PEER_H_
