#include "bench/load/traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace narada::bench {
namespace {

constexpr int kTurns = 20;  // Milliseconds in a packet's time.
constexpr int64_t kStepNs = 1'000'000;
constexpr int64_t kBeginSteps = 1000;  // Within these all legs begin to send, one after the other.
constexpr size_t kLegsPerSocket = 32;
constexpr int kReceiveTurns = 4;        // A socket is emptied once in so many steps.
constexpr size_t kKept = 24;            // Packets that each leg keeps of the window.
constexpr uint32_t kSsrc = 0x4c000000;  // Of the first leg.
constexpr uint8_t kFaintLevel = 70;     // -70 dBov, no voice.
constexpr uint8_t kVoiceLevel = 0x80 | 20;
constexpr int kSocketBytes = 4 * 1024 * 1024;
constexpr uint32_t kFirstAddress = 0x7f000101;  // 127.0.1.1, of the first leg of each socket.

int64_t Nanoseconds(const timespec& time) {
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

int64_t Now(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return Nanoseconds(time);
}

double ThreadCpuSeconds() { return static_cast<double>(Now(CLOCK_THREAD_CPUTIME_ID)) * 1e-9; }

void Put16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

void Put32(uint8_t* at, uint32_t value) {
  Put16(at, static_cast<uint16_t>(value >> 16));
  Put16(at + 2, static_cast<uint16_t>(value));
}

uint16_t Get16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
uint32_t Get32(const uint8_t* at) { return uint32_t{Get16(at)} << 16 | Get16(at + 2); }

}  // namespace

Traffic::Traffic(const TrafficOptions& options, const Signals& signals,
                 std::span<const LegPlan> legs)
    : options_(options),
      signals_(signals),
      silence_(options.says_levels ? signals.FaintNoise() : signals.Silence()),
      header_bytes_(kHeaderBytes + (options.says_levels ? kLevelBytes : 0)),
      legs_(legs.size()) {
  for (int id = 0; id < kClickIds; ++id) click_payloads_.push_back(signals.Click(id));
  std::vector<std::pair<int, const Voice*>> tones;
  for (size_t i = 0; i < legs.size(); ++i) {
    Leg& leg = legs_[i];
    leg.plan = legs[i];
    leg.first_step = static_cast<int64_t>(i) * kBeginSteps / static_cast<int64_t>(legs.size());
    leg.datagram.resize(kDatagramMax);
    leg.datagram[0] = 0x80;
    leg.datagram[1] = static_cast<uint8_t>(signals.payload_type());
    leg.sequence = static_cast<uint16_t>(i * 7);
    leg.timestamp = static_cast<uint32_t>(i * 12345);
    Put32(&leg.datagram[8], kSsrc | static_cast<uint32_t>(i));
    if (options.says_levels) {
      leg.datagram[0] |= 0x10;
      Put32(&leg.datagram[kHeaderBytes], 0xbede0001);
      leg.datagram[kHeaderBytes + 4] = kLevelId << 4;
    }
    if (leg.plan.send_keys.has_value()) {
      leg.protector = std::make_unique<mixer::srtp::Protector>(*leg.plan.send_keys);
    }
    if (leg.plan.role == Role::kSpeaker) {
      const auto known = std::find_if(tones.begin(), tones.end(), [&](const auto& tone) {
        return tone.first == leg.plan.tone_hz;
      });
      if (known == tones.end()) {
        voices_.push_back(std::make_unique<Voice>(signals.Tone(leg.plan.tone_hz)));
        tones.emplace_back(leg.plan.tone_hz, voices_.back().get());
        leg.voice = voices_.back().get();
      } else {
        leg.voice = known->second;
      }
    }
    const auto room = static_cast<size_t>(leg.plan.room);
    if (clickers_.size() <= room) clickers_.resize(room + 1);
    if (leg.plan.role == Role::kClicker) clickers_[room].push_back(static_cast<uint32_t>(i));
  }

  const size_t count =
      options.has_own_sockets
          ? legs.size()
          : std::max<size_t>(kTurns, (legs.size() + kLegsPerSocket - 1) / kLegsPerSocket);
  sockets_.resize(std::min(count, legs.size()));
  socket_of_.resize(legs.size());
  leg_of_port_.assign(65536, -1);
  for (size_t i = 0; i < sockets_.size(); ++i) {
    sockets_[i].turn = static_cast<int>(i % kTurns);
  }
  // Neighbours in a room have other phases.
  for (size_t i = 0; i < legs.size(); ++i) {
    socket_of_[i] = static_cast<uint32_t>(i % sockets_.size());
    std::vector<uint32_t>& neighbours = sockets_[socket_of_[i]].legs;
    Leg& leg = legs_[i];
    leg.address.s_addr =
        htonl(options.has_own_addresses ? kFirstAddress + static_cast<uint32_t>(neighbours.size())
                                        : INADDR_LOOPBACK);
    cmsghdr& control = *reinterpret_cast<cmsghdr*>(leg.source.data());
    control = {};
    control.cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    control.cmsg_level = IPPROTO_IP;
    control.cmsg_type = IP_PKTINFO;
    const in_pktinfo from = {.ipi_ifindex = 0, .ipi_spec_dst = leg.address, .ipi_addr = {}};
    memcpy(CMSG_DATA(&control), &from, sizeof(from));
    neighbours.push_back(static_cast<uint32_t>(i));
  }
  for (Socket& socket : sockets_) OpenSocket(socket);

  incoming_.resize(kBatch);
  incoming_parts_.resize(kBatch);
  incoming_bytes_.resize(kBatch);
  incoming_sources_.resize(kBatch);
  incoming_control_.resize(kBatch);
  for (unsigned i = 0; i < kBatch; ++i) {
    incoming_parts_[i] = {.iov_base = incoming_bytes_[i].data(), .iov_len = kDatagramMax};
    incoming_[i].msg_hdr.msg_iov = &incoming_parts_[i];
    incoming_[i].msg_hdr.msg_iovlen = 1;
    incoming_[i].msg_hdr.msg_name = &incoming_sources_[i];
    incoming_[i].msg_hdr.msg_control = incoming_control_[i].data();
  }
}

Traffic::~Traffic() {
  for (const Socket& socket : sockets_) close(socket.file);
}

void Traffic::OpenSocket(Socket& socket) {
  socket.file = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  CHECK(socket.file >= 0) << "no socket: " << strerror(errno);
  setsockopt(socket.file, SOL_SOCKET, SO_RCVBUF, &kSocketBytes, sizeof(kSocketBytes));
  setsockopt(socket.file, SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof(kSocketBytes));
  constexpr int kOn = 1;
  setsockopt(socket.file, SOL_SOCKET, SO_TIMESTAMPNS, &kOn, sizeof(kOn));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(options_.has_own_addresses ? INADDR_ANY : INADDR_LOOPBACK);
  if (options_.has_own_addresses) {
    setsockopt(socket.file, IPPROTO_IP, IP_PKTINFO, &kOn, sizeof(kOn));
  }
  CHECK(bind(socket.file, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0)
      << "no port: " << strerror(errno);
  socklen_t length = sizeof(address);
  getsockname(socket.file, reinterpret_cast<sockaddr*>(&address), &length);
  socket.port = ntohs(address.sin_port);
  socket.messages.resize(socket.legs.size());
  socket.parts.resize(socket.legs.size());
}

uint16_t Traffic::local_port(size_t leg) const { return sockets_[socket_of_[leg]].port; }

std::string Traffic::local_address(size_t leg) const {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &legs_[leg].address, text, sizeof(text));
  return text;
}

void Traffic::SetRemote(size_t leg, const sockaddr_in& remote) {
  legs_[leg].remote = remote;
  legs_[leg].has_remote = true;
  const bool is_told_apart_by_port = !options_.is_echo && !options_.has_own_addresses;
  if (is_told_apart_by_port) leg_of_port_[ntohs(remote.sin_port)] = static_cast<int32_t>(leg);
}

void Traffic::BeginWindow() {
  for (size_t i = 0; i < legs_.size(); ++i) {
    Leg& leg = legs_[i];
    leg.count = {};
    leg.kept.clear();
    // Not all at once: what is wrong for a moment is heard by somebody.
    leg.keep_from = i % 4 * kKept * 2 / 3;
  }
  use_ = {};
  window_cpu_s_ = ThreadCpuSeconds();
  window_begin_ns_ = Now(CLOCK_REALTIME);
  is_counting_ = true;
}

void Traffic::EndWindow() {
  is_counting_ = false;
  window_end_ns_ = Now(CLOCK_REALTIME);
  use_.cpu_share = (ThreadCpuSeconds() - window_cpu_s_) / window_seconds();
}

void Traffic::Run(double seconds) {
  const int64_t now = Now(CLOCK_MONOTONIC);
  if (due_ns_ == 0 || now - due_ns_ > 10 * kStepNs) due_ns_ = now;
  const int64_t end = due_ns_ + static_cast<int64_t>(seconds * 1e9);
  for (; due_ns_ < end; due_ns_ += kStepNs, ++step_) {
    const timespec due = {.tv_sec = due_ns_ / 1'000'000'000, .tv_nsec = due_ns_ % 1'000'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
    }
    const double late_ms = static_cast<double>(Now(CLOCK_MONOTONIC) - due_ns_) * 1e-6;
    use_.lateness_max_ms = std::max(use_.lateness_max_ms, late_ms);
    if (is_clicking_ && step_ % options_.click_interval_ms == 0) PlanClick();
    const auto turn = static_cast<int>(step_ % kTurns);
    for (Socket& socket : sockets_) {
      if (socket.turn == turn) Send(socket);
    }
    for (size_t i = static_cast<size_t>(step_ % kReceiveTurns); i < sockets_.size();
         i += kReceiveTurns) {
      Receive(sockets_[i]);
    }
  }
}

// One leg of each room clicks; they take turns.
void Traffic::PlanClick() {
  for (const std::vector<uint32_t>& clickers : clickers_) {
    if (clickers.empty()) continue;
    legs_[clickers[static_cast<size_t>(next_click_) % clickers.size()]].click =
        next_click_ % kClickIds;
  }
  ++next_click_;
}

void Traffic::Send(Socket& socket) {
  unsigned count = 0;
  const size_t clicks_before = clicks_.size();
  click_places_.clear();
  for (const uint32_t index : socket.legs) {
    Leg& leg = legs_[index];
    if (!leg.has_remote || step_ < leg.first_step) continue;
    const Payload* payload = &silence_;
    if (leg.voice != nullptr) payload = &(*leg.voice)[leg.voice_at++ % leg.voice->size()];
    if (leg.click >= 0) {
      payload = &click_payloads_[static_cast<size_t>(leg.click)];
      clicks_.push_back({.room = leg.plan.room, .id = leg.click});
      click_places_.push_back(count);
      leg.click = -1;
    }
    uint8_t* const header = leg.datagram.data();
    if (options_.says_levels) {
      header[kHeaderBytes + 5] = payload == &silence_ ? kFaintLevel : kVoiceLevel;
    }
    Put16(header + 2, leg.sequence++);
    Put32(header + 4, leg.timestamp);
    leg.timestamp += static_cast<uint32_t>(signals_.timestamp_step());
    auto& parts = socket.parts[count];
    mmsghdr& message = socket.messages[count];
    parts[0] = {.iov_base = header, .iov_len = header_bytes_};
    parts[1] = {.iov_base = const_cast<uint8_t*>(payload->data()), .iov_len = payload->size()};
    message.msg_hdr = {};
    message.msg_hdr.msg_iov = parts.data();
    message.msg_hdr.msg_iovlen = 2;
    if (leg.protector != nullptr) {
      const std::span<uint8_t> out = std::span(leg.datagram).subspan(header_bytes_);
      const size_t size = leg.protector->ProtectRtp({header, header_bytes_}, *payload, out);
      CHECK(size > 0) << "SRTP protects";
      parts[0] = {.iov_base = out.data(), .iov_len = size};
      message.msg_hdr.msg_iovlen = 1;
    }
    if (options_.has_own_addresses) {
      message.msg_hdr.msg_control = leg.source.data();
      message.msg_hdr.msg_controllen = leg.source.size();
    }
    message.msg_hdr.msg_name = &leg.remote;
    message.msg_hdr.msg_namelen = sizeof(leg.remote);
    ++count;
  }
  // A click is dated when its datagram leaves, which is after those before it.
  unsigned sent = 0;
  for (size_t i = 0; i < click_places_.size(); ++i) {
    SendUntil(socket, click_places_[i], sent);
    clicks_[clicks_before + i].sent_ns = Now(CLOCK_REALTIME);
  }
  SendUntil(socket, count, sent);
}

void Traffic::SendUntil(Socket& socket, unsigned end, unsigned& sent) {
  while (sent < end) {
    const int more = sendmmsg(socket.file, &socket.messages[sent], end - sent, MSG_DONTWAIT);
    if (more <= 0) ++use_.send_failures;
    sent += more > 0 ? static_cast<unsigned>(more) : 1;
  }
}

void Traffic::Receive(Socket& socket) {
  while (true) {
    for (mmsghdr& message : incoming_) {
      message.msg_hdr.msg_namelen = sizeof(sockaddr_in);
      message.msg_hdr.msg_controllen = incoming_control_[0].size();
    }
    const int count = recvmmsg(socket.file, incoming_.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(i);
      OnDatagram(socket, {incoming_bytes_[at].data(), incoming_[at].msg_len}, incoming_sources_[at],
                 ArrivalOf(incoming_[at].msg_hdr));
    }
    if (count < static_cast<int>(kBatch)) return;
  }
}

Traffic::Arrival Traffic::ArrivalOf(msghdr& message) {
  Arrival arrival;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time;
      memcpy(&time, CMSG_DATA(control), sizeof(time));
      arrival.ns = Nanoseconds(time);
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      memcpy(&info, CMSG_DATA(control), sizeof(info));
      arrival.destination = info.ipi_addr;
    }
  }
  return arrival;
}

