// The part of Room that gives a recording what it takes.
#include "mixer/room/room.h"

namespace narada::mixer::room {

void Room::StartRecording(media::RecordingTap& tap, MediaTime now) noexcept {
  if (tap_ != nullptr) EndRecording(*tap_, now);
  tap_ = &tap;
  tap_->Start(now);
  for (const Leg* leg = first_; leg != nullptr; leg = leg->next_) tap_->AddLeg(leg->id().value);
}

void Room::EndRecording(media::RecordingTap& tap, MediaTime now) noexcept {
  if (tap_ != &tap) return;
  tap_ = nullptr;
  tap.End(now);
}

// What is in the mix is recorded as it is there, so that the tracks add up to it; that may be the
// frame before the last (look-ahead). The others are recorded one frame late, too, so that a track
// has no seam where its leg begins to be heard.
void Room::RecordLegs(MediaTime now) noexcept {
  tap_->BeginTick(now);
  if (!tap_->has_legs()) return;
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
    const bool is_in_mix = IsInSum(*leg);
    const size_t ago = is_in_mix && !leg->is_behind_ ? 0 : 1;
    const uint32_t level = ago == 0 ? leg->activity_.mean_square() : leg->level_before_;
    if (is_in_mix && leg->voice_rate() == rate_) {
      tap_->WriteLeg(leg->id().value, {leg->mixed_, samples_}, rate_);
    } else if (is_in_mix || level > dsp::VoiceActivity::kDigitalSilence) {
      tap_->WriteLeg(leg->id().value, leg->streams().voice(ago), leg->voice_rate());
    }
  }
}

void Room::RecordMix() noexcept {
  const bool is_silent = voices_[0] == 0;  // Then the mix is our own comfort noise.
  tap_->WriteMix(is_silent ? std::span<const int16_t>() : Samples(scratch_.common), rate_);
}

}  // namespace narada::mixer::room
