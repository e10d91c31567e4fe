#include "mixer/service/codec_formats.h"

#include "mixer/codec/codec_traits.h"
#include "mixer/codec/opus_format.h"

namespace narada::mixer::service {
namespace {

// Payload types of our own offers for codecs that have none of their own.
constexpr uint8_t kFirstDynamicPayloadType = 96;

sdp::PayloadFormat ToPayloadFormat(codec::CodecId id, const codec::CodecSettings& settings) {
  const codec::CodecTraits& traits = codec::TraitsOf(id);
  sdp::PayloadFormat format;
  format.encoding_name = codec::EncodingName(id);
  format.clock_rate = traits.clock_rate;
  format.channels = traits.channels;
  format.ptime_max = traits.ptime_max;
  if (id == codec::CodecId::kOpus) {
    format.format_parameters = codec::OwnOpusParameters(settings.opus);
  }
  return format;
}

}  // namespace

FormatsOfOurs OwnFormats(const codec::CodecSettings& settings) {
  FormatsOfOurs formats;
  uint8_t dynamic = kFirstDynamicPayloadType;
  const auto make = [&](codec::CodecId id) {
    sdp::PayloadFormat format = ToPayloadFormat(id, settings);
    format.payload_type = codec::TraitsOf(id).static_payload_type.value_or(PayloadType(dynamic));
    if (format.payload_type == PayloadType(dynamic)) ++dynamic;
    return format;
  };
  for (const codec::CodecId id : settings.preference) {
    formats.offered.push_back(make(id));
  }
  for (const codec::CodecId id : settings.accepted) {
    formats.accepted.push_back(make(id));
  }
  return formats;
}

std::optional<codec::CodecFormat> ToCodecFormat(const sdp::PayloadFormat& format,
                                                MediaDuration ptime,
                                                const codec::CodecSettings& settings) {
  const std::optional<codec::CodecId> id =
      codec::FindCodec(format.encoding_name, format.clock_rate, format.channels);
  if (!id.has_value()) return std::nullopt;
  codec::CodecFormat result;
  result.id = *id;
  result.payload_type = format.payload_type;
  result.ptime = ptime;
  if (*id == codec::CodecId::kOpus) {
    result.opus = codec::ReadOpusParameters(format.format_parameters, settings.opus);
  }
  return result;
}

}  // namespace narada::mixer::service
