#include "mixer/room/leg_streams.h"

#include <algorithm>
#include <utility>

#include "mixer/room/rtcp_session.h"
#include "mixer/rtp/packet_view.h"

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kTick = Milliseconds(20);

bool IsDecodedLike(const codec::CodecFormat& a, const codec::CodecFormat& b) {
  return a.id == b.id && a.sample_rate() == b.sample_rate();
}

}  // namespace

LegStreams::LegStreams(const LegMedia& media, MediaDuration delay_min, MediaDuration delay_max,
                       MediaDuration delay_margin)
    : outgoing_(std::make_unique<OutgoingStream>(media.send_format)),
      samples_(media.receive_rate().SamplesIn(kTick).size()),
      rate_(media.receive_rate()),
      media_(media),
      payload_bytes_(PayloadBytesOf10Ms(media)),
      buffer_(BufferConfig(delay_min, delay_max, delay_margin)) {
  jitter_ = std::make_unique<jitter::JitterBuffer>(buffer_);
  voices_ = std::make_unique<int16_t[]>(kVoices * samples_);
  for (size_t i = 0; i < media_.receive_formats_count; ++i) {
    decoders_[i] = codec::MakeDecoder(media_.receive_formats[i]);
  }
  if (media_.finds_digits_in_band) in_band_digits_ = std::make_unique<dtmf::InBandDigits>(rate_);
  if (media_.send_keys.has_value() && media_.receive_keys.has_value()) {
    crypto_ = std::make_unique<MediaCrypto>(MediaCrypto::Config{
        .send_keys = *media_.send_keys,
        .receive_keys = *media_.receive_keys,
        .packet_size_max = rtp::kFixedHeaderSize + outgoing_->payload_size_max(),
        .packets_per_tick_max = OutgoingStream::kPacketsMax,
        .report_size_max = RtcpSession::kReportSizeMax});
  }
}

jitter::JitterBufferConfig LegStreams::BufferConfig(MediaDuration delay_min,
                                                    MediaDuration delay_max,
                                                    MediaDuration delay_margin) const {
  jitter::JitterBufferConfig config = {.rate = rate_,
                                       .clock_rate = media_.receive_formats[0].clock_rate(),
                                       .delay_max = delay_max,
                                       .delay_min = delay_min,
                                       .margin = delay_margin,
                                       .payload_bytes_10ms = payload_bytes_};
  size_t others = 0;
  for (const int hertz : {8000, 16000, 48000}) {
    for (size_t i = 0; i < media_.receive_formats_count; ++i) {
      const SampleRate rate = media_.receive_formats[i].sample_rate();
      if (rate == rate_ || rate.hertz() != hertz) continue;
      config.decoder_rates_hz[others++] = hertz;
      break;
    }
  }
  return config;
}

// The jitter buffer of `old` takes all that may come now.
bool LegStreams::IsBufferedLike(const LegStreams& old) const noexcept {
  return rate_ == old.rate_ && payload_bytes_ <= old.buffer_.payload_bytes_10ms &&
         std::all_of(
             buffer_.decoder_rates_hz.begin(), buffer_.decoder_rates_hz.end(), [&](int hertz) {
               const auto& others = old.buffer_.decoder_rates_hz;
               return std::find(others.begin(), others.end(), hertz) != others.end() || hertz == 0;
             });
}

// Of the codec that makes most. Of Opus, whose senders choose their rate, what 128 kbit/s make; at more
// than that less may wait.
size_t LegStreams::PayloadBytesOf10Ms(const LegMedia& media) {
  size_t bytes = 80;  // G.711 and G.722.
  for (size_t i = 0; i < media.receive_formats_count; ++i) {
    const codec::CodecFormat& format = media.receive_formats[i];
    switch (format.id) {
      case codec::CodecId::kPcma:
      case codec::CodecId::kPcmu:
      case codec::CodecId::kG722:
        break;
      case codec::CodecId::kOpus:
        bytes = std::max<size_t>(bytes, 160);
        break;
      case codec::CodecId::kL16At8k:
      case codec::CodecId::kL16At16k:
      case codec::CodecId::kL16At48k:
        bytes = std::max(bytes, 2 * format.sample_rate().SamplesIn(kTick / 2).size());
        break;
    }
  }
  return bytes;
}

codec::Decoder* LegStreams::FindDecoder(PayloadType type) const noexcept {
  for (size_t i = 0; i < media_.receive_formats_count; ++i) {
    if (media_.receive_formats[i].payload_type == type) return decoders_[i].get();
  }
  return nullptr;
}

void LegStreams::BringBuffersNear(bool is_played) const noexcept {
  jitter_->BringNear(is_played);
  BringIntoCache(decoders_[0].get(), 1);
  if (!is_played || jitter_->is_at_rest()) return;
  // The frame that is written next: the oldest one.
  BringIntoCache(&voices_[(newest_voice_ + 1) % kVoices * samples_], samples_ * sizeof(int16_t));
}

void LegStreams::MakeVoiceZero() noexcept {
  if (std::exchange(are_zero_[newest_voice_], true)) return;
  const std::span<int16_t> frame = voice(0);
  std::fill(frame.begin(), frame.end(), int16_t{0});
}

void LegStreams::KeepFrom(LegStreams& old) noexcept {
  if (crypto_ != nullptr && old.crypto_ != nullptr) {
    crypto_->ContinueFrom(*old.crypto_);
  } else if (crypto_ == nullptr) {
    std::swap(crypto_, old.crypto_);
  }
  if (outgoing_->format().IsEncodedLike(old.outgoing_->format())) {
    std::swap(outgoing_, old.outgoing_);
  }
  if (rate_ == old.rate_ && in_band_digits_ != nullptr && old.in_band_digits_ != nullptr) {
    std::swap(in_band_digits_, old.in_band_digits_);
  }
  if (!IsBufferedLike(old)) return;
  std::swap(jitter_, old.jitter_);
  std::swap(voices_, old.voices_);
  newest_voice_ = old.newest_voice_;
  std::swap(are_zero_, old.are_zero_);
  KeepDecodersFrom(old);
}

void LegStreams::KeepDecodersFrom(LegStreams& old) noexcept {
  std::array<bool, LegMedia::kReceiveFormatsMax> is_kept = {};
  for (size_t i = 0; i < media_.receive_formats_count; ++i) {
    for (size_t j = 0; j < old.media_.receive_formats_count; ++j) {
      if (is_kept[j]) continue;
      if (!IsDecodedLike(media_.receive_formats[i], old.media_.receive_formats[j])) continue;
      std::swap(decoders_[i], old.decoders_[j]);
      is_kept[j] = true;
      break;
    }
  }
  bool were_any_retired = false;
  for (size_t j = 0; j < retired_.size(); ++j) {
    were_any_retired |= old.retired_[j] != nullptr;
    if (!is_kept[j]) std::swap(retired_[j], old.decoders_[j]);
  }
  // Those go now, and nobody may wait for them.
  if (were_any_retired) jitter_->Restart();
}

}  // namespace narada::mixer::room
