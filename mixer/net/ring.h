// One worker's io_uring: single issuer, deferred task run, restricted to a whitelist of operations.
//   ASSIGN_OR_RETURN(std::unique_ptr<Ring> ring, Ring::Create({}));    // any thread
//   RETURN_IF_ERROR(ring->Enable());                                   // its thread, from now on
//   io_uring_sqe* sqe = ring->NextSqe();  ...prepare...;  ring->Submit();
//   ring->RunTaskWork();  ring->ForEachCompletion(f);
// After Enable() the only system call is io_uring_enter. No allocation after Create().
#ifndef NARADA_MIXER_NET_RING_H_
#define NARADA_MIXER_NET_RING_H_

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::net {

struct RingOptions {
  // Operations that one submission can carry; what is beyond costs another system call. Few, so that they, and what they point
  // at, stay in the cache: with 4,096 a leg cost some 4 % more.
  unsigned submission_entries = 64;
  // Completions that can wait: every packet buffer, and an end for every receive.
  unsigned completion_entries = 16384;
};

class Ring {
 public:
  // Errors: see ExplainRingFailure.
  static absl::StatusOr<std::unique_ptr<Ring>> Create(const RingOptions& options);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Registers `entries` (a power of two) buffers' ring at `memory` as group 0. Before Enable().
  absl::Status RegisterBufferRing(io_uring_buf_ring* memory, unsigned entries);

  // Makes the calling thread the only issuer and closes the whitelist: send, receive, cancel.
  absl::Status Enable();

  // Null when the submission queue is full; Submit() makes room.
  io_uring_sqe* NextSqe() noexcept { return io_uring_get_sqe(&ring_); }
  // The queue position that the next NextSqe() will use, below submission_entries().
  unsigned next_position() const noexcept {
    return ring_.sq.sqe_tail & (ring_.sq.ring_entries - 1);
  }
  unsigned submission_entries() const noexcept { return ring_.sq.ring_entries; }
  unsigned CountQueued() const noexcept { return io_uring_sq_ready(&ring_); }

  // Hands over everything queued. When it returns the kernel has looked at all of it, or what it
  // refused has been made harmless. Returns the number of system calls made.
  int Submit() noexcept;

  // Lets the kernel post the completions that wait for this thread. One system call, which does
  // only a part: repeat while HasTaskWork().
  void RunTaskWork() noexcept;
  // May be true where there is none, and stay so until there is some: the kernel queues the work first and
  // sets the flag then, when this thread may have done the work already; and it takes the flag back only
  // when it finds work to do (io_req_local_work_add() and __io_run_local_work() in Linux 6.1 to 6.18).
  bool HasTaskWork() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !=
           0;
  }

  static constexpr int kLookAhead = 3;

  // Calls `f(const io_uring_cqe&)` for each waiting completion, at most `max`; returns how many. Before that, each is
  // announced by `expect(const io_uring_cqe&, ahead)`: kLookAhead calls of `f` ahead, then one less, down to 1.
  template <typename F, typename G>
  unsigned ForEachCompletion(unsigned max, F&& f, G&& expect) noexcept {
    const unsigned head = *ring_.cq.khead;
    const unsigned waiting = io_uring_smp_load_acquire(ring_.cq.ktail) - head;
    const unsigned count = waiting < max ? waiting : max;
    const unsigned mask = *ring_.cq.kring_mask;
    for (unsigned i = 0; i < count; ++i) {
      for (int ahead = kLookAhead; ahead > 0; --ahead) {
        const unsigned other = i + static_cast<unsigned>(ahead);
        if (other < count) {
          expect(static_cast<const io_uring_cqe&>(ring_.cq.cqes[(head + other) & mask]), ahead);
        }
      }
      f(static_cast<const io_uring_cqe&>(ring_.cq.cqes[(head + i) & mask]));
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  // Sleeps until `deadline` (CLOCK_MONOTONIC), `now` being the time now. False if completions fill
  // the queue or a signal came first.
  bool SleepUntil(MediaTime deadline, MediaTime now) noexcept;

  // For the log: which of the optional abilities are in use.
  std::string Describe() const;

 private:
  Ring() = default;
  absl::Status RegisterRestrictions();
  int Enter(unsigned to_submit, unsigned min_complete, unsigned flags, void* argument,
            size_t argument_size) noexcept;

  io_uring ring_{};
  bool is_initialised_ = false;
  bool is_task_run_deferred_ = false;
  bool has_absolute_timer_ = false;
  unsigned registered_flag_ = 0;  // IORING_ENTER_REGISTERED_RING once the ring's file is.
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_RING_H_
