#include "control/sms/dispatcher.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "control/sms/delivery_book.h"
#include "control/sms/fake_sms_sender.h"
#include "control/sms/sms_counters.h"
#include "control/storage/message_part_table.h"
#include "control/storage/message_table.h"
#include "control/storage/secret_box.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

using storage::MessageRow;
using storage::MessageState;
using storage::Transaction;

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(9);
  return storage::SecretBox(key);
}

// In one part, or as many as there are ids.
Sent SentAs(const std::string& id, const std::string& more = "") {
  Sent sent{.route = "fake", .parts = {{1, id}}};
  if (!more.empty()) sent.parts.push_back({2, more});
  return sent;
}

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() { NewLife("life 1"); }

  // A process that took the place of the one before.
  void NewLife(const std::string& owner) {
    settings_.owner = owner;
    dispatcher_ = std::make_unique<Dispatcher>(database_.database(), secrets_, clock_, sender_,
                                               counters_, settings_);
  }

  void Queue(const std::string& id) {
    ASSERT_TRUE(database_.database()
                    .Run([&](Transaction& transaction) {
                      storage::InsertMessage(transaction, {.id = id,
                                                           .recipient = "+48601234567",
                                                           .sender = "+48608608608",
                                                           .text_sealed = secrets_.Seal(
                                                               storage::kMessageTextPurpose, id,
                                                               absl::StrCat("text of ", id)),
                                                           .created_at = clock_.Now(),
                                                           .due_at = clock_.Now()});
                      return absl::OkStatus();
                    })
                    .ok());
  }

  MessageRow Row(const std::string& id) {
    // A commit behind the outcome's: whatever the sender answered has been noted.
    return *database_.database().Query<MessageRow>([&](Transaction& transaction) {
      return absl::StatusOr<MessageRow>(*storage::FindMessage(transaction, id));
    });
  }

  // What an SMSC says later; true once it is kept.
  bool Hear(const std::string& provider_id, Receipt::State state) {
    bool is_noted = false;
    book_.OnReceipt({.route = "fake",
                     .provider_id = provider_id,
                     .state = state,
                     .detail = state == Receipt::State::kDelivered ? "DELIVRD" : "EXPIRED"},
                    [&](bool noted) { is_noted = noted; });
    Row("m1");
    return is_noted;
  }

  storage::TestDatabase database_;
  storage::SecretBox secrets_ = TestSecrets();
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  FakeSmsSender sender_;
  SmsCounters counters_;
  DispatcherSettings settings_;
  DeliveryBook book_{database_.database(), clock_, counters_, [] {}};
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, MessageIsSentOnceAndNotedAsSent) {
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  ASSERT_EQ(sender_.messages().size(), 1u);
  const OutgoingMessage sent = sender_.messages()[0];
  EXPECT_EQ(sent.text, "text of m1");
  EXPECT_EQ(sent.to.e164(), "+48601234567");
  EXPECT_EQ(sent.from, "+48608608608");
  EXPECT_EQ(sent.attempt, 1);
  const MessageRow row = Row("m1");
  EXPECT_EQ(row.state, MessageState::kSent);
  EXPECT_EQ(row.provider_id, "fake-id");
  EXPECT_EQ(row.sent_at, clock_.Now());
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
}

TEST_F(DispatcherTest, FailedAttemptsWaitTwiceAsLongEachTime) {
  sender_.SetAnswer(TryAgain{"the SMSC is away"});
  Queue("m1");
  absl::Duration expected = absl::Seconds(1);
  for (int attempt = 1; attempt <= 5; ++attempt) {
    EXPECT_EQ(*dispatcher_->DispatchDue(), 1) << attempt;
    const MessageRow row = Row("m1");
    EXPECT_EQ(row.state, MessageState::kPending);
    EXPECT_EQ(row.attempts, attempt);
    EXPECT_EQ(row.last_error, "the SMSC is away");
    EXPECT_EQ(row.due_at - clock_.Now(), expected);
    clock_.Advance(expected - absl::Microseconds(1));
    EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
    clock_.Advance(absl::Microseconds(1));
    expected *= 2;
  }
  sender_.SetAnswer(Sent{});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
}

