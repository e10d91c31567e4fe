#include "mixer/engine/worker_world.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"
#include "tests/phone/g711.h"
#include "tests/phone/tone.h"

namespace narada::mixer::engine {
namespace {

constexpr int kFrameSamples = 160;
constexpr double kToneDbov = -20;
constexpr uint8_t kTelephoneEvent = 101;
constexpr uint8_t kRtcpReceiverReport = 201;
constexpr uint8_t kRtcpBye = 203;

const IpAddress kPhones = IpAddress::V4(10, 0, 0, 1);
const IpAddress kMixer = IpAddress::V4(10, 0, 0, 2);
constexpr uint16_t kSharedPort = 30000;

// Steps in 20 ms; each phone sends once in them.
constexpr int kSteps = 8;

uint8_t EventOf(char digit) {
  if (digit == '*') return 10;
  if (digit == '#') return 11;
  return static_cast<uint8_t>(digit - '0');
}

}  // namespace

VirtualPhone::VirtualPhone(net::FakeWire& wire, const SocketAddress& rtp, double tone_hz)
    : wire_(wire),
      rtp_(wire.Open(rtp)),
      rtcp_(wire.Open(rtp.WithPort(rtp.port() + 1))),
      tone_hz_(tone_hz),
      ssrc_(0x10000u + rtp.port()) {}

void VirtualPhone::SendFrame() {
  if (!is_sending || !mixer_rtp_.is_set()) return;
  std::vector<int16_t> samples(kFrameSamples, 0);
  const phone::Tone tone = {.frequency_hz = tone_hz_, .level_dbov = kToneDbov};
  if (tone_hz_ > 0) phone::AddTones({&tone, 1}, samples_said_, samples);
  samples_said_ += kFrameSamples;
  std::vector<uint8_t> packet(rtp::kFixedHeaderSize);
  rtp::PacketHeader header;
  header.payload_type = kPcmaPayloadType;
  header.sequence_number = SequenceNumber(sequence_++);
  header.timestamp = RtpTimestamp(timestamp_);
  header.ssrc = Ssrc(ssrc_);
  header.Write(packet);
  timestamp_ += kFrameSamples;
  for (const int16_t sample : samples) packet.push_back(phone::EncodeAlaw(sample));
  wire_.SendFrom(rtp(), mixer_rtp_, packet);
}

void VirtualPhone::Press(char digit) {
  const uint32_t start = timestamp_;
  for (int i = 1; i <= 7; ++i) {
    const bool is_end = i >= 5;  // The last one three times.
    const uint16_t duration = static_cast<uint16_t>(std::min(i, 5) * kFrameSamples);
    std::vector<uint8_t> packet(rtp::kFixedHeaderSize);
    rtp::PacketHeader header;
    header.marker = i == 1;
    header.payload_type = PayloadType(kTelephoneEvent);
    header.sequence_number = SequenceNumber(sequence_++);
    header.timestamp = RtpTimestamp(start);
    header.ssrc = Ssrc(ssrc_);
    header.Write(packet);
    packet.push_back(EventOf(digit));
    packet.push_back(static_cast<uint8_t>((is_end ? 0x80 : 0) | 10));
    packet.push_back(static_cast<uint8_t>(duration >> 8));
    packet.push_back(static_cast<uint8_t>(duration));
    wire_.SendFrom(rtp(), mixer_rtp_, packet);
  }
  timestamp_ += 5 * kFrameSamples;
}

void VirtualPhone::SendRaw(std::span<const uint8_t> bytes, bool is_rtcp) {
  if (is_rtcp) {
    wire_.SendFrom(rtcp(), mixer_rtp_.WithPort(mixer_rtp_.port() + 1), bytes);
  } else {
    wire_.SendFrom(rtp(), mixer_rtp_, bytes);
  }
}

void VirtualPhone::Listen() {
  for (const net::FakeDatagram& datagram : wire_.Take(rtp())) HearPacket(datagram);
  for (const net::FakeDatagram& datagram : wire_.Take(rtcp())) {
    // A compound packet: BYE comes last, after a report.
    for (size_t at = 0; at + 4 <= datagram.bytes.size();) {
      const uint8_t type = datagram.bytes[at + 1];
      if (type == kRtcpBye) ++goodbyes_;
      if (type == kRtcpReceiverReport || type == kRtcpReceiverReport - 1) ++reports_;
      at += 4u * (1u + static_cast<unsigned>(datagram.bytes[at + 2] << 8 | datagram.bytes[at + 3]));
    }
  }
}

void VirtualPhone::HearPacket(const net::FakeDatagram& datagram) {
  const auto packet = rtp::PacketView::Parse(datagram.bytes);
  CHECK(packet.ok()) << "the mixer sent what is no RTP";
  const uint16_t sequence = packet->sequence_number().value();
  if (has_heard_) {
    packets_missing_ += static_cast<uint16_t>(sequence - last_sequence_ - 1);
  } else {
    first_timestamp_ = packet->timestamp().value();
  }
  has_heard_ = true;
  last_sequence_ = sequence;
  arrivals_.push_back(datagram.sent);
  if (packet->payload_type() != kPcmaPayloadType) return;
  std::vector<int16_t> samples;
  for (const uint8_t code : packet->payload()) samples.push_back(phone::DecodeAlaw(code));
  const auto at = static_cast<int32_t>(packet->timestamp().value() - first_timestamp_);
  heard_.Put(at, samples);
  heard_samples_ = std::max<int64_t>(heard_samples_, at + static_cast<int64_t>(samples.size()));
}

MediaDuration VirtualPhone::shortest_gap() const {
  MediaDuration shortest = MediaDuration::Max();
  for (size_t i = 1; i < arrivals_.size(); ++i) {
    shortest = std::min(shortest, arrivals_[i] - arrivals_[i - 1]);
  }
  return shortest;
}

MediaDuration VirtualPhone::longest_gap() const {
  MediaDuration longest;
  for (size_t i = 1; i < arrivals_.size(); ++i) {
    longest = std::max(longest, arrivals_[i] - arrivals_[i - 1]);
  }
  return longest;
}

WorkerWorld::WorkerWorld(const WorldOptions& options) : pairs_(wire_, kMixer) {
  if (options.shared_sockets > 0) {
    shared_sockets_ = *SharedSockets::Open({.first_port = kSharedPort,
                                            .workers = options.workers,
                                            .per_worker = options.shared_sockets},
                                           pairs_);
  }
  std::vector<Worker*> peers;
  for (int i = 0; i < options.workers; ++i) {
    networks_.push_back(std::make_unique<net::FakeNetwork>(wire_));
    WorkerOptions worker_options{.index = i,
                                 .workers = options.workers,
                                 .legs_max = options.legs_max,
                                 .steps_per_tick = kSteps,
                                 .messages_max = options.messages_max,
                                 .shared_sockets = {}};
    if (shared_sockets_ != nullptr) worker_options.shared_sockets = shared_sockets_->HandlesOf(i);
    workers_.push_back(std::make_unique<Worker>(worker_options, *networks_.back()));
    peers.push_back(workers_.back().get());
  }
  for (Worker* const worker : peers) worker->MeetPeers(peers);
  for (size_t i = 0; i < workers_.size(); ++i) {
    loops_.push_back(std::make_unique<WorkerLoop>(*workers_[i], *networks_[i]));
  }
  reader_ = std::make_unique<MessageReader>(peers);
}

WorkerWorld::~WorkerWorld() {
  // Rooms are freed empty.
  for (const std::unique_ptr<WorkerLeg>& leg : legs_) {
    if (leg->room() != nullptr) leg->room()->Remove(*leg);
  }
}

VirtualPhone& WorkerWorld::AddPhone(double tone_hz) {
  const auto port = static_cast<uint16_t>(40000 + 2 * phones_.size());
  phones_.push_back(std::make_unique<VirtualPhone>(wire_, SocketAddress(kPhones, port), tone_hz));
  return *phones_.back();
}

WorkerRoom& WorkerWorld::AddRoom() {
  room::RoomConfig config;
  config.id = {next_id_++};
  rooms_.push_back(std::make_unique<WorkerRoom>(config));
  return *rooms_.back();
}

WorkerLeg& WorkerWorld::AddLeg(int worker, WorkerRoom& room, VirtualPhone& phone) {
  return AddLegWith(*pairs_.Open(), worker, room, phone);
}

WorkerLeg& WorkerWorld::AddLegOnSharedSocket(int worker, WorkerRoom& room, VirtualPhone& phone,
                                             int index) {
  const SharedPlace place = {.worker = worker, .index = index};
  WorkerLeg& leg = AddLegWith(LegSockets(std::make_unique<SharedSeat>(*shared_sockets_, place)),
                              worker, room, phone);
  const absl::Status claimed = leg.seat()->Claim(SourcesOf(leg.media()));
  CHECK(claimed.ok()) << claimed;
  return leg;
}

WorkerLeg& WorkerWorld::AddLegWith(LegSockets sockets, int worker, WorkerRoom& room,
                                   VirtualPhone& phone) {
  room::LegConfig config;
  config.id = {next_id_++};
  config.ssrc = Ssrc(static_cast<uint32_t>(0x5000 + next_id_));
  config.cname = "test";
  config.seed = next_id_;
  room::LegMedia media;
  media.receive_formats[0] = {.id = codec::CodecId::kPcma, .payload_type = kPcmaPayloadType};
  media.receive_formats_count = 1;
  media.receive_telephone_event = PayloadType(kTelephoneEvent);
  media.send_telephone_event = PayloadType(kTelephoneEvent);
  media.remote_rtp = phone.rtp();
  media.remote_rtcp = phone.rtcp();
  phone.CallTo(sockets.pair.rtp.local());
  legs_.push_back(std::make_unique<WorkerLeg>(config, media, std::move(sockets)));
  WorkerLeg* const leg = legs_.back().get();
  auto add = [leg, &room](Worker& the_worker) noexcept { return the_worker.AddLeg(*leg, room); };
  commands_.push_back(std::make_unique<CallCommand<decltype(add)>>(add));
  CHECK(workers_[static_cast<size_t>(worker)]->Post(commands_.back().get())) << "queue full";
  return *leg;
}

MediaDuration WorkerWorld::Perform(int worker, Command& command) {
  const MediaTime start = now();
  CHECK(workers_[static_cast<size_t>(worker)]->Post(&command)) << "queue full";
  while (finished_.count(&command) == 0) {
    Step();
    CHECK(now() - start < Seconds(5)) << "the command does not end";
  }
  return now() - start;
}

void WorkerWorld::Run(MediaDuration duration) {
  const MediaTime end = now() + duration;
  while (now() < end) Step();
}

void WorkerWorld::Step() {
  PhonesSend();
  // The first one moves the clock to when the step is due.
  for (const std::unique_ptr<WorkerLoop>& loop : loops_) loop->RunOnce();
  ReadAndListen();
}

void WorkerWorld::Stall(MediaDuration duration) {
  for (const MediaTime end = now() + duration; now() < end;) {
    wire_.Advance(room::Room::kTickLength / kSteps);
    PhonesSend();
  }
  for (const std::unique_ptr<WorkerLoop>& loop : loops_) {
    while (loop->due() <= now()) loop->RunOnce();
  }
  ReadAndListen();
}

void WorkerWorld::PhonesSend() {
  // Each phone has its own place in the 20 ms.
  for (size_t i = 0; i < phones_.size(); ++i) {
    if (static_cast<size_t>(steps_ % kSteps) == i % kSteps) phones_[i]->SendFrame();
  }
  ++steps_;
}

void WorkerWorld::ReadAndListen() {
  if (is_reading_messages) {
    reader_->Drain([this](WorkerMessage& message) { HandleMessage(message); });
  }
  for (const std::unique_ptr<VirtualPhone>& phone : phones_) phone->Listen();
}

void WorkerWorld::HandleMessage(WorkerMessage& message) {
  switch (message.kind) {
    case WorkerMessage::Kind::kEvent:
      events_.push_back(message.event);
      return;
    case WorkerMessage::Kind::kCommand:
      finished_.insert(message.command);
      message.command->Finish();
      return;
    case WorkerMessage::Kind::kEventsLost:
      events_lost_ += message.events_lost;
      return;
    case WorkerMessage::Kind::kRetiredPlans:
      while (media::PlaybackPlan* const plan = message.plans) {
        message.plans = plan->next;
        delete plan;
        ++plans_retired_;
      }
      return;
  }
}

std::vector<room::RoomEvent> WorkerWorld::EventsOf(room::RoomEventKind kind) const {
  std::vector<room::RoomEvent> found;
  std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
               [&](const room::RoomEvent& event) { return event.kind == kind; });
  return found;
}

}  // namespace narada::mixer::engine
