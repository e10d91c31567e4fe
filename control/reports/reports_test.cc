// Records in a real database: written, completed, listed, removed, erased.

#include "control/reports/reports.h"

#include <soci/soci.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "control/reports/recording_store.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::reports {
namespace {

using storage::ConferenceRecordingRow;
using storage::Transaction;

const absl::Time kStart = absl::FromUnixSeconds(1'795'000'000);

// Recordings in memory, by mixer and id.
class FakeStore final : public RecordingStore {
 public:
  absl::Status Read(const std::string& mixer, const std::string& id, const std::string& track,
                    uint64_t offset, absl::FunctionRef<bool(absl::string_view)> sink) override {
    if (!files.contains(mixer + id)) return absl::NotFoundError("no such recording");
    sink(absl::StrCat("sound of ", track, " from ", offset));
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<uint64_t>> Size(const std::string& mixer, const std::string& id,
                                               const std::string& track) override {
    std::optional<uint64_t> size;
    RETURN_IF_ERROR(Read(mixer, id, track, 0, [&](absl::string_view bytes) {
      size = bytes.size();
      return true;
    }));
    return size;
  }
  void Delete(const std::string& mixer, const std::string& id,
              absl::AnyInvocable<void(absl::Status)> done) override {
    if (is_away) return done(absl::UnavailableError("away"));
    files.erase(mixer + id);
    done(absl::OkStatus());
  }

  std::map<std::string, bool> files;
  bool is_away = false;
};

class ReportsTest : public testing::Test {
 protected:
  ReportsTest() { Restart(); }

  // Control dies and starts again.
  void Restart(ReportSettings settings = {}) {
    test_.Reopen();
    settings.owner = absl::StrCat("control-", ++lives_);
    reports_ = std::make_unique<Reports>(test_.database(), clock_, store_, settings);
  }
  // Until all that was asked of the database before is done.
  void Settle() {
    // What is done can ask for more: a recording is deleted, then its row.
    for (int i = 0; i < 3; ++i) test_.database().Drain();
  }
  // As a living control does, step by step.
  void Live(absl::Duration duration) {
    for (absl::Duration gone; gone < duration; gone += absl::Seconds(30)) {
      clock_.Advance(absl::Seconds(30));
      reports_->Housekeep();
      Settle();
    }
  }
  std::vector<CallRecord> Calls(const storage::RecordFilter& filter = {}) {
    Settle();
    return *reports_->ListCalls(filter, std::nullopt, 100);
  }
  std::vector<ConferenceRecord> Conferences() {
    Settle();
    return *reports_->ListConferences({}, std::nullopt, 100);
  }

  static CallRecord Call(const std::string& id, const std::string& number = "+48601234567") {
    return {.id = id,
            .number = PhoneNumber::FromE164(number),
            .name = "Jan",
            .access_number = "+48608608608",
            .started_at = kStart,
            .answered_at = kStart + absl::Seconds(1)};
  }
  static CallRecord Ended(CallRecord record, absl::Duration after = absl::Minutes(5),
                          CallEnd end = CallEnd::kHungUp) {
    record.ended_at = record.started_at + after;
    record.end = end;
    return record;
  }
  static ConferenceRecord Conference(const std::string& id) {
    return {.id = id, .room_number = "12345", .started_at = kStart, .participants_max = 1};
  }
  void AddRecording(const std::string& id, const std::string& conference_id,
                    std::optional<absl::Time> expires_at = std::nullopt) {
    store_.files["mixer-1" + id] = true;
    ASSERT_EQ(test_.database().Run([&](Transaction& transaction) {
      storage::PutConferenceRecording(transaction,
                                      {.id = id,
                                       .conference_id = conference_id,
                                       .mixer = "mixer-1",
                                       .started_at = kStart,
                                       .ended_at = kStart + absl::Minutes(1),
                                       .expires_at = expires_at,
                                       .tracks = {{.id = "mix", .size_bytes = 100},
                                                  {.id = "l-1", .call_id = "a", .size_bytes = 7}}});
      return absl::OkStatus();
    }),
              absl::OkStatus());
  }

  ManualClock clock_{kStart};
  FakeStore store_;
  int lives_ = 0;
  storage::TestDatabase test_;
  std::unique_ptr<Reports> reports_;
};

// ---- Writing ------------------------------------------------------------------------------

TEST_F(ReportsTest, RecordHoldsWhatWasNoted) {
  CallRecord record = Ended(Call("a"));
  record.conference_id = "conf-1";
  record.tenant_id = "acme";
  record.was_called_out = true;
  record.joined_at = kStart + absl::Seconds(9);
  record.quality = CallQuality{.mos = 4.217,
                               .loss_ratio = 0.0125,
                               .interarrival_jitter = absl::Microseconds(2300),
                               .round_trip_time = absl::Milliseconds(40)};
  reports_->NoteCall(record);
  ASSERT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Calls()[0], record);
}

TEST_F(ReportsTest, CallInProgressIsThereFromItsBeginning) {
  reports_->NoteCall(Call("a"));
  ASSERT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Calls()[0].ended_at, std::nullopt);
  reports_->NoteCall(Ended(Call("a"), absl::Minutes(2), CallEnd::kDisconnected));
  ASSERT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Calls()[0].end, CallEnd::kDisconnected);
}

