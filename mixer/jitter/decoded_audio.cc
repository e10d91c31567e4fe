#include "mixer/jitter/decoded_audio.h"

#include <algorithm>

#include "base/check.h"
#include "mixer/codec/codec_id.h"
#include "mixer/codec/codec_traits.h"
#include "mixer/dsp/kernels.h"
#include "mixer/dsp/voice_activity.h"
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

// Whether it comes to the state of its encoder again within some packets. G.722's predictors do not, after silence in particular.
bool CanRest(const codec::Decoder& decoder) { return decoder.id() != codec::CodecId::kG722; }

bool IsAudible(std::span<const int16_t> samples) {
  const uint64_t energy = dsp::Kernels::Best().Energy(samples.data(), samples.size());
  return energy >= uint64_t{dsp::VoiceActivity::kAudible} * samples.size();
}

void FadeOut(std::span<int16_t> samples) {
  const auto length = static_cast<int32_t>(samples.size());
  for (int32_t i = 0; i < length; ++i) {
    samples[i] = static_cast<int16_t>(samples[i] * (length - i) / length);
  }
}

}  // namespace

DecodedAudio::DecodedAudio(SampleRate rate, std::span<const int> decoder_rates_hz)
    : rate_(rate),
      packet_max_(rate.SamplesIn(kPacketMax).size()),
      // The longest packet behind a frame that is all but complete, and a period put in.
      capacity_(rate.SamplesIn(kPacketMax + Milliseconds(45)).size()),
      samples_(std::make_unique<int16_t[]>(capacity_)),
      concealment_(rate),
      pause_(/*has_memory=*/rate > SampleRate::FromHertz(8000)) {
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

size_t DecodedAudio::ConvertedSize(const Converter& converter, size_t samples) const noexcept {
  const auto from = static_cast<size_t>(converter.rate_hz);
  const auto to = static_cast<size_t>(rate_.hertz());
  return from > to ? samples / (from / to) : samples * (to / from);
}

bool DecodedAudio::Append(codec::Decoder& decoder, std::span<const uint8_t> payload, size_t past,
                          bool is_silence) noexcept {
  const Converter* converter = nullptr;
  if (decoder.sample_rate() != rate_) {
    converter = ConverterFor(decoder.sample_rate());
    if (converter == nullptr) return false;
    if (decoder_ != &decoder) converter->resampler->Reset();
  }
  if (decoder_ != &decoder) pause_.Reset();
  decoder_ = &decoder;
  const bool can_rest = CanRest(decoder);
  const codec::Saying saying = can_rest ? decoder.SayingOf(payload) : codec::Saying::kUnknown;
  const SampleCount length = decoder.SamplesIn(payload);
  const SenderPause::Turn turn =
      pause_.OnPacket(saying, is_silence && can_rest, decoder.sample_rate().DurationOf(length));
  // Of a sound that was to be forgotten a decoder that has rested since before it holds nothing.
  if (turn == SenderPause::Turn::kSkip || turn == SenderPause::Turn::kResume)
    has_forgotten_ = false;
  if (turn == SenderPause::Turn::kSkip) {
    if (!HasRoom() || (converter != nullptr && length.size() > scratch_size_)) return false;
    if (!codec::TraitsOf(decoder.id()).is_stateless && saying != codec::Saying::kNothing) {
      pause_.Keep(payload);
    }
    AppendSilence(converter, length.size(), past);
    ++skipped_;
    return true;
  }
  LeaveRest();
  if (turn == SenderPause::Turn::kResume) DecodeKept();
  const auto decoded = decoder.Decode(
      payload, converter == nullptr ? free() : std::span(scratch_.get(), scratch_size_));
  if (!decoded.ok()) return false;
  const size_t made = converter == nullptr ? decoded->size() : Convert(*converter, decoded->size());
  past = std::min(past, made);
  if (past > 0) std::copy(free().begin() + past, free().begin() + made, free().begin());
  const std::span<int16_t> fresh = free().first(made - past);
  if (turn == SenderPause::Turn::kFadeOut) {
    FadeOut(fresh);
  } else {
    const bool is_in_doubt = pause_.is_on() || saying == codec::Saying::kNoVoice;
    pause_.OnDecoded(!is_in_doubt || IsAudible(fresh));
    // The pause goes on.
    if (pause_.is_on()) std::fill(fresh.begin(), fresh.end(), int16_t{0});
  }
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

bool DecodedAudio::AppendMoreSilence(codec::Decoder& decoder, size_t samples,
                                     size_t past) noexcept {
  if (!HasRoom()) return false;
  if (decoder_ != &decoder) pause_.Reset();
  decoder_ = &decoder;
  pause_.OnPacket(codec::Saying::kSilence, false,
                  rate_.DurationOf(SampleCount(static_cast<int64_t>(samples))));
  has_forgotten_ = false;
  AppendSilence(nullptr, samples, past);
  ++skipped_;
  return true;
}

// Of `samples` at the decoder's rate, without asking it.
void DecodedAudio::AppendSilence(const Converter* converter, size_t samples, size_t past) noexcept {
  size_t made = 0;
  if (converter != nullptr && !is_at_rest_) {  // Which lets go of what it holds.
    std::fill_n(scratch_.get(), samples, int16_t{0});
    made = Convert(*converter, samples);
  } else if (converter != nullptr) {
    made = ConvertedSize(*converter, samples);
  } else {
    made = samples;
    if (!is_at_rest_) std::fill_n(free().begin(), made, int16_t{0});
  }
  past = std::min(past, made);
  if (is_at_rest_) {
    concealment_.OnSilence();
    size_ += made - past;
    return;
  }
  if (past > 0) std::copy(free().begin() + past, free().begin() + made, free().begin());
  const std::span<int16_t> fresh = free().first(made - past);
  const bool was_silent = !concealment_.is_concealing() || concealment_.is_silent();
  concealment_.Recover(fresh);
  concealment_.OnAudio(fresh);
  size_ += fresh.size();
  OnZeros(was_silent ? fresh.size() : 0);
}

void DecodedAudio::DecodeKept() noexcept {
  for (size_t i = 0; i < SenderPause::kKept; ++i) {
    if (pause_.kept(i).empty()) continue;
    // Whatever comes of it: what counts is the state behind it.
    const auto ignored = decoder_->Decode(
        pause_.kept(i), scratch_ == nullptr ? free() : std::span(scratch_.get(), scratch_size_));
    static_cast<void>(ignored);
  }
  pause_.ForgetKept();
}

// The last samples that were appended are zeros.
void DecodedAudio::OnZeros(size_t samples) noexcept {
  zeros_ = samples > 0 ? zeros_ + samples : 0;
  // What a converter holds has left it by then.
  const size_t remembered = concealment_.history_size() + rate_.SamplesIn(kTailOfConverter).size();
  if (is_at_rest_ || zeros_ < size_ + remembered) return;
  is_at_rest_ = true;
  std::fill_n(samples_.get(), capacity_, int16_t{0});
  concealment_.ForgetPast();
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
  if (pause_.is_on()) {
    if (next.empty()) return false;  // It would only go on with its noise.
    DecodeKept();
  }
  LeaveRest();
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
  if (is_at_rest_) {
    concealment_.ConcealSilence();
    size_ += samples;
    return;
  }
  const bool was_silent = concealment_.is_silent();
  concealment_.Conceal(free().first(samples));
  size_ += samples;
  OnZeros(was_silent ? samples : 0);
}

void DecodedAudio::Skip() noexcept {
  if (is_at_rest_) return concealment_.ConcealSilence();
  int16_t lead;
  if (!concealment_.is_concealing()) concealment_.Conceal({&lead, 1});
}

void DecodedAudio::Take(size_t samples) noexcept {
  DCHECK(samples <= size_);
  if (is_at_rest_) {
    size_ -= samples;
    return;
  }
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
