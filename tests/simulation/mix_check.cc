#include "tests/simulation/mix_check.h"

#include <algorithm>
#include <array>

#include "gtest/gtest.h"
#include "mixer/codec/codec_format.h"
#include "mixer/codec/g711.h"
#include "mixer/room/room_inspector.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/units/media_time.h"

namespace narada::simulation {

using mixer::Milliseconds;
using mixer::codec::CodecFormat;
using mixer::codec::CodecId;
using mixer::room::Leg;
using mixer::room::OutgoingDatagram;
using mixer::room::Room;
using mixer::room::RoomInspector;

namespace {

// No sample: what the leg hears here is not the plain sum, or is limited.
constexpr int32_t kUnknown = INT32_MAX;

bool HasMemory(CodecId id) { return id == CodecId::kG722 || id == CodecId::kOpus; }

std::vector<uint8_t> Encoded(CodecId id, std::span<const int16_t> samples) {
  std::vector<uint8_t> payload(samples.size());
  switch (id) {
    case CodecId::kPcma:
      mixer::codec::EncodeALaw(samples, payload);
      return payload;
    case CodecId::kPcmu:
      mixer::codec::EncodeULaw(samples, payload);
      return payload;
    default:  // Linear, the high byte first.
      payload.clear();
      for (const int16_t sample : samples) {
        payload.push_back(static_cast<uint8_t>(static_cast<uint16_t>(sample) >> 8));
        payload.push_back(static_cast<uint8_t>(sample));
      }
      return payload;
  }
}

size_t BytesPerSample(CodecId id) { return id == CodecId::kPcma || id == CodecId::kPcmu ? 1 : 2; }

}  // namespace

void MixCheck::BeforeTick(const Room& room) {
  encodes_before_ = room.statistics().encodes_common + room.statistics().encodes_own;
  limited_before_.clear();
  const RoomInspector inspector(room);
  has_new_rate_ = inspector.HasNewRate();
  inspector.ForEachLeg([&](const Leg& leg) {
    if (!inspector.AreLimitersIdle(leg)) limited_before_.insert(&leg);
  });
}

bool MixCheck::HearsTheSumOfTheOthers(const Room& room, const Leg& leg) const {
  const RoomInspector inspector(room);
  return inspector.HearsPlainMix(leg) && inspector.AreLimitersIdle(leg) &&
         limited_before_.count(&leg) == 0 && !has_new_rate_;
}

void MixCheck::SumUp(const Room& room) {
  const RoomInspector inspector(room);
  const auto announcement = inspector.Announcement();
  const auto farewell = inspector.Farewell();
  sum_.assign(inspector.samples(), 0);
  for (size_t i = 0; i < announcement.size(); ++i) sum_[i] += announcement[i];
  for (size_t i = 0; i < farewell.size(); ++i) sum_[i] += farewell[i];
  inspector.ForEachLeg([&](const Leg& leg) {
    if (!inspector.IsInSum(leg)) return;
    const auto frame = inspector.Frame(leg);
    for (size_t i = 0; i < frame.size(); ++i) sum_[i] += frame[i];
  });
}

void MixCheck::AfterTick(const Room& room, std::span<const OutgoingDatagram> sent) {
  SumUp(room);
  const RoomInspector inspector(room);
  inspector.ForEachLeg([&](const Leg& leg) { Listen(room, leg); });
  for (const OutgoingDatagram& datagram : sent) {
    if (!datagram.is_rtcp) Check(datagram);
  }
  CountEncodes(room, sent);
}

// What this tick adds to what the leg should hear.
void MixCheck::Listen(const Room& room, const Leg& leg) {
  const RoomInspector inspector(room);
  Listener& listener = listeners_[&leg];
  const CodecFormat& format = leg.media().send_format;
  if (HasMemory(format.id) || format.sample_rate() != room.rate()) {
    listener.samples.clear();
    return;
  }
  std::vector<int32_t>& samples = listener.samples;
  // The longest packet and this tick.
  const size_t kept = 4 * sum_.size();
  if (samples.size() > kept) samples.erase(samples.begin(), samples.end() - kept);
  if (!HearsTheSumOfTheOthers(room, leg)) {
    samples.insert(samples.end(), sum_.size(), kUnknown);
    return;
  }
  const bool is_in_sum = inspector.IsInSum(leg);
  for (size_t i = 0; i < sum_.size(); ++i) {
    const int64_t others = sum_[i] - (is_in_sum ? inspector.Frame(leg)[i] : 0);
    const bool is_limited = others > INT16_MAX || others < INT16_MIN;
    samples.push_back(is_limited ? kUnknown : static_cast<int32_t>(others));
  }
}

// Packets end with the tick, or in the middle of it.
void MixCheck::Check(const OutgoingDatagram& datagram) {
  const Leg& leg = *datagram.leg;
  const CodecId codec = leg.media().send_format.id;
  const auto packet = mixer::rtp::PacketView::Parse(datagram.header);
  const auto listener = listeners_.find(&leg);
  if (HasMemory(codec) || listener == listeners_.end()) return;
  if (!packet.ok() || packet->payload_type() != leg.media().send_format.payload_type) return;
  const std::vector<int32_t>& heard = listener->second.samples;
  const size_t size = datagram.payload.size() / BytesPerSample(codec);
  const size_t half_tick = leg.media().send_format.sample_rate().SamplesIn(Milliseconds(10)).size();
  if (heard.size() < size + half_tick || size == 0) return;
  const auto last = heard.end();
  if (std::find(last - size - half_tick, last, kUnknown) != last) return;
  bool is_exact = false;
  for (const size_t before : {size_t{0}, half_tick}) {
    const std::vector<int16_t> samples(last - before - size, last - before);
    const std::vector<uint8_t> expected = Encoded(codec, samples);
    is_exact |= std::equal(expected.begin(), expected.end(), datagram.payload.begin());
  }
  ++checked_;
  EXPECT_TRUE(is_exact) << "leg " << leg.id().value
                        << " hears another mix than the sum of the others";
}

// One encode for each packet of a distinct mix and format, however many listen; and one for each
// packet of a leg that hears a mix of its own, or is on its way to the common one.
void MixCheck::CountEncodes(const Room& room, std::span<const OutgoingDatagram> sent) {
  const RoomInspector inspector(room);
  std::map<const void*, std::map<const Leg*, uint64_t>> packets;  // By stream, or leg without one.
  for (const OutgoingDatagram& datagram : sent) {
    if (datagram.is_rtcp) continue;
    const void* const stream = inspector.Followed(*datagram.leg);
    ++packets[stream == nullptr ? datagram.leg : stream][datagram.leg];
  }
  uint64_t expected = 0;
  for (const auto& [stream, legs] : packets) {
    uint64_t most = 0;
    for (const auto& [leg, count] : legs) most = std::max(most, count);
    expected += most;
  }
  const uint64_t encodes =
      room.statistics().encodes_common + room.statistics().encodes_own - encodes_before_;
  // A packet that a telephone-event takes the place of was encoded, too.
  EXPECT_LE(encodes, expected + packets.size());

  inspector.ForEachLeg([&](const Leg& leg) {
    int& alone = listeners_[&leg].ticks_alone;
    const bool hears_common = inspector.HearsPlainMix(leg) && inspector.AreLimitersIdle(leg) &&
                              !inspector.IsInSum(leg) && leg.media().is_sending;
    alone = hears_common && inspector.Followed(leg) == nullptr ? alone + 1 : 0;
    EXPECT_LE(alone, kTicksAloneMax) << "leg " << leg.id().value << " has an encoder of its own";
  });
}

}  // namespace narada::simulation
