#include "base/rpc/rpc_status.h"

#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada {
namespace {

TEST(RpcStatus, EverythingKnownAboutAnErrorSurvivesTheWay) {
  const absl::Status sent = WithRetryAfter(
      WithField(
          ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOM_FULL", "room 7 is full"),
          "room_id"),
      absl::Milliseconds(1500));
  const absl::Status received = FromGrpcStatus(ToGrpcStatus(sent));
  EXPECT_EQ(received.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(received.message(), "room 7 is full");
  EXPECT_EQ(ReasonOf(received), "ROOM_FULL");
  EXPECT_EQ(FieldOf(received), "room_id");
  EXPECT_EQ(RetryAfterOf(received), absl::Milliseconds(1500));
}

TEST(RpcStatus, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(RpcStatus, PeersWithoutOrWithBrokenDetailsAreUnderstoodByTheirCode) {
  const absl::Status plain =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_EQ(plain.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(plain), "");
  EXPECT_EQ(RetryAfterOf(plain), std::nullopt);
  const absl::Status broken =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::NOT_FOUND, "no such leg", "\xff\xff garbage"));
  EXPECT_EQ(broken.code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace narada
