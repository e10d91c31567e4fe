#include "mixer/net/ring_network.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace narada::mixer::net {
namespace {

// `user_data` says what a completion is of: the operation above, the tag below.
constexpr int kOperationShift = 32;

uint64_t UserData(RingOperation operation, SocketTag tag) {
  return static_cast<uint64_t>(operation) << kOperationShift | tag;
}

// How often one Receive() starts over for sockets that had to wait for buffers.
constexpr int kReceiveRoundsMax = 4;
// How often in a row one Receive() enters the kernel for work that it announces, and gets nothing.
constexpr int kEntriesInVainMax = 16;

constexpr uint8_t kBellByte = 1;

// So long a datagram may wait in its socket; what seems to have waited longer came before the wall clock was set.
constexpr MediaDuration kWaitMax = Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<RingNetwork>> RingNetwork::Create(
    const RingNetworkOptions& options) {
  absl::StatusOr<std::unique_ptr<net::Ring>> ring = net::Ring::Create(options.ring);
  if (!ring.ok()) return ring.status();
  std::unique_ptr<RingNetwork> network(new RingNetwork(options, *std::move(ring)));
  absl::Status status =
      network->ring_->RegisterBufferRing(network->buffers_.ring(), network->buffers_.count());
  if (!status.ok()) return status;
  return network;
}

RingNetwork::RingNetwork(const RingNetworkOptions& options, std::unique_ptr<net::Ring> ring)
    : ring_(std::move(ring)),
      hook_(options.hook),
      receive_budget_(options.receive_budget > 0 ? options.receive_budget
                                                 : 4 * options.packet_buffers),
      buffers_(options.packet_buffers),
      receivers_(options.sockets_max),
      send_slots_(ring_->submission_entries()) {
  disarmed_.reserve(options.sockets_max);
  uncancelled_.reserve(options.sockets_max);
  receive_shape_.msg_namelen = sizeof(sockaddr_in6);
  receive_shape_.msg_controllen = CMSG_SPACE(sizeof(timespec));
}

RingNetwork::~RingNetwork() = default;

MediaTime RingNetwork::Now() noexcept {
  const MediaTime real = MediaTime::FromNanoseconds(MonotonicNanoseconds());
  return hook_ == nullptr ? real : hook_->Now(real);
}

io_uring_sqe* RingNetwork::TakeSqe() noexcept {
  io_uring_sqe* sqe = ring_->NextSqe();
  if (sqe == nullptr) {
    Submit();
    sqe = ring_->NextSqe();
  }
  return sqe;
}

void RingNetwork::StartReceive(SocketHandle socket, SocketTag tag) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  Receiver& receiver = receivers_[tag];
  CHECK(receiver.state == State::kFree) << "two sockets under one tag";
  receiver = {.socket = socket, .state = State::kFree, .is_stopping = false};
  Arm(tag);
}

void RingNetwork::Arm(SocketTag tag) noexcept {
  Receiver& receiver = receivers_[tag];
  io_uring_sqe* const sqe = TakeSqe();
  if (sqe == nullptr) {  // The kernel is out of memory: try again at the next Receive().
    receiver.state = State::kDisarmed;
    disarmed_.push_back(tag);
    return;
  }
  io_uring_prep_recvmsg_multishot(sqe, receiver.socket, &receive_shape_, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = 0;
  io_uring_sqe_set_data64(sqe, UserData(RingOperation::kReceive, tag));
  receiver.state = State::kArmed;
}

void RingNetwork::StopReceive(SocketTag tag) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  Receiver& receiver = receivers_[tag];
  CHECK(receiver.state != State::kFree && !receiver.is_stopping) << "nothing to stop";
  receiver.is_stopping = true;
  if (receiver.state == State::kDisarmed) return;    // Ends with the next Receive().
  if (!TryCancel(tag)) uncancelled_.push_back(tag);  // Again with the next Receive().
}

