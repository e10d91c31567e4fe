// What does a tick of a room cost with each codec, with SRTP, with keys looked for in the sound, and what do one more
// listener and one more speaker add?
//
// Input: as in room_tick_benchmark.cc; speakers say a tone, the others what their codec makes of silence (Opus: the packets
// that DTX leaves), or a noise of -70 dBov, or one that is audible; with or without its level beside it (RFC 6464). Packets are made, and with SRTP protected, outside of the measured time. Each benchmark first checks that
// after two seconds every leg is sent a packet.
//   Time               one tick: N packets received, N frames played, the mix, N packets made
//   us_per_leg_second  CPU for one leg and one second of conference
//   encodes_per_tick   distinct mixes encoded
//   us_per_tick_and_leg  (Added...) what one more of them adds to a tick
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "mixer/codec/encoder.h"
#include "mixer/media/tone.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/leg.h"
#include "mixer/room/outbox.h"
#include "mixer/room/room.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/srtp/protector.h"

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kTick = Milliseconds(20);
constexpr size_t kHeader = 12;
constexpr size_t kLevelBytes = 8;  // Of a header extension that holds a level.
constexpr uint8_t kLevelId = 1;
constexpr uint8_t kVoice = 0x80;

struct Setup {
  codec::CodecId codec = codec::CodecId::kPcma;
  int legs = 500;
  int speakers = 3;
  bool is_encrypted = false;
  bool finds_digits_in_band = false;
  int noise_dbov = -127;  // Of those who are silent.
  bool says_levels = false;
};

// Of this thread: what else the machine does must not count.
double CpuSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

SocketAddress AddressOf(size_t index) {
  return {IpAddress::V4(10, 1, static_cast<uint8_t>(index >> 8), static_cast<uint8_t>(index)),
          5004};
}

SrtpKeys KeysOf(size_t index, uint8_t direction) {
  std::array<uint8_t, 30> key = {};
  key[0] = static_cast<uint8_t>(index);
  key[1] = static_cast<uint8_t>(index >> 8);
  key[2] = direction;
  return SrtpKeys(SrtpSuite::kAesCm128HmacSha1Tag80, key);
}

class Conference {
 public:
  explicit Conference(const Setup& setup)
      : setup_(setup),
        format_{.id = setup.codec, .payload_type = PayloadType(96)},
        outbox_(static_cast<size_t>(3 * setup.legs)),
        events_(static_cast<size_t>(8 * setup.legs)) {
    const std::vector<uint8_t> silence = setup.noise_dbov > -127 ? NoisePayload() : PayloadOf(0);
    for (int i = 0; i < setup.legs; ++i) {
      const auto index = static_cast<size_t>(i);
      LegMedia media;
      media.receive_formats[0] = format_;
      media.receive_formats_count = 1;
      media.send_format = format_;
      media.remote_rtp = AddressOf(index);
      media.finds_digits_in_band = setup.finds_digits_in_band;
      if (setup.says_levels) media.receive_audio_level = {.id = kLevelId};
      if (setup.is_encrypted) {
        media.send_keys = KeysOf(index, 0);
        media.receive_keys = KeysOf(index, 1);
        protectors_.push_back(std::make_unique<srtp::Protector>(*media.receive_keys));
      }
      legs_.push_back(
          std::make_unique<Leg>(LegConfig{.id = {static_cast<uint64_t>(i + 1)},
                                          .ssrc = Ssrc(static_cast<uint32_t>(1'000'000 + i)),
                                          .cname = "bench",
                                          .seed = static_cast<uint64_t>(i)},
                                media));
      room_.Add(*legs_.back());
      // A whole number of periods in a packet, so that the tone goes on from one to the next.
      payloads_.push_back(i < setup.speakers ? PayloadOf(50 * (7 + i)) : silence);
    }
    datagrams_.resize(legs_.size());
    for (int i = 0; i < 100; ++i) {
      Prepare();
      Tick();
    }
    CHECK(outbox_.datagrams().size() >= legs_.size()) << "every leg is sent a packet";
  }
  ~Conference() {
    for (auto& leg : legs_) room_.Remove(*leg);
  }

