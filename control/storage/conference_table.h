// What a restarted control cannot learn from the mixer about a conference in progress: what moderators
// have set, and who is in it as what. Functions run in a Transaction (database thread) and may throw
// SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_CONFERENCE_TABLE_H_
#define NARADA_CONTROL_STORAGE_CONFERENCE_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/conference.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct SavedConference {
  absl::Time started_at;
  bool is_locked = false;
  bool is_lecture = false;
  bool is_all_muted = false;
  int participants_max = 0;
  std::vector<Group> groups;
  RecordingState recording;
  std::vector<Participant> participants;  // Present ones, without number, language and speaking.
};

// The conference itself, without its participants.
void PutConference(Transaction& transaction, const Conference& conference, absl::Time now);
// Inserts or replaces.
void PutParticipant(Transaction& transaction, const std::string& conference_id,
                    const Participant& participant);
void DeleteParticipant(Transaction& transaction, const std::string& call_id);
std::optional<SavedConference> FindConference(Transaction& transaction, const std::string& id);
// With its participants.
void DeleteConference(Transaction& transaction, const std::string& id);
// Those that ended while no control was there to note it.
void DeleteConferencesBefore(Transaction& transaction, absl::Time noted_before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_CONFERENCE_TABLE_H_
