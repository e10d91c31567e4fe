#include "tests/phone/codec.h"

#include <opus.h>
#include <spandsp.h>

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/phone/g711.h"

namespace narada::phone {
namespace {

constexpr int kOpusRateHz = 48'000;
constexpr int kOpusBitrate = 48'000;
constexpr size_t kOpusPacketMax = 1500;
constexpr size_t kOpusSamplesMax = 5760;  // 120 ms, the longest packet.

constexpr std::array<CodecTraits, 8> kTraits = {{
    {Codec::kPcma, "pcma", "PCMA", 8, 8000, 8000, 1, ""},
    {Codec::kPcmu, "pcmu", "PCMU", 0, 8000, 8000, 1, ""},
    {Codec::kG722, "g722", "G722", 9, 8000, 16000, 1, ""},
    {Codec::kOpus, "opus", "opus", 96, kOpusRateHz, kOpusRateHz, 2, "useinbandfec=1"},
    {Codec::kOpusStereo, "opus-stereo", "opus", 97, kOpusRateHz, kOpusRateHz, 2,
     "useinbandfec=1;sprop-stereo=1"},
    {Codec::kL16At8k, "l16/8000", "L16", 98, 8000, 8000, 1, ""},
    {Codec::kL16At16k, "l16/16000", "L16", 99, 16000, 16000, 1, ""},
    {Codec::kL16At48k, "l16/48000", "L16", 100, 48000, 48000, 1, ""},
}};

class G711Encoder final : public Encoder {
 public:
  explicit G711Encoder(bool is_a_law) : encode_(is_a_law ? EncodeAlaw : EncodeUlaw) {}
  std::vector<uint8_t> Encode(std::span<const int16_t> samples) override {
    std::vector<uint8_t> payload(samples.size());
    std::transform(samples.begin(), samples.end(), payload.begin(), encode_);
    return payload;
  }

 private:
  uint8_t (*const encode_)(int16_t);
};

class G711Decoder final : public Decoder {
 public:
  explicit G711Decoder(bool is_a_law) : decode_(is_a_law ? DecodeAlaw : DecodeUlaw) {}
  std::vector<int16_t> Decode(std::span<const uint8_t> payload) override {
    std::vector<int16_t> samples(payload.size());
    std::transform(payload.begin(), payload.end(), samples.begin(), decode_);
    return samples;
  }

 private:
  int16_t (*const decode_)(uint8_t);
};

class G722Encoder final : public Encoder {
 public:
  std::vector<uint8_t> Encode(std::span<const int16_t> samples) override {
    std::vector<uint8_t> payload(samples.size() / 2);
    g722_encode(state_.get(), payload.data(), samples.data(), static_cast<int>(samples.size()));
    return payload;
  }

 private:
  const std::unique_ptr<g722_encode_state_t, decltype(&g722_encode_free)> state_{
      g722_encode_init(nullptr, 64000, 0), &g722_encode_free};
};

class G722Decoder final : public Decoder {
 public:
  std::vector<int16_t> Decode(std::span<const uint8_t> payload) override {
    std::vector<int16_t> samples(2 * payload.size());
    g722_decode(state_.get(), samples.data(), payload.data(), static_cast<int>(payload.size()));
    return samples;
  }

