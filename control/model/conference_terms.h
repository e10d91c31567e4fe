#ifndef NARADA_CONTROL_MODEL_CONFERENCE_TERMS_H_
#define NARADA_CONTROL_MODEL_CONFERENCE_TERMS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/language.h"
#include "control/model/room_number.h"

namespace narada::control {

// Under what right a conference is held, and what is agreed about it: a reservation's, or a permanent
// room's and its tenant's. There is one conference at a time under one (kind, id).
struct ConferenceTerms {
  enum class Kind { kReservation, kPermanentRoom };
  Kind kind = Kind::kReservation;
  std::string id;  // Of the reservation or the permanent room.
  RoomNumber room;
  std::string access_number;              // E.164: named in invitations, shown to those called out.
  Language language = Language::kPolish;  // Of invitations and call outs that name none.
  std::string tenant_id;                  // Empty: on demand.
  absl::Time expires_at = absl::InfiniteFuture();  // Of the reservation; extensions move it.
  int participants_max = 0;                        // 0: as the service says.
  bool wait_for_moderator = false;                 // Until then everybody hears music.
  bool end_without_moderator = false;              // Some time after the last one left.
  bool announces_names = false;                    // Who comes and goes, in their own voice.
  bool is_lecture = false;                         // It begins so.
  bool is_recording_allowed = true;
  // Off only by the operator: that a recording runs is told to nobody then.
  bool is_recording_announced = true;
  // Beginnings of numbers that may be called out, such as "+48". Empty: none.
  std::vector<std::string> call_out_prefixes;
  int call_outs_max = 0;   // Dialled calls at the same time, in all of the tenant's conferences.
  std::string prompt_set;  // The tenant's own recordings; empty: none.
  std::vector<std::string> own_announcements;  // What of them a moderator can have played.

  bool is_permanent() const { return kind == Kind::kPermanentRoom; }
  bool operator==(const ConferenceTerms&) const = default;
};

}  // namespace narada::control

#endif  // NARADA_CONTROL_MODEL_CONFERENCE_TERMS_H_
