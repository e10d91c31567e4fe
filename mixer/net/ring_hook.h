// What a test may bend in a running ring. Fault injection by system call (strace, LD_PRELOAD) does
// not reach io_uring, so faults and time are bent here.
#ifndef NARADA_MIXER_NET_RING_HOOK_H_
#define NARADA_MIXER_NET_RING_HOOK_H_

#include "mixer/units/media_time.h"

namespace narada::mixer::net {

enum class RingOperation { kReceive, kSend, kCancel, kBell };

// Called on the ring's thread; must not allocate or block, as the thread may not.
class RingHook {
 public:
  virtual ~RingHook() = default;

  // The time the worker is to believe.
  virtual MediaTime Now(MediaTime real) noexcept { return real; }

  // The result (bytes or -errno) that the network is to see for a completed operation. A receive
  // that is turned into an error still gives its buffer back.
  virtual int OnCompletion(RingOperation operation, int result) noexcept { return result; }

  // Whether the kernel says that it has completions to make.
  virtual bool HasTaskWork(bool real) noexcept { return real; }

  // The result of a send before it reaches the kernel: 0 lets it go, -errno fails it.
  virtual int OnSend() noexcept { return 0; }
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_RING_HOOK_H_
