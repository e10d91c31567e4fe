#include "control/mixers/mixer_events.h"

#include <algorithm>

#include "narada/mixer/v1/leg.pb.h"
#include "narada/mixer/v1/room.pb.h"

namespace narada::control::mixers {
namespace {

using Proto = mixer::v1::Event;

std::optional<LegEventKind> KindOf(const Proto& event) {
  switch (event.change_case()) {
    case Proto::kDigitReceived:
      if (event.digit_received().digit().size() != 1) return std::nullopt;
      return DigitReceived{event.digit_received().digit()[0]};
    case Proto::kPlaybackEnded:
      return PlaybackEnded{event.playback_ended().playback_id()};
    case Proto::kMediaTimedOut:
      return MediaTimedOut{};
    case Proto::kMediaStarted:
      return MediaStarted{};
    case Proto::kSpeakingChanged:
      return SpeakingChanged{event.speaking_changed().is_speaking()};
    case Proto::kQualityReported: {
      const std::optional<CallQuality> quality = QualityFrom(event.quality_reported().statistics());
      if (!quality) return std::nullopt;
      return QualityReported{*quality};
    }
    case Proto::kLegRemoved:
      return LegGone{};
    default:
      return std::nullopt;
  }
}

LegSettings FromProto(const mixer::v1::LegSettings& settings) {
  return {.is_muted = settings.mute() == mixer::v1::MUTE_STATE_MUTED,
          .is_deaf = settings.deaf(),
          .is_held = settings.hold(),
          .is_presenter = settings.talk_right() == mixer::v1::TALK_RIGHT_PRESENTER,
          .gain_db = settings.gain_db(),
          .group_id = settings.group_id()};
}

Labels ToLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  return Labels(labels.begin(), labels.end());
}

absl::Duration FromProto(const google::protobuf::Duration& proto) {
  return absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace

std::optional<CallQuality> QualityFrom(const mixer::v1::LegStatistics& statistics) {
  if (statistics.packets_received() == 0) return std::nullopt;
  // Duplicates can make it negative (RFC 3550 §6.4.1).
  const double lost = static_cast<double>(std::max<int64_t>(statistics.packets_lost(), 0));
  return CallQuality{
      .mos = statistics.mos(),
      .loss_ratio = lost / (lost + static_cast<double>(statistics.packets_received())),
      .interarrival_jitter = FromProto(statistics.interarrival_jitter()),
      .round_trip_time = FromProto(statistics.round_trip_time())};
}

std::optional<LegEvent> FromProto(const Proto& event) {
  std::optional<LegEventKind> what = KindOf(event);
  if (!what || event.leg_id().empty()) return std::nullopt;
  return LegEvent{.leg_id = event.leg_id(),
                  .room_id = event.room_id(),
                  .labels = ToLabels(event.labels()),
                  .what = *std::move(what)};
}

void AddPart(const mixer::v1::Snapshot& part, MixerSnapshot& snapshot) {
  for (const mixer::v1::Leg& leg : part.legs()) {
    snapshot.legs.push_back({.leg_id = leg.leg_id(),
                             .room_id = leg.room_id(),
                             .labels = ToLabels(leg.labels()),
                             .settings = FromProto(leg.settings())});
  }
  for (const mixer::v1::Room& room : part.rooms()) {
    snapshot.rooms.push_back({.room_id = room.room_id(), .labels = ToLabels(room.labels())});
  }
}

}  // namespace narada::control::mixers
