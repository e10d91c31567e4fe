#include "control/mixers/mixer_recorder.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace narada::control::mixers {
namespace {

// The machine may be busy.
constexpr absl::Duration kPatience = absl::Seconds(20);

std::string Text(const LegEvent& event) {
  struct Describe {
    std::string operator()(const DigitReceived& digit) const {
      return absl::StrCat("digit ", std::string(1, digit.digit));
    }
    std::string operator()(const PlaybackEnded& playback) const {
      return absl::StrCat("ended ", playback.playback_id);
    }
    std::string operator()(const MediaTimedOut&) const { return "timed out"; }
    std::string operator()(const MediaStarted&) const { return "started"; }
    std::string operator()(const SpeakingChanged& changed) const {
      return changed.is_speaking ? "speaks" : "is silent";
    }
    std::string operator()(const QualityReported&) const { return "quality"; }
    std::string operator()(const LegGone&) const { return "gone"; }
  };
  const auto name = event.labels.find("call");
  return absl::StrCat(name == event.labels.end() ? event.leg_id : name->second, "@", event.room_id,
                      ": ", std::visit(Describe(), event.what));
}

}  // namespace

void MixerRecorder::OnMixerSnapshot(const std::shared_ptr<Mixer>&, MixerSnapshot snapshot) {
  absl::MutexLock lock(&mutex_);
  events_before_snapshot_ = events_.size();
  snapshots_.push_back(std::move(snapshot));
}

void MixerRecorder::OnLegEvent(const std::shared_ptr<Mixer>&, LegEvent event) {
  // Comes when its time has come, between any others.
  if (std::holds_alternative<QualityReported>(event.what)) return;
  absl::MutexLock lock(&mutex_);
  events_.push_back(Text(event));
}

std::optional<MixerSnapshot> MixerRecorder::WaitForSnapshot(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto has_come = [&] { return snapshots_.size() >= count; };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&has_come), kPatience)) return std::nullopt;
  return snapshots_[count - 1];
}

std::vector<std::string> MixerRecorder::WaitForEvents(size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto have_come = [&] { return events_.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&have_come), kPatience);
  return events_;
}

size_t MixerRecorder::events_before_snapshot() {
  absl::MutexLock lock(&mutex_);
  return events_before_snapshot_;
}

}  // namespace narada::control::mixers
