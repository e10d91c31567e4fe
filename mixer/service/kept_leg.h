// A leg as MixerState keeps it: what the API tells of it is kept encoded, for a mixer holds thousands.
//   KeptLeg kept(entry);
//   LegEntry entry = kept.ToEntry(leg_id);            // as the API shows it
//   kept.Change([](v1::Leg& leg) { leg.set_state(v1::LEG_STATE_ACTIVE); });
// Not thread-safe.
#ifndef NARADA_MIXER_SERVICE_KEPT_LEG_H_
#define NARADA_MIXER_SERVICE_KEPT_LEG_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "mixer/room/ids.h"
#include "mixer/service/encoded.h"
#include "mixer/service/leg_dialog.h"
#include "narada/mixer/v1/leg.pb.h"

namespace narada::mixer::service {

struct LegEntry {
  room::LegId number;
  v1::Leg leg;
  std::shared_ptr<LegDialog> dialog;
};

class KeptLeg {
 public:
  explicit KeptLeg(const LegEntry& entry)
      : number_(entry.number), room_id_(entry.leg.room_id()), dialog_(entry.dialog) {
    Keep(entry.leg);
  }

  room::LegId number() const { return number_; }
  const std::string& room_id() const { return room_id_; }

  // `leg_id` is its key in the map, and not kept here.
  v1::Leg ToProto(absl::string_view leg_id) const {
    v1::Leg leg = leg_.Decode();
    leg.set_leg_id(std::string(leg_id));
    leg.set_room_id(room_id_);
    leg.set_is_speaking(is_speaking_);
    return leg;
  }
  LegEntry ToEntry(absl::string_view leg_id) const {
    return {.number = number_, .leg = ToProto(leg_id), .dialog = dialog_};
  }

  void SetRoom(absl::string_view room_id) { room_id_ = std::string(room_id); }
  void SetSpeaking(bool is_speaking) { is_speaking_ = is_speaking; }
  // Of anything but its ids and whether it speaks.
  void Change(absl::FunctionRef<void(v1::Leg&)> change) {
    v1::Leg leg = leg_.Decode();
    change(leg);
    Keep(leg);
  }

 private:
  void Keep(v1::Leg leg) {
    leg.clear_leg_id();
    leg.clear_room_id();
    leg.clear_is_speaking();
    leg_ = Encoded<v1::Leg>(leg);
  }

  room::LegId number_;
  bool is_speaking_ = false;
  std::string room_id_;
  Encoded<v1::Leg> leg_;
  std::shared_ptr<LegDialog> dialog_;
};

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_KEPT_LEG_H_
