// What the services of one mixer share, built by main and passed by reference.
#ifndef NARADA_MIXER_SERVICE_MIXER_CONTEXT_H_
#define NARADA_MIXER_SERVICE_MIXER_CONTEXT_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "mixer/codec/codec_settings.h"
#include "mixer/engine/engine.h"
#include "mixer/engine/leg_sockets.h"
#include "mixer/engine/shared_sockets.h"
#include "mixer/files/recorder.h"
#include "mixer/net/udp_socket.h"
#include "mixer/sdp/crypto_negotiation.h"
#include "mixer/service/mixer_state.h"
#include "mixer/service/prompt_store.h"
#include "mixer/service/quality_monitor.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/extended_reports.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::service {

struct MixerSettings {
  IpAddress advertised_ip;  // Written into SDP.
  SampleRate rate = SampleRate::FromHertz(8000);
  uint32_t room_legs_max = 2000;  // Where a room does not say.
  int speakers_max = 8;
  MediaDuration speaker_hangover = Milliseconds(400);
  bool equalises_levels = true;                        // Where neither room nor leg says.
  AudioLevel comfort_noise = AudioLevel::Dbov(-70.0);  // Where a room does not say.
  MediaDuration media_timeout = Seconds(30);
  int packets_per_second_max = 250;                          // Of one leg.
  sdp::SrtpPolicy srtp_policy = sdp::SrtpPolicy::kOptional;  // Where a leg does not say.
  std::vector<SrtpSuite> srtp_suites = sdp::LocalSrtp().suites;
  MediaDuration delay_max = Milliseconds(120);
  ExtendedReportsPolicy extended_reports = ExtendedReportsPolicy::kNegotiated;
  MediaDuration delay_min = Milliseconds(20);
  // Who asks for no delay that the network does not need gets none at the start either: the first late packet adds it.
  MediaDuration delay_margin() const { return std::min(Milliseconds(10), delay_min / 2); }
  codec::CodecSettings codecs;
  std::optional<SampleRate> recording_rate;  // Unset: by the room.
  MediaDuration unix_time_at_zero;           // The wall clock where the media clock is zero.
};

struct MixerContext {
  engine::Engine& engine;
  MixerState& state;
  PromptStore& prompts;
  QualityMonitor& quality;
  net::SocketPairs& sockets;
  Random& random;
  const Clock& clock;
  const MixerSettings settings;
  std::atomic<bool> is_draining{false};
  // Null: there is no folder for recordings.
  files::Recorder* recorder = nullptr;
  // Null: every leg has sockets of its own.
  engine::SharedSockets* shared_sockets = nullptr;

  // "r-" and 16 hexadecimal digits, say.
  std::string DrawId(absl::string_view prefix) const;
  // For recordings; before the leg is handed to the engine.
  void NameLeg(const LegEntry& leg) const;
  // Closes those of a leg's own, gives up the seat on shared ones. Nothing where somebody took them.
  void CloseSockets(engine::LegSockets used) const;
  // UNAVAILABLE / MIXER_DRAINING while so.
  absl::Status CheckNotDraining() const;
};

absl::Status RoomUnknown(absl::string_view room_id);
absl::Status LegUnknown(absl::string_view leg_id);

// Takes the leg out, closes its sockets, tells. Errors: NOT_FOUND / LEG_UNKNOWN.
absl::StatusOr<v1::LegStatistics> EndLeg(MixerContext& context, const LegEntry& leg,
                                         v1::LegRemovalReason reason);
// Ends all legs of the room, or of all rooms where it is empty.
void EndLegs(MixerContext& context, absl::string_view room_id, v1::LegRemovalReason reason);

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_MIXER_CONTEXT_H_
