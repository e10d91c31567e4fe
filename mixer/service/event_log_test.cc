#include "mixer/service/event_log.h"

#include "gtest/gtest.h"

namespace narada::mixer::service {
namespace {

v1::Event Named(const char* room) {
  v1::Event event;
  event.set_room_id(room);
  return event;
}

// Of a remembered one.
v1::Event EventAt(const EventLog& log, uint64_t sequence) {
  v1::Event event;
  EXPECT_TRUE(event.ParseFromString(*log.Find(sequence).event));
  return event;
}

TEST(EventLog, NumbersEventsFromOne) {
  EventLog log(10);
  EXPECT_EQ(log.last(), 0u);
  log.Append(Named("a"));
  log.Append(Named("b"));
  EXPECT_EQ(log.last(), 2u);
  ASSERT_NE(log.Find(2).event, nullptr);
  EXPECT_EQ(EventAt(log, 2).room_id(), "b");
  EXPECT_EQ(EventAt(log, 2).cursor().sequence(), 2u);
}

TEST(EventLog, WhatIsYetToComeIsNeitherFoundNorMissed) {
  EventLog log(10);
  EXPECT_EQ(log.Find(1).event, nullptr);
  EXPECT_EQ(log.Find(1).missed_until, 0u);
}

TEST(EventLog, AReaderWhoIsTooLateIsToldWhatItMissed) {
  EventLog log(2);
  for (const char* room : {"a", "b", "c", "d"}) log.Append(Named(room));
  EXPECT_EQ(log.Find(2).event, nullptr);
  EXPECT_EQ(log.Find(2).missed_until, 4u);
  EXPECT_EQ(EventAt(log, 3).room_id(), "c");
}

TEST(EventLog, SkippedEventsHaveNumbersAndAreMissed) {
  EventLog log(10);
  log.Append(Named("a"));
  log.Skip(3);
  log.Append(Named("b"));
  EXPECT_EQ(log.last(), 5u);
  EXPECT_EQ(EventAt(log, 1).room_id(), "a");
  EXPECT_EQ(log.Find(2).missed_until, 5u);
  EXPECT_EQ(EventAt(log, 5).room_id(), "b");
}

TEST(EventLog, SkippingMoreThanIsRememberedForgetsAll) {
  EventLog log(4);
  log.Append(Named("a"));
  log.Skip(1'000'000);
  EXPECT_EQ(log.last(), 1'000'001u);
  EXPECT_EQ(log.Find(1).missed_until, 1'000'001u);
  log.Append(Named("b"));
  EXPECT_EQ(EventAt(log, 1'000'002).room_id(), "b");
}

}  // namespace
}  // namespace narada::mixer::service
