// What does a tick of a whole room cost, without sockets: from one RTP packet of each leg to one
// RTP packet to each leg?
//
// Input: N legs with G.711 A-law, k of them say a tone of -20 dBov, the others digital silence;
// every leg gets one packet per tick, in order and in time. Each benchmark first checks that after
// a second every leg's packet is really sent and that as many encodes were made as there are
// distinct mixes.
//   Time               one tick: N packets received, N frames played, the mix, N packets made
//   us_per_leg_second  CPU for one leg and one second of conference
//   legs_per_core      how many such legs fill one core, without sockets
//   encodes_per_tick   distinct mixes encoded
#include <time.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/g711.h"
#include "mixer/media/tone.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_header.h"

namespace narada::mixer::room {
namespace {

constexpr size_t kFrame = 160;
constexpr MediaDuration kTick = Milliseconds(20);

// Of this thread: what else the machine does must not count.
double CpuSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

SocketAddress AddressOf(int index) {
  return {IpAddress::V4(10, 1, static_cast<uint8_t>(index >> 8), static_cast<uint8_t>(index)),
          5004};
}

// A room, its legs, and a packet of each to be sent again and again under new headers.
class Conference {
 public:
  Conference(int legs, int speakers) : outbox_(2 * legs), events_(8 * legs) {
    for (int i = 0; i < legs; ++i) {
      LegMedia media;
      media.receive_formats[0] = {.id = codec::CodecId::kPcma, .payload_type = kPcmaPayloadType};
      media.receive_formats_count = 1;
      media.remote_rtp = AddressOf(i);
      legs_.push_back(
          std::make_unique<Leg>(LegConfig{.id = {static_cast<uint64_t>(i + 1)},
                                          .ssrc = Ssrc(static_cast<uint32_t>(1'000'000 + i)),
                                          .cname = "bench",
                                          .seed = static_cast<uint64_t>(i)},
                                media));
      room_.Add(*legs_.back());

      std::array<int16_t, kFrame> frame = {};
      if (i < speakers) {
        // A whole number of periods, so that the tone goes on from packet to packet.
        media::ToneGenerator tone({.frequency_hz = 50.0 * (7 + i)}, SampleRate::FromHertz(8000));
        tone.Generate(frame);
      }
      datagrams_.emplace_back();
      codec::EncodeALaw(frame, std::span(datagrams_.back()).subspan(12));
    }
  }
  ~Conference() {
    for (auto& leg : legs_) room_.Remove(*leg);
  }

  void Tick() {
    now_ += kTick;
    ++ticks_;
    for (size_t i = 0; i < legs_.size(); ++i) {
      const rtp::PacketHeader header{
          .payload_type = kPcmaPayloadType,
          .sequence_number = SequenceNumber(static_cast<uint16_t>(ticks_)),
          .timestamp = RtpTimestamp(ticks_ * kFrame),
          .ssrc = Ssrc(static_cast<uint32_t>(i + 1))};
      header.Write(datagrams_[i]);
      // Ten milliseconds before the tick, as by a phone whose phase lies in the middle.
      legs_[i]->ReceiveRtp(datagrams_[i], AddressOf(static_cast<int>(i)), now_ - kTick / 2);
    }
    outbox_.Clear();
    events_.Clear();
    room_.Tick(now_, outbox_, events_);
    benchmark::ClobberMemory();
  }

  const RoomStatistics& statistics() const { return room_.statistics(); }
  size_t datagrams() const { return outbox_.datagrams().size(); }

 private:
  Room room_{{.id = {1}}};
  std::vector<std::unique_ptr<Leg>> legs_;
  std::vector<std::array<uint8_t, 12 + kFrame>> datagrams_;
  Outbox outbox_;
  EventSink events_;
  MediaTime now_ = MediaTime() + Seconds(100);
  uint32_t ticks_ = 0;
};

void RoomTick(benchmark::State& state) {
  const auto legs = static_cast<int>(state.range(0));
  const auto speakers = static_cast<int>(state.range(1));
  Conference conference(legs, speakers);
  for (int i = 0; i < 50; ++i) conference.Tick();
  CHECK(conference.datagrams() >= static_cast<size_t>(legs)) << "every leg is sent a packet";
  // The common mix, each speaker's own, and the silence that an only speaker hears.
  const auto encodes = static_cast<size_t>(speakers) + 1;
  CHECK_EQ(conference.statistics().encodes_last_tick, encodes) << "one encode per distinct mix";

  const double begin = CpuSeconds();
  for (auto _ : state) conference.Tick();
  const double leg_second =
      (CpuSeconds() - begin) / static_cast<double>(state.iterations()) * 50 / legs;
  state.counters["us_per_leg_second"] = leg_second * 1e6;
  state.counters["legs_per_core"] = 1 / leg_second;
  state.counters["encodes_per_tick"] =
      static_cast<double>(conference.statistics().encodes_last_tick);
}

BENCHMARK(RoomTick)
    ->ArgNames({"legs", "speakers"})
    ->Args({3, 2})
    ->Args({50, 3})
    ->Args({500, 0})
    ->Args({500, 1})
    ->Args({500, 3})
    ->Args({500, 8})
    ->Args({2000, 3})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace narada::mixer::room

BENCHMARK_MAIN();
