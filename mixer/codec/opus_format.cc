#include "mixer/codec/opus_format.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::mixer::codec {
namespace {

constexpr int32_t kBitrateMin = 6'000;  // RFC 7587 §6.1, as the next.
constexpr int32_t kBitrateMax = 510'000;

// The value of `name` in "a=1; b=2"; unset if it is missing or no number. The last one counts.
std::optional<int32_t> Value(absl::string_view fmtp, absl::string_view name) {
  std::optional<int32_t> value;
  for (const absl::string_view parameter : absl::StrSplit(fmtp, ';')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    int32_t number;
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), name) &&
        absl::SimpleAtoi(absl::StripAsciiWhitespace(parts.second), &number)) {
      value = number;
    }
  }
  return value;
}

// The next of Opus' audio bandwidths, as its sampling rate.
int32_t BandwidthRate(int32_t rate_hz) {
  for (const int32_t rate : {8'000, 12'000, 16'000, 24'000}) {
    if (rate_hz <= rate) return rate;
  }
  return 48'000;
}

// The rate of ours that carries it.
int32_t PcmRate(int32_t rate_hz) {
  return rate_hz <= 8'000 ? 8'000 : rate_hz <= 16'000 ? 16'000 : 48'000;
}

// More than this is wasted on mono speech of such a bandwidth (RFC 7587 §3.1.1, its upper ends
// with room for FEC).
int32_t UsefulBitrate(int32_t playback_rate_hz) {
  switch (playback_rate_hz) {
    case 8'000:
      return 16'000;
    case 12'000:
      return 20'000;
    case 16'000:
      return 24'000;
    case 24'000:
      return 36'000;
  }
  return kBitrateMax;
}

}  // namespace

OpusParameters ReadOpusParameters(absl::string_view fmtp, const OpusParameters& configured) {
  OpusParameters parameters = configured;
  const int32_t playback = std::min(BandwidthRate(Value(fmtp, "maxplaybackrate").value_or(48'000)),
                                    configured.playback_rate_hz);
  const int32_t capture = BandwidthRate(Value(fmtp, "sprop-maxcapturerate").value_or(48'000));
  parameters.playback_rate_hz = playback;
  parameters.sample_rate_hz =
      std::min(PcmRate(std::max(playback, capture)), configured.sample_rate_hz);
  parameters.playback_rate_hz = std::min(playback, parameters.sample_rate_hz);
  const int32_t wished = Value(fmtp, "maxaveragebitrate").value_or(kBitrateMax);
  parameters.bitrate_bps = std::clamp(
      std::min({configured.bitrate_bps, wished, UsefulBitrate(parameters.playback_rate_hz)}),
      kBitrateMin, kBitrateMax);
  parameters.is_vbr = configured.is_vbr && Value(fmtp, "cbr").value_or(0) != 1;
  parameters.has_fec = configured.has_fec && Value(fmtp, "useinbandfec").value_or(0) == 1;
  parameters.has_dtx = configured.has_dtx && Value(fmtp, "usedtx").value_or(0) == 1;
  return parameters;
}

std::string OwnOpusParameters(const OpusParameters& configured) {
  std::string fmtp = "useinbandfec=1";
  if (configured.has_dtx) absl::StrAppend(&fmtp, ";usedtx=1");
  if (configured.sample_rate_hz < 48'000) {
    absl::StrAppend(&fmtp, ";maxplaybackrate=", configured.sample_rate_hz,
                    ";sprop-maxcapturerate=", configured.sample_rate_hz);
  }
  return fmtp;
}

}  // namespace narada::mixer::codec
