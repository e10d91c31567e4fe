#include "control/reports/reports.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/log.h"
#include "base/status.h"
#include "control/storage/audit_table.h"

namespace narada::control::reports {
namespace {

using storage::ConferenceRecordingRow;
using storage::Transaction;

// How often open records are touched, and after how long one that was not is taken for lost: by then
// its control is dead, and another has had the time to take up its calls.
constexpr absl::Duration kTouch = absl::Seconds(30);
constexpr absl::Duration kForsaken = absl::Minutes(3);
constexpr absl::Duration kRemoval = absl::Minutes(10);
// Notes that wait for a database that is away; more are lost, and the log says so.
constexpr size_t kUnwrittenMax = 100'000;
constexpr int kExpiredMax = 100;  // Recordings deleted at a time.

absl::Status Unknown() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RECORD_UNKNOWN",
                         "no recording of this id is kept");
}

}  // namespace

Reports::Reports(storage::Database& database, const Clock& clock, RecordingStore& recordings,
                 ReportSettings settings)
    : database_(database),
      clock_(clock),
      recordings_(recordings),
      settings_(std::move(settings)),
      started_at_(clock.Now()) {}

// ---- Writing ------------------------------------------------------------------------------

void Reports::NoteCall(CallRecord record) { Write(std::move(record)); }

void Reports::NoteConference(ConferenceRecord record) { Write(std::move(record)); }

void Reports::Write(Note note) {
  const storage::RecordKeeper keeper{settings_.owner, clock_.Now()};
  const std::string id =
      std::visit([](const auto& record) { return absl::StrCat("record ", record.id); }, note);
  database_.SubmitInOrder(
      id,
      [note, keeper](Transaction& transaction) {
        if (const auto* call = std::get_if<CallRecord>(&note)) {
          storage::PutCallRecord(transaction, *call, keeper);
        } else {
          storage::PutConferenceRecord(transaction, std::get<ConferenceRecord>(note), keeper);
        }
        return absl::OkStatus();
      },
      [this, note](const absl::Status& written) mutable {
        if (written.ok()) return;
        LOG_WARNING("a record is not written yet: {}", written);
        KeepForLater(std::move(note));
      });
}

void Reports::KeepForLater(Note note) {
  absl::MutexLock lock(&mutex_);
  if (unwritten_.size() == kUnwrittenMax) {
    LOG_ERROR("a record is lost: {} wait for the database already", kUnwrittenMax);
    unwritten_.pop_front();
  }
  unwritten_.push_back(std::move(note));
}

void Reports::WriteAgain() {
  std::deque<Note> notes;
  {
    absl::MutexLock lock(&mutex_);
    notes.swap(unwritten_);
  }
  for (Note& note : notes) Write(std::move(note));
}

// ---- Housekeeping -------------------------------------------------------------------------

template <typename Work>
void Reports::Due(absl::Time& next, absl::Duration interval, Work work) {
  const absl::Time now = clock_.Now();
  if (now < next) return;
  next = now + interval;
  work();
}

void Reports::Housekeep() {
  Due(next_touch_, kTouch, [this] {
    WriteAgain();
    Touch();
  });
  Due(next_removal_, kRemoval, [this] {
    RemoveOld();
    RemoveExpiredRecordings();
  });
}

void Reports::Touch() {
  const absl::Time now = clock_.Now();
  // Calls that an earlier life of this control left are taken up in its first minute.
  const bool may_close = now >= started_at_ + kForsaken;
  database_.SubmitQuery<int>(
      [keeper = storage::RecordKeeper{settings_.owner, now}, may_close](Transaction& transaction) {
        storage::TouchOpenRecords(transaction, keeper);
        return absl::StatusOr<int>(
            may_close ? storage::CloseForsakenRecords(transaction, keeper.now - kForsaken) : 0);
      },
      [](const absl::StatusOr<int>& closed) {
        if (!closed.ok()) LOG_WARNING("open records could not be touched: {}", closed.status());
        if (closed.ok() && *closed > 0) LOG_INFO("{} records end as lost", *closed);
      });
}

void Reports::RemoveOld() {
  database_.SubmitQuery<int>(
      [before = clock_.Now() - settings_.retention](Transaction& transaction) {
        return absl::StatusOr<int>(storage::DeleteRecordsBefore(transaction, before));
      },
      [](const absl::StatusOr<int>& deleted) {
        if (!deleted.ok()) LOG_WARNING("old records were not removed: {}", deleted.status());
        if (deleted.ok() && *deleted > 0) LOG_INFO("{} old records are removed", *deleted);
      });
}

void Reports::RemoveExpiredRecordings() {
  using Rows = std::vector<ConferenceRecordingRow>;
  database_.SubmitQuery<Rows>(
      [now = clock_.Now()](Transaction& transaction) {
        return absl::StatusOr<Rows>(storage::ListExpiredRecordings(transaction, now, kExpiredMax));
      },
      [this](const absl::StatusOr<Rows>& expired) {
        if (!expired.ok()) return;  // The next time.
        for (const ConferenceRecordingRow& row : *expired) {
          recordings_.Delete(row.mixer, row.id, [this, id = row.id](const absl::Status& deleted) {
            if (!deleted.ok()) {
              LOG_WARNING("recording {} has expired and was not deleted: {}", id, deleted);
              return;
            }
            database_.Submit(
                [id](Transaction& transaction) {
                  storage::DeleteConferenceRecording(transaction, id);
                  return absl::OkStatus();
                },
                [id](const absl::Status& forgotten) {
                  if (forgotten.ok()) LOG_INFO("recording {} has expired and is deleted", id);
                });
          });
        }
      });
}

