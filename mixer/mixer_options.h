// What the mixer is started with: the configuration file's section `mixer`, overridden by flags, with
// every unset value filled in.
//   ASSIGN_OR_RETURN(const MixerOptions options, ReadMixerOptions());     // after absl::ParseCommandLine
#ifndef NARADA_MIXER_MIXER_OPTIONS_H_
#define NARADA_MIXER_MIXER_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/rpc/credentials.h"
#include "mixer/codec/codec_settings.h"
#include "mixer/sdp/crypto_negotiation.h"
#include "mixer/units/audio_level.h"
#include "mixer/units/extended_reports.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer {

struct MixerOptions {
  std::string grpc_listen;
  RpcTlsFiles tls;
  std::string health_listen;   // Empty: none.
  std::string metrics_listen;  // Empty: none.
  std::string log_level;

  IpAddress listen_ip;
  IpAddress advertised_ip;
  int rtp_port_min = 0;
  int rtp_port_max = 0;
  int shared_sockets_per_worker = 0;
  int dscp = 0;
  ExtendedReportsPolicy extended_reports = ExtendedReportsPolicy::kNegotiated;
  MediaDuration media_timeout;
  int packets_per_second_max = 0;  // Of one leg.
  sdp::SrtpPolicy srtp_policy = sdp::SrtpPolicy::kOptional;
  std::vector<SrtpSuite> srtp_suites;  // In order of preference.
  MediaDuration delay_max;
  MediaDuration delay_min;

  int workers = 0;
  std::vector<int> cpus;  // Empty: not pinned.
  int steps_per_tick = 0;
  uint32_t legs_per_worker_max = 0;
  uint32_t rooms_max = 0;
  uint64_t prompt_bytes_max = 0;
  double load_max = 0;
  int speakers_max = 0;
  MediaDuration speaker_hangover = Milliseconds(400);
  bool equalises_levels = true;
  AudioLevel comfort_noise;

  codec::CodecSettings codecs;

  std::string recordings_dir;  // Empty: recording is refused.
  std::string state_dir;       // Empty: nothing is kept for a next life.
  std::optional<SampleRate> recording_rate;
  int recording_opus_bitrate = 0;  // 0: by the rate.
  uint64_t recording_reserve_bytes = 0;
  MediaDuration recording_duration_max;
  int recording_threads = 1;
  absl::Duration drain_grace;
  bool filter_system_calls = false;
};

// Errors: INVALID_ARGUMENT / CONFIG_INVALID | FLAG_INVALID, NOT_FOUND / CONFIG_UNREADABLE.
absl::StatusOr<MixerOptions> ReadMixerOptions();

}  // namespace narada::mixer

#endif  // NARADA_MIXER_MIXER_OPTIONS_H_
