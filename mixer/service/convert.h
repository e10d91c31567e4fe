// Between the API's protobufs and the mixer's own types. Protobuf types stop in this folder.
// Pure functions; errors name the field (INVALID_ARGUMENT / FIELD_INVALID).
#ifndef NARADA_MIXER_SERVICE_CONVERT_H_
#define NARADA_MIXER_SERVICE_CONVERT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/map.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mixer/codec/codec_settings.h"
#include "mixer/room/leg_media.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/sdp/offer_answer.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/socket_address.h"
#include "narada/mixer/v1/leg.pb.h"
#include "narada/mixer/v1/media.pb.h"

namespace narada::mixer::service {

google::protobuf::Timestamp ToTimestamp(absl::Time time);
google::protobuf::Duration ToDuration(MediaDuration duration);
google::protobuf::Duration ToDuration(absl::Duration duration);
// Of protobuf's whole range; what is beyond ±292 years is cut.
MediaDuration FromDuration(const google::protobuf::Duration& duration);

v1::RemoteQuality ToProto(const rtp::VoipMetrics& metrics);
v1::LegStatistics ToProto(const room::LegStatistics& statistics);

// The far end without SDP.
// Of one leg; `otherwise` where it does not say.
sdp::SrtpPolicy PolicyOf(v1::SrtpPolicy policy, sdp::SrtpPolicy otherwise);

absl::StatusOr<sdp::AudioDescription> FromProto(const v1::MediaDescription& description);

// What was agreed, for the API; `local` is what we offer our side as.
v1::NegotiatedMedia ToProto(const sdp::NegotiatedMedia& media, const sdp::LocalMedia& local);
// Before anything was agreed: our own side only.
v1::NegotiatedMedia ToProto(const sdp::LocalMedia& local);

// What was agreed, for the leg. FAILED_PRECONDITION / MEDIA_UNACCEPTABLE if a codec is not ours.
absl::StatusOr<room::LegMedia> ToLegMedia(const sdp::NegotiatedMedia& media,
                                          const IpAddress& signaling_ip,
                                          const codec::CodecSettings& codecs);
// Until the answer to our offer is there: nothing is sent, nothing received counts, nobody is
// latched on to.
room::LegMedia SilentLegMedia();

// Empty text: an unset address.
absl::StatusOr<IpAddress> ParseIp(absl::string_view field, absl::string_view text);

// -40 to +20 dB.
absl::StatusOr<Gain> ParseGain(absl::string_view field, float gain_db);

// [A-Za-z0-9_-]{1,64}.
absl::Status CheckId(absl::string_view field, absl::string_view id);
// The same in lower case only: names of files and prompts.
absl::Status CheckLowerCaseId(absl::string_view field, absl::string_view id);
// Up to 16 of 256 bytes.
absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels);
// 1 to 64 of 0-9 * # A-D.
absl::Status CheckDigits(absl::string_view digits);
absl::Status CheckRequestId(absl::string_view request_id);

// 1 to 1,000; 100 where unset.
absl::StatusOr<size_t> PageSize(uint32_t page_size);
// A page token is the last id of the page before. INVALID_ARGUMENT / PAGE_TOKEN_INVALID.
absl::Status CheckPageToken(absl::string_view token);

}  // namespace narada::mixer::service

#endif  // NARADA_MIXER_SERVICE_CONVERT_H_
