#include "mixer/media/playback.h"

#include <algorithm>
#include <variant>

namespace narada::mixer::media {
namespace {

// A tone begins and ends within so long: without a click, and too fast to be heard as soft.
constexpr MediaDuration kToneEdge = Microseconds(1250);

// `out` holds the samples from `position` on of a tone of `length`.
void SoftenEdges(std::span<int16_t> out, size_t position, size_t length, SampleRate rate) noexcept {
  const size_t edge = rate.SamplesIn(kToneEdge).size();
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t from_edge = std::min(position + i, length - 1 - (position + i));
    if (from_edge >= edge) continue;
    out[i] =
        static_cast<int16_t>(out[i] * static_cast<int32_t>(from_edge) / static_cast<int32_t>(edge));
  }
}

}  // namespace

Playback::Playback(PlaybackPlan& plan, SampleRate rate) noexcept : plan_(&plan), rate_(rate) {
  // Only a plan with some sample in it can be repeated without an end.
  const bool has_samples = std::any_of(plan.items.begin(), plan.items.end(),
                                       [this](const auto& item) { return LengthOf(item) > 0; });
  has_ended_ = !has_samples;
  if (!has_ended_) {
    item_ = plan.items.size() - 1;
    times_played_ = static_cast<uint32_t>(-1);
    NextItem();
  }
}

void Playback::SetRate(SampleRate rate) noexcept {
  position_ = position_ * static_cast<size_t>(rate.hertz()) / static_cast<size_t>(rate_.hertz());
  rate_ = rate;
  tone_.SetRate(rate);
}

bool Playback::Read(std::span<int16_t> frame) noexcept {
  if (has_ended_) {
    std::fill(frame.begin(), frame.end(), int16_t{0});
    return false;
  }
  std::span<int16_t> left = frame;
  while (!left.empty() && !has_ended_) {
    left = left.subspan(ReadItem(left));
    while (!has_ended_ && position_ >= LengthOf(plan_->items[item_])) NextItem();
  }
  std::fill(left.begin(), left.end(), int16_t{0});
  if (!plan_->gain.is_unity()) {
    for (int16_t& sample : frame) sample = plan_->gain.Apply(sample);
  }
  return true;
}

size_t Playback::ReadItem(std::span<int16_t> out) noexcept {
  const PlaybackItem& item = plan_->items[item_];
  out = out.first(std::min(out.size(), LengthOf(item) - position_));
  if (const auto* prompt = std::get_if<PromptPointer>(&item)) {
    const std::span<const int16_t> samples = (*prompt)->SamplesAt(rate_);
    if (samples.empty()) {
      plan_->converter.Read(**prompt, rate_, position_, out);
    } else {
      std::copy_n(samples.begin() + static_cast<ptrdiff_t>(position_), out.size(), out.begin());
    }
  } else if (std::holds_alternative<Pause>(item)) {
    std::fill(out.begin(), out.end(), int16_t{0});
  } else {
    tone_.Generate(out);
    SoftenEdges(out, position_, LengthOf(item), rate_);
  }
  position_ += out.size();
  return out.size();
}

void Playback::NextItem() noexcept {
  // Terminates: some item has samples, and empty ones are passed by.
  do {
    position_ = 0;
    if (++item_ == plan_->items.size()) {
      item_ = 0;
      ++times_played_;
      if (plan_->times != PlaybackPlan::kEndless && times_played_ >= plan_->times) {
        has_ended_ = true;
        return;
      }
    }
  } while (LengthOf(plan_->items[item_]) == 0);
  if (const auto* tone = std::get_if<Tone>(&plan_->items[item_])) {
    tone_ = ToneGenerator(*tone, rate_);
  }
}

size_t Playback::LengthOf(const PlaybackItem& item) const noexcept {
  if (const auto* prompt = std::get_if<PromptPointer>(&item)) return (*prompt)->SizeAt(rate_);
  const MediaDuration duration = std::holds_alternative<Pause>(item)
                                     ? std::get<Pause>(item).duration
                                     : std::get<Tone>(item).duration;
  return rate_.SamplesIn(std::max(duration, MediaDuration())).size();
}

}  // namespace narada::mixer::media
