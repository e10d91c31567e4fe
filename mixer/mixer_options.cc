#include "mixer/mixer_options.h"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/config_file.h"
#include "base/log_level.h"
#include "base/status.h"
#include "mixer/codec/codec_traits.h"
#include "narada/config/v1/narada.pb.h"

ABSL_FLAG(std::string, config, "", "Configuration file (protobuf text format, section mixer).");
ABSL_FLAG(std::string, grpc_listen, "",
          "ADDRESS:PORT of gRPC (127.0.0.1:50051). Anything but loopback needs the --tls_ files.");
ABSL_FLAG(std::string, tls_cert, "", "PEM file: our certificate with its chain.");
ABSL_FLAG(std::string, tls_key, "", "PEM file: its private key.");
ABSL_FLAG(std::string, tls_client_ca, "", "PEM file: whose certificates clients must show.");
ABSL_FLAG(
    int, health_port, 0,
    "TCP port on all addresses that serves gRPC health and nothing else, without TLS; 0: off.");
ABSL_FLAG(int, metrics_port, -1, "TCP port of /metrics for Prometheus; 0: off.");
ABSL_FLAG(std::string, log_level, "", "debug, info (the default), warning, error or off.");
ABSL_FLAG(std::string, listen, "", "IP address of the RTP sockets (127.0.0.1).");
ABSL_FLAG(std::string, advertised_address, "",
          "IP address written into SDP; unset: the one of --listen.");
ABSL_FLAG(std::string, rtp_ports, "", "UDP ports of RTP and RTCP as LOW-HIGH (20000-29999).");
ABSL_FLAG(int, shared_sockets, 0,
          "Pairs of ports of each worker that legs can share, the first ones of --rtp_ports.");
ABSL_FLAG(int, workers, 0, "Threads that mix; 0: one per core, less one where there are over two.");
ABSL_FLAG(int, legs_max, 0, "Legs that the whole mixer admits; 0: 2000 for each worker.");
ABSL_FLAG(std::string, state, "",
          "Folder in memory (tmpfs) of the state from which a killed mixer goes on.");
ABSL_FLAG(std::string, recordings, "", "Folder of recordings; unset: recording is refused.");
ABSL_FLAG(absl::Duration, drain_grace, absl::ZeroDuration(),
          "How long SIGTERM waits for legs to leave by themselves.");
ABSL_FLAG(
    bool, filter_system_calls, false,
    "A seccomp filter ends the process if a worker makes any system call but io_uring_enter.");

namespace narada::mixer {
namespace {

constexpr int kRtpPortMin = 20000;
constexpr int kRtpPortMax = 29999;
constexpr int kExpeditedForwarding = 46;  // RFC 3246.
constexpr uint32_t kPacketsPerSecond = 250;
constexpr uint32_t kLegsPerWorkerMax = 2000;
constexpr uint32_t kRoomsMax = 1'000'000;
constexpr uint64_t kPromptBytesMax = 256ull << 20;
constexpr uint32_t kLoadPercentMax = 80;
constexpr uint32_t kStepsPerTick = 8;
constexpr uint32_t kSpeakersMax = 8;
constexpr int kSharedSocketsMax = 64;
constexpr int kComfortNoiseDbov = -70;
constexpr int kWorkersMax = 1024;
constexpr uint64_t kRecordingReserveBytes = 1ull << 30;
constexpr MediaDuration kRecordingMax = Seconds(24 * 3600);
constexpr uint32_t kRecordingThreadsMax = 64;

absl::Status FlagInvalid(absl::string_view flag, absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "FLAG_INVALID",
                         absl::StrCat("--", flag, ": ", why));
}

int CountUsableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return CPU_COUNT(&set);
}

// One core is left to gRPC, disks and the rest where that does not halve the mixer.
int DefaultWorkers() {
  const int cores = CountUsableCores();
  return cores > 2 ? cores - 1 : cores;
}

template <typename T>
T Or(T value, T otherwise) {
  return value == T{} ? otherwise : value;
}

