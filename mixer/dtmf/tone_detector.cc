#include "mixer/dtmf/tone_detector.h"

#include <spandsp.h>

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::dtmf {
namespace {

// Each of the two tones, in dBm0. Keys are -3 to -25 dBm0 where they are pressed; what a long line
// leaves of them is found, what a room's noise makes up is not.
constexpr int kThresholdDbm0 = -36;
// How much louder the tone of the row may be than that of the column, and the other way round, in
// dB: two more than what ITU-T Q.24 tells of any administration (8 and 5).
constexpr int kTwist = 10;
constexpr int kReverseTwist = 7;
constexpr int kNoDialtoneFilter = 0;

}  // namespace

ToneDetector::ToneDetector() : state_(dtmf_rx_init(nullptr, nullptr, nullptr)) {
  CHECK(state_ != nullptr) << "memory for a tone detector";
  dtmf_rx_set_realtime_callback(state_.get(), OnTone, this);
  dtmf_rx_parms(state_.get(), kNoDialtoneFilter, kTwist, kReverseTwist, kThresholdDbm0);
}

ToneDetector::~ToneDetector() = default;

void ToneDetector::Deleter::operator()(dtmf_rx_state_s* state) const noexcept {
  dtmf_rx_free(state);
}

void ToneDetector::OnTone(void* self, int code, int, int) noexcept {
  auto& detector = *static_cast<ToneDetector*>(self);
  detector.digit_ = static_cast<char>(code);
  detector.change_ = {.digit = detector.digit_, .at = detector.position_};
  detector.has_change_ = true;
}

size_t ToneDetector::ProcessSome(std::span<const int16_t> samples) noexcept {
  const size_t size = std::min(samples.size(), static_cast<size_t>(block_end_ - position_));
  position_ += static_cast<int64_t>(size);
  if (position_ == block_end_) block_end_ += kBlock;
  dtmf_rx(state_.get(), samples.data(), static_cast<int>(size));
  return size;
}

void ToneDetector::Skip(size_t samples) noexcept {
  position_ += static_cast<int64_t>(samples);
  block_end_ = position_ + kBlock;  // spandsp begins a block anew.
  dtmf_rx_fillin(state_.get(), static_cast<int>(samples));
}

}  // namespace narada::mixer::dtmf
