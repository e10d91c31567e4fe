// The settings of a leg that clients may change: checked, merged by a field mask, applied.
//   RETURN_IF_ERROR(CheckLegSettings(settings));
//   ASSIGN_OR_RETURN(v1::LegSettings merged, MergeLegSettings(now, request.settings(), mask));
//   ApplyLegSettings(merged, defaults, leg);        // on the worker, or before the leg gets there
#ifndef NARADA_MIXER_SERVICE_LEG_SETTINGS_H_
#define NARADA_MIXER_SERVICE_LEG_SETTINGS_H_

#include <google/protobuf/field_mask.pb.h>

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mixer/room/group_id.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "narada/mixer/v1/leg.pb.h"

namespace narada::mixer::service {

// Settings in the mixer's own types, made off the worker.
struct LegControls {
  bool is_muted = false;
  bool is_deaf = false;
  bool is_held = false;
  bool is_presenter = false;
  std::optional<bool> level_equalisation;  // Unset: as the room says.
  room::GroupId group;
  std::vector<room::LegId>
      excluded;  // Filled in by whoever knows the legs: settings have their ids.
  Gain gain;
  Gain listen_gain;
  MediaDuration media_timeout;
};

// Errors: INVALID_ARGUMENT / FIELD_INVALID.
absl::StatusOr<LegControls> ParseLegSettings(const v1::LegSettings& settings,
                                             MediaDuration media_timeout_default);

// `now` with the fields that `mask` names taken from `wanted`. Errors: INVALID_ARGUMENT /
// FIELD_INVALID for an empty mask or a field that is none.
absl::StatusOr<v1::LegSettings> MergeLegSettings(const v1::LegSettings& now,
                                                 const v1::LegSettings& wanted,
                                                 const google::protobuf::FieldMask& mask);

// What of `settings` concerns the leg's streams, into what was negotiated.
void ApplyToMedia(const v1::LegSettings& settings, room::LegMedia& media);

// Does not allocate.
void ApplyLegControls(const LegControls& controls, room::Leg& leg) noexcept;

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_LEG_SETTINGS_H_
