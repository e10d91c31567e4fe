// The real Network: one io_uring per worker.
//   ASSIGN_OR_RETURN(std::unique_ptr<RingNetwork> network, RingNetwork::Create({.sockets_max = n}));
//   ...on the worker's thread: RETURN_IF_ERROR(network->Enable());
// Receiving is multishot into provided buffers; sending is one sendmsg per datagram, all of a step
// in one submission. Everything is allocated in Create(). Owned by the worker's thread from
// Enable() on; destroyed off it, after it ended.
#ifndef NARADA_MIXER_NET_RING_NETWORK_H_
#define NARADA_MIXER_NET_RING_NETWORK_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/thread_checker.h"
#include "mixer/net/network.h"
#include "mixer/net/packet_buffers.h"
#include "mixer/net/ring.h"
#include "mixer/net/ring_hook.h"

namespace narada::mixer::net {

struct RingNetworkOptions {
  // Two for each leg that the worker can hold.
  uint32_t sockets_max = 8192;
  // Buffers of 2 KiB: what one entry into the kernel may deliver; sockets whose datagrams find none wait for the next. They
  // are used in turn, so that few of them stay in the cache. A power of two, at most 32,768.
  unsigned packet_buffers = 512;
  // Datagrams that one Receive() delivers at the most; 0: four times the buffers.
  unsigned receive_budget = 0;
  RingOptions ring;
  RingHook* hook = nullptr;  // For tests; must outlive the network.
};

class RingNetwork final : public Network {
 public:
  // Errors: see ExplainRingFailure.
  static absl::StatusOr<std::unique_ptr<RingNetwork>> Create(const RingNetworkOptions& options);
  ~RingNetwork() override;

  // Once, on the thread that will call everything else.
  absl::Status Enable() { return ring_->Enable(); }

  MediaTime Now() noexcept override;
  void StartReceive(SocketHandle socket, SocketTag tag) noexcept override;
  void StopReceive(SocketTag tag) noexcept override;
  void Receive(ReceiveHandler& handler) noexcept override;
  void Send(const OutgoingDatagram& datagram) noexcept override;
  void Ring(SocketHandle bell) noexcept override;
  void Submit() noexcept override;
  bool SleepUntil(MediaTime deadline) noexcept override;
  const NetworkCounters& counters() const noexcept override { return counters_; }

  std::string Describe() const { return ring_->Describe(); }

 private:
  enum class State : uint8_t {
    kFree,
    kArmed,     // The kernel holds a receive whose last completion has yet to come.
    kDisarmed,  // It ended by itself (no buffer was free); in `disarmed_` to be started again.
  };
  struct Receiver {
    SocketHandle socket = -1;
    State state = State::kFree;
    bool is_stopping = false;
  };
  // What a queued sendmsg points at; one per position of the submission queue.
  struct SendSlot {
    msghdr message;
    iovec parts[2];
    sockaddr_storage address;
  };

  RingNetwork(const RingNetworkOptions& options, std::unique_ptr<net::Ring> ring);

  io_uring_sqe* TakeSqe() noexcept;
  void Arm(SocketTag tag) noexcept;
  bool TryCancel(SocketTag tag) noexcept;
  void HandleCompletion(const io_uring_cqe& completion, ReceiveHandler& handler) noexcept;
  void ExpectCompletion(const io_uring_cqe& completion, int ahead,
                        ReceiveHandler& handler) noexcept;
  void HandleReceive(SocketTag tag, const io_uring_cqe& completion,
                     ReceiveHandler& handler) noexcept;
  void DeliverBuffer(SocketTag tag, unsigned buffer, int length, ReceiveHandler& handler) noexcept;
  MediaTime ArrivalOf(io_uring_recvmsg_out* out) noexcept;
  bool RestartDisarmed(ReceiveHandler& handler) noexcept;
  bool HasTaskWork() noexcept {
    const bool real = ring_->HasTaskWork();
    return hook_ == nullptr ? real : hook_->HasTaskWork(real);
  }
  int Bend(RingOperation operation, int result) noexcept {
    return hook_ == nullptr ? result : hook_->OnCompletion(operation, result);
  }

  // Set at construction.
  const std::unique_ptr<net::Ring> ring_;
  RingHook* const hook_;
  const unsigned receive_budget_;  // Completions that one Receive() handles.

  // Worker thread.
  ThreadChecker thread_;
  PacketBuffers buffers_;
  std::vector<Receiver> receivers_;     // By tag.
  std::vector<SocketTag> disarmed_;     // Reserved for all.
  std::vector<SocketTag> uncancelled_;  // Stops to be asked for again. Reserved for all.
  std::vector<SendSlot> send_slots_;    // By position in the submission queue.
  msghdr receive_shape_{};              // How each buffer is divided: name, time stamp, payload.
  MediaTime received_at_;               // Of the present Receive(); and the same by the wall clock.
  int64_t received_at_realtime_ns_ = 0;
  NetworkCounters counters_;
  // The last Receive() was told of work again and again that there was not: see Ring::HasTaskWork().
  bool is_announcement_stale_ = false;
};

}  // namespace narada::mixer::net

#endif  // NARADA_MIXER_NET_RING_NETWORK_H_
