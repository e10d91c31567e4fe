// How a call sounds, as one number, from what the network did to it: ITU-T G.107, the E-model.
//   const double r = RFactor({.codec = ImpairmentOf(CodecId::kPcma), .loss_percent = 1.5,
//                             .one_way_delay = Milliseconds(120)});
//   const double mos = MosOf(r);                       // 1.0 to 4.5
// The narrow-band scale for every codec, so that legs compare: a wide-band call without a fault is
// as good as a narrow-band one, not better. All that the model knows beyond codec, loss and delay
// (echo, noise, levels) has its default value. Pure functions; any thread.
#ifndef NARADA_MIXER_QUALITY_E_MODEL_H_
#define NARADA_MIXER_QUALITY_E_MODEL_H_

#include "mixer/codec/codec_id.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::quality {

// What a codec does to speech (ITU-T G.113).
struct CodecImpairment {
  double ie = 0;      // Equipment impairment factor without loss.
  double bpl = 25.1;  // Packet-loss robustness factor: the higher, the better it conceals.
};

// Where each value is from is said beside it.
CodecImpairment ImpairmentOf(codec::CodecId codec) noexcept;

struct CallConditions {
  CodecImpairment codec;
  double loss_percent = 0;  // Of the sound that was due: lost, late, or given up.
  // How much longer bursts of loss are than with losses independent of each other; 1 or more.
  double burst_ratio = 1;
  MediaDuration one_way_delay;  // From mouth to ear.
};

// Transmission rating, 0 to 100; 93.2 for a call without a fault.
double RFactor(const CallConditions& conditions) noexcept;

// Mean opinion score of a rating, 1.0 to 4.5 (G.107 Annex B).
double MosOf(double r_factor) noexcept;

}  // namespace narada::mixer::quality

#endif  // NARADA_MIXER_QUALITY_E_MODEL_H_