TEST_F(ReportsTest, EndStaysWhenAnEarlierNoteComesLate) {
  reports_->NoteCall(Ended(Call("a")));
  reports_->NoteCall(Call("a"));
  EXPECT_EQ(Calls()[0].end, CallEnd::kHungUp);
}

TEST_F(ReportsTest, ConferenceCountsItsCalls) {
  reports_->NoteConference(Conference("conf-1"));
  for (const char* id : {"a", "b", "c"}) {
    CallRecord call = Ended(Call(id));
    call.conference_id = id[0] == 'c' ? "" : "conf-1";
    reports_->NoteCall(call);
  }
  ConferenceRecord ended = Conference("conf-1");
  ended.ended_at = kStart + absl::Minutes(6);
  ended.participants_max = 2;
  reports_->NoteConference(ended);
  ASSERT_EQ(Conferences().size(), 1u);
  EXPECT_EQ(Conferences()[0].participants, 2);
  EXPECT_EQ(Conferences()[0].participants_max, 2);
  EXPECT_EQ(Conferences()[0].ended_at, ended.ended_at);
}

TEST_F(ReportsTest, RecordTellsWhenThePersonSpoke) {
  CallRecord call = Ended(Call("a"));
  call.speech = {{call.started_at + absl::Seconds(2), call.started_at + absl::Seconds(5)}};
  reports_->NoteCall(call);
  Settle();
  EXPECT_EQ(Calls()[0].speech, call.speech);
}

TEST_F(ReportsTest, NoteThatTheDatabaseRefusesIsWrittenLater) {
  ASSERT_EQ(test_.database().Run([](Transaction& transaction) {
    transaction.sql() << "ALTER TABLE call_records RENAME TO elsewhere";
    return absl::OkStatus();
  }),
            absl::OkStatus());
  reports_->NoteCall(Ended(Call("a")));
  Settle();
  ASSERT_EQ(test_.database().Run([](Transaction& transaction) {
    transaction.sql() << "ALTER TABLE elsewhere RENAME TO call_records";
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_TRUE(Calls().empty());
  Live(absl::Minutes(1));
  EXPECT_EQ(Calls().size(), 1u);
}

// ---- A control that dies ------------------------------------------------------------------

TEST_F(ReportsTest, RecordOfACallThatNobodyHasAnyMoreEndsWhenItWasLastKnown) {
  CallRecord call = Call("a");
  call.conference_id = "conf-1";
  reports_->NoteCall(call);
  reports_->NoteConference(Conference("conf-1"));
  Live(absl::Minutes(10));
  const absl::Time died_at = clock_.Now();
  Restart();
  Live(absl::Minutes(2));
  EXPECT_EQ(Calls()[0].ended_at, std::nullopt) << "it may still be taken up";
  Live(absl::Minutes(4));
  EXPECT_EQ(Calls()[0].end, CallEnd::kLost);
  EXPECT_EQ(Calls()[0].ended_at, died_at);
  EXPECT_EQ(Conferences()[0].ended_at, died_at);
  EXPECT_EQ(Conferences()[0].participants, 1);
}

TEST_F(ReportsTest, RecordOfACallThatIsTakenUpGoesOn) {
  reports_->NoteCall(Call("a"));
  Live(absl::Minutes(10));
  Restart();
  CallRecord adopted = Call("a");
  adopted.answered_at.reset();  // The new life knows nothing of it,
  adopted.name.clear();         // nor of this.
  reports_->NoteCall(adopted);
  Live(absl::Minutes(20));
  EXPECT_EQ(Calls()[0].ended_at, std::nullopt);
  reports_->NoteCall(Ended(adopted, absl::Minutes(31)));
  ASSERT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Calls()[0].end, CallEnd::kHungUp);
  EXPECT_EQ(Calls()[0].answered_at, kStart + absl::Seconds(1));
  EXPECT_EQ(Calls()[0].name, "Jan");
}

TEST_F(ReportsTest, CallThatWasTakenForLostTooSoonComesBack) {
  reports_->NoteCall(Call("a"));
  Settle();
  Restart();
  Live(absl::Minutes(10));
  ASSERT_EQ(Calls()[0].end, CallEnd::kLost);
  reports_->NoteCall(Call("a"));
  EXPECT_EQ(Calls()[0].end, std::nullopt);
  EXPECT_EQ(Calls()[0].ended_at, std::nullopt);
}

TEST_F(ReportsTest, AnotherControlsCallsAreLeftAlone) {
  reports_->NoteCall(Call("a"));
  Reports other(test_.database(), clock_, store_, {.owner = "other"});
  for (int i = 0; i < 20; ++i) {
    other.Housekeep();
    Live(absl::Seconds(30));
  }
  EXPECT_EQ(Calls()[0].ended_at, std::nullopt);
}

// ---- Listing ------------------------------------------------------------------------------

TEST_F(ReportsTest, PagesGoOnBehindEachOther) {
  for (int i = 0; i < 7; ++i) {
    CallRecord call = Ended(Call(absl::StrCat("call-", i)));
    call.started_at = kStart + absl::Seconds(i / 2);  // Two at a time begin at once.
    reports_->NoteCall(call);
  }
  Settle();
  std::vector<std::string> ids;
  std::optional<storage::RecordPlace> after;
  while (true) {
    const auto page = reports_->ListCalls({}, after, 3);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const CallRecord& record : *page) ids.push_back(record.id);
    if (page->size() < 3) break;
    after = {page->back().started_at, page->back().id};
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"call-6", "call-5", "call-4", "call-3", "call-2",
                                           "call-1", "call-0"}));
}