absl::Status ReadAddresses(const config::v1::Mixer& config, const ConfigFile& file,
                           MixerOptions& options) {
  const std::string listen_flag = absl::GetFlag(FLAGS_listen);
  const std::string advertised_flag = absl::GetFlag(FLAGS_advertised_address);
  const std::string listen =
      Or<std::string>(Or(listen_flag, config.rtp().listen_address()), "127.0.0.1");
  const std::string advertised = Or(Or(advertised_flag, config.rtp().advertised_address()), listen);
  const std::optional<IpAddress> listen_ip = IpAddress::Parse(listen);
  if (!listen_ip.has_value()) {
    constexpr char kWhy[] = "must be an IPv4 or IPv6 address";
    return listen_flag.empty() ? file.Error("mixer.rtp.listen_address", kWhy)
                               : FlagInvalid("listen", kWhy);
  }
  const std::optional<IpAddress> advertised_ip = IpAddress::Parse(advertised);
  if (!advertised_ip.has_value() || advertised_ip->is_unspecified()) {
    constexpr char kWhy[] =
        "must be an IPv4 or IPv6 address that phones can send to; where RTP listens on all "
        "addresses it must be given";
    return advertised_flag.empty() ? file.Error("mixer.rtp.advertised_address", kWhy)
                                   : FlagInvalid("advertised_address", kWhy);
  }
  options.listen_ip = *listen_ip;
  options.advertised_ip = *advertised_ip;
  return absl::OkStatus();
}

ExtendedReportsPolicy ReadExtendedReports(const config::v1::Rtp& config) {
  switch (config.extended_reports()) {
    case config::v1::EXTENDED_REPORTS_ALWAYS:
      return ExtendedReportsPolicy::kAlways;
    case config::v1::EXTENDED_REPORTS_NEVER:
      return ExtendedReportsPolicy::kNever;
    default:
      return ExtendedReportsPolicy::kNegotiated;
  }
}

absl::Status ReadPorts(const config::v1::Mixer& config, const ConfigFile& file,
                       MixerOptions& options) {
  options.dscp =
      config.rtp().has_dscp() ? static_cast<int>(config.rtp().dscp()) : kExpeditedForwarding;
  if (options.dscp < 0 || options.dscp > 63) return file.Error("mixer.rtp.dscp", "must be 0 to 63");
  options.extended_reports = ReadExtendedReports(config.rtp());
  options.rtp_port_min = static_cast<int>(Or<uint32_t>(config.rtp().port_min(), kRtpPortMin));
  options.rtp_port_max = static_cast<int>(Or<uint32_t>(config.rtp().port_max(), kRtpPortMax));
  const std::string flag = absl::GetFlag(FLAGS_rtp_ports);
  if (flag.empty()) return absl::OkStatus();
  const std::pair<std::string, std::string> ends = absl::StrSplit(flag, absl::MaxSplits('-', 1));
  if (!absl::SimpleAtoi(ends.first, &options.rtp_port_min) ||
      !absl::SimpleAtoi(ends.second, &options.rtp_port_max)) {
    return FlagInvalid("rtp_ports", "must be LOW-HIGH, such as 20000-29999");
  }
  return absl::OkStatus();
}

absl::Status ReadSecurity(const config::v1::Mixer& config, const ConfigFile& file,
                          MixerOptions& options) {
  const uint32_t rate = Or<uint32_t>(config.rtp().packets_per_second_max(), kPacketsPerSecond);
  if (rate < 50 || rate > 10'000) {
    return file.Error("mixer.rtp.packets_per_second_max", "must be 50 to 10000");
  }
  options.packets_per_second_max = static_cast<int>(rate);
  switch (config.rtp().srtp()) {
    case config::v1::SRTP_POLICY_OFF:
      options.srtp_policy = sdp::SrtpPolicy::kOff;
      break;
    case config::v1::SRTP_POLICY_REQUIRED:
      options.srtp_policy = sdp::SrtpPolicy::kRequired;
      break;
    default:
      options.srtp_policy = sdp::SrtpPolicy::kOptional;
  }
  options.srtp_suites = sdp::LocalSrtp().suites;
  if (config.rtp().srtp_suites().empty()) return absl::OkStatus();
  options.srtp_suites.clear();
  for (const std::string& name : config.rtp().srtp_suites()) {
    const std::optional<SrtpSuite> suite = FindSrtpSuite(name);
    if (!suite.has_value()) {
      return file.Error("mixer.rtp.srtp_suites",
                        absl::StrCat("the mixer has no crypto suite \"", name, "\""));
    }
    options.srtp_suites.push_back(*suite);
  }
  return absl::OkStatus();
}

