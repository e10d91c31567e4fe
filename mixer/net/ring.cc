#include "mixer/net/ring.h"

#include <errno.h>
#include <string.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "mixer/net/ring_failure.h"

namespace narada::mixer::net {
namespace {

// Newer than liburing 2.3: the time-out of io_uring_enter is a point in time (Linux 6.12).
constexpr unsigned kEnterAbsoluteTimer = 1U << 5;

constexpr unsigned kSetupAlways = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
                                  IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL |
                                  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;

// How often a submission that the kernel cut short is tried again before it is given up.
constexpr int kSubmitAttemptsMax = 4;

absl::Status Explain(absl::string_view operation, int result) {
  return ExplainRingFailure(operation, -result, ReadHostFacts());
}

__kernel_timespec ToTimespec(int64_t nanoseconds) {
  return {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ring>> Ring::Create(const RingOptions& options) {
  std::unique_ptr<Ring> ring(new Ring());
  int result = 0;
  // Deferred task run: completions are made when this thread asks for them, never in between.
  for (const unsigned mode : {IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN}) {
    io_uring_params parameters{};
    parameters.flags = kSetupAlways | mode;
    parameters.cq_entries = options.completion_entries;
    result = io_uring_queue_init_params(options.submission_entries, &ring->ring_, &parameters);
    if (result == 0) {
      ring->is_initialised_ = true;
      ring->is_task_run_deferred_ = mode == IORING_SETUP_DEFER_TASKRUN;
      return ring;
    }
    if (result != -EINVAL) break;
  }
  return Explain("io_uring_setup", result);
}

Ring::~Ring() {
  if (is_initialised_) io_uring_queue_exit(&ring_);
}

absl::Status Ring::RegisterBufferRing(io_uring_buf_ring* memory, unsigned entries) {
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uintptr_t>(memory);
  registration.ring_entries = entries;
  registration.bgid = 0;
  const int result = io_uring_register_buf_ring(&ring_, &registration, 0);
  return result == 0 ? absl::OkStatus() : Explain("registering packet buffers", result);
}

absl::Status Ring::RegisterRestrictions() {
  // The ring reads what strangers send: were it ever confused, it could still open no file.
  constexpr std::array<uint8_t, 4> kOperations = {IORING_OP_RECVMSG, IORING_OP_SENDMSG,
                                                  IORING_OP_SEND, IORING_OP_ASYNC_CANCEL};
  std::array<io_uring_restriction, kOperations.size() + 1> list{};
  for (size_t i = 0; i < kOperations.size(); ++i) {
    list[i].opcode = IORING_RESTRICTION_SQE_OP;
    list[i].sqe_op = kOperations[i];
  }
  list.back().opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  list.back().sqe_flags = IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS;
  const int result =
      io_uring_register(ring_.ring_fd, IORING_REGISTER_RESTRICTIONS, list.data(), list.size());
  return result == 0 ? absl::OkStatus() : Explain("restricting the ring", result);
}

absl::Status Ring::Enable() {
  if (io_uring_register_ring_fd(&ring_) == 1) registered_flag_ = IORING_ENTER_REGISTERED_RING;
  if (absl::Status status = RegisterRestrictions(); !status.ok()) return status;
  if (const int result = io_uring_register(ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
      result != 0) {
    return Explain("enabling the ring", result);
  }
  // An older kernel refuses the flag; a newer one finds the time-out expired.
  __kernel_timespec past = ToTimespec(1);
  io_uring_getevents_arg argument{};
  argument.ts = reinterpret_cast<uintptr_t>(&past);
  has_absolute_timer_ =
      Enter(0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | kEnterAbsoluteTimer, &argument,
            sizeof(argument)) == -ETIME;
  return absl::OkStatus();
}

int Ring::Submit() noexcept {
  int calls = 0;
  while (CountQueued() > 0 && calls < kSubmitAttemptsMax) {
    ++calls;
    if (io_uring_submit(&ring_) < 0) RunTaskWork();
  }
  // Out of kernel memory. What these sends point at will not be valid later: make them fail.
  for (unsigned left = CountQueued(), i = 0; i < left; ++i) {
    io_uring_sqe& sqe = ring_.sq.sqes[(ring_.sq.sqe_tail - 1 - i) & (ring_.sq.ring_entries - 1)];
    if (sqe.opcode == IORING_OP_SENDMSG) sqe.fd = -1;
  }
  return calls;
}

void Ring::RunTaskWork() noexcept { Enter(0, 0, IORING_ENTER_GETEVENTS, nullptr, _NSIG / 8); }

bool Ring::SleepUntil(MediaTime deadline, MediaTime now) noexcept {
  unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  int64_t nanoseconds = deadline.nanoseconds();
  if (has_absolute_timer_) {
    flags |= kEnterAbsoluteTimer;
  } else {
    nanoseconds -= now.nanoseconds();
  }
  __kernel_timespec time = ToTimespec(nanoseconds);
  io_uring_getevents_arg argument{};
  argument.ts = reinterpret_cast<uintptr_t>(&time);
  // As many completions as fit: one datagram must not end the sleep.
  return Enter(0, ring_.cq.ring_entries, flags, &argument, sizeof(argument)) == -ETIME;
}

int Ring::Enter(unsigned to_submit, unsigned min_complete, unsigned flags, void* argument,
                size_t argument_size) noexcept {
  return io_uring_enter2(ring_.enter_ring_fd, to_submit, min_complete, flags | registered_flag_,
                         static_cast<sigset_t*>(argument), argument_size);
}

std::string Ring::Describe() const {
  return absl::StrCat("io_uring restricted, ",
                      is_task_run_deferred_ ? "deferred task run"
                                            : "cooperative task run (Linux "
                                              "6.1 would defer it)",
                      has_absolute_timer_ ? ", absolute timer" : ", relative timer (before 6.12)",
                      registered_flag_ != 0 ? ", registered ring" : "");
}

}  // namespace narada::mixer::net
