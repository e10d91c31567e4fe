#include "mixer/quality/e_model.h"

#include <algorithm>
#include <cmath>

namespace narada::mixer::quality {
namespace {

// Ro - Is of G.107 (2011 and later) with every default value.
constexpr double kRatingWithoutFault = 93.2;
constexpr double kImpairmentMax = 95;
// Below this one-way delay nobody notices any (G.107 §7.4).
constexpr double kDelayFreeMs = 100;

double DelayImpairment(MediaDuration one_way_delay) {
  const double ms = one_way_delay.seconds() * 1000;
  if (ms <= kDelayFreeMs) return 0;
  const double x = std::log2(ms / kDelayFreeMs);
  return 25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) -
               3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
}

double EquipmentImpairment(const CallConditions& conditions) {
  const double loss = std::clamp(conditions.loss_percent, 0.0, 100.0);
  const double ie = conditions.codec.ie;
  return ie + (kImpairmentMax - ie) * loss /
                  (loss / std::max(conditions.burst_ratio, 1.0) + conditions.codec.bpl);
}

}  // namespace

CodecImpairment ImpairmentOf(codec::CodecId codec) noexcept {
  // On the narrow-band scale a wide-band codec has no impairment left: ITU-T G.113 (Appendix IV)
  // gives G.722 at 64 kbit/s Ie,WB = 13 on a scale on which G.711 has 36 (G.107.1: 129 - 93).
  switch (codec) {
    case codec::CodecId::kPcma:
    case codec::CodecId::kPcmu:
    case codec::CodecId::kL16At8k:
    case codec::CodecId::kL16At16k:
    case codec::CodecId::kL16At48k:
      // G.113 (11/2007) Appendix I: G.711 with the concealment of its own Appendix I, whose method
      // is that of mixer/jitter/concealment.h. Each frame stands alone, which L16's do as well.
      return {.ie = 0, .bpl = 25.1};
    case codec::CodecId::kG722:
      // No value is published for our concealment. Behind a loss the decoder's predictors are off
      // for a while: taken as half-way between G.711 without concealment (4.3) and with it.
      return {.ie = 0, .bpl = 14.7};
    case codec::CodecId::kOpus:
      // No value of ITU-T's. Speech is coded and concealed as by G.729A, with prediction across
      // frames: G.113's 19 for that. What FEC brings back is no loss here.
      return {.ie = 0, .bpl = 19};
  }
  return {};
}

double RFactor(const CallConditions& conditions) noexcept {
  const double r = kRatingWithoutFault - DelayImpairment(conditions.one_way_delay) -
                   EquipmentImpairment(conditions);
  return std::clamp(r, 0.0, 100.0);
}

double MosOf(double r_factor) noexcept {
  const double r = std::clamp(r_factor, 0.0, 100.0);
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

}  // namespace narada::mixer::quality
