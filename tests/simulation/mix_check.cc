#include "tests/simulation/mix_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gtest/gtest.h"
#include "mixer/codec/g711.h"
#include "mixer/room/room_inspector.h"
#include "mixer/rtp/packet_view.h"

namespace narada::simulation {

using mixer::codec::CodecId;
using mixer::room::Leg;
using mixer::room::OutgoingDatagram;
using mixer::room::Room;
using mixer::room::RoomInspector;

void MixCheck::BeforeTick(const Room& room) {
  encodes_before_ = room.statistics().encodes_common + room.statistics().encodes_own;
  limited_before_.clear();
  const RoomInspector inspector(room);
  inspector.ForEachLeg([&](const Leg& leg) {
    if (!inspector.AreLimitersIdle(leg)) limited_before_.insert(&leg);
  });
}

bool MixCheck::HearsTheSumOfTheOthers(const Room& room, const Leg& leg) const {
  const RoomInspector inspector(room);
  return inspector.HearsPlainMix(leg) && inspector.AreLimitersIdle(leg) &&
         limited_before_.count(&leg) == 0;
}

void MixCheck::AfterTick(const Room& room, std::span<const OutgoingDatagram> sent) {
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

  for (size_t i = 0; i < common_.size(); ++i) common_[i] = Expected(static_cast<CodecId>(i), {});

  size_t own = 0;
  std::set<CodecId> common;
  for (const OutgoingDatagram& datagram : sent) {
    if (datagram.is_rtcp) continue;
    const Leg& leg = *datagram.leg;
    if (inspector.IsInSum(leg) || !HearsTheSumOfTheOthers(room, leg)) {
      ++own;
    } else {
      common.insert(leg.media().send_format.id);
    }
    if (HearsTheSumOfTheOthers(room, leg)) Check(room, datagram);
  }
  // One encode per distinct mix and codec, however many listen.
  const uint64_t encodes =
      room.statistics().encodes_common + room.statistics().encodes_own - encodes_before_;
  EXPECT_LE(encodes, own + common.size());
}

// What a leg should hear, encoded; empty where the sum does not fit 16 bits: there the limiter has
// worked.
std::vector<uint8_t> MixCheck::Expected(CodecId codec, std::span<const int16_t> own) const {
  std::vector<int16_t> samples(sum_.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const int64_t others = sum_[i] - (own.empty() ? 0 : own[i]);
    if (others > INT16_MAX || others < INT16_MIN) return {};
    samples[i] = static_cast<int16_t>(others);
  }
  std::vector<uint8_t> payload(samples.size());
  if (codec == CodecId::kPcma) {
    mixer::codec::EncodeALaw(samples, payload);
  } else {
    mixer::codec::EncodeULaw(samples, payload);
  }
  return payload;
}

void MixCheck::Check(const Room& room, const OutgoingDatagram& datagram) {
  const RoomInspector inspector(room);
  const Leg& leg = *datagram.leg;
  if (datagram.payload.size() != sum_.size()) return;  // A telephone-event.
  const CodecId codec = leg.media().send_format.id;
  std::vector<uint8_t> own;
  if (inspector.IsInSum(leg)) own = Expected(codec, inspector.Frame(leg));
  const std::vector<uint8_t>& expected =
      inspector.IsInSum(leg) ? own : common_[static_cast<size_t>(codec)];
  if (expected.empty()) return;
  ++checked_;
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), datagram.payload.begin()))
      << "leg " << leg.id().value << " hears another mix than the sum of the others";
}

}  // namespace narada::simulation
