#include "cli/failure.h"

#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace narada::cli {
namespace {

constexpr char kServer[] = "127.0.0.1:50061";

TEST(Failure, NamesTheFieldTheWhyAndTheReason) {
  const absl::Status status =
      InvalidField("organiser_number", "FIELD_INVALID", "must be E.164 with \"+\"");
  EXPECT_EQ(Explain(status, kServer),
            "narada: organiser_number: must be E.164 with \"+\" (FIELD_INVALID)\n");
  EXPECT_EQ(ExitCodeOf(status), kExitRefused);
}

TEST(Failure, NamesAFieldThatTheMessageLeavesOut) {
  const absl::Status status = WithField(
      ErrorWithReason(absl::StatusCode::kInvalidArgument, "FIELD_INVALID", "is too long"), "name");
  EXPECT_EQ(Explain(status, kServer), "narada: name: is too long (FIELD_INVALID)\n");
}

TEST(Failure, SaysWhenToTryAgain) {
  const absl::Status status = WithRetryAfter(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, "LOCKED", "too many failed tries"),
      absl::Minutes(5));
  EXPECT_EQ(Explain(status, kServer),
            "narada: too many failed tries (LOCKED)\n  try again in 5m\n");
}

TEST(Failure, ServerThatIsNotThereIsNamed) {
  const absl::Status status = absl::UnavailableError("connection refused");
  EXPECT_EQ(ExitCodeOf(status), kExitUnreachable);
  EXPECT_NE(Explain(status, kServer).find("no control answers at 127.0.0.1:50061"),
            std::string::npos);
}

TEST(Failure, ServiceThatIsThereAndCannotIsNoMissingServer) {
  const absl::Status status =
      ErrorWithReason(absl::StatusCode::kUnavailable, "DATABASE_AWAY", "the database is away");
  EXPECT_EQ(ExitCodeOf(status), kExitRefused);
  EXPECT_EQ(Explain(status, kServer), "narada: the database is away (DATABASE_AWAY)\n");
}

TEST(Failure, WhatDoesNotExistHasItsExitCode) {
  EXPECT_EQ(ExitCodeOf(ErrorWithReason(absl::StatusCode::kNotFound, "SMS_UNKNOWN", "no such")),
            kExitNotFound);
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), kExitOk);
}

}  // namespace
}  // namespace narada::cli