 private:
  const std::unique_ptr<g722_decode_state_t, decltype(&g722_decode_free)> state_{
      g722_decode_init(nullptr, 64000, 0), &g722_decode_free};
};

class OpusSpeaker final : public Encoder {
 public:
  explicit OpusSpeaker(int channels) : channels_(channels) {
    state_.reset(
        opus_encoder_create(kOpusRateHz, channels, OPUS_APPLICATION_VOIP, /*error=*/nullptr));
    opus_encoder_ctl(state_.get(), OPUS_SET_BITRATE(kOpusBitrate));
    opus_encoder_ctl(state_.get(), OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(state_.get(), OPUS_SET_PACKET_LOSS_PERC(10));
  }
  std::vector<uint8_t> Encode(std::span<const int16_t> samples) override {
    std::vector<int16_t> interleaved;
    for (int16_t sample : samples) {
      interleaved.insert(interleaved.end(), static_cast<size_t>(channels_), sample);
    }
    std::vector<uint8_t> payload(kOpusPacketMax);
    const int size = opus_encode(state_.get(), interleaved.data(), static_cast<int>(samples.size()),
                                 payload.data(), static_cast<opus_int32>(payload.size()));
    payload.resize(static_cast<size_t>(std::max(size, 0)));
    return payload;
  }

 private:
  const int channels_;
  std::unique_ptr<OpusEncoder, decltype(&opus_encoder_destroy)> state_{nullptr,
                                                                       &opus_encoder_destroy};
};

class OpusListener final : public Decoder {
 public:
  std::vector<int16_t> Decode(std::span<const uint8_t> payload) override {
    std::vector<int16_t> samples(kOpusSamplesMax);
    const int size =
        opus_decode(state_.get(), payload.data(), static_cast<opus_int32>(payload.size()),
                    samples.data(), static_cast<int>(samples.size()), /*decode_fec=*/0);
    samples.resize(static_cast<size_t>(std::max(size, 0)));
    return samples;
  }

 private:
  const std::unique_ptr<OpusDecoder, decltype(&opus_decoder_destroy)> state_{
      opus_decoder_create(kOpusRateHz, /*channels=*/1, /*error=*/nullptr), &opus_decoder_destroy};
};

// Network byte order (RFC 3551 §4.5.11).
class L16Encoder final : public Encoder {
 public:
  std::vector<uint8_t> Encode(std::span<const int16_t> samples) override {
    std::vector<uint8_t> payload;
    for (int16_t sample : samples) {
      const auto bits = static_cast<uint16_t>(sample);
      payload.push_back(static_cast<uint8_t>(bits >> 8));
      payload.push_back(static_cast<uint8_t>(bits));
    }
    return payload;
  }
};

class L16Decoder final : public Decoder {
 public:
  std::vector<int16_t> Decode(std::span<const uint8_t> payload) override {
    std::vector<int16_t> samples(payload.size() / 2);
    for (size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<int16_t>(payload[2 * i] << 8 | payload[2 * i + 1]);
    }
    return samples;
  }
};

}  // namespace

const CodecTraits& TraitsOf(Codec codec) { return kTraits[static_cast<size_t>(codec)]; }

absl::StatusOr<Codec> ParseCodec(absl::string_view flag) {
  for (const CodecTraits& traits : kTraits) {
    if (flag == traits.flag) return traits.codec;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", flag, "\" is no codec of this phone; it has ",
                   absl::StrJoin(kTraits, ", ", [](std::string* out, const CodecTraits& traits) {
                     absl::StrAppend(out, traits.flag);
                   })));
}

std::unique_ptr<Encoder> MakeEncoder(Codec codec) {
  switch (codec) {
    case Codec::kPcma:
    case Codec::kPcmu:
      return std::make_unique<G711Encoder>(codec == Codec::kPcma);
    case Codec::kG722:
      return std::make_unique<G722Encoder>();
    case Codec::kOpus:
    case Codec::kOpusStereo:
      return std::make_unique<OpusSpeaker>(codec == Codec::kOpus ? 1 : 2);
    case Codec::kL16At8k:
    case Codec::kL16At16k:
    case Codec::kL16At48k:
      return std::make_unique<L16Encoder>();
  }
  return nullptr;
}

std::unique_ptr<Decoder> MakeDecoder(Codec codec) {
  switch (codec) {
    case Codec::kPcma:
    case Codec::kPcmu:
      return std::make_unique<G711Decoder>(codec == Codec::kPcma);
    case Codec::kG722:
      return std::make_unique<G722Decoder>();
    case Codec::kOpus:
    case Codec::kOpusStereo:
      return std::make_unique<OpusListener>();
    case Codec::kL16At8k:
    case Codec::kL16At16k:
    case Codec::kL16At48k:
      return std::make_unique<L16Decoder>();
  }
  return nullptr;
}

}  // namespace narada::phone
