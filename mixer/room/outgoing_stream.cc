#include "mixer/room/outgoing_stream.h"

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::room {
namespace {

constexpr MediaDuration kHalfTick = Milliseconds(10);
constexpr MediaDuration kPtimeMax = Milliseconds(60);

codec::CodecFormat Normalized(codec::CodecFormat format) {
  const MediaDuration longest = std::min(kPtimeMax, codec::TraitsOf(format.id).ptime_max);
  int64_t halves = std::clamp(format.ptime, kHalfTick, longest) / kHalfTick;
  if (format.id == codec::CodecId::kOpus && halves % 2 == 1 && halves > 1) --halves;
  format.ptime = kHalfTick * halves;
  return format;
}

}  // namespace

OutgoingStream::OutgoingStream(const codec::CodecFormat& format)
    : format_(Normalized(format)),
      rate_(format.sample_rate()),
      half_tick_(rate_.SamplesIn(kHalfTick).size()),
      half_ticks_(static_cast<uint64_t>(format_.ptime / kHalfTick)),
      encoder_(codec::MakeEncoder(format_)),
      payload_size_max_(encoder_->PayloadSizeMax(SampleCount(half_tick_ * half_ticks_))),
      fifo_(half_ticks_ == 2 ? nullptr : std::make_unique<int16_t[]>(half_tick_ * half_ticks_)),
      bytes_(
          std::make_unique<uint8_t[]>(payload_size_max_ * (half_ticks_ == 2 ? 1 : kPacketsMax))) {}

// `encode` makes the payload of a packet's samples and returns its size.
template <typename F>
int OutgoingStream::EncodeWith(std::span<const int16_t> frame, uint64_t tick, F encode) noexcept {
  DCHECK_EQ(frame.size(), 2 * half_tick_);
  size_ = 0;
  if (half_ticks_ == 2) {  // A packet is a tick.
    const std::span<uint8_t> memory(bytes_.get(), payload_size_max_);
    const size_t size = encode(frame, memory);
    packets_[size_++] = {.payload = memory.first(size), .start = MediaDuration()};
    return 1;
  }
  for (uint64_t half = 0; half < 2; ++half) {
    std::copy_n(frame.begin() + half * half_tick_, half_tick_, fifo_.get() + fill_);
    fill_ += half_tick_;
    const bool is_full = fill_ == half_ticks_ * half_tick_;
    if (!is_full && (2 * tick + half + 1) % half_ticks_ != 0) continue;
    const std::span<uint8_t> memory(bytes_.get() + size_ * payload_size_max_, payload_size_max_);
    const size_t size = encode(std::span<const int16_t>(fifo_.get(), fill_), memory);
    const auto halves = static_cast<int64_t>(fill_ / half_tick_);
    packets_[size_++] = {.payload = memory.first(size),
                         .start = kHalfTick * (static_cast<int64_t>(half) + 1 - halves)};
    fill_ = 0;
  }
  return static_cast<int>(size_);
}

int OutgoingStream::Encode(std::span<const int16_t> frame, uint64_t tick) noexcept {
  return EncodeWith(frame, tick, [this](auto samples, auto payload) {
    return encoder_->Encode(samples, payload);
  });
}

void OutgoingStream::StartJoining(const OutgoingStream& other) noexcept {
  DCHECK(format_.IsEncodedLike(other.format_));
  DCHECK(is_between_packets() && other.is_between_packets());
  encoder_->StartJoining(*other.encoder_);
}

int OutgoingStream::EncodeJoining(std::span<const int16_t> frame, uint64_t tick,
                                  const OutgoingStream& other, int patience_percent) noexcept {
  return EncodeWith(frame, tick, [&](auto samples, auto payload) {
    DCHECK_LT(size_, other.size_);
    return encoder_->EncodeJoining(samples, other.packets_[size_].payload, patience_percent,
                                   payload);
  });
}

void OutgoingStream::ContinueFrom(const OutgoingStream& other) noexcept {
  DCHECK(format_.IsEncodedLike(other.format_));
  encoder_->ContinueFrom(*other.encoder_);
  fill_ = other.fill_;
  if (fill_ > 0) std::copy_n(other.fifo_.get(), fill_, fifo_.get());
}

}  // namespace narada::mixer::room