TEST_F(DispatcherTest, PeersWishToWaitLongerIsHonoured) {
  sender_.SetAnswer(TryAgain{"throttled", absl::Seconds(30)});
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").due_at, clock_.Now() + absl::Seconds(30));
}

TEST_F(DispatcherTest, RefusedMessageIsNotTriedAgain) {
  sender_.SetAnswer(Refused{"no such subscriber"});
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kFailed);
  EXPECT_EQ(Row("m1").last_error, "no such subscriber");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
}

TEST_F(DispatcherTest, MessageIsGivenUpAfterADay) {
  sender_.SetAnswer(TryAgain{"away"});
  Queue("m1");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kFailed);
}

// The process dies between the commit of the reservation and the sender: nothing was leased yet.
TEST_F(DispatcherTest, MessageOfADeadProcessThatWasNotLeasedLeavesAtOnce) {
  Queue("m1");
  NewLife("life 2");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
}

// The process dies with the message at the sender: nobody knows whether it left, so it is sent again,
// but not before the lease has run out.
TEST_F(DispatcherTest, MessageOfADeadProcessThatWasLeasedIsSentAgainAfterTheLease) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  NewLife("life 2");
  clock_.Advance(settings_.lease - absl::Microseconds(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
  clock_.Advance(absl::Microseconds(1));
  sender_.SetAnswer(SentAs("second"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  const MessageRow row = Row("m1");
  EXPECT_EQ(row.state, MessageState::kSent);
  EXPECT_EQ(row.attempts, 2);
  EXPECT_EQ(sender_.messages().back().attempt, 2);
}

TEST_F(DispatcherTest, OnlyProcessTakesOverAtOnceWhatItsEarlierLifeWasSending) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  NewLife("life 2");
  ASSERT_TRUE(dispatcher_->TakeOver().ok());
  sender_.SetAnswer(SentAs("second"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").provider_id, "second");
}

TEST_F(DispatcherTest, TextsAreForgottenOnceTheirMessagesAreDoneWith) {
  const auto wipe = [&] {
    dispatcher_->WipeOldTexts([](absl::Status status) { EXPECT_TRUE(status.ok()); });
  };
  Queue("sent");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  sender_.SetAnswer(Refused{"no"});
  Queue("failed");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  wipe();
  EXPECT_NE(Row("sent").text_sealed, "");
  clock_.Advance(settings_.sent_text_kept + absl::Seconds(1));
  Queue("waiting");
  wipe();
  EXPECT_EQ(Row("sent").text_sealed, "");
  EXPECT_NE(Row("failed").text_sealed, "");
  clock_.Advance(settings_.failed_text_kept);
  wipe();
  EXPECT_EQ(Row("failed").text_sealed, "");
  EXPECT_NE(Row("waiting").text_sealed, "");  // It has not left yet.
}

TEST_F(DispatcherTest, AnswerAfterTheLeaseDoesNotTouchTheNewOwnersMessage) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  clock_.Advance(settings_.lease);
  FakeSmsSender other_sender;
  other_sender.SetAnswer(std::nullopt);
  DispatcherSettings other_settings = settings_;
  other_settings.owner = "other replica";
  Dispatcher other(database_.database(), secrets_, clock_, other_sender, counters_, other_settings);
  EXPECT_EQ(*other.DispatchDue(), 1);
  sender_.Answer(Refused{"too late"});
  EXPECT_EQ(Row("m1").state, MessageState::kSending);
  other_sender.Answer(SentAs("by the other"));
  EXPECT_EQ(Row("m1").provider_id, "by the other");
}

TEST_F(DispatcherTest, NoMoreThanTheWindowIsWithTheSender) {
  settings_.in_flight_max = 3;
  NewLife("life 2");
  sender_.SetAnswer(std::nullopt);
  for (int i = 0; i < 5; ++i) Queue(absl::StrCat("m", i));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 3);
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
  sender_.Answer(Sent{});
  Row("m0");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 2);
}

TEST_F(DispatcherTest, SendersAnswerMayComeAfterTheDispatcherIsGone) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  dispatcher_.reset();
  sender_.Answer(SentAs("late"));
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
}

