// Recordings of conferences: which there are and how long they are kept. The sound itself lies at the
// mixer, under the recording's id. Functions run in a Transaction (database thread) and may throw SOCI's
// exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_CONFERENCE_RECORDING_TABLE_H_
#define NARADA_CONTROL_STORAGE_CONFERENCE_RECORDING_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/phone_number.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct ConferenceRecordingRow {
  struct Track {
    std::string id;          // "mix", or the leg's id.
    std::string call_id;     // Whose voice it is; empty for the mix.
    int64_t size_bytes = 0;  // Known from its end on.
  };

  std::string id;  // The mixer's id of it, too.
  std::string conference_id;
  std::string tenant_id;  // Empty: the on-demand service.
  std::string mixer;      // Its address.
  absl::Time started_at;
  std::optional<absl::Time> ended_at;    // Nothing: it runs.
  std::optional<absl::Time> expires_at;  // Nothing: kept until somebody deletes it.
  std::vector<Track> tracks;

  int64_t size_bytes() const {
    int64_t sum = 0;
    for (const Track& track : tracks) sum += track.size_bytes;
    return sum;
  }
};

// Inserts the row with its tracks, or replaces the one with its id.
void PutConferenceRecording(Transaction& transaction, const ConferenceRecordingRow& row);
std::optional<ConferenceRecordingRow> FindConferenceRecording(Transaction& transaction,
                                                              const std::string& id);
// In bytes, by the track's id; of tracks and recordings that are not there nothing is kept.
void SetTrackSizes(Transaction& transaction, const std::string& recording_id,
                   const std::map<std::string, int64_t>& sizes);
void DeleteConferenceRecording(Transaction& transaction, const std::string& id);

struct RecordingPlace {
  absl::Time started_at;
  std::string id;
};
// The newest first; of one tenant or one conference where these are given.
std::vector<ConferenceRecordingRow> ListConferenceRecordings(
    Transaction& transaction, const std::optional<std::string>& tenant_id,
    const std::optional<std::string>& conference_id, const std::optional<RecordingPlace>& after,
    int rows_max);
// Those that have ended and whose time is over, the oldest first.
std::vector<ConferenceRecordingRow> ListExpiredRecordings(Transaction& transaction, absl::Time now,
                                                          int rows_max);
// Those in which a caller of this number can be heard.
std::vector<ConferenceRecordingRow> ConferenceRecordingsWith(Transaction& transaction,
                                                             const PhoneNumber& number);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CONFERENCE_RECORDING_TABLE_H_
