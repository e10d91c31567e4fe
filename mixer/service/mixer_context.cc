#include "mixer/service/mixer_context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "mixer/service/convert.h"

namespace narada::mixer::service {
namespace {

constexpr size_t kLegsPerPage = 1000;

}  // namespace

std::string MixerContext::DrawId(absl::string_view prefix) const {
  return absl::StrCat(prefix, "-", absl::Hex(random.Next(), absl::kZeroPad16));
}

void MixerContext::NameLeg(const LegEntry& leg) const {
  if (recorder != nullptr) recorder->leg_names().Add(leg.number.value, leg.leg.leg_id());
}

void MixerContext::CloseSockets(engine::LegSockets used) const {
  if (!used.is_shared() && used.pair.rtp.is_open()) sockets.Close(std::move(used.pair));
}

absl::Status MixerContext::CheckNotDraining() const {
  if (!is_draining.load()) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kUnavailable, "MIXER_DRAINING",
                         "this mixer takes nothing new; use another one");
}

absl::Status RoomUnknown(absl::string_view room_id) {
  return ErrorWithReason(absl::StatusCode::kNotFound, "ROOM_UNKNOWN",
                         absl::StrCat("there is no room \"", room_id, "\""));
}

absl::Status LegUnknown(absl::string_view leg_id) {
  return ErrorWithReason(absl::StatusCode::kNotFound, "LEG_UNKNOWN",
                         absl::StrCat("there is no leg \"", leg_id, "\""));
}

absl::StatusOr<v1::LegStatistics> EndLeg(MixerContext& context, const LegEntry& leg,
                                         v1::LegRemovalReason reason) {
  const std::string& id = leg.leg.leg_id();
  absl::StatusOr<engine::RemovedLeg> removed =
      context.engine.RemoveLeg(leg.number, [&](const room::LegStatistics& statistics) {
        context.state.LegRemoved(id, ToProto(statistics), reason);
        context.quality.LegEnded(leg.number, statistics);  // After it: see MeasureSome().
        if (context.recorder != nullptr) context.recorder->leg_names().Remove(leg.number.value);
      });
  if (!removed.ok()) return LegUnknown(id);
  const room::LegStatistics& last = removed->statistics;
  LOG_INFO("leg {} ended: {} packets received, {} lost, {} frames made up, MOS {:.2f}", id,
           last.packets_received, last.packets_lost, last.concealed(), last.quality.mos);
  context.CloseSockets(removed->leg->ReleaseSockets());
  if (StateKeeper* const keeper = context.state.keeper(); keeper != nullptr) {
    keeper->ReturnSlot(leg.dialog->slot);
  }
  return ToProto(removed->statistics);
}

void EndLegs(MixerContext& context, absl::string_view room_id, v1::LegRemovalReason reason) {
  std::string after;
  while (true) {
    const std::vector<LegEntry> legs = context.state.ListLegs(room_id, after, kLegsPerPage);
    if (legs.empty()) return;
    for (const LegEntry& leg : legs) EndLeg(context, leg, reason).status().IgnoreError();
    after = legs.back().leg.leg_id();
  }
}

}  // namespace narada::mixer::service