bool RingNetwork::TryCancel(SocketTag tag) noexcept {
  io_uring_sqe* const sqe = TakeSqe();
  if (sqe == nullptr) return false;
  io_uring_prep_cancel64(sqe, UserData(RingOperation::kReceive, tag), 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(sqe, UserData(RingOperation::kCancel, tag));
  return true;
}

void RingNetwork::Receive(ReceiveHandler& handler) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  if (!uncancelled_.empty()) {
    std::erase_if(uncancelled_, [this](SocketTag tag) {
      const bool has_ended = !receivers_[tag].is_stopping || receivers_[tag].state != State::kArmed;
      return has_ended || TryCancel(tag);
    });
    Submit();
  }
  received_at_ = Now();
  received_at_realtime_ns_ = RealtimeNanoseconds();
  unsigned budget = receive_budget_;
  for (int round = 0; round < kReceiveRoundsMax; ++round) {
    // One entry into the kernel makes only some 20 sockets' completions: look until none is left. A
    // kernel that announces work and has none must not keep the rooms from their ticks.
    int entries_in_vain = 0;
    while (true) {
      const unsigned handled = ring_->ForEachCompletion(
          buffers_.count(), [&](const io_uring_cqe& cqe) { HandleCompletion(cqe, handler); },
          [&](const io_uring_cqe& cqe, int ahead) { ExpectCompletion(cqe, ahead, handler); });
      buffers_.Publish();
      budget -= handled < budget ? handled : budget;
      if (budget == 0) {
        ++counters_.receive_budget_hits;
        RestartDisarmed(handler);
        return;
      }
      if (handled > 0) {
        entries_in_vain = 0;
        is_announcement_stale_ = false;
      }
      if (!HasTaskWork()) {
        if (handled > 0) continue;
        is_announcement_stale_ = false;
        break;
      }
      if (entries_in_vain == (is_announcement_stale_ ? 1 : kEntriesInVainMax)) {
        if (!is_announcement_stale_) ++counters_.receives_in_vain;
        is_announcement_stale_ = true;
        break;
      }
      ++entries_in_vain;
      ++counters_.entries;
      ring_->RunTaskWork();
    }
    if (!RestartDisarmed(handler)) return;
    Submit();
  }
}

// True if a receive was started again, so that there may be more to deliver.
bool RingNetwork::RestartDisarmed(ReceiveHandler& handler) noexcept {
  const size_t count = disarmed_.size();
  bool is_any_started = false;
  for (size_t i = 0; i < count; ++i) {
    const SocketTag tag = disarmed_[i];
    Receiver& receiver = receivers_[tag];
    if (receiver.is_stopping) {
      receiver = Receiver{};
      handler.OnReceiveStopped(tag);
      continue;
    }
    ++counters_.receive_rearmed;
    Arm(tag);  // May put it back at the end.
    is_any_started = is_any_started || receiver.state == State::kArmed;
  }
  disarmed_.erase(disarmed_.begin(), disarmed_.begin() + static_cast<ptrdiff_t>(count));
  return is_any_started;
}

void RingNetwork::HandleCompletion(const io_uring_cqe& completion,
                                   ReceiveHandler& handler) noexcept {
  const auto operation = static_cast<RingOperation>(completion.user_data >> kOperationShift);
  switch (operation) {
    case RingOperation::kReceive:
      HandleReceive(static_cast<SocketTag>(completion.user_data), completion, handler);
      return;
    case RingOperation::kSend: {  // Only failures complete.
      const int result = Bend(operation, completion.res);
      --counters_.datagrams_sent;
      ++(result == -EAGAIN ? counters_.dropped_send_full : counters_.dropped_send_failed);
      return;
    }
    case RingOperation::kCancel: {  // Only failures complete.
      // Either the receive has ended by itself and its end is on its way, or the kernel could not
      // find it because it was about to hand over more (a backlog of over 32 datagrams): ask again.
      const auto tag = static_cast<SocketTag>(completion.user_data);
      const Receiver& receiver = receivers_[tag];
      if (receiver.is_stopping && receiver.state == State::kArmed) uncancelled_.push_back(tag);
      return;
    }
    case RingOperation::kBell:  // Rings already.
      return;
  }
}

void RingNetwork::ExpectCompletion(const io_uring_cqe& completion, int ahead,
                                   ReceiveHandler& handler) noexcept {
  if (static_cast<RingOperation>(completion.user_data >> kOperationShift) !=
          RingOperation::kReceive ||
      (completion.flags & IORING_CQE_F_BUFFER) == 0) {
    return;
  }
  static_assert(net::Ring::kLookAhead == DatagramAhead::kFirstHint);
  const std::span<const uint8_t> bytes =
      buffers_.Bytes(completion.flags >> IORING_CQE_BUFFER_SHIFT);
  handler.OnDatagramAhead(
      {.tag = static_cast<SocketTag>(completion.user_data),
       .ahead = ahead,
       .name = reinterpret_cast<const sockaddr*>(bytes.data() + sizeof(io_uring_recvmsg_out)),
       .name_length = receive_shape_.msg_namelen});
}

void RingNetwork::HandleReceive(SocketTag tag, const io_uring_cqe& completion,
                                ReceiveHandler& handler) noexcept {
  const int result = Bend(RingOperation::kReceive, completion.res);
  if (completion.flags & IORING_CQE_F_BUFFER) {
    const unsigned buffer = completion.flags >> IORING_CQE_BUFFER_SHIFT;
    if (result >= 0) DeliverBuffer(tag, buffer, result, handler);
    buffers_.GiveBack(buffer);
  }
  if (result == -ENOBUFS) {
    ++counters_.buffers_exhausted;
  } else if (result < 0 && result != -ECANCELED) {
    ++counters_.receive_errors;
  }
  if (completion.flags & IORING_CQE_F_MORE) return;

  Receiver& receiver = receivers_[tag];
  if (receiver.is_stopping) {
    receiver = Receiver{};
    handler.OnReceiveStopped(tag);
  } else {
    receiver.state = State::kDisarmed;
    disarmed_.push_back(tag);
  }
}

