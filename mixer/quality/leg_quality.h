// What a leg's caller sounds like to us, from the frames that had to be made up.
//   quality.OnTick({.is_audio = true, .network = 1}, codec);          // every tick
//   const QualityEstimate now = quality.Estimate(one_way_delay);      // of the last ten seconds
// One leg; one thread; no allocation.
#ifndef NARADA_MIXER_QUALITY_LEG_QUALITY_H_
#define NARADA_MIXER_QUALITY_LEG_QUALITY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixer/codec/codec_id.h"
#include "mixer/quality/burst_monitor.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::quality {

// The E-model's verdict (e_model.h).
struct QualityEstimate {
  bool is_known = false;   // Something was to be heard already.
  double r_factor = 0;     // With the delay: how well one can converse.
  double mos = 0;          // The same as an opinion score, 1.0-4.5.
  double r_listening = 0;  // Without the delay: how it sounds.
  double mos_listening = 0;
};

class LegQuality {
 public:
  // Audio was due in this tick, of which `concealed` frames were found to be made up; their ticks
  // may have been earlier ones, when it was not known yet whether the sender had only paused.
  void OnTick(bool is_audio, uint64_t concealed, codec::CodecId codec) noexcept;

  QualityEstimate Estimate(MediaDuration one_way_delay) const noexcept;
  const BurstMonitor& bursts() const noexcept { return bursts_; }

 private:
  static constexpr size_t kSeconds = 10;
  static constexpr uint16_t kTicksPerSecond = 50;

  struct Second {
    uint16_t frames = 0;
    uint16_t concealed = 0;
  };

  codec::CodecId codec_ = codec::CodecId::kPcma;
  bool is_known_ = false;
  // Only seconds with audio count: silence neither mends nor spoils a call.
  std::array<Second, kSeconds> seconds_ = {};  // A ring.
  size_t second_ = 0;
  uint16_t ticks_ = 0;  // Of the present second.
  BurstMonitor bursts_;
};

}  // namespace narada::mixer::quality

#endif  // NARADA_MIXER_QUALITY_LEG_QUALITY_H_
