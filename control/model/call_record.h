#ifndef NARADA_CONTROL_MODEL_CALL_RECORD_H_
#define NARADA_CONTROL_MODEL_CALL_RECORD_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/call_quality.h"
#include "control/model/phone_number.h"
#include "control/model/quality_log.h"
#include "control/model/speech_log.h"

namespace narada::control {

// How a call came to its end.
enum class CallEnd {
  kHungUp,             // By the person.
  kCancelled,          // By the person, before it was answered.
  kCompleted,          // The dialogue said goodbye.
  kDisconnected,       // By a moderator.
  kTooLong,            // The longest time that a call may take.
  kMediaTimedOut,      // No more sound came.
  kLost,               // The network, the gateway, or control itself was gone.
  kNumberUnknown,      // Not a number of ours; or, called out, of nobody.
  kMediaUnacceptable,  // No codec or no encryption in common.
  kOverloaded,         // We were full.
  kBusy,               // Called out, and the person talked to somebody else,
  kNoAnswer,           // did not answer,
  kRejected,           // or did not want to.
  kFault,              // A fault of ours.
};

struct CallEndName {
  CallEnd end;
  absl::string_view name;
};
// As the database and exports spell them.
inline constexpr std::array<CallEndName, 14> kCallEndNames = {{
    {CallEnd::kHungUp, "hung_up"},
    {CallEnd::kCancelled, "cancelled"},
    {CallEnd::kCompleted, "completed"},
    {CallEnd::kDisconnected, "disconnected"},
    {CallEnd::kTooLong, "too_long"},
    {CallEnd::kMediaTimedOut, "media_timed_out"},
    {CallEnd::kLost, "lost"},
    {CallEnd::kNumberUnknown, "number_unknown"},
    {CallEnd::kMediaUnacceptable, "media_unacceptable"},
    {CallEnd::kOverloaded, "overloaded"},
    {CallEnd::kBusy, "busy"},
    {CallEnd::kNoAnswer, "no_answer"},
    {CallEnd::kRejected, "rejected"},
    {CallEnd::kFault, "fault"},
}};

constexpr absl::string_view NameOf(CallEnd end) {
  return kCallEndNames[static_cast<size_t>(end)].name;
}

// What is kept of one call. Written when it begins, when it joins a conference and when it ends, so that
// there is one of a call that nobody saw the end of, too.
struct CallRecord {
  std::string id;             // The call's.
  std::string conference_id;  // Empty: was in none.
  std::string tenant_id;      // Empty: the on-demand service.
  // The person's; nothing if unknown, withheld or erased.
  std::optional<PhoneNumber> number;
  std::string name;           // Untrusted text; empty if not known.
  std::string access_number;  // Of ours, E.164, or as it was dialled where it is none of ours.
  bool is_withheld = false;
  bool was_called_out = false;
  absl::Time started_at;
  std::optional<absl::Time> answered_at;
  std::optional<absl::Time> joined_at;        // The conference.
  std::optional<absl::Time> ended_at;         // Nothing: in progress.
  std::optional<CallEnd> end;                 // With ended_at.
  std::optional<CallQuality> quality;         // Nothing: not measured.
  std::vector<SpeechSpan> speech;             // Told with the end of the call.
  std::vector<QualitySample> quality_course;  // Likewise.

  bool operator==(const CallRecord&) const = default;
};

// What is kept of one conference, from its first participant to its last.
struct ConferenceRecord {
  std::string id;  // The conference's.
  std::string room_number;
  std::string tenant_id;  // Empty: the on-demand service.
  absl::Time started_at;
  std::optional<absl::Time> ended_at;  // Nothing: in progress.
  int participants = 0;      // Calls that were in it, all in all. Counted by the database.
  int participants_max = 0;  // At the same time.

  bool operator==(const ConferenceRecord&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CALL_RECORD_H_
