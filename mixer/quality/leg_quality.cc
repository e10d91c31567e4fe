#include "mixer/quality/leg_quality.h"

#include <algorithm>

#include "mixer/quality/e_model.h"

namespace narada::mixer::quality {

void LegQuality::OnTick(bool is_audio, uint64_t concealed, codec::CodecId codec) noexcept {
  if (!is_audio && concealed == 0) return;
  is_known_ = true;
  codec_ = codec;
  for (uint64_t i = 0; i < concealed; ++i) bursts_.OnLost();
  if (concealed == 0) bursts_.OnReceived();

  if (ticks_ == kTicksPerSecond) {
    second_ = (second_ + 1) % kSeconds;
    seconds_[second_] = {};
    ticks_ = 0;
  }
  ++ticks_;
  Second& second = seconds_[second_];
  second.concealed = static_cast<uint16_t>(std::min<uint64_t>(second.concealed + concealed, 1000));
  second.frames = static_cast<uint16_t>(
      std::min<uint64_t>(second.frames + std::max<uint64_t>(concealed, 1), 1000));
}

QualityEstimate LegQuality::Estimate(MediaDuration one_way_delay) const noexcept {
  QualityEstimate estimate;
  if (!is_known_) return estimate;
  int frames = 0;
  int concealed = 0;
  for (const Second& second : seconds_) {
    frames += second.frames;
    concealed += second.concealed;
  }
  CallConditions conditions{.codec = ImpairmentOf(codec_),
                            .loss_percent = 100.0 * concealed / std::max(frames, 1),
                            .burst_ratio = bursts_.Summary().burst_ratio};
  estimate.is_known = true;
  estimate.r_listening = RFactor(conditions);
  estimate.mos_listening = MosOf(estimate.r_listening);
  conditions.one_way_delay = one_way_delay;
  estimate.r_factor = RFactor(conditions);
  estimate.mos = MosOf(estimate.r_factor);
  return estimate;
}

}  // namespace narada::mixer::quality
