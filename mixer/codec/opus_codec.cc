#include "mixer/codec/opus_codec.h"

#include <opus.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace narada::mixer::codec {
namespace {

constexpr int kChannels = 1;
constexpr int kStepsPerSecond = 400;                       // Opus counts time in steps of 2.5 ms.
constexpr int kConcealedStepsMax = 48;                     // 120 ms.
constexpr size_t kOpusFrameSizeMax = 1275;                 // RFC 6716 §3.2.1.
constexpr size_t kUnsentSizeMax = 2;                       // What an encoder makes in DTX.
constexpr uint8_t kFramesCode = 3;                         // RFC 6716 §3.1: 0 is one frame.
constexpr uint8_t kStereo = 4;                             // The same byte.
constexpr size_t kOpusFramesMax = 48;                      // In a packet: 120 ms of 2.5.
constexpr MediaDuration kOpusFrameMax = Milliseconds(20);  // Longer packets hold several.

// Bandwidth that a listener can hear whose hardware plays `rate_hz`.
int BandwidthFor(int32_t rate_hz) {
  if (rate_hz <= 8'000) return OPUS_BANDWIDTH_NARROWBAND;
  if (rate_hz <= 12'000) return OPUS_BANDWIDTH_MEDIUMBAND;
  if (rate_hz <= 16'000) return OPUS_BANDWIDTH_WIDEBAND;
  if (rate_hz <= 24'000) return OPUS_BANDWIDTH_SUPERWIDEBAND;
  return OPUS_BANDWIDTH_FULLBAND;
}

// Frames of SILK in one of Opus, for a payload that begins with this byte; 0: there is none (RFC 6716 §3.1).
int SilkFramesIn(uint8_t toc) {
  const int configuration = toc >> 3;
  if (configuration >= 16) return 0;  // CELT alone.
  if (configuration >= 12) return 1;  // SILK and CELT, 10 or 20 ms.
  constexpr int kFrames[] = {1, 1, 2, 3};
  return kFrames[configuration % 4];
}

void Set(bool is_ok, const char* what) { CHECK(is_ok) << "libopus refuses a valid " << what; }

}  // namespace

OpusStreamDecoder::OpusStreamDecoder(SampleRate rate)
    : rate_(rate),
      memory_(
          std::make_unique<std::byte[]>(static_cast<size_t>(opus_decoder_get_size(kChannels)))) {
  Set(opus_decoder_init(state(), rate.hertz(), kChannels) == OPUS_OK, "rate");
}

OpusDecoder* OpusStreamDecoder::state() const noexcept {
  return reinterpret_cast<OpusDecoder*>(memory_.get());
}

SampleCount OpusStreamDecoder::SamplesIn(std::span<const uint8_t> payload) const noexcept {
  if (payload.empty()) return SampleCount(0);
  const int samples = opus_packet_get_nb_samples(
      payload.data(), static_cast<opus_int32>(payload.size()), rate_.hertz());
  return SampleCount(std::max(samples, 0));
}

Saying OpusStreamDecoder::SayingOf(std::span<const uint8_t> payload) const noexcept {
  if (payload.empty()) return Saying::kUnknown;
  if (payload.size() <= kUnsentSizeMax && (payload[0] & kFramesCode) == 0) return Saying::kNothing;
  const int silk_frames = SilkFramesIn(payload[0]);
  if (silk_frames == 0) return Saying::kUnknown;
  const unsigned char* frames[kOpusFramesMax];
  opus_int16 sizes[kOpusFramesMax];
  const int count = opus_packet_parse(payload.data(), static_cast<opus_int32>(payload.size()),
                                      nullptr, frames, sizes, nullptr);
  // First of all come a flag for each frame of SILK and one for what is sent once more, for each channel.
  const bool is_stereo = (payload[0] & kStereo) != 0;
  const int flags = (silk_frames + 1) * (is_stereo ? 2 : 1);
  for (int i = 0; i < count; ++i) {
    if (sizes[i] > 0 && frames[i][0] >> (8 - flags) != 0) return Saying::kUnknown;
  }
  return count > 0 ? Saying::kNoVoice : Saying::kUnknown;
}

Result<SampleCount, CodecError> OpusStreamDecoder::Decode(std::span<const uint8_t> payload,
                                                          std::span<int16_t> samples) noexcept {
  const SampleCount count = SamplesIn(payload);
  if (count == SampleCount(0)) return CodecError::kPayloadInvalid;
  if (samples.size() < count.size()) return CodecError::kFrameTooSmall;
  const int decoded =
      opus_decode(state(), payload.data(), static_cast<opus_int32>(payload.size()), samples.data(),
                  static_cast<int>(count.value()), /*decode_fec=*/0);
  if (decoded <= 0) return CodecError::kPayloadInvalid;
  return SampleCount(decoded);
}

bool OpusStreamDecoder::Conceal(std::span<int16_t> samples,
                                std::span<const uint8_t> next) noexcept {
  const size_t step = static_cast<size_t>(rate_.hertz() / kStepsPerSecond);
  if (samples.empty() || samples.size() % step != 0 || samples.size() > kConcealedStepsMax * step) {
    return false;
  }
  const int count = static_cast<int>(samples.size());
  // A payload that cannot be read is as good as none.
  if (SamplesIn(next) > SampleCount(0) &&
      opus_decode(state(), next.data(), static_cast<opus_int32>(next.size()), samples.data(), count,
                  /*decode_fec=*/1) == count) {
    return true;
  }
  return opus_decode(state(), nullptr, 0, samples.data(), count, /*decode_fec=*/0) == count;
}

void OpusStreamDecoder::Reset() noexcept { opus_decoder_ctl(state(), OPUS_RESET_STATE); }

OpusStreamEncoder::OpusStreamEncoder(const OpusParameters& parameters)
    : rate_(SampleRate::FromHertz(parameters.sample_rate_hz)),
      size_(static_cast<size_t>(opus_encoder_get_size(kChannels))),
      memory_(std::make_unique<std::byte[]>(size_)) {
  Set(opus_encoder_init(state(), rate_.hertz(), kChannels, OPUS_APPLICATION_VOIP) == OPUS_OK,
      "rate");
  const auto set = [&](const char* what, auto... request) {
    Set(opus_encoder_ctl(state(), request...) == OPUS_OK, what);
  };
  set("bitrate", OPUS_SET_BITRATE(parameters.bitrate_bps));
  set("complexity", OPUS_SET_COMPLEXITY(parameters.complexity));
  set("VBR", OPUS_SET_VBR(parameters.is_vbr ? 1 : 0));
  set("FEC", OPUS_SET_INBAND_FEC(parameters.has_fec ? 1 : 0));
  set("DTX", OPUS_SET_DTX(parameters.has_dtx ? 1 : 0));
  set("packet loss", OPUS_SET_PACKET_LOSS_PERC(parameters.packet_loss_percent));
  set("bandwidth", OPUS_SET_MAX_BANDWIDTH(BandwidthFor(parameters.playback_rate_hz)));
}

OpusEncoder* OpusStreamEncoder::state() const noexcept {
  return reinterpret_cast<OpusEncoder*>(memory_.get());
}

size_t OpusStreamEncoder::PayloadSizeMax(SampleCount samples) const noexcept {
  const int64_t frames =
      (rate_.DurationOf(samples) + kOpusFrameMax - Nanoseconds(1)) / kOpusFrameMax;
  return std::min(static_cast<size_t>(frames) * (kOpusFrameSizeMax + 2), kPayloadSizeMax);
}

size_t OpusStreamEncoder::Encode(std::span<const int16_t> samples,
                                 std::span<uint8_t> payload) noexcept {
  const size_t room = std::min(payload.size(), kPayloadSizeMax);
  const opus_int32 size = opus_encode(state(), samples.data(), static_cast<int>(samples.size()),
                                      payload.data(), static_cast<opus_int32>(room));
  DCHECK_GE(size, 0);
  if (std::exchange(is_next_independent_, false)) {
    opus_encoder_ctl(state(), OPUS_SET_PREDICTION_DISABLED(0));
  }
  if (size <= static_cast<opus_int32>(kUnsentSizeMax)) return 0;
  return static_cast<size_t>(size);
}

void OpusStreamEncoder::EncodeNextIndependently() noexcept {
  opus_encoder_ctl(state(), OPUS_SET_PREDICTION_DISABLED(1));
  is_next_independent_ = true;
}

void OpusStreamEncoder::ContinueFrom(const Encoder& other) noexcept {
  DCHECK(other.id() == id());
  DCHECK(other.sample_rate() == rate_);
  const auto& encoder = static_cast<const OpusStreamEncoder&>(other);
  std::memcpy(memory_.get(), encoder.memory_.get(), size_);
  is_next_independent_ = encoder.is_next_independent_;
}

void OpusStreamEncoder::Reset() noexcept { opus_encoder_ctl(state(), OPUS_RESET_STATE); }

uint32_t OpusStreamEncoder::final_range() const noexcept {
  opus_uint32 range = 0;
  opus_encoder_ctl(state(), OPUS_GET_FINAL_RANGE(&range));
  return range;
}

}  // namespace narada::mixer::codec
