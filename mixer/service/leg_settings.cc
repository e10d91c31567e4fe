#include "mixer/service/leg_settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

constexpr MediaDuration kMediaTimeoutMin = Seconds(1);
constexpr MediaDuration kMediaTimeoutMax = Seconds(86'400);

}  // namespace

absl::StatusOr<LegControls> ParseLegSettings(const v1::LegSettings& settings,
                                             MediaDuration media_timeout_default) {
  LegControls controls;
  if (!settings.group_id().empty()) {
    RETURN_IF_ERROR(CheckLowerCaseId("settings.group_id", settings.group_id()));
    controls.group = room::GroupId(settings.group_id());
  }
  if (settings.excluded_leg_ids_size() > static_cast<int>(room::Leg::kExcludedMax)) {
    return InvalidField("settings.excluded_leg_ids", "FIELD_INVALID",
                        absl::StrCat("must be at most ", room::Leg::kExcludedMax));
  }
  controls.is_muted = settings.mute() == v1::MUTE_STATE_MUTED;
  controls.is_deaf = settings.deaf();
  controls.is_held = settings.hold();
  controls.is_presenter = settings.talk_right() == v1::TALK_RIGHT_PRESENTER;
  if (settings.level_equalisation() != v1::LEVEL_EQUALISATION_UNSPECIFIED) {
    controls.level_equalisation = settings.level_equalisation() == v1::LEVEL_EQUALISATION_ON;
  }
  ASSIGN_OR_RETURN(controls.gain, ParseGain("settings.gain_db", settings.gain_db()));
  ASSIGN_OR_RETURN(controls.listen_gain,
                   ParseGain("settings.listen_gain_db", settings.listen_gain_db()));
  controls.media_timeout = media_timeout_default;
  if (settings.has_media_timeout()) {
    controls.media_timeout = FromDuration(settings.media_timeout());
    if (controls.media_timeout < kMediaTimeoutMin || controls.media_timeout > kMediaTimeoutMax) {
      return InvalidField("settings.media_timeout", "FIELD_INVALID", "must be 1 s to 24 h");
    }
  }
  return controls;
}

absl::StatusOr<v1::LegSettings> MergeLegSettings(const v1::LegSettings& now,
                                                 const v1::LegSettings& wanted,
                                                 const google::protobuf::FieldMask& mask) {
  if (mask.paths().empty()) {
    return InvalidField("update_mask", "FIELD_INVALID", "must name the fields to change");
  }
  v1::LegSettings merged = now;
  v1::LegSettings source = wanted;
  for (const std::string& path : mask.paths()) {
    const google::protobuf::FieldDescriptor* const field =
        v1::LegSettings::descriptor()->FindFieldByName(path);
    if (field == nullptr) {
      return InvalidField("update_mask", "FIELD_INVALID",
                          absl::StrCat("\"", path, "\" is no field of LegSettings"));
    }
    merged.GetReflection()->ClearField(&merged, field);
    merged.GetReflection()->SwapFields(&merged, &source, {field});
  }
  return merged;
}

void ApplyToMedia(const v1::LegSettings& settings, room::LegMedia& media) {
  switch (settings.in_band_digits()) {
    case v1::IN_BAND_DIGITS_ON:
      media.finds_digits_in_band = true;
      break;
    case v1::IN_BAND_DIGITS_OFF:
      media.finds_digits_in_band = false;
      break;
    default:
      media.finds_digits_in_band = !media.receive_telephone_event.has_value();
      break;
  }
}

void ApplyLegControls(const LegControls& controls, room::Leg& leg) noexcept {
  leg.SetMuted(controls.is_muted);
  leg.SetDeaf(controls.is_deaf);
  leg.SetHold(controls.is_held);
  leg.SetPresenter(controls.is_presenter);
  leg.SetLevelEqualisation(controls.level_equalisation);
  leg.SetGroup(controls.group);
  leg.SetExcluded(controls.excluded);
  leg.SetGain(controls.gain);
  leg.SetListenGain(controls.listen_gain);
  leg.SetMediaTimeout(controls.media_timeout);
}

}  // namespace narada::mixer::service
