// What was: one record per call and per conference, kept for a while, listed, exported, erased.
//
//   reports.NoteCall(record);            // when it begins, joins a conference, ends
//   reports.Housekeep();                 // every second or so
//   reports.ListCalls({.tenant_id = "acme"}, std::nullopt, 100);
//
// A record is written when its call begins, so that it outlives a control that dies: whoever takes up
// the call goes on with it, and a record that nobody touches any more ends as "lost", when it was last
// touched. A note that the database could not take is kept and tried again.
//
// Any thread. NoteCall, NoteConference and Housekeep return at once; the others wait for the database,
// so they are for gRPC's handlers. Outlives the database's thread.

#ifndef NARADA_CONTROL_REPORTS_REPORTS_H_
#define NARADA_CONTROL_REPORTS_REPORTS_H_

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "control/model/call_record.h"
#include "control/model/phone_number.h"
#include "control/reports/recording_store.h"
#include "control/storage/conference_recording_table.h"
#include "control/storage/database.h"
#include "control/storage/person_table.h"
#include "control/storage/report_table.h"

namespace narada::control::reports {

struct ReportSettings {
  std::string owner;                                // Names this life of control.
  absl::Duration retention = absl::Hours(90 * 24);  // From the end of what a record tells of.
  bool masks_numbers = false;  // Numbers are given out as +48******608; kept they are whole.
};

// Everything that is kept about one number.
struct PersonFile {
  std::vector<CallRecord> calls;
  std::vector<storage::ConferenceRecordingRow> recordings;  // Of conferences that they were in.
  std::vector<storage::PersonReservation> reservations;
  std::vector<storage::PersonMessage> messages;
};

struct ErasedPerson {
  int records = 0;
  int recordings = 0;
};

class Reports {
 public:
  // What is referred to outlives this.
  Reports(storage::Database& database, const Clock& clock, RecordingStore& recordings,
          ReportSettings settings);

  const ReportSettings& settings() const { return settings_; }
  absl::Time now() const { return clock_.Now(); }

  void NoteCall(CallRecord record);
  void NoteConference(ConferenceRecord record);

  // Says that open records are still kept, ends those that are not, removes what is too old, tries
  // again what could not be written; each as often as it is due.
  void Housekeep();

  // ---- For whoever may wait. The newest first.
  absl::StatusOr<std::vector<CallRecord>> ListCalls(
      const storage::RecordFilter& filter, const std::optional<storage::RecordPlace>& after,
      int rows_max);
  absl::StatusOr<std::vector<ConferenceRecord>> ListConferences(
      const storage::RecordFilter& filter, const std::optional<storage::RecordPlace>& after,
      int rows_max);

  absl::StatusOr<std::vector<storage::ConferenceRecordingRow>> ListRecordings(
      const std::optional<std::string>& tenant_id, const std::optional<std::string>& conference_id,
      const std::optional<storage::RecordingPlace>& after, int rows_max);
  // NOT_FOUND / RECORD_UNKNOWN.
  absl::StatusOr<storage::ConferenceRecordingRow> GetRecording(const std::string& id);
  // The bytes of one track, in pieces, until `sink` returns false. NOT_FOUND / RECORD_UNKNOWN, and as
  // RecordingStore.
  absl::Status ReadRecording(const storage::ConferenceRecordingRow& recording,
                             const std::string& track_id, uint64_t offset,
                             absl::FunctionRef<bool(absl::string_view)> sink);
  // How long that is, in bytes; nothing while it grows. The same errors.
  absl::StatusOr<std::optional<uint64_t>> TrackSize(
      const storage::ConferenceRecordingRow& recording, const std::string& track_id);
  // First the files, then the row, so that nothing is left over. FAILED_PRECONDITION /
  // RECORDING_RUNNING, and as RecordingStore.
  absl::Status DeleteRecording(const std::string& id);

  absl::StatusOr<PersonFile> FindPerson(const PhoneNumber& number);
  // Takes the number and name out of every record, and deletes the recordings of conferences in which
  // the person can be heard: nobody can take a voice out of a mix.
  // `by` goes into the audit log.
  absl::StatusOr<ErasedPerson> ErasePerson(const PhoneNumber& number, const std::string& by);

 private:
  using Note = std::variant<CallRecord, ConferenceRecord>;

  void Write(Note note);
  void KeepForLater(Note note);
  void WriteAgain();
  void Touch();
  void RemoveOld();
  void RemoveExpiredRecordings();
  // Calls `work` every `interval`, at the first time at once. Housekeep's thread.
  template <typename Work>
  void Due(absl::Time& next, absl::Duration interval, Work work);

  storage::Database& database_;
  const Clock& clock_;
  RecordingStore& recordings_;
  const ReportSettings settings_;

  // Housekeep's thread.
  absl::Time started_at_;
  absl::Time next_touch_ = absl::InfinitePast();
  absl::Time next_removal_ = absl::InfinitePast();

  absl::Mutex mutex_;
  std::deque<Note> unwritten_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::control::reports

#endif  // NARADA_CONTROL_REPORTS_REPORTS_H_