// Negative: nobody's.
int64_t Traffic::LegOf(const Socket& socket, std::span<const uint8_t> bytes,
                       const sockaddr_in& source, in_addr destination) const {
  if (options_.is_echo) return int64_t{Get32(&bytes[8])} - kSsrc;
  if (!options_.has_own_addresses) return leg_of_port_[ntohs(source.sin_port)];
  const uint32_t place = ntohl(destination.s_addr) - kFirstAddress;
  return place < socket.legs.size() ? int64_t{socket.legs[place]} : -1;
}

void Traffic::OnDatagram(const Socket& socket, std::span<const uint8_t> bytes,
                         const sockaddr_in& source, const Arrival& arrival) {
  if (bytes.size() < kHeaderBytes) {
    ++strange_;
    return;
  }
  const int type = bytes[1] & 0x7f;
  if (type >= 72 && type <= 76) return;  // RTCP on the same port (RFC 5761).
  const int64_t index = LegOf(socket, bytes, source, arrival.destination);
  const int64_t arrival_ns = arrival.ns;
  if (index < 0 || index >= static_cast<int64_t>(legs_.size()) || type != signals_.payload_type()) {
    ++strange_;
    return;
  }
  Leg& leg = legs_[static_cast<size_t>(index)];
  const uint16_t sequence = Get16(&bytes[2]);
  const auto ahead = static_cast<int16_t>(sequence - leg.highest);
  if (is_counting_) {
    LegCount& count = leg.count;
    if (leg.has_heard && ahead > 1) count.lost += static_cast<uint64_t>(ahead - 1);
    if (leg.has_heard && ahead <= 0) {
      ++count.reordered;
      if (count.lost > 0 && ahead < 0) --count.lost;
    }
    const int64_t transit =
        arrival_ns - int64_t{Get32(&bytes[4])} * 1'000'000'000 / signals_.clock_rate_hz();
    if (count.packets == 0) {
      count.first_ns = arrival_ns;
    } else {
      count.gap_max_ns = std::max(count.gap_max_ns, arrival_ns - count.last_ns);
      const auto change = static_cast<double>(std::abs(transit - leg.last_transit));
      if (change < 1e9) count.jitter_ns += (change - count.jitter_ns) / 16;
    }
    leg.last_transit = transit;
    count.last_ns = arrival_ns;
    if (leg.plan.is_probe || (count.packets >= leg.keep_from && leg.kept.size() < kKept)) {
      leg.kept.push_back({.sequence = sequence,
                          .arrival_ns = arrival_ns,
                          .bytes = Payload(bytes.begin(), bytes.end())});
    }
    ++count.packets;
  } else if (leg.plan.is_probe && !clicks_.empty()) {
    leg.kept_with_clicks.push_back({.sequence = sequence,
                                    .arrival_ns = arrival_ns,
                                    .bytes = Payload(bytes.begin(), bytes.end())});
  }
  if (!leg.has_heard || ahead > 0) leg.highest = sequence;
  leg.has_heard = true;
}

}  // namespace narada::bench
