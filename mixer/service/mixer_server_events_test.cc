// The stream of events by the API: snapshot, cursor, what was missed, the reason of an end.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/service/mixer_server_fixture.h"

namespace narada::mixer::service {
namespace {

TEST_F(MixerServerTest, EventsBeginWithASnapshotAndResumeFromACursor) {
  ASSERT_EQ(CreateRoom("a"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("a", *phone);
  v1::EventCursor cursor;
  EXPECT_TRUE(WatchUntil({}, [&](const v1::WatchEventsResponse& response) {
    EXPECT_TRUE(response.has_snapshot());
    EXPECT_EQ(response.snapshot().rooms_size(), 1);
    EXPECT_EQ(response.snapshot().rooms(0).leg_count(), 1u);
    EXPECT_EQ(response.snapshot().legs(0).leg_id(), leg);
    EXPECT_EQ(response.snapshot().legs(0).labels().at("call"), "c-1");
    cursor = response.snapshot().cursor();
    return response.snapshot().is_last_part();
  }));

  ASSERT_EQ(CreateRoom("b"), absl::OkStatus());
  v1::MoveLegRequest move;
  move.set_leg_id(leg);
  move.set_room_id("b");
  v1::MoveLegResponse moved;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved), absl::OkStatus());
  EXPECT_EQ(moved.leg().room_id(), "b");

  // The reader was away; nothing is missing, and the numbers have no gap.
  v1::WatchEventsRequest resume;
  *resume.mutable_cursor() = cursor;
  uint64_t last = cursor.sequence();
  bool saw_room = false;
  EXPECT_TRUE(WatchUntil(resume, [&](const v1::WatchEventsResponse& response) {
    EXPECT_TRUE(response.has_event());
    EXPECT_EQ(response.event().cursor().sequence(), ++last);
    saw_room = saw_room || response.event().has_room_created();
    return response.event().leg_moved().from_room_id() == "a";
  }));
  EXPECT_TRUE(saw_room);

  v1::WatchEventsRequest future = resume;
  future.mutable_cursor()->set_sequence(1'000'000);
  grpc::ClientContext context;
  const auto reader = events_->WatchEvents(&context, future);
  v1::WatchEventsResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(reader->Finish())), "CURSOR_INVALID");
}

TEST_F(MixerServerTest, AReaderOfAnotherLifeOrTooFarBehindIsToldWhatItMissed) {
  for (size_t i = 0; i < kEventsMax + 10; ++i) {
    ASSERT_EQ(CreateRoom(absl::StrCat("r", i)), absl::OkStatus());
  }
  for (const char* const epoch : {"epoch-0", "epoch-1"}) {
    v1::WatchEventsRequest request;
    request.mutable_cursor()->set_epoch(epoch);
    request.mutable_cursor()->set_sequence(1);
    bool was_told = false;
    int rooms = 0;
    EXPECT_TRUE(WatchUntil(request, [&](const v1::WatchEventsResponse& response) {
      if (response.has_missed()) {
        was_told = true;
        EXPECT_EQ(response.missed().first().sequence(), 2u);
        EXPECT_EQ(response.missed().last().sequence(), kEventsMax + 10);
      }
      rooms += response.snapshot().rooms_size();
      return response.snapshot().is_last_part();
    })) << epoch;
    EXPECT_TRUE(was_told) << epoch;
    EXPECT_EQ(rooms, static_cast<int>(kEventsMax + 10));
  }
}

TEST_F(MixerServerTest, ARemovedLegIsToldWithItsReasonAndItsPortsRest) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  absl::SleepFor(absl::Milliseconds(300));
  const uint64_t before = state_.last_sequence();
  v1::RemoveLegRequest request;
  request.set_leg_id(leg);
  v1::RemoveLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response),
            absl::OkStatus());
  EXPECT_GT(response.statistics().packets_received(), 0u);
  bool was_quality_told = false;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    was_quality_told = was_quality_told || event.has_quality_reported();
    return event.leg_removed().reason() == v1::LEG_REMOVAL_REASON_REQUESTED;
  }));
  EXPECT_TRUE(was_quality_told);
  EXPECT_EQ(ReasonOf(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response)),
            "LEG_UNKNOWN");
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(phone->Report().rtcp_byes, 1u);
}

}  // namespace
}  // namespace narada::mixer::service