TEST_F(ReportsTest, ListIsOfARangeATenantAConference) {
  for (int i = 0; i < 4; ++i) {
    CallRecord call = Call(absl::StrCat(i));
    call.started_at = kStart + absl::Hours(i);
    call.tenant_id = i % 2 == 0 ? "acme" : "";
    call.conference_id = i < 2 ? "conf-1" : "conf-2";
    reports_->NoteCall(call);
  }
  const auto ids = [&](const storage::RecordFilter& filter) {
    std::string found;
    for (const CallRecord& record : Calls(filter)) found += record.id;
    return found;
  };
  EXPECT_EQ(ids({}), "3210");
  EXPECT_EQ(ids({.from = kStart + absl::Hours(1)}), "321");
  EXPECT_EQ(ids({.until = kStart + absl::Hours(1)}), "0");
  EXPECT_EQ(ids({.tenant_id = "acme"}), "20");
  EXPECT_EQ(ids({.tenant_id = ""}), "31");
  EXPECT_EQ(ids({.tenant_id = "acme", .conference_id = "conf-2"}), "2");
}

// ---- Retention ----------------------------------------------------------------------------

TEST_F(ReportsTest, RecordsGoWhenTheirTimeIsOver) {
  Restart({.retention = absl::Hours(24)});
  reports_->NoteCall(Ended(Call("old")));
  ConferenceRecord conference = Conference("conf-1");
  conference.ended_at = kStart + absl::Minutes(1);
  reports_->NoteConference(conference);
  CallRecord open = Call("open");
  reports_->NoteCall(open);
  Live(absl::Hours(23));
  EXPECT_EQ(Calls().size(), 2u);
  EXPECT_EQ(Conferences().size(), 1u);
  Live(absl::Hours(2));
  ASSERT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Calls()[0].id, "open") << "a call in progress is kept however long it takes";
  EXPECT_TRUE(Conferences().empty());
}

TEST_F(ReportsTest, RecordingsGoWhenTheirTimeIsOver) {
  AddRecording("r-1", "conf-1", kStart + absl::Hours(1));
  AddRecording("r-2", "conf-1");
  Live(absl::Minutes(50));
  EXPECT_EQ(store_.files.size(), 2u);
  store_.is_away = true;
  Live(absl::Minutes(20));
  EXPECT_TRUE(reports_->GetRecording("r-1").ok()) << "what was not deleted is not forgotten";
  store_.is_away = false;
  Live(absl::Minutes(20));
  EXPECT_EQ(ReasonOf(reports_->GetRecording("r-1").status()), "RECORD_UNKNOWN");
  EXPECT_TRUE(reports_->GetRecording("r-2").ok());
  EXPECT_EQ(store_.files.size(), 1u);
}

