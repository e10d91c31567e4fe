#include "mixer/jitter/decoded_audio.h"

#include <algorithm>

#include "base/check.h"
#include "mixer/codec/codec_id.h"
#include "mixer/jitter/time_scaling.h"

namespace narada::mixer::jitter {
namespace {

// For so long the samples behind a packet's begin with what came before it: the delay of the codec.
MediaDuration TailOf(const codec::Decoder& decoder) {
  switch (decoder.id()) {
    case codec::CodecId::kG722:
      return Milliseconds(5);  // Two filters of 24 taps, and what its predictors ring.
    case codec::CodecId::kOpus:
      return Milliseconds(40);  // Its look-ahead, and filters that ring.
    default:
      return MediaDuration();
  }
}
constexpr MediaDuration kTailOfConverter = Milliseconds(8);  // Its longest filter.
constexpr MediaDuration kFadeIn = Milliseconds(3);

}  // namespace

DecodedAudio::DecodedAudio(SampleRate rate, std::span<const int> decoder_rates_hz)
    : rate_(rate),
      packet_max_(rate.SamplesIn(kPacketMax).size()),
      // The longest packet behind a frame that is all but complete, and a period put in.
      capacity_(rate.SamplesIn(kPacketMax + Milliseconds(45)).size()),
      samples_(std::make_unique<int16_t[]>(capacity_)),
      concealment_(rate) {
  size_t used = 0;
  for (const int rate_hz : decoder_rates_hz) {
    const SampleRate other = SampleRate::FromHertz(rate_hz);
    if (rate_hz == 0 || CanDecode(other)) continue;
    CHECK(used < converters_.size()) << "there are three rates in all";
    converters_[used++] = {.rate_hz = rate_hz,
                           .resampler = std::make_unique<dsp::StreamResampler>(other, rate)};
    scratch_size_ = std::max(scratch_size_, other.SamplesIn(kPacketMax).size());
  }
  if (scratch_size_ > 0) scratch_ = std::make_unique<int16_t[]>(scratch_size_);
}

const DecodedAudio::Converter* DecodedAudio::ConverterFor(SampleRate rate) const noexcept {
  for (const Converter& converter : converters_) {
    if (converter.rate_hz == rate.hertz()) return &converter;
  }
  return nullptr;
}

size_t DecodedAudio::Convert(const Converter& converter, size_t samples) noexcept {
  const auto from = static_cast<size_t>(converter.rate_hz);
  const auto to = static_cast<size_t>(rate_.hertz());
  if (from > to) samples -= samples % (from / to);
  const size_t converted = samples * to / from;
  converter.resampler->Process({scratch_.get(), samples}, free().first(converted));
  return converted;
}

bool DecodedAudio::Append(codec::Decoder& decoder, std::span<const uint8_t> payload,
                          size_t past) noexcept {
  const Converter* converter = nullptr;
  if (decoder.sample_rate() != rate_) {
    converter = ConverterFor(decoder.sample_rate());
    if (converter == nullptr) return false;
    if (decoder_ != &decoder) converter->resampler->Reset();
  }
  decoder_ = &decoder;
  const auto decoded = decoder.Decode(
      payload, converter == nullptr ? free() : std::span(scratch_.get(), scratch_size_));
  if (!decoded.ok()) return false;
  const size_t made = converter == nullptr ? decoded->size() : Convert(*converter, decoded->size());
  past = std::min(past, made);
  if (past > 0) std::copy(free().begin() + past, free().begin() + made, free().begin());
  const std::span<int16_t> fresh = free().first(made - past);
  concealment_.Recover(fresh);
  if (has_forgotten_) {
    tail_left_ =
        rate_.SamplesIn(TailOf(decoder) + (converter ? kTailOfConverter : MediaDuration())).size();
  }
  has_forgotten_ = false;
  if (tail_left_ > 0) LeaveOutTail(fresh);
  concealment_.OnAudio(fresh);
  size_ += fresh.size();
  return true;
}

void DecodedAudio::LeaveOutTail(std::span<int16_t> fresh) noexcept {
  const size_t silent = std::min(tail_left_, fresh.size());
  std::fill_n(fresh.begin(), silent, int16_t{0});
  tail_left_ -= silent;
  const auto fade = static_cast<int32_t>(rate_.SamplesIn(kFadeIn).size());
  for (int32_t i = 0; i < fade && silent + i < fresh.size(); ++i) {
    int16_t& sample = fresh[silent + i];
    sample = static_cast<int16_t>(sample * (i + 1) / fade);
  }
}

bool DecodedAudio::ConcealByCodec(size_t samples, std::span<const uint8_t> next) noexcept {
  // What ours has begun it also ends: two inventions do not join. And a codec remembers what is to be
  // forgotten.
  if (has_forgotten_ || decoder_ == nullptr || samples > free().size() ||
      concealment_.is_concealing())
    return false;
  std::span<int16_t> made = free().first(samples);
  if (decoder_->sample_rate() == rate_) {
    if (!decoder_->Conceal(made, next)) return false;
  } else {
    const Converter* converter = ConverterFor(decoder_->sample_rate());
    if (converter == nullptr) return false;
    const size_t theirs =
        samples * static_cast<size_t>(converter->rate_hz) / static_cast<size_t>(rate_.hertz());
    if (theirs > scratch_size_ || !decoder_->Conceal({scratch_.get(), theirs}, next)) return false;
    made = made.first(Convert(*converter, theirs));
    if (made.size() != samples) return false;
  }
  concealment_.OnAudio(made);
  size_ += samples;
  return true;
}

void DecodedAudio::Conceal(size_t samples) noexcept {
  concealment_.Conceal(free().first(samples));
  size_ += samples;
}

void DecodedAudio::Skip() noexcept {
  int16_t lead;
  if (!concealment_.is_concealing()) concealment_.Conceal({&lead, 1});
}

void DecodedAudio::Take(size_t samples) noexcept {
  DCHECK(samples <= size_);
  std::copy(samples_.get() + samples, samples_.get() + size_, samples_.get());
  size_ -= samples;
}

void DecodedAudio::FadeOutAfter(size_t samples) noexcept {
  size_ = std::min(size_, samples);
  const auto length = static_cast<int32_t>(size_);
  for (int32_t i = 0; i < length; ++i) {
    samples_[i] = static_cast<int16_t>(samples_[i] * (length - i) / length);
  }
  concealment_.Reset();
  Skip();
}

size_t DecodedAudio::Shorten(size_t at_most, bool must) noexcept {
  const size_t removed = RemovePeriod({samples_.get(), size_}, at_most, rate_, must);
  size_ -= removed;
  return removed;
}

size_t DecodedAudio::Stretch(size_t at_most, bool must) noexcept {
  const size_t inserted = InsertPeriod({samples_.get(), capacity_}, size_, at_most, rate_, must);
  size_ += inserted;
  return inserted;
}

}  // namespace narada::mixer::jitter
