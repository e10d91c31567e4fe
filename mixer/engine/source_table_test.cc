#include "mixer/engine/source_table.h"

#include <map>
#include <utility>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"

namespace narada::mixer::engine {
namespace {

const IpAddress kTrunk = IpAddress::V4(192, 0, 2, 10);

// The table never looks into a leg: only where it is tells it from others.
WorkerLeg& LegNumber(size_t number) {
  static std::vector<uint64_t> places(100'000);
  return *reinterpret_cast<WorkerLeg*>(&places[number]);
}

TEST(SourceTable, ASourceIsFoundByItsWholeAddressPortAndSocketAndByNothingLess) {
  SourceTable sources(10, 1);
  const SocketAddress phone(kTrunk, 20000);
  sources.Insert(0, phone, LegNumber(1));
  EXPECT_EQ(sources.Find(0, phone), &LegNumber(1));
  EXPECT_EQ(sources.Find(0, phone.WithPort(20002)), nullptr);
  EXPECT_EQ(sources.Find(0, SocketAddress(IpAddress::V4(192, 0, 2, 11), 20000)), nullptr);
  EXPECT_EQ(sources.Find(1, phone), nullptr) << "of another socket";
  sources.Erase(0, phone);
  EXPECT_EQ(sources.Find(0, phone), nullptr);
}

TEST(SourceTable, OneAddressMayBeOfTwoLegsOnTwoSockets) {
  SourceTable sources(10, 1);
  const SocketAddress phone(kTrunk, 20000);
  sources.Insert(0, phone, LegNumber(1));
  sources.Insert(2, phone, LegNumber(2));
  EXPECT_EQ(sources.Find(0, phone), &LegNumber(1));
  EXPECT_EQ(sources.Find(2, phone), &LegNumber(2));
  sources.Erase(0, phone);
  EXPECT_EQ(sources.Find(0, phone), nullptr);
  EXPECT_EQ(sources.Find(2, phone), &LegNumber(2));
}

TEST(SourceTable, AddressesOfBothFamiliesAndLinkScopesAreToldApart) {
  SourceTable sources(10, 1);
  const SocketAddress v6 = *SocketAddress::Parse("[2001:db8::1]:20000");
  const SocketAddress other_half = *SocketAddress::Parse("[2001:db8::2]:20000");
  const SocketAddress link = SocketAddress(*IpAddress::Parse("fe80::1%2"), 20000);
  const SocketAddress other_link = SocketAddress(*IpAddress::Parse("fe80::1%3"), 20000);
  size_t number = 0;
  for (const SocketAddress& source : {v6, other_half, link, other_link}) {
    sources.Insert(0, source, LegNumber(++number));
  }
  EXPECT_EQ(sources.Find(0, v6), &LegNumber(1));
  EXPECT_EQ(sources.Find(0, other_half), &LegNumber(2));
  EXPECT_EQ(sources.Find(0, link), &LegNumber(3));
  EXPECT_EQ(sources.Find(0, other_link), &LegNumber(4));
}

// The same as a map, through many insertions and removals in a full table: whatever is removed, nothing else is lost.
TEST(SourceTable, DoesWhatAMapDoesWhileLegsComeAndGo) {
  constexpr size_t kSourcesMax = 300;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SeededRandom random(seed);
    SourceTable sources(kSourcesMax, seed);
    std::map<std::pair<uint32_t, SocketAddress>, WorkerLeg*> known;
    for (int i = 0; i < 20'000; ++i) {
      const auto socket = static_cast<uint32_t>(random.Below(2));
      const SocketAddress source(IpAddress::V4(10, 0, 0, static_cast<uint8_t>(random.Below(8))),
                                 static_cast<uint16_t>(20000 + random.Below(40)));
      const auto found = known.find({socket, source});
      ASSERT_EQ(sources.Find(socket, source), found == known.end() ? nullptr : found->second)
          << "seed " << seed << ", turn " << i;
      if (found != known.end()) {
        sources.Erase(socket, source);
        known.erase(found);
      } else if (known.size() < kSourcesMax) {
        WorkerLeg& leg = LegNumber(static_cast<size_t>(i));
        sources.Insert(socket, source, leg);
        known[{socket, source}] = &leg;
      }
      ASSERT_EQ(sources.size(), known.size());
    }
    for (const auto& [key, leg] : known) EXPECT_EQ(sources.Find(key.first, key.second), leg);
  }
}

}  // namespace
}  // namespace narada::mixer::engine
