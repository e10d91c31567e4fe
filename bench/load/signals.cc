#include "bench/load/signals.h"

#include <opus/opus.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "base/check.h"
#include "tests/phone/g711.h"

namespace narada::bench {
namespace {

constexpr int kFrame = 160;  // Samples of 8 kHz in a packet.
constexpr double kClickLevel = 12000;
constexpr double kClickHz = 2000;

int16_t Sine(double amplitude, double hz, int sample, int rate_hz) {
  return static_cast<int16_t>(
      std::lround(amplitude * std::sin(2 * std::numbers::pi * hz * sample / rate_hz)));
}

}  // namespace

Signals::Signals(absl::string_view encoding_name) : encoding_name_(encoding_name) {
  if (encoding_name == "PCMU") {
    payload_type_ = 0;
  } else if (encoding_name == "opus") {
    is_opus_ = true;
    payload_type_ = 111;
  } else {
    CHECK(encoding_name == "PCMA") << "no such codec";
  }
}

Voice Signals::Encode(std::span<const int16_t> samples) const {
  const size_t frame = static_cast<size_t>(rate_hz() / kPacketsPerSecond);
  Voice voice;
  if (is_opus_) {
    int error = 0;
    const std::unique_ptr<OpusEncoder, void (*)(OpusEncoder*)> encoder(
        opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error), opus_encoder_destroy);
    CHECK(encoder != nullptr) << "no Opus encoder";
    // Twice, so that the second's end and its beginning fit one another.
    for (int round = 0; round < 2; ++round) {
      voice.clear();
      for (size_t at = 0; at + frame <= samples.size(); at += frame) {
        Payload payload(400);
        const int size = opus_encode(encoder.get(), samples.data() + at, static_cast<int>(frame),
                                     payload.data(), static_cast<opus_int32>(payload.size()));
        CHECK(size > 0) << "Opus encodes";
        payload.resize(static_cast<size_t>(size));
        voice.push_back(std::move(payload));
      }
    }
    return voice;
  }
  for (size_t at = 0; at + frame <= samples.size(); at += frame) {
    Payload payload(frame);
    for (size_t i = 0; i < frame; ++i) {
      payload[i] = payload_type_ == 0 ? phone::EncodeUlaw(samples[at + i])
                                      : phone::EncodeAlaw(samples[at + i]);
    }
    voice.push_back(std::move(payload));
  }
  return voice;
}

Voice Signals::Tone(int hz) const {
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz()));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = Sine(kToneLevel, hz, static_cast<int>(i), rate_hz());
  }
  return Encode(samples);
}

Payload Signals::Silence() const {
  if (is_opus_) return {0xf8};  // A table of contents alone: DTX (RFC 6716 §3.2.1).
  return Payload(kFrame, payload_type_ == 0 ? 0xff : 0xd5);
}

Payload Signals::FaintNoise() const {
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz()));
  uint32_t state = 1;
  for (int16_t& sample : samples) {
    state = state * 1664525 + 1013904223;
    sample = static_cast<int16_t>(static_cast<int>(state >> 16) % 35 - 17);
  }
  return Encode(samples).back();
}

Payload Signals::Click(int id) const {
  const int scale = rate_hz() / 8000;
  std::vector<int16_t> samples(static_cast<size_t>(kFrame * scale));
  const int second = kClickBegin + 32 + 8 * (id % kClickIds);
  for (const int begin : {kClickBegin, second}) {
    for (int i = 0; i < kClickLength * scale; ++i) {
      samples[static_cast<size_t>(begin * scale + i)] =
          Sine(kClickLevel, kClickHz, i + 1, rate_hz());
    }
  }
  return Encode(samples).back();
}

std::vector<int16_t> Signals::Decode(std::span<const Payload> payloads) const {
  std::vector<int16_t> heard;
  heard.reserve(payloads.size() * kFrame);
  if (is_opus_) {
    int error = 0;
    const std::unique_ptr<OpusDecoder, void (*)(OpusDecoder*)> decoder(
        opus_decoder_create(8000, 1, &error), opus_decoder_destroy);
    CHECK(decoder != nullptr) << "no Opus decoder";
    for (const Payload& payload : payloads) {
      int16_t frame[kFrame] = {};
      // What cannot be decoded is heard as silence.
      if (opus_decode(decoder.get(), payload.empty() ? nullptr : payload.data(),
                      static_cast<opus_int32>(payload.size()), frame, kFrame, 0) < 0) {
        std::fill(frame, frame + kFrame, int16_t{0});
      }
      heard.insert(heard.end(), frame, frame + kFrame);
    }
    return heard;
  }
  for (const Payload& payload : payloads) {
    for (size_t i = 0; i < kFrame; ++i) {
      const bool is_there = i < payload.size();
      heard.push_back(!is_there            ? int16_t{0}
                      : payload_type_ == 0 ? phone::DecodeUlaw(payload[i])
                                           : phone::DecodeAlaw(payload[i]));
    }
  }
  return heard;
}

}  // namespace narada::bench