absl::Status ReadWorkers(const config::v1::Mixer& config, const ConfigFile& file,
                         MixerOptions& options) {
  const int flag = absl::GetFlag(FLAGS_workers);
  if (flag < 0 || flag > kWorkersMax) return FlagInvalid("workers", "must be 0 to 1024");
  options.workers = Or(Or(flag, static_cast<int>(config.workers().count())), DefaultWorkers());
  if (options.workers > kWorkersMax) return file.Error("mixer.workers.count", "must be 0 to 1024");
  for (const uint32_t cpu : config.workers().cpus()) options.cpus.push_back(static_cast<int>(cpu));
  if (!options.cpus.empty() && options.cpus.size() < static_cast<size_t>(options.workers)) {
    return file.Error("mixer.workers.cpus", "must name a core for each worker, or none");
  }
  const uint32_t steps = Or(config.workers().steps_per_tick(), kStepsPerTick);
  if (steps > 10 || 40 % steps != 0) {
    return file.Error("mixer.workers.steps_per_tick", "must be 1, 2, 4, 5, 8 or 10");
  }
  options.steps_per_tick = static_cast<int>(steps);
  return absl::OkStatus();
}

absl::Status ReadSharedSockets(const config::v1::Mixer& config, const ConfigFile& file,
                               MixerOptions& options) {
  const int flag = absl::GetFlag(FLAGS_shared_sockets);
  const auto configured = static_cast<int64_t>(config.rtp().shared_sockets_per_worker());
  const int64_t count = flag != 0 ? flag : configured;
  const int pairs = (options.rtp_port_max + 1 - options.rtp_port_min) / 2;
  if (count >= 0 && count <= kSharedSocketsMax && count * options.workers < std::max(pairs, 1)) {
    options.shared_sockets_per_worker = static_cast<int>(count);
    return absl::OkStatus();
  }
  const std::string why =
      absl::StrCat("must be 0 to ", kSharedSocketsMax, ", and leave some of the ", pairs,
                   " pairs of RTP ports to legs with ports of their own: there are ",
                   options.workers, " workers");
  return flag != 0 ? FlagInvalid("shared_sockets", why)
                   : file.Error("mixer.rtp.shared_sockets_per_worker", why);
}

absl::Status ReadLimits(const config::v1::Mixer& config, const ConfigFile& file,
                        MixerOptions& options) {
  const int flag = absl::GetFlag(FLAGS_legs_max);
  if (flag < 0) return FlagInvalid("legs_max", "must not be negative");
  const auto workers = static_cast<uint32_t>(options.workers);
  const uint32_t legs =
      Or(Or(static_cast<uint32_t>(flag), config.limits().legs_max()), kLegsPerWorkerMax * workers);
  options.legs_per_worker_max = (legs + workers - 1) / workers;
  options.rooms_max = Or(config.limits().rooms_max(), kRoomsMax);
  options.prompt_bytes_max = Or(config.limits().prompt_bytes_max(), kPromptBytesMax);
  const uint32_t load_percent = Or(config.limits().load_percent_max(), kLoadPercentMax);
  if (load_percent > 100) return file.Error("mixer.limits.load_percent_max", "must be 1 to 100");
  options.load_max = load_percent / 100.0;
  const uint32_t speakers = Or(config.mixing().speakers_max(), kSpeakersMax);
  if (speakers > 64) return file.Error("mixer.mixing.speakers_max", "must be 1 to 64");
  options.speakers_max = static_cast<int>(speakers);
  options.equalises_levels = !config.mixing().no_level_equalisation();
  const int comfort_noise = config.mixing().has_comfort_noise_dbov()
                                ? config.mixing().comfort_noise_dbov()
                                : kComfortNoiseDbov;
  if (comfort_noise < -127 || comfort_noise > -65) {
    return file.Error("mixer.mixing.comfort_noise_dbov", "must be -127 to -65");
  }
  options.comfort_noise = AudioLevel::Dbov(static_cast<double>(comfort_noise));
  return absl::OkStatus();
}