// ---- Reading ------------------------------------------------------------------------------

absl::StatusOr<std::vector<CallRecord>> Reports::ListCalls(
    const storage::RecordFilter& filter, const std::optional<storage::RecordPlace>& after,
    int rows_max) {
  return database_.Query<std::vector<CallRecord>>([&](Transaction& transaction) {
    return absl::StatusOr<std::vector<CallRecord>>(
        storage::ListCallRecords(transaction, filter, after, rows_max));
  });
}

absl::StatusOr<std::vector<ConferenceRecord>> Reports::ListConferences(
    const storage::RecordFilter& filter, const std::optional<storage::RecordPlace>& after,
    int rows_max) {
  return database_.Query<std::vector<ConferenceRecord>>([&](Transaction& transaction) {
    return absl::StatusOr<std::vector<ConferenceRecord>>(
        storage::ListConferenceRecords(transaction, filter, after, rows_max));
  });
}

absl::StatusOr<std::vector<ConferenceRecordingRow>> Reports::ListRecordings(
    const std::optional<std::string>& tenant_id, const std::optional<std::string>& conference_id,
    const std::optional<storage::RecordingPlace>& after, int rows_max) {
  return database_.Query<std::vector<ConferenceRecordingRow>>([&](Transaction& transaction) {
    return absl::StatusOr<std::vector<ConferenceRecordingRow>>(
        storage::ListConferenceRecordings(transaction, tenant_id, conference_id, after, rows_max));
  });
}

absl::StatusOr<ConferenceRecordingRow> Reports::GetRecording(const std::string& id) {
  return database_.Query<ConferenceRecordingRow>(
      [&](Transaction& transaction) -> absl::StatusOr<ConferenceRecordingRow> {
        std::optional<ConferenceRecordingRow> found =
            storage::FindConferenceRecording(transaction, id);
        if (!found) return Unknown();
        return *std::move(found);
      });
}

absl::Status Reports::ReadRecording(const ConferenceRecordingRow& recording,
                                    const std::string& track_id, uint64_t offset,
                                    absl::FunctionRef<bool(absl::string_view)> sink) {
  return recordings_.Read(recording.mixer, recording.id, track_id, offset, sink);
}

absl::StatusOr<std::optional<uint64_t>> Reports::TrackSize(const ConferenceRecordingRow& recording,
                                                           const std::string& track_id) {
  return recordings_.Size(recording.mixer, recording.id, track_id);
}

absl::Status Reports::DeleteRecording(const std::string& id) {
  ASSIGN_OR_RETURN(const ConferenceRecordingRow row, GetRecording(id));
  if (!row.ended_at) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RECORDING_RUNNING",
                           "the recording is running; stop it first");
  }
  absl::Notification answered;
  absl::Status deleted;
  recordings_.Delete(row.mixer, row.id, [&](absl::Status status) {
    deleted = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  RETURN_IF_ERROR(deleted);
  return database_.Run([&](Transaction& transaction) {
    storage::DeleteConferenceRecording(transaction, id);
    return absl::OkStatus();
  });
}

// ---- One person ---------------------------------------------------------------------------

absl::StatusOr<PersonFile> Reports::FindPerson(const PhoneNumber& number) {
  return database_.Query<PersonFile>([&](Transaction& transaction) {
    return absl::StatusOr<PersonFile>(
        PersonFile{.calls = storage::CallRecordsOf(transaction, number),
                   .recordings = storage::ConferenceRecordingsWith(transaction, number),
                   .reservations = storage::ReservationsOf(transaction, number),
                   .messages = storage::MessagesTo(transaction, number)});
  });
}

absl::StatusOr<ErasedPerson> Reports::ErasePerson(const PhoneNumber& number,
                                                  const std::string& by) {
  ASSIGN_OR_RETURN(const PersonFile person, FindPerson(number));
  ErasedPerson erased;
  // The recordings first: without the number in the records nobody would find them again.
  for (const ConferenceRecordingRow& recording : person.recordings) {
    RETURN_IF_ERROR(DeleteRecording(recording.id));
    ++erased.recordings;
  }
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(erased.records, database_.Query<int>([&](Transaction& transaction) {
    const int records =
        storage::EraseNumber(transaction, number) + storage::ErasePerson(transaction, number);
    storage::InsertAudit(
        transaction, {.id = absl::StrCat("erase-", settings_.owner, "-", absl::ToUnixMicros(now)),
                      .at = now,
                      .capacity = "operator",
                      .actor = by,
                      .channel = "grpc",
                      .command = "erase_person",
                      .detail = absl::StrCat(number.Masked(), " records=", records,
                                             " recordings=", erased.recordings),
                      .outcome = "OK"});
    return absl::StatusOr<int>(records);
  }));
  return erased;
}

}  // namespace narada::control::reports
