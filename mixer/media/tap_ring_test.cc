#include "mixer/media/tap_ring.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::media {
namespace {

TEST(TapRing, GivesRecordsBackInOrderAndWhole) {
  TapRing ring(4096);
  const std::vector<int16_t> frame = {1, -2, 3};
  EXPECT_TRUE(ring.TryPush({.kind = TapKind::kLegAdded, .leg = 7, .tick = 1}, {}, 0));
  EXPECT_TRUE(ring.TryPush({.kind = TapKind::kMix, .rate_hz = 8000, .tick = 2}, frame, 0));
  TapRecord record;
  ASSERT_TRUE(ring.Front(&record));
  EXPECT_EQ(record.header.kind, TapKind::kLegAdded);
  EXPECT_EQ(record.header.leg, 7u);
  EXPECT_TRUE(record.samples.empty());
  ring.PopFront();
  ASSERT_TRUE(ring.Front(&record));
  EXPECT_EQ(record.header.tick, 2);
  EXPECT_EQ(record.header.rate_hz, 8000);
  EXPECT_EQ(std::vector<int16_t>(record.samples.begin(), record.samples.end()), frame);
  ring.PopFront();
  EXPECT_FALSE(ring.Front(&record));
}

TEST(TapRing, KeepsTheReserveForThoseWhoAskForNone) {
  TapRing ring(4096);
  const std::vector<int16_t> frame(160);
  int frames = 0, marks = 0;
  while (ring.TryPush({.kind = TapKind::kMix}, frame, 1024)) ++frames;
  EXPECT_EQ(frames, (4096 - 1024) / (24 + 320));
  while (ring.TryPush({.kind = TapKind::kPaused}, {}, 0)) ++marks;
  EXPECT_GE(marks, 1024 / 24 - 1);
}

TEST(TapRing, CarriesRecordsOfAnyLengthBetweenTwoThreads) {
  constexpr int64_t kRecords = 100'000;
  TapRing ring(8192);
  std::thread producer([&] {
    std::vector<int16_t> frame(960);
    for (int64_t i = 0; i < kRecords; ++i) {
      const size_t size = static_cast<size_t>(i * 37 % 960);
      frame.assign(size, static_cast<int16_t>(i));
      while (!ring.TryPush({.kind = TapKind::kMix, .tick = i}, frame, 0)) std::this_thread::yield();
    }
  });
  for (int64_t i = 0; i < kRecords; ++i) {
    TapRecord record;
    while (!ring.Front(&record)) std::this_thread::yield();
    ASSERT_EQ(record.header.tick, i);
    ASSERT_EQ(record.samples.size(), static_cast<size_t>(i * 37 % 960));
    if (!record.samples.empty()) {
      ASSERT_EQ(record.samples.front(), static_cast<int16_t>(i));
      ASSERT_EQ(record.samples.back(), static_cast<int16_t>(i));
    }
    ring.PopFront();
  }
  producer.join();
}

}  // namespace
}  // namespace narada::mixer::media
