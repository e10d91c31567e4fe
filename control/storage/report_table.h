// Records of calls and conferences. Functions run in a Transaction (database thread) and may throw
// SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_REPORT_TABLE_H_
#define NARADA_CONTROL_STORAGE_REPORT_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/call_record.h"
#include "control/model/phone_number.h"
#include "control/storage/database.h"

namespace narada::control::storage {

// Who writes a record, and when.
struct RecordKeeper {
  std::string owner;  // Names one life of a control.
  absl::Time now;
};

// Inserts the record, or brings the one with its id up to date. What is known already and not in
// `record` (an answer, a beginning) stays. A record that has ended stays ended, unless it was only
// taken for lost: notes may arrive out of order.
void PutCallRecord(Transaction& transaction, const CallRecord& record, const RecordKeeper& keeper);
// Likewise; counts the participants from the records of calls.
void PutConferenceRecord(Transaction& transaction, const ConferenceRecord& record,
                         const RecordKeeper& keeper);

// The keeper's open records are still kept.
void TouchOpenRecords(Transaction& transaction, const RecordKeeper& keeper);
// Open records that nobody has touched since are of calls that ended while no control was there: they
// end as lost, when they were last touched. Returns how many.
int CloseForsakenRecords(Transaction& transaction, absl::Time touched_before);
// Removes records of what ended before. Returns how many.
int DeleteRecordsBefore(Transaction& transaction, absl::Time ended_before);

// A place in a list, newest first: behind this record.
struct RecordPlace {
  absl::Time started_at;
  std::string id;
};
// What to list. Unset: all.
struct RecordFilter {
  std::optional<absl::Time> from;   // That began then or later,
  std::optional<absl::Time> until;  // and before then.
  std::optional<std::string> tenant_id;
  std::optional<std::string> conference_id;
};
// The newest first.
std::vector<CallRecord> ListCallRecords(Transaction& transaction, const RecordFilter& filter,
                                        const std::optional<RecordPlace>& after, int rows_max);
std::vector<ConferenceRecord> ListConferenceRecords(Transaction& transaction,
                                                    const RecordFilter& filter,
                                                    const std::optional<RecordPlace>& after,
                                                    int rows_max);
std::optional<ConferenceRecord> FindConferenceRecord(Transaction& transaction,
                                                     const std::string& id);

// All records of one person, oldest first.
std::vector<CallRecord> CallRecordsOf(Transaction& transaction, const PhoneNumber& number);
// Takes number and name out of them; that a call was there stays. Returns how many.
int EraseNumber(Transaction& transaction, const PhoneNumber& number);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_REPORT_TABLE_H_