absl::Status ReadRecordings(const config::v1::Mixer& config, const ConfigFile& file,
                            MixerOptions& options) {
  const config::v1::Recordings& recordings = config.recordings();
  options.recordings_dir = Or(absl::GetFlag(FLAGS_recordings), config.recordings_dir());
  if (const uint32_t rate_hz = recordings.rate_hz(); rate_hz != 0) {
    if (rate_hz != 8000 && rate_hz != 16000 && rate_hz != 48000) {
      return file.Error("mixer.recordings.rate_hz", "must be 8000, 16000 or 48000");
    }
    options.recording_rate = SampleRate::FromHertz(static_cast<int>(rate_hz));
  }
  const uint32_t bitrate = recordings.opus_bitrate_bps();
  if (bitrate != 0 && (bitrate < 6000 || bitrate > 256'000)) {
    return file.Error("mixer.recordings.opus_bitrate_bps", "must be 6000 to 256000");
  }
  options.recording_opus_bitrate = static_cast<int>(bitrate);
  options.recording_reserve_bytes =
      recordings.has_reserve_bytes() ? recordings.reserve_bytes() : kRecordingReserveBytes;
  options.recording_duration_max = kRecordingMax;
  if (recordings.has_duration_max()) {
    options.recording_duration_max = Seconds(recordings.duration_max().seconds()) +
                                     Nanoseconds(recordings.duration_max().nanos());
    if (options.recording_duration_max < Seconds(1) ||
        options.recording_duration_max > Seconds(366 * 86'400)) {
      return file.Error("mixer.recordings.duration_max", "must be 1 s to 366 days");
    }
  }
  if (recordings.threads() > kRecordingThreadsMax) {
    return file.Error("mixer.recordings.threads", "must be 1 to 64");
  }
  options.recording_threads = static_cast<int>(std::max<uint32_t>(recordings.threads(), 1));
  return absl::OkStatus();
}

absl::Status ReadDurations(const config::v1::Mixer& config, const ConfigFile& file,
                           MixerOptions& options) {
  const auto read = [](const google::protobuf::Duration& duration) {
    return Seconds(duration.seconds()) + Nanoseconds(duration.nanos());
  };
  options.media_timeout = Seconds(30);
  if (config.rtp().has_media_timeout()) {
    options.media_timeout = read(config.rtp().media_timeout());
    if (options.media_timeout < Seconds(1) || options.media_timeout > Seconds(86'400)) {
      return file.Error("mixer.rtp.media_timeout", "must be 1 s to 24 h");
    }
  }
  if (config.mixing().has_speaker_hangover()) {
    options.speaker_hangover = read(config.mixing().speaker_hangover());
    if (options.speaker_hangover < MediaDuration() || options.speaker_hangover > Seconds(5)) {
      return file.Error("mixer.mixing.speaker_hangover", "must be 0 to 5 s");
    }
  }
  options.delay_max = Milliseconds(120);
  if (config.jitter().has_delay_max()) {
    options.delay_max = read(config.jitter().delay_max());
    if (options.delay_max < Milliseconds(40) || options.delay_max > Milliseconds(1000)) {
      return file.Error("mixer.jitter.delay_max", "must be 40 ms to 1 s");
    }
  }
  options.delay_min = Milliseconds(20);
  if (config.jitter().has_delay_min()) {
    options.delay_min = read(config.jitter().delay_min());
    if (options.delay_min < MediaDuration() ||
        options.delay_min + Milliseconds(20) > options.delay_max) {
      return file.Error("mixer.jitter.delay_min", "must be 0 to 20 ms less than delay_max");
    }
  }
  options.drain_grace = absl::GetFlag(FLAGS_drain_grace);
  return absl::OkStatus();
}

absl::Status ReadOpus(const config::v1::OpusEncoding& config, const ConfigFile& file,
                      codec::OpusParameters& opus) {
  opus.bitrate_bps =
      static_cast<int32_t>(Or(config.bitrate_bps(), static_cast<uint32_t>(opus.bitrate_bps)));
  if (opus.bitrate_bps < 6'000 || opus.bitrate_bps > 510'000) {
    return file.Error("mixer.codecs.opus.bitrate_bps", "must be 6000 to 510000");
  }
  if (config.has_complexity()) opus.complexity = static_cast<int32_t>(config.complexity());
  if (opus.complexity < 0 || opus.complexity > 10) {
    return file.Error("mixer.codecs.opus.complexity", "must be 0 to 10");
  }
  opus.is_vbr = !config.constant_bitrate();
  opus.has_fec = !config.no_fec();
  opus.has_dtx = !config.no_dtx();
  if (config.has_packet_loss_percent()) {
    opus.packet_loss_percent = static_cast<int32_t>(config.packet_loss_percent());
  }
  if (opus.packet_loss_percent < 0 || opus.packet_loss_percent > 100) {
    return file.Error("mixer.codecs.opus.packet_loss_percent", "must be 0 to 100");
  }
  opus.sample_rate_hz = static_cast<int32_t>(Or<uint32_t>(config.sample_rate_hz(), 48'000));
  if (opus.sample_rate_hz != 8'000 && opus.sample_rate_hz != 16'000 &&
      opus.sample_rate_hz != 48'000) {
    return file.Error("mixer.codecs.opus.sample_rate_hz", "must be 8000, 16000 or 48000");
  }
  opus.playback_rate_hz = opus.sample_rate_hz;
  return absl::OkStatus();
}

absl::Status ReadCodecs(const config::v1::Codecs& config, const ConfigFile& file,
                        MixerOptions& options) {
  codec::CodecSettings& codecs = options.codecs;
  if (!config.preference().empty()) {
    codecs.preference.clear();
    codecs.accepted.clear();
  }
  for (int i = 0; i < config.preference_size(); ++i) {
    const std::string field = absl::StrCat("mixer.codecs.preference[", i, "]");
    const std::optional<codec::CodecId> id = codec::FindCodecByName(config.preference(i));
    if (!id.has_value()) {
      return file.Error(field, "must be opus, G722, PCMA, PCMU, L16/8000, L16/16000 or L16/48000");
    }
    if (absl::c_linear_search(codecs.preference, *id)) {
      return file.Error(field, "names a codec a second time");
    }
    codecs.preference.push_back(*id);
  }
  codecs.prefers_own_order = config.prefer_own_order();
  codecs.offers_comfort_noise = config.offer_comfort_noise();
  return ReadOpus(config.opus(), file, codecs.opus);
}

}  // namespace

absl::StatusOr<MixerOptions> ReadMixerOptions() {
  config::v1::Narada narada;
  ConfigFile file;
  if (const std::string path = absl::GetFlag(FLAGS_config); !path.empty()) {
    ASSIGN_OR_RETURN(file, ConfigFile::Load(path, narada));
  }
  const config::v1::Mixer& config = narada.mixer();
  MixerOptions options;
  options.grpc_listen = Or<std::string>(
      Or(absl::GetFlag(FLAGS_grpc_listen), config.grpc().listen()), "127.0.0.1:50051");
  options.tls.certificate =
      Or(absl::GetFlag(FLAGS_tls_cert), config.grpc().tls().certificate_file());
  options.tls.key = Or(absl::GetFlag(FLAGS_tls_key), config.grpc().tls().key_file());
  options.tls.client_ca =
      Or(absl::GetFlag(FLAGS_tls_client_ca), config.grpc().tls().peer_ca_file());
  if (const int port = absl::GetFlag(FLAGS_health_port); port != 0) {
    options.health_listen = absl::StrCat("0.0.0.0:", port);
  }
  const int metrics_flag = absl::GetFlag(FLAGS_metrics_port);
  const int metrics_port =
      metrics_flag >= 0 ? metrics_flag : static_cast<int>(config.monitoring().metrics_port());
  if (metrics_port > 0) {
    options.metrics_listen = absl::StrCat(
        Or<std::string>(config.monitoring().metrics_address(), "127.0.0.1"), ":", metrics_port);
  }
  options.log_level = Or(absl::GetFlag(FLAGS_log_level),
                         LogLevelName(config::v1::LogLevel_Name(config.monitoring().log_level())));
  options.state_dir = Or(absl::GetFlag(FLAGS_state), config.state_dir());
  options.filter_system_calls = absl::GetFlag(FLAGS_filter_system_calls);
  RETURN_IF_ERROR(ReadAddresses(config, file, options));
  RETURN_IF_ERROR(ReadPorts(config, file, options));
  RETURN_IF_ERROR(ReadSecurity(config, file, options));
  RETURN_IF_ERROR(ReadWorkers(config, file, options));
  RETURN_IF_ERROR(ReadSharedSockets(config, file, options));
  RETURN_IF_ERROR(ReadLimits(config, file, options));
  RETURN_IF_ERROR(ReadDurations(config, file, options));
  RETURN_IF_ERROR(ReadCodecs(config.codecs(), file, options));
  RETURN_IF_ERROR(ReadRecordings(config, file, options));
  return options;
}

}  // namespace narada::mixer