void RingNetwork::DeliverBuffer(SocketTag tag, unsigned buffer, int length,
                                ReceiveHandler& handler) noexcept {
  const std::span<uint8_t> bytes = buffers_.Bytes(buffer);
  io_uring_recvmsg_out* const out =
      io_uring_recvmsg_validate(bytes.data(), length, &receive_shape_);
  if (out == nullptr) {
    ++counters_.receive_errors;
    return;
  }
  if (out->flags & MSG_TRUNC) {
    ++counters_.dropped_oversized;
    return;
  }
  const socklen_t name_length =
      out->namelen < receive_shape_.msg_namelen ? out->namelen : receive_shape_.msg_namelen;
  const std::optional<SocketAddress> source = SocketAddress::FromSockaddr(
      static_cast<const sockaddr*>(io_uring_recvmsg_name(out)), name_length);
  if (!source.has_value()) {
    ++counters_.receive_errors;
    return;
  }
  ++counters_.datagrams_received;
  const unsigned payload_bytes = io_uring_recvmsg_payload_length(out, length, &receive_shape_);
  const uint8_t* const payload =
      static_cast<const uint8_t*>(io_uring_recvmsg_payload(out, &receive_shape_));
  handler.OnDatagram(tag, {payload, payload_bytes}, *source, ArrivalOf(out));
}

// By the kernel's time stamp (SO_TIMESTAMPNS); now, where there is none or the wall clock was set meanwhile.
MediaTime RingNetwork::ArrivalOf(io_uring_recvmsg_out* out) noexcept {
  const cmsghdr* const control = io_uring_recvmsg_cmsg_firsthdr(out, &receive_shape_);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET ||
      control->cmsg_type != SCM_TIMESTAMPNS || control->cmsg_len < CMSG_LEN(sizeof(timespec))) {
    return received_at_;
  }
  timespec stamp;
  memcpy(&stamp, CMSG_DATA(control), sizeof(stamp));
  const MediaDuration age = Nanoseconds(received_at_realtime_ns_ -
                                        (int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec));
  // Less than nothing where it came while others were being received.
  return age < -kWaitMax || age > kWaitMax ? received_at_ : received_at_ - age;
}

void RingNetwork::Send(const OutgoingDatagram& datagram) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  const int fault = hook_ == nullptr ? 0 : hook_->OnSend();
  if (fault != 0) {
    ++(fault == -EAGAIN ? counters_.dropped_send_full : counters_.dropped_send_failed);
    return;
  }
  if (ring_->CountQueued() == ring_->submission_entries()) Submit();
  SendSlot& slot = send_slots_[ring_->next_position()];
  io_uring_sqe* const sqe = ring_->NextSqe();
  if (sqe == nullptr) {
    ++counters_.dropped_send_failed;
    return;
  }
  slot.parts[0] = {const_cast<uint8_t*>(datagram.head.data()), datagram.head.size()};
  slot.parts[1] = {const_cast<uint8_t*>(datagram.body.data()), datagram.body.size()};
  slot.message = {};
  slot.message.msg_name = &slot.address;
  slot.message.msg_namelen = datagram.destination.ToSockaddr(&slot.address);
  slot.message.msg_iov = slot.parts;
  slot.message.msg_iovlen = datagram.body.empty() ? 1 : 2;
  // Not waiting keeps the send inside the submission: afterwards the kernel needs no memory of ours.
  io_uring_prep_sendmsg(sqe, datagram.socket, &slot.message, MSG_DONTWAIT);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(sqe, UserData(RingOperation::kSend, 0));
  ++counters_.datagrams_sent;
}

void RingNetwork::Ring(SocketHandle bell) noexcept {
  io_uring_sqe* const sqe = TakeSqe();
  if (sqe == nullptr) return;
  io_uring_prep_send(sqe, bell, &kBellByte, sizeof(kBellByte), MSG_DONTWAIT);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data64(sqe, UserData(RingOperation::kBell, 0));
}

void RingNetwork::Submit() noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  if (ring_->CountQueued() == 0) return;
  const int calls = ring_->Submit();
  counters_.submissions += static_cast<uint64_t>(calls);
  counters_.entries += static_cast<uint64_t>(calls);
}

bool RingNetwork::SleepUntil(MediaTime deadline) noexcept {
  DCHECK_CALLED_ON_OWNER(thread_);
  Submit();
  const MediaTime now = Now();
  if (now >= deadline) return true;
  ++counters_.entries;
  return ring_->SleepUntil(deadline, now) || Now() >= deadline;
}

}  // namespace narada::mixer::net
