#include "mixer/service/event_log.h"

#include "gtest/gtest.h"

namespace narada::mixer::service {
namespace {

v1::Event Named(const char* room) {
  v1::Event event;
  event.set_room_id(room);
  return event;
}

TEST(EventLog, NumbersEventsFromOne) {
  EventLog log(10);
  EXPECT_EQ(log.last(), 0u);
  log.Append(Named("a"));
  log.Append(Named("b"));
  EXPECT_EQ(log.last(), 2u);
  ASSERT_NE(log.Find(2).event, nullptr);
  EXPECT_EQ(log.Find(2).event->room_id(), "b");
  EXPECT_EQ(log.Find(2).event->cursor().sequence(), 2u);
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
  EXPECT_EQ(log.Find(3).event->room_id(), "c");
}

TEST(EventLog, SkippedEventsHaveNumbersAndAreMissed) {
  EventLog log(10);
  log.Append(Named("a"));
  log.Skip(3);
  log.Append(Named("b"));
  EXPECT_EQ(log.last(), 5u);
  EXPECT_EQ(log.Find(1).event->room_id(), "a");
  EXPECT_EQ(log.Find(2).missed_until, 5u);
  EXPECT_EQ(log.Find(5).event->room_id(), "b");
}

TEST(EventLog, SkippingMoreThanIsRememberedForgetsAll) {
  EventLog log(4);
  log.Append(Named("a"));
  log.Skip(1'000'000);
  EXPECT_EQ(log.last(), 1'000'001u);
  EXPECT_EQ(log.Find(1).missed_until, 1'000'001u);
  log.Append(Named("b"));
  EXPECT_EQ(log.Find(1'000'002).event->room_id(), "b");
}

}  // namespace
}  // namespace narada::mixer::service
