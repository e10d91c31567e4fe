#include "mixer/files/track.h"

#include <utility>

#include "mixer/units/media_time.h"

namespace narada::mixer::files {
namespace {

constexpr MediaDuration kTick = Milliseconds(20);

}  // namespace

Track::Track(std::string track_id, std::string file_name, std::unique_ptr<TrackWriter> writer,
             SampleRate rate)
    : track_id_(std::move(track_id)),
      file_name_(std::move(file_name)),
      writer_(std::move(writer)),
      rate_(rate),
      samples_per_tick_(rate.SamplesIn(kTick).value()),
      next_tick_((writer_->samples() + samples_per_tick_ - 1) / samples_per_tick_) {
  // Of a track that goes on: to the beginning of a tick.
  writer_->AppendSilence(next_tick_ * samples_per_tick_ - writer_->samples());
}

bool Track::Write(int64_t tick, std::span<const int16_t> frame, SampleRate rate) {
  if (tick < next_tick_) return true;
  if (frame.empty()) {
    PadTo(tick + 1);
    return next_tick_ == tick + 1;
  }
  if (tick > next_tick_) PadTo(tick);
  if (tick != next_tick_ || writer_->is_blocked()) return false;
  Append(frame, rate);
  last_.assign(frame.begin(), frame.end());
  ++next_tick_;
  return true;
}

void Track::Append(std::span<const int16_t> frame, SampleRate rate) {
  if (resampler_.has_value() && resampler_->from() != rate) EndStream(frame);
  if (rate == rate_) return writer_->Append(frame);
  if (!resampler_.has_value()) resampler_.emplace(rate, rate_, last_);
  resampled_.clear();
  resampler_->Process(frame, resampled_);
  writer_->Append(resampled_);
}

void Track::EndStream(std::span<const int16_t> next) {
  if (!resampler_.has_value()) return;
  resampled_.clear();
  resampler_->Finish(next, resampled_);
  writer_->Append(resampled_);
  resampler_.reset();
}

void Track::PadTo(int64_t tick) {
  if (tick <= next_tick_) return;
  EndStream({});
  last_.clear();
  if (writer_->is_blocked()) return;
  writer_->AppendSilence((tick - next_tick_) * samples_per_tick_);
  next_tick_ = writer_->samples() / samples_per_tick_;
}

void Track::End(int64_t tick) {
  EndStream({});
  PadTo(tick);
}

}  // namespace narada::mixer::files