// ---- Recordings ---------------------------------------------------------------------------

TEST_F(ReportsTest, RecordingIsReadFromTheMixerThatHasIt) {
  AddRecording("r-1", "conf-1");
  const auto row = reports_->GetRecording("r-1");
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->size_bytes(), 107);
  std::string heard;
  ASSERT_EQ(reports_->ReadRecording(*row, "l-1", 5,
                                    [&](absl::string_view piece) {
                                      heard.append(piece.data(), piece.size());
                                      return true;
                                    }),
            absl::OkStatus());
  EXPECT_EQ(heard, "sound of l-1 from 5");
}

TEST_F(ReportsTest, RunningRecordingIsNotDeleted) {
  ASSERT_EQ(test_.database().Run([](Transaction& transaction) {
    storage::PutConferenceRecording(
        transaction,
        {.id = "r-1", .conference_id = "conf-1", .mixer = "mixer-1", .started_at = kStart});
    return absl::OkStatus();
  }),
            absl::OkStatus());
  EXPECT_EQ(ReasonOf(reports_->DeleteRecording("r-1")), "RECORDING_RUNNING");
}

// ---- One person ---------------------------------------------------------------------------

TEST_F(ReportsTest, ErasedPersonIsNowhere) {
  CallRecord mine = Ended(Call("a"));
  mine.conference_id = "conf-1";
  CallRecord other = Ended(Call("b", "+48602000000"));
  other.conference_id = "conf-2";
  reports_->NoteCall(mine);
  reports_->NoteCall(other);
  AddRecording("r-1", "conf-1");
  AddRecording("r-2", "conf-2");
  ASSERT_EQ(test_.database().Run([](Transaction& transaction) {
    transaction.sql() << "INSERT INTO reservations (id, room_number, pin_mac, pin_sealed, "
                         "organiser_number, access_number, language, created_at, expires_at, "
                         "extensions) VALUES ('res-1', '12345', '', '', '+48601234567', "
                         "'+48608608608', 'pl', 1, 2, 0)";
    transaction.sql() << "INSERT INTO sms_messages (id, recipient, sender, text_sealed, state, "
                         "attempts, created_at, due_at) VALUES ('sms-1', '+48601234567', 'N', '', "
                         "'sent', 1, 1, 1)";
    transaction.sql() << "INSERT INTO sms_messages (id, recipient, sender, text_sealed, state, "
                         "attempts, created_at, due_at) VALUES ('sms-2', '+48601234567', 'N', '', "
                         "'pending', 0, 2, 2)";
    return absl::OkStatus();
  }),
            absl::OkStatus());
  Settle();
  const PhoneNumber person = *PhoneNumber::FromE164("+48601234567");
  const auto before = reports_->FindPerson(person);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->calls.size(), 1u);
  EXPECT_EQ(before->recordings.size(), 1u);
  EXPECT_EQ(before->reservations.size(), 1u);
  EXPECT_EQ(before->messages.size(), 2u);

  const auto erased = reports_->ErasePerson(person, "jola");
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(erased->records, 3) << "a call, a reservation, a message that was sent";
  EXPECT_EQ(erased->recordings, 1);
  const auto after = reports_->FindPerson(person);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE(after->calls.empty());
  EXPECT_TRUE(after->recordings.empty());
  EXPECT_TRUE(after->reservations.empty());
  ASSERT_EQ(after->messages.size(), 1u);
  EXPECT_EQ(after->messages[0].id, "sms-2") << "it has to arrive yet";
  EXPECT_EQ(Calls().size(), 2u) << "that there was a call stays";
  EXPECT_EQ(Calls()[1].name, "");
  EXPECT_EQ(store_.files.size(), 1u) << "others' recordings stay";
}

TEST_F(ReportsTest, PersonIsErasedAgainWhereARecordingCouldNotBeDeleted) {
  CallRecord mine = Ended(Call("a"));
  mine.conference_id = "conf-1";
  reports_->NoteCall(mine);
  AddRecording("r-1", "conf-1");
  Settle();
  const PhoneNumber person = *PhoneNumber::FromE164("+48601234567");
  store_.is_away = true;
  EXPECT_EQ(reports_->ErasePerson(person, "jola").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(reports_->FindPerson(person)->calls.size(), 1u) << "or nobody would find it any more";
  store_.is_away = false;
  EXPECT_TRUE(reports_->ErasePerson(person, "jola").ok());
  EXPECT_TRUE(store_.files.empty());
}

}  // namespace
}  // namespace narada::control::reports