TEST_F(DispatcherTest, OwnThreadSendsWhatItIsWokenFor) {
  dispatcher_->Start();
  Queue("m1");
  dispatcher_->Wake();
  for (int i = 0; i < 500 && Row("m1").state != MessageState::kSent; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
}

TEST_F(DispatcherTest, UnreadableTextFailsThatMessageAlone) {
  Queue("m1");
  Queue("m2");
  ASSERT_TRUE(database_.database()
                  .Run([](Transaction& transaction) {
                    storage::InsertMessage(transaction, {.id = "damaged",
                                                         .recipient = "+48601234567",
                                                         .sender = "x",
                                                         .text_sealed = "00",
                                                         .created_at = absl::UnixEpoch(),
                                                         .due_at = absl::UnixEpoch()});
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(*dispatcher_->DispatchDue(), 3);
  EXPECT_EQ(Row("damaged").state, MessageState::kFailed);
  EXPECT_EQ(Row("m2").state, MessageState::kSent);
}

// ---- Leases

TEST_F(DispatcherTest, LeaseIsProlongedWhileTheSenderIsAtWork) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(settings_.lease / 2);
    ASSERT_TRUE(dispatcher_->RenewLeases().ok());
  }
  FakeSmsSender other_sender;
  DispatcherSettings other_settings = settings_;
  other_settings.owner = "other replica";
  Dispatcher other(database_.database(), secrets_, clock_, other_sender, counters_, other_settings);
  EXPECT_EQ(*other.DispatchDue(), 0);
  sender_.Answer(SentAs("at last"));
  EXPECT_EQ(Row("m1").provider_id, "at last");
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
}

TEST_F(DispatcherTest, SenderThatNeverAnswersLosesItsLeaseInTheEnd) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  clock_.Advance(settings_.attempt_max);
  ASSERT_TRUE(dispatcher_->RenewLeases().ok());
  NewLife("life 2");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
}

// ---- Possible duplicates

TEST_F(DispatcherTest, MessageWhoseLeaseRanOutCountsAsPossibleDuplicateOnceSentAgain) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  NewLife("life 2");
  clock_.Advance(settings_.lease);
  sender_.SetAnswer(SentAs("a", "b"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 2);
  EXPECT_EQ(Row("m1").part_count, 2);
  EXPECT_EQ(counters_.possible_duplicates, 2);
}

TEST_F(DispatcherTest, EachAttemptThatWasKilledMayHaveSentEverythingOnceMore) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  for (const char* life : {"life 2", "life 3"}) {
    NewLife(life);
    EXPECT_TRUE(dispatcher_->TakeOver().ok());
    EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  }
  // Of the third, one part was noted before the kill.
  book_.OnPartAccepted("fake", "m1", {1, "a"});
  NewLife("life 4");
  EXPECT_TRUE(dispatcher_->TakeOver().ok());
  sender_.SetAnswer(SentAs("a", "b"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  // Three times both, and then the second part once more.
  EXPECT_EQ(Row("m1").possible_duplicates, 5);
  EXPECT_EQ(counters_.possible_duplicates, 5);
}

TEST_F(DispatcherTest, UnfinishedAttemptAfterAKilledOneCountsWhatItSent) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  NewLife("life 2");
  EXPECT_TRUE(dispatcher_->TakeOver().ok());
  sender_.SetAnswer(TryAgain{.reason = "there is no connection"});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
  sender_.SetAnswer(TryAgain{.reason = "the connection broke", .unanswered = 1});
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 1);
  sender_.SetAnswer(SentAs("a", "b"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 3);
}

TEST_F(DispatcherTest, LostAnswersCountOnlyWhenTheirPartsAreSentAgain) {
  sender_.SetAnswer(TryAgain{.reason = "no answer", .unanswered = 1});
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
  sender_.SetAnswer(TryAgain{.reason = "there is no connection"});
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
  sender_.SetAnswer(SentAs("a"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 1);
}

TEST_F(DispatcherTest, PartThatWasAcceptedIsNotSentAgain) {
  Queue("m1");
  sender_.SetAnswer(TryAgain{.reason = "the connection broke", .unanswered = 1});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  book_.OnPartAccepted("fake", "m1", {1, "a"});
  Row("m1");
  clock_.Advance(absl::Minutes(1));
  sender_.SetAnswer(SentAs("a", "b"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  const OutgoingMessage second = sender_.messages().back();
  EXPECT_EQ(second.accepted_route, "fake");
  ASSERT_EQ(second.accepted_parts.size(), 1u);
  EXPECT_EQ(second.accepted_parts[0].provider_id, "a");
  EXPECT_EQ(Row("m1").possible_duplicates, 1);
}

TEST_F(DispatcherTest, AnswerThatCameLateMeansThatNothingIsSentTwice) {
  Queue("m1");
  sender_.SetAnswer(TryAgain{.reason = "no answer", .unanswered = 1});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  book_.OnPartAccepted("fake", "m1", {1, "late"});
  Row("m1");
  clock_.Advance(absl::Minutes(1));
  sender_.SetAnswer(SentAs("late"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
}

TEST_F(DispatcherTest, SpoolHasNoDuplicates) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  NewLife("life 2");
  clock_.Advance(settings_.lease);
  sender_.SetAnswer(Sent{.route = "spool", .parts = {{1, "file"}}, .is_idempotent = true});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").possible_duplicates, 0);
}

TEST_F(DispatcherTest, WhatWaitsLeavesAtOnceWhenItsPeerIsBack) {
  sender_.SetAnswer(TryAgain{"the SMSC is away", absl::Minutes(10)});
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  sender_.SetAnswer(SentAs("a"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
  book_.OnRouteBack("fake");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
}

// ---- Receipts

TEST_F(DispatcherTest, MessageIsDeliveredOnceAllItsPartsAre) {
  Queue("m1");
  sender_.SetAnswer(SentAs("a", "b"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_TRUE(Hear("a", Receipt::State::kDelivered));
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(Hear("b", Receipt::State::kUnderway));
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
  EXPECT_TRUE(Hear("b", Receipt::State::kDelivered));
  EXPECT_EQ(Row("m1").state, MessageState::kDelivered);
  EXPECT_EQ(Row("m1").delivered_at, clock_.Now());
}

TEST_F(DispatcherTest, OneUndeliveredPartMakesTheMessageUndelivered) {
  Queue("m1");
  sender_.SetAnswer(SentAs("a", "b"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  Hear("a", Receipt::State::kDelivered);
  Hear("b", Receipt::State::kUndelivered);
  EXPECT_EQ(Row("m1").state, MessageState::kUndelivered);
  EXPECT_EQ(Row("m1").last_error, "EXPIRED");
}

TEST_F(DispatcherTest, ReceiptThatOvertakesTheAnswerIsNotLost) {
  sender_.SetAnswer(std::nullopt);
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_TRUE(Hear("a", Receipt::State::kDelivered));
  sender_.Answer(SentAs("a"));
  EXPECT_EQ(Row("m1").state, MessageState::kDelivered);
}

TEST_F(DispatcherTest, ReceiptOfNobodysMessageIsForgottenAfterADay) {
  EXPECT_EQ(*dispatcher_->DispatchDue(), 0);
  Queue("m1");
  EXPECT_TRUE(Hear("a stranger's", Receipt::State::kDelivered));
  clock_.Advance(absl::Hours(25));
  book_.ForgetOldReceipts([](absl::Status status) { EXPECT_TRUE(status.ok()); });
  sender_.SetAnswer(SentAs("a stranger's"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kSent);
}

// ---- Sending once more

TEST_F(DispatcherTest, FailedMessageMayBeOrderedOnceMoreAndASentOneMayNot) {
  const auto revive = [&](const std::string& id) {
    return *database_.database().Query<bool>([&](Transaction& transaction) {
      return absl::StatusOr<bool>(storage::ReviveMessage(transaction, id, clock_.Now()));
    });
  };
  sender_.SetAnswer(Refused{"no such subscriber"});
  Queue("m1");
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  clock_.Advance(absl::Hours(48));
  EXPECT_TRUE(revive("m1"));
  sender_.SetAnswer(TryAgain{"away"});
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_EQ(Row("m1").state, MessageState::kPending);  // A day of its own to be sent in.
  clock_.Advance(absl::Hours(1));
  sender_.SetAnswer(SentAs("a"));
  EXPECT_EQ(*dispatcher_->DispatchDue(), 1);
  EXPECT_FALSE(revive("m1"));
  EXPECT_FALSE(revive("nobody's"));
}

}  // namespace
}  // namespace narada::control::sms