  // The packets of the next tick.
  void Prepare() {
    now_ += kTick;
    ++ticks_;
    const uint32_t step = static_cast<uint32_t>(format_.clock_rate().TicksIn(kTick).value());
    const size_t begin = kHeader + (setup_.says_levels ? kLevelBytes : 0);
    for (size_t i = 0; i < legs_.size(); ++i) {
      std::vector<uint8_t>& datagram = datagrams_[i];
      datagram.assign(begin + payloads_[i].size(), 0);
      const rtp::PacketHeader header{
          .payload_type = format_.payload_type,
          .sequence_number = SequenceNumber(static_cast<uint16_t>(ticks_)),
          .timestamp = RtpTimestamp(ticks_ * step),
          .ssrc = Ssrc(static_cast<uint32_t>(i + 1))};
      header.Write(datagram);
      if (setup_.says_levels) {
        datagram[0] |= 0x10;
        const bool is_speaker = i < static_cast<size_t>(setup_.speakers);
        const auto level = static_cast<uint8_t>(is_speaker ? kVoice | 20 : -setup_.noise_dbov);
        const uint8_t extension[] = {0xbe, 0xde, 0, 1, kLevelId << 4, level, 0, 0};
        std::copy(std::begin(extension), std::end(extension), datagram.begin() + kHeader);
      }
      std::copy(payloads_[i].begin(), payloads_[i].end(), datagram.begin() + begin);
      if (protectors_.empty()) continue;
      std::vector<uint8_t> sealed(datagram.size() + srtp::kGrowthMax);
      sealed.resize(
          protectors_[i]->ProtectRtp(std::span(datagram).first(begin), payloads_[i], sealed));
      datagram = std::move(sealed);
    }
  }

  // Returns the CPU seconds that it took.
  double Tick() {
    const double begin = CpuSeconds();
    for (size_t i = 0; i < legs_.size(); ++i) {
      legs_[i]->ReceiveRtp(datagrams_[i], AddressOf(i), now_ - kTick / 2);
    }
    outbox_.Clear();
    events_.Clear();
    room_.Tick(now_, outbox_, events_);
    benchmark::ClobberMemory();
    return CpuSeconds() - begin;
  }

  double encodes() const { return static_cast<double>(room_.statistics().encodes_last_tick); }

 private:
  // 20 ms of a tone; of silence for 0 Hz.
  std::vector<uint8_t> PayloadOf(int hertz) const {
    if (hertz == 0 && format_.id == codec::CodecId::kOpus) return {0xf8};
    const size_t samples = format_.sample_rate().SamplesIn(kTick).size();
    std::vector<int16_t> frame(samples);
    if (hertz > 0) {
      media::ToneGenerator tone({.frequency_hz = static_cast<double>(hertz)},
                                format_.sample_rate());
      tone.Generate(frame);
    }
    const std::unique_ptr<codec::Encoder> encoder = codec::MakeEncoder(format_);
    std::vector<uint8_t> payload(
        encoder->PayloadSizeMax(SampleCount(static_cast<int64_t>(samples))));
    // The second packet: the first of a codec with a past fades in.
    encoder->Encode(frame, payload);
    payload.resize(encoder->Encode(frame, payload));
    return payload;
  }

  // One of a second of noise, so that the encoder knows it.
  std::vector<uint8_t> NoisePayload() const {
    const size_t samples = format_.sample_rate().SamplesIn(kTick).size();
    const double amplitude = AudioLevel::Dbov(setup_.noise_dbov).SineAmplitude() * std::sqrt(1.5);
    SeededRandom random(1);
    std::vector<int16_t> frame(samples);
    const std::unique_ptr<codec::Encoder> encoder = codec::MakeEncoder(format_);
    std::vector<uint8_t> payload;
    for (int i = 0; i < 50; ++i) {
      for (int16_t& sample : frame) {
        const double part = static_cast<double>(random.Next() % 20001) / 10000 - 1;
        sample = static_cast<int16_t>(std::lround(amplitude * part));
      }
      payload.resize(encoder->PayloadSizeMax(SampleCount(static_cast<int64_t>(samples))));
      payload.resize(encoder->Encode(frame, payload));
    }
    return payload;
  }

