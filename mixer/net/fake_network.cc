#include "mixer/net/fake_network.h"

#include <utility>

#include "base/check.h"
#include "base/media_path_scope.h"
#include "base/status.h"

namespace narada::mixer::net {
namespace {

// As PacketBuffers::kBufferBytes less the kernel's header and the address.
constexpr size_t kDatagramBytesMax = 2048 - 16 - 28;

}  // namespace

UdpSocket FakeWire::Open(const SocketAddress& local) {
  CHECK(Find(local) == nullptr) << "port taken: " << local.ToString();
  const SocketHandle handle = next_handle_++;
  sockets_[handle].local = local;
  return UdpSocket(handle, local, nullptr);
}

SocketPair FakeWire::OpenPair(const IpAddress& ip) {
  SocketPair pair{Open(SocketAddress(ip, next_pair_port_)),
                  Open(SocketAddress(ip, next_pair_port_ + 1))};
  next_pair_port_ += 2;
  return pair;
}

void FakeWire::Close(SocketPair pair) {
  sockets_.erase(pair.rtp.handle());
  sockets_.erase(pair.rtcp.handle());
}

void FakeWire::SendFrom(const SocketAddress& source, const SocketAddress& destination,
                        std::span<const uint8_t> bytes) {
  Socket* const socket = Find(destination);
  if (socket == nullptr) return;
  socket->waiting.push_back({{bytes.begin(), bytes.end()}, source, now_});
}

std::vector<FakeDatagram> FakeWire::Take(const SocketAddress& local) {
  Socket* const socket = Find(local);
  CHECK(socket != nullptr) << "no socket at " << local.ToString();
  std::vector<FakeDatagram> taken(socket->waiting.begin(), socket->waiting.end());
  socket->waiting.clear();
  return taken;
}

FakeWire::Socket* FakeWire::Find(const SocketAddress& address) {
  for (auto& [handle, socket] : sockets_) {
    if (socket.local == address) return &socket;
  }
  return nullptr;
}

void FakeNetwork::StartReceive(SocketHandle socket, SocketTag tag) noexcept {
  MediaPathExemption exemption;
  CHECK(receivers_.count(tag) == 0) << "two sockets under one tag";
  receivers_[tag] = {.socket = socket, .is_stopping = false};
}

void FakeNetwork::StopReceive(SocketTag tag) noexcept {
  Receiver& receiver = receivers_.at(tag);
  CHECK(!receiver.is_stopping) << "nothing to stop";
  receiver.is_stopping = true;
}

void FakeNetwork::Receive(ReceiveHandler& handler) noexcept {
  std::vector<std::pair<SocketTag, Receiver>> receivers;
  {
    MediaPathExemption exemption;
    receivers.assign(receivers_.begin(), receivers_.end());
  }
  for (const auto& [tag, receiver] : receivers) {
    const auto socket = wire_.sockets_.find(receiver.socket);
    int budget = receiver.is_stopping ? 0 : wire_.datagrams_per_receive_max;
    while (socket != wire_.sockets_.end() && !socket->second.waiting.empty() && budget-- > 0) {
      FakeDatagram datagram;
      {
        MediaPathExemption exemption;
        datagram = std::move(socket->second.waiting.front());
        socket->second.waiting.pop_front();
      }
      if (datagram.bytes.size() > kDatagramBytesMax) {
        ++counters_.dropped_oversized;
      } else {
        ++counters_.datagrams_received;
        handler.OnDatagram(tag, datagram.bytes, datagram.source, datagram.sent);
      }
      MediaPathExemption exemption;
      datagram = FakeDatagram();
    }
    if (!receiver.is_stopping) continue;
    {
      MediaPathExemption exemption;
      receivers_.erase(tag);
    }
    handler.OnReceiveStopped(tag);
  }
  MediaPathExemption exemption;
  std::vector<std::pair<SocketTag, Receiver>>().swap(receivers);
}

void FakeNetwork::Send(const OutgoingDatagram& datagram) noexcept {
  MediaPathExemption exemption;
  if (wire_.sends_to_refuse > 0) {
    --wire_.sends_to_refuse;
    ++counters_.dropped_send_full;
    return;
  }
  queued_.push_back(datagram);
}

void FakeNetwork::Ring(SocketHandle bell) noexcept {
  const auto socket = wire_.sockets_.find(bell);
  if (socket == wire_.sockets_.end() || !socket->second.waiting.empty()) return;
  MediaPathExemption exemption;
  socket->second.waiting.push_back({{1}, SocketAddress(), wire_.now()});
}

void FakeNetwork::Submit() noexcept {
  if (queued_.empty()) return;
  MediaPathExemption exemption;
  ++counters_.submissions;
  for (const OutgoingDatagram& datagram : queued_) {
    const auto socket = wire_.sockets_.find(datagram.socket);
    if (socket == wire_.sockets_.end() || !datagram.destination.is_set()) {
      ++counters_.dropped_send_failed;
      continue;
    }
    ++counters_.datagrams_sent;
    std::vector<uint8_t> bytes(datagram.head.begin(), datagram.head.end());
    bytes.insert(bytes.end(), datagram.body.begin(), datagram.body.end());
    wire_.SendFrom(socket->second.local, datagram.destination, bytes);
  }
  queued_.clear();
}

bool FakeNetwork::SleepUntil(MediaTime deadline) noexcept {
  Submit();
  if (deadline > wire_.now()) wire_.Advance(deadline - wire_.now());
  return true;
}

absl::StatusOr<SocketPair> FakeSocketPairs::Open() {
  if (open_ >= pairs_max) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PORTS_EXHAUSTED",
                           "the fake has no more ports");
  }
  ++open_;
  return wire_.OpenPair(ip_);
}

absl::StatusOr<SocketPair> FakeSocketPairs::Reopen(uint16_t rtp_port) {
  ++open_;
  return SocketPair{wire_.Open(SocketAddress(ip_, rtp_port)),
                    wire_.Open(SocketAddress(ip_, rtp_port + 1))};
}

void FakeSocketPairs::Close(SocketPair pair) {
  --open_;
  wire_.Close(std::move(pair));
}

}  // namespace narada::mixer::net
