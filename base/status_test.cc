#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace narada {
namespace {

absl::Status RoomFull() {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOM_FULL", "room 7 is full");
}

TEST(Status, CarriesItsReason) {
  const absl::Status status = RoomFull();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "room 7 is full");
  EXPECT_EQ(ReasonOf(status), "ROOM_FULL");
  EXPECT_EQ(FieldOf(status), "");
  EXPECT_FALSE(RetryAfterOf(status).has_value());
}

TEST(Status, NamesTheFieldThatIsWrong) {
  const absl::Status status = InvalidField("leg.media.port", "FIELD_INVALID", "must not be 0");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "leg.media.port: must not be 0");
  EXPECT_EQ(FieldOf(status), "leg.media.port");
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
}

TEST(Status, TellsWhenToTryAgain) {
  const absl::Status status = WithRetryAfter(RoomFull(), absl::Milliseconds(1500));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(1500));
  EXPECT_EQ(ReasonOf(status), "ROOM_FULL");
}

TEST(Status, KeepsEverythingUnderAddedContext) {
  const absl::Status status = WithContext(
      WithField(WithRetryAfter(RoomFull(), absl::Seconds(2)), "room_id"), "adding leg 3");
  EXPECT_EQ(status.message(), "adding leg 3: room 7 is full");
  EXPECT_EQ(ReasonOf(status), "ROOM_FULL");
  EXPECT_EQ(FieldOf(status), "room_id");
  EXPECT_EQ(RetryAfterOf(status), absl::Seconds(2));
}

TEST(Status, StaysOkWhateverIsAdded) {
  EXPECT_TRUE(WithField(absl::OkStatus(), "x").ok());
  EXPECT_TRUE(WithRetryAfter(absl::OkStatus(), absl::Seconds(1)).ok());
  EXPECT_TRUE(WithContext(absl::OkStatus(), "x").ok());
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

absl::StatusOr<std::unique_ptr<int>> Make(bool is_possible) {
  if (!is_possible) return RoomFull();
  return std::make_unique<int>(7);
}

absl::StatusOr<int> Sum(bool first, bool second) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> a, Make(first));
  RETURN_IF_ERROR(Make(second));
  ASSIGN_OR_RETURN(const std::unique_ptr<int> b, Make(second));
  return *a + *b;
}

TEST(Status, MacrosReturnTheFirstError) {
  EXPECT_EQ(*Sum(true, true), 14);
  EXPECT_EQ(ReasonOf(Sum(false, true).status()), "ROOM_FULL");
  EXPECT_EQ(ReasonOf(Sum(true, false).status()), "ROOM_FULL");
}

}  // namespace
}  // namespace narada
