#include "control/replicas/replica_registry.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "base/status.h"
#include "control/storage/message_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::replicas {
namespace {

using storage::Transaction;

class ReplicaRegistryTest : public testing::Test {
 protected:
  ReplicaRegistryTest() {
    anna_->SetUp("anna:1", [this] { ++anna_taken_for_dead_; });
    bert_->SetUp("bert:1", [] {});
    BothBeat();
  }

  void BothBeat() {
    ASSERT_TRUE(anna_->Beat(now_).ok());
    ASSERT_TRUE(bert_->Beat(now_).ok());
    ASSERT_TRUE(anna_->Beat(now_).ok());
    database_.database().Drain();
  }
  // A second goes by in which only these beat.
  void Second(ReplicaRegistry& one) {
    now_ += absl::Seconds(1);
    ASSERT_TRUE(one.Beat(now_).ok());
  }

  // "us", or whoever leads it.
  std::string Claim(ReplicaRegistry& registry, const std::string& key) {
    std::string leader;
    absl::Notification answered;
    registry.Claim(key, [&](absl::StatusOr<std::optional<Peer>> peer) {
      leader = !peer.ok() ? std::string(peer.status().message()) : *peer ? (*peer)->id : "us";
      answered.Notify();
    });
    answered.WaitForNotification();
    return leader;
  }

  storage::TestDatabase database_;
  absl::Time now_ = absl::UnixEpoch();
  int anna_taken_for_dead_ = 0;
  std::unique_ptr<ReplicaRegistry> anna_ =
      std::make_unique<ReplicaRegistry>(database_.database(), RegistrySettings{.id = "anna"});
  std::unique_ptr<ReplicaRegistry> bert_ =
      std::make_unique<ReplicaRegistry>(database_.database(), RegistrySettings{.id = "bert"});
};

TEST_F(ReplicaRegistryTest, ReplicasSeeEachOtherWithTheirAddresses) {
  EXPECT_EQ(anna_->peers(), (std::vector<Peer>{{"bert", "bert:1"}}));
  EXPECT_EQ(bert_->peers(), (std::vector<Peer>{{"anna", "anna:1"}}));
}

TEST_F(ReplicaRegistryTest, ConferenceIsLedByWhoeverClaimedItFirst) {
  EXPECT_EQ(Claim(*anna_, "r1"), "us");
  EXPECT_EQ(Claim(*bert_, "r1"), "anna");
  EXPECT_EQ(Claim(*anna_, "r1"), "us");
  EXPECT_EQ(Claim(*bert_, "r2"), "us");
}

TEST_F(ReplicaRegistryTest, ReleasedConferenceIsFreeUnlessItIsStillUsed) {
  Claim(*anna_, "r1");
  anna_->Release("r1", [] { return false; });
  database_.database().Drain();
  EXPECT_EQ(Claim(*bert_, "r1"), "anna");
  anna_->Release("r1", [] { return true; });
  database_.database().Drain();
  EXPECT_EQ(Claim(*bert_, "r1"), "us");
  anna_->Release("r1", [] { return true; });  // Not hers any more.
  database_.database().Drain();
  EXPECT_EQ(Claim(*anna_, "r1"), "bert");
}

TEST_F(ReplicaRegistryTest, ReplicaWhoseBeatsStopLosesItsLeasesWithinTheLease) {
  ASSERT_EQ(Claim(*anna_, "r1"), "us");
  for (int second = 0; second < 4; ++second) Second(*bert_);
  EXPECT_EQ(Claim(*bert_, "r1"), "anna");
  Second(*bert_);
  Second(*bert_);
  EXPECT_TRUE(bert_->peers().empty());
  EXPECT_EQ(Claim(*bert_, "r1"), "us");
}

TEST_F(ReplicaRegistryTest, MessagesOfADeadReplicaAreSentByAnother) {
  const auto database = [&](auto work) { ASSERT_TRUE(database_.database().Run(work).ok()); };
  database([](Transaction& transaction) {
    storage::InsertMessage(transaction, {.id = "m1",
                                         .recipient = "+48601000001",
                                         .sender = "Narada",
                                         .created_at = absl::UnixEpoch(),
                                         .due_at = absl::UnixEpoch()});
    const auto leased = storage::LeaseDueMessages(
        transaction, "anna", absl::UnixEpoch() + absl::Seconds(1), absl::InfiniteFuture(), 10);
    EXPECT_EQ(leased.size(), 1u);
    return absl::OkStatus();
  });
  for (int second = 0; second < 6; ++second) Second(*bert_);
  database([](Transaction& transaction) {
    EXPECT_EQ(storage::FindMessage(transaction, "m1")->state, storage::MessageState::kPending);
    return absl::OkStatus();
  });
}

TEST_F(ReplicaRegistryTest, ReplicaThatBeatsKeepsItsLeasesForever) {
  Claim(*anna_, "r1");
  for (int second = 0; second < 30; ++second) {
    Second(*anna_);
    ASSERT_TRUE(bert_->Beat(now_).ok());
  }
  EXPECT_EQ(Claim(*bert_, "r1"), "anna");
  EXPECT_EQ(anna_taken_for_dead_, 0);
}

// Bert could not look for a minute: that nobody beat meanwhile says nothing about Anna.
TEST_F(ReplicaRegistryTest, NobodyIsTakenForDeadBecauseTheDatabaseWasAway) {
  Claim(*anna_, "r1");
  now_ += absl::Minutes(1);
  ASSERT_TRUE(bert_->Beat(now_).ok());
  EXPECT_EQ(Claim(*bert_, "r1"), "anna");
  BothBeat();
  EXPECT_EQ(anna_taken_for_dead_, 0);
}

TEST_F(ReplicaRegistryTest, ReplicaThatWasFrozenHearsOfIt) {
  Claim(*anna_, "r1");
  for (int second = 0; second < 6; ++second) Second(*bert_);
  ASSERT_TRUE(anna_->Beat(now_).ok());
  EXPECT_EQ(anna_taken_for_dead_, 1);
  EXPECT_EQ(Claim(*bert_, "r1"), "us");
  EXPECT_EQ(Claim(*anna_, "r1"), "bert");
}

TEST_F(ReplicaRegistryTest, ReplicaThatLeavesIsWaitedForByNobody) {
  Claim(*anna_, "r1");
  anna_.reset();
  EXPECT_EQ(Claim(*bert_, "r1"), "us");
}

}  // namespace
}  // namespace narada::control::replicas
