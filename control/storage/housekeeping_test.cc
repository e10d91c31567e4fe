// What is kept for a time only goes away, and nothing else does: on SQLite and on PostgreSQL.
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/conference.h"
#include "control/storage/audit_table.h"
#include "control/storage/conference_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::storage {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);
const absl::Time kBefore = kNow - absl::Hours(24);

void Do(TestDatabase& test, void (*work)(Transaction& transaction)) {
  const absl::Status status = test.database().Run([&](Transaction& transaction) {
    work(transaction);
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
}

Conference MakeConference(const std::string& id) {
  return {.id = id,
          .terms = {.room = RoomNumber::Parse("123456").value()},
          .started_at = kBefore - absl::Hours(1)};
}

TEST(Housekeeping, ConferencesThatNobodyNotedForLongGoWithTheirParticipants) {
  TestDatabase test;
  Do(test, [](Transaction& transaction) {
    for (const char* id : {"old", "new"}) {
      const bool is_old = id == std::string("old");
      PutConference(transaction, MakeConference(id), is_old ? kBefore - absl::Seconds(1) : kBefore);
      Participant participant;
      participant.call_id = std::string(id) + "-call";
      PutParticipant(transaction, id, participant);
    }
    DeleteConferencesBefore(transaction, kBefore);
  });
  Do(test, [](Transaction& transaction) {
    EXPECT_FALSE(FindConference(transaction, "old").has_value());
    const auto kept = FindConference(transaction, "new");
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->participants.size(), 1u);
    // The old one's participants do not come back with its id.
    PutConference(transaction, MakeConference("old"), kNow);
    EXPECT_TRUE(FindConference(transaction, "old")->participants.empty());
  });
}

TEST(Housekeeping, AuditIsKeptToItsDay) {
  TestDatabase test;
  Do(test, [](Transaction& transaction) {
    InsertAudit(transaction, {.id = "a1", .at = kBefore - absl::Seconds(1), .outcome = "OK"});
    InsertAudit(transaction, {.id = "a2", .at = kBefore, .outcome = "OK"});
    DeleteAuditBefore(transaction, kBefore);
    const std::vector<AuditRow> kept =
        ListAudit(transaction, std::nullopt, std::nullopt, std::nullopt, 10);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].id, "a2");
  });
}

}  // namespace
}  // namespace narada::control::storage
