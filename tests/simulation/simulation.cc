#include "tests/simulation/simulation.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/media_path_scope.h"
#include "mixer/rtp/packet_view.h"

namespace narada::simulation {

using mixer::IpAddress;
using mixer::MediaDuration;
using mixer::MediaTime;
using mixer::Microseconds;
using mixer::Milliseconds;
using mixer::RtpTicks;
using mixer::Seconds;
using mixer::SocketAddress;
using mixer::codec::CodecFormat;
using mixer::codec::CodecId;
using mixer::room::Leg;
using mixer::room::LegConfig;
using mixer::room::LegMedia;
using mixer::room::OutgoingDatagram;
using mixer::room::Queueing;
using mixer::room::Room;
using mixer::room::RoomEvent;
using mixer::room::RoomEventKind;

namespace {

SocketAddress AddressOf(int index) {
  return {IpAddress::V4(10, 0, static_cast<uint8_t>(index >> 8), static_cast<uint8_t>(index)),
          5004};
}

}  // namespace

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      trace_(__FILE__, __LINE__, testing::Message() << "simulation seed " << options.seed),
      now_(MediaTime() + Seconds(1000)),
      last_sent_(options.legs),
      outbox_(4 * options.legs + 16),
      events_(16 * options.legs + 64) {
  SeededRandom random(options.seed);
  for (int i = 0; i < options.rooms; ++i) {
    rooms_.push_back(std::make_unique<Room>(
        mixer::room::RoomConfig{.id = {static_cast<uint64_t>(i + 1)},
                                .controls = {.speakers_max = options.speakers_max,
                                             .equalises_levels = options.equalises_levels},
                                .kernels = options.kernels}));
  }
  for (int i = 0; i < options.legs; ++i) {
    const uint64_t seed = random.Next();
    const CodecFormat format =
        options.formats.empty()
            ? Format(random.OneIn(options.pcmu_one_in) ? CodecId::kPcmu : CodecId::kPcma)
            : options.formats[random.Below(options.formats.size())];
    const bool is_discontinuous =
        options.discontinuous_one_in > 0 && random.OneIn(options.discontinuous_one_in);
    phones_.push_back(std::make_unique<Phone>(Phone::Options{
        .seed = seed,
        .format = format,
        .address = AddressOf(i),
        .first_send = now_ + Microseconds(static_cast<int64_t>(random.Below(20'000))),
        .is_listening = i < options.listening_max,
        .is_discontinuous = is_discontinuous}));
    legs_.emplace_back();
    MakeLeg(i);
    rooms_[i % options.rooms]->Add(*legs_[i]);
  }
}

Simulation::~Simulation() {
  for (auto& leg : legs_) {
    if (leg != nullptr && leg->room() != nullptr) leg->room()->Remove(*leg);
  }
}

void Simulation::MakeLeg(int index) {
  const Phone& phone = *phones_[index];
  LegMedia media;
  if (options_.formats.empty()) {  // RFC 3264: it may change at any packet.
    media.receive_formats = {{Format(CodecId::kPcma), Format(CodecId::kPcmu)}};
    media.receive_formats_count = 2;
  } else {
    media.receive_formats = {{phone.format()}};
    media.receive_formats_count = 1;
  }
  media.send_format = phone.format();
  media.receive_telephone_event = kTelephoneEventPayloadType;
  media.send_telephone_event = kTelephoneEventPayloadType;
  media.receive_event_clock = media.send_event_clock = phone.format().clock_rate();
  media.receive_comfort_noise = kComfortNoisePayloadType;
  media.remote_rtp = phone.address();
  media.remote_rtcp = phone.address().WithPort(5005);
  const uint64_t drawn = next_ssrc_ += 0x9e3779b9;
  const LegConfig config{
      .id = {static_cast<uint64_t>(index + 1)},
      .ssrc = mixer::Ssrc(static_cast<uint32_t>(drawn)),
      .first_sequence_number = mixer::SequenceNumber(static_cast<uint16_t>(drawn >> 3)),
      .first_timestamp = mixer::RtpTimestamp(static_cast<uint32_t>(drawn * 31)),
      .cname = "leg" + std::to_string(index) + "@simulation",
      .seed = drawn,
      .delay_max = options_.delay_max};
  legs_[index] = std::make_unique<Leg>(config, media);
  last_sent_[index] = {};
}

void Simulation::Run(MediaDuration duration) {
  for (const MediaTime end = now_ + duration; now_ < end;) {
    now_ += kStep;
    phase_ = (phase_ + 1) % kStepsPerTick;
    SendPhones();
    Deliver();
    TickRooms();
  }
}

void Simulation::SendPhones() {
  for (int i = 0; i < options_.legs; ++i) {
    while (std::optional<Phone::Sent> sent = phones_[i]->SendBefore(now_)) {
      for (Delivery& delivery : phones_[i]->uplink().Send(sent->datagram, sent->time)) {
        arrivals_.push({.time = delivery.arrival,
                        .order = order_++,
                        .index = i,
                        .is_to_mixer = true,
                        .source = phones_[i]->address(),
                        .datagram = std::move(delivery.datagram)});
      }
    }
  }
}

void Simulation::Inject(int leg, const SocketAddress& source, std::span<const uint8_t> datagram) {
  arrivals_.push({.time = now_,
                  .order = order_++,
                  .index = leg,
                  .is_to_mixer = true,
                  .source = source,
                  .datagram = {datagram.begin(), datagram.end()}});
}

void Simulation::Deliver() {
  while (!arrivals_.empty() && arrivals_.top().time <= now_) {
    const Arrival& arrival = arrivals_.top();
    if (!arrival.is_to_mixer) {
      phones_[arrival.index]->Receive(arrival.datagram, arrival.time);
    } else if (legs_[arrival.index] != nullptr) {
      const MediaPathScope scope;
      legs_[arrival.index]->ReceiveRtp(arrival.datagram, arrival.source, arrival.time);
    }
    arrivals_.pop();
  }
}

// As the engine does it: a leg's ticks stay 10 to 30 ms apart.
void Simulation::JoinMovers() {
  std::erase_if(joining_, [this](const Joining& joining) {
    if (legs_[joining.leg] == nullptr) return true;
    const bool is_next = joining.room % kStepsPerTick == phase_;
    if (!is_next || now_ - last_sent_[joining.leg].time < Milliseconds(10)) return false;
    rooms_[joining.room]->Add(*legs_[joining.leg]);
    return true;
  });
}

void Simulation::TickRooms() {
  JoinMovers();
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (static_cast<int>(i % kStepsPerTick) != phase_) continue;
    const size_t sent_before = outbox_.datagrams().size();
    mix_check_.BeforeTick(*rooms_[i]);
    {
      const MediaPathScope scope;
      rooms_[i]->Tick(now_, outbox_, events_);
    }
    mix_check_.AfterTick(*rooms_[i], outbox_.datagrams().subspan(sent_before));
    CheckKeysAreNotHeard(*rooms_[i]);
  }
  for (const OutgoingDatagram& outgoing : outbox_.datagrams()) Transmit(outgoing);
  EXPECT_EQ(outbox_.dropped(), 0u);
  outbox_.Clear();
  TakeEvents();
  if (phase_ == 0) CheckLegs();
}

void Simulation::CheckLegs() {
  // A tick more: what is measured is the turn of a frame's first sample.
  EXPECT_LE(worst_delay(), options_.delay_max + Milliseconds(20));
}

void Simulation::CheckKeysAreNotHeard(const mixer::room::Room& room) {
  // What was said before is played, faded out and forgotten by then.
  constexpr MediaDuration kSettled = Seconds(2);
  constexpr int kHeard = 64;  // -54 dBov; A-law's zero is 8, and a leg's gain up to four.
  for (size_t i = 0; i < legs_.size(); ++i) {
    if (legs_[i] == nullptr || legs_[i]->room() != &room) continue;
    if (phones_[i]->OnlyKeysSince(now_) < kSettled) continue;
    const auto voice = legs_[i]->voice();
    int loudest = 0;
    for (const int16_t sample : voice) loudest = std::max(loudest, std::abs(int{sample}));
    EXPECT_LE(loudest, kHeard) << "leg " << i << " ("
                               << mixer::codec::CodecName(phones_[i]->format().id) << ", "
                               << phones_[i]->format().ptime << ") is heard pressing a key, "
                               << now_ - MediaTime() - Seconds(1000) << " after the beginning";
    ++keys_checked_;
  }
}

MediaDuration Simulation::worst_delay() const {
  MediaDuration worst;
  for (const auto& leg : legs_) {
    if (leg != nullptr) worst = std::max(worst, leg->statistics().jitter_buffer_delay_max);
  }
  return worst;
}

void Simulation::Transmit(const OutgoingDatagram& outgoing) {
  const int index = static_cast<int>(outgoing.leg->id().value) - 1;
  std::vector<uint8_t> datagram(outgoing.header.begin(), outgoing.header.end());
  datagram.insert(datagram.end(), outgoing.payload.begin(), outgoing.payload.end());
  Checksum(outgoing.destination.ip().bytes());
  const auto port = outgoing.destination.port();
  Checksum(std::array{static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port)});
  Checksum(datagram);
  ++datagrams_sent_;
  if (outgoing.is_rtcp) {
    ++rtcp_sent_;
    if (outgoing.destination.ip() != phones_[index]->address().ip()) ++sent_elsewhere_;
    return;
  }
  CheckSpacing(index, outgoing.header);
  if (outgoing.destination != phones_[index]->address()) {
    ++sent_elsewhere_;
    return;
  }
  for (Delivery& delivery : phones_[index]->downlink().Send(datagram, now_)) {
    arrivals_.push({.time = delivery.arrival,
                    .order = order_++,
                    .index = index,
                    .datagram = std::move(delivery.datagram)});
  }
}

void Simulation::CheckSpacing(int index, std::span<const uint8_t> header) {
  const auto packet = mixer::rtp::PacketView::Parse(header);
  ASSERT_TRUE(packet.ok());
  LastSent& last = last_sent_[index];
  if (last.is_valid) {
    EXPECT_EQ(packet->sequence_number() - last.number, 1) << "leg " << index;
    const MediaDuration passed = now_ - last.time;
    const CodecFormat& format = phones_[index]->format();
    const bool is_event = packet->payload_type() == kTelephoneEventPayloadType;
    // The ticks that a packet of this length spans; an event takes the place of one tick's.
    const MediaDuration longest =
        (format.ptime + Milliseconds(19)) / Milliseconds(20) * Milliseconds(20);
    if (last.may_pause) {
      EXPECT_LE(passed, longest + Milliseconds(20)) << "leg " << index;
    } else if (format.ptime == Milliseconds(20)) {
      EXPECT_EQ(passed, Milliseconds(20)) << "leg " << index;
    } else {
      EXPECT_LE(passed, longest + (last.was_event ? longest : MediaDuration())) << "leg " << index;
    }
    if (!is_event && last.timestamp != mixer::RtpTimestamp()) {
      // Events stand still while they last; audio goes on as if they had been audio.
      const int64_t ticks = (packet->timestamp() - last.timestamp).value();
      const int64_t grid = format.clock_rate().TicksIn(Milliseconds(10)).value();
      EXPECT_EQ(ticks % grid, 0) << "leg " << index;
      EXPECT_GT(ticks, 0) << "leg " << index;
      // The media clock runs as the time does.
      if (!last.may_pause && !last.was_event) {
        EXPECT_LE(ticks, format.clock_rate().TicksIn(format.ptime).value()) << "leg " << index;
      }
    }
    if (!is_event) last.timestamp = packet->timestamp();
    last.was_event = is_event;
  } else {
    last.timestamp = packet->timestamp();
  }
  last.is_valid = true;
  last.time = now_;
  last.number = packet->sequence_number();
  last.may_pause = false;
}

void Simulation::Checksum(std::span<const uint8_t> bytes) {
  for (uint8_t byte : bytes) checksum_ = (checksum_ ^ byte) * 1099511628211u;
}

void Simulation::TakeEvents() {
  EXPECT_EQ(events_.dropped(), 0u);
  for (const RoomEvent& event : events_.events()) all_events_.push_back(event);
  events_.Clear();
  for (mixer::media::PlaybackPlan* plan = events_.TakeRetired(); plan != nullptr;) {
    const std::unique_ptr<mixer::media::PlaybackPlan> owned(plan);
    plan = plan->next;
  }
}

void Simulation::MoveLeg(int leg, int room) {
  if (legs_[leg]->room() == nullptr) return;  // On its way already.
  legs_[leg]->room()->Remove(*legs_[leg]);
  mix_check_.Forget(*legs_[leg]);  // It begins anew where it comes to.
  last_sent_[leg].may_pause = true;
  joining_.push_back({.leg = leg, .room = room});
}

void Simulation::RemoveLeg(int leg) {
  legs_[leg]->Finish(now_, outbox_, events_);
  for (const OutgoingDatagram& outgoing : outbox_.datagrams()) Transmit(outgoing);
  outbox_.Clear();
  TakeEvents();
  if (legs_[leg]->room() != nullptr) legs_[leg]->room()->Remove(*legs_[leg]);
  mix_check_.Forget(*legs_[leg]);
  legs_[leg].reset();
}

void Simulation::AddLegAgain(int leg, int room) {
  MakeLeg(leg);
  phones_[leg]->Disturb(now_);
  rooms_[room]->Add(*legs_[leg]);
}

void Simulation::PlayToLeg(int leg, mixer::media::PlaybackPlan plan) {
  auto owned = std::make_unique<mixer::media::PlaybackPlan>(std::move(plan));
  EXPECT_TRUE(legs_[leg]->Play(owned, Queueing::kReplace));
}

void Simulation::PlayToRoom(int room, mixer::media::PlaybackPlan plan) {
  auto owned = std::make_unique<mixer::media::PlaybackPlan>(std::move(plan));
  EXPECT_TRUE(rooms_[room]->Play(owned, Queueing::kReplace));
}

std::string Simulation::DigitsOf(int leg) const {
  std::string digits;
  for (const RoomEvent& event : all_events_) {
    const bool is_of_leg = event.leg.value == static_cast<uint64_t>(leg + 1);
    if (event.kind == RoomEventKind::kDigit && is_of_leg) digits += event.digit;
  }
  return digits;
}

int Simulation::CountEvents(RoomEventKind kind) const {
  return static_cast<int>(std::count_if(all_events_.begin(), all_events_.end(),
                                        [kind](const RoomEvent& e) { return e.kind == kind; }));
}

}  // namespace narada::simulation