  const Setup setup_;
  const codec::CodecFormat format_;
  Room room_{{.id = {1}}};
  std::vector<std::unique_ptr<Leg>> legs_;
  std::vector<std::unique_ptr<srtp::Protector>> protectors_;
  std::vector<std::vector<uint8_t>> payloads_;
  std::vector<std::vector<uint8_t>> datagrams_;
  Outbox outbox_;
  EventSink events_;
  MediaTime now_ = MediaTime() + Seconds(100);
  uint32_t ticks_ = 0;
};

void RoomOf(benchmark::State& state, const Setup& setup) {
  Conference conference(setup);
  double seconds = 0;
  for (auto _ : state) {
    conference.Prepare();
    const double tick = conference.Tick();
    state.SetIterationTime(tick);
    seconds += tick;
  }
  state.counters["us_per_leg_second"] =
      seconds / static_cast<double>(state.iterations()) * 50 / setup.legs * 1e6;
  state.counters["encodes_per_tick"] = conference.encodes();
}

// The difference between two rooms, over the legs between them.
void Added(benchmark::State& state, const Setup& small, const Setup& large, int legs) {
  Conference without(small);
  Conference with(large);
  double seconds = 0;
  for (auto _ : state) {
    without.Prepare();
    with.Prepare();
    const double less = without.Tick();
    const double more = with.Tick();
    state.SetIterationTime(more);
    seconds += more - less;
  }
  state.counters["us_per_tick_and_leg"] =
      seconds / static_cast<double>(state.iterations()) / legs * 1e6;
}

using codec::CodecId;
#define NARADA_ROOM(function, name, ...) \
  BENCHMARK_CAPTURE(function, name, __VA_ARGS__)->UseManualTime()->Unit(benchmark::kMicrosecond)

NARADA_ROOM(RoomOf, pcma, Setup{});
NARADA_ROOM(RoomOf, pcmu, Setup{.codec = CodecId::kPcmu});
NARADA_ROOM(RoomOf, g722, Setup{.codec = CodecId::kG722});
NARADA_ROOM(RoomOf, opus, Setup{.codec = CodecId::kOpus});
NARADA_ROOM(RoomOf, l16_16k, Setup{.codec = CodecId::kL16At16k});
NARADA_ROOM(RoomOf, pcma_srtp, Setup{.is_encrypted = true});
NARADA_ROOM(RoomOf, pcma_in_band_digits, Setup{.finds_digits_in_band = true});
NARADA_ROOM(Added, listener_pcma, Setup{.legs = 250}, Setup{.legs = 500}, 250);
NARADA_ROOM(Added, listener_opus, Setup{.codec = CodecId::kOpus, .legs = 250},
            Setup{.codec = CodecId::kOpus, .legs = 500}, 250);
#define NARADA_NOISY_LISTENER(name, ...)                                            \
  NARADA_ROOM(Added, name, Setup{.codec = CodecId::kOpus, .legs = 50, __VA_ARGS__}, \
              Setup{.codec = CodecId::kOpus, .legs = 300, __VA_ARGS__}, 250)
NARADA_NOISY_LISTENER(listener_opus_level, .noise_dbov = -70, .says_levels = true);
NARADA_NOISY_LISTENER(listener_opus_no_voice, .noise_dbov = -70);
NARADA_NOISY_LISTENER(listener_opus_audible, .noise_dbov = -50);
NARADA_ROOM(Added, speaker_pcma, Setup{.legs = 50, .speakers = 3}, Setup{.legs = 50, .speakers = 8},
            5);
NARADA_ROOM(Added, speaker_opus, Setup{.codec = CodecId::kOpus, .legs = 100, .speakers = 2},
            Setup{.codec = CodecId::kOpus, .legs = 100, .speakers = 5}, 3);

}  // namespace
}  // namespace narada::mixer::room

BENCHMARK_MAIN();
