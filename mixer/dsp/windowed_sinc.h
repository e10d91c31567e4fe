// The impulse response that both resamplers cut their filters from.
//   double tap = WindowedSinc(t, cutoff, half_width, kaiser_beta);
// A sinc under a Kaiser window: the higher `kaiser_beta`, the deeper the stop band (8: -80 dB) and the wider
// the slope before it. Not normalised: divide by the sum of the taps. Slow; for construction.
#ifndef NARADA_MIXER_DSP_WINDOWED_SINC_H_
#define NARADA_MIXER_DSP_WINDOWED_SINC_H_

namespace narada::mixer::dsp {

// `t` in input samples, 0 from `half_width` on; `cutoff` as a part of half the input's rate.
double WindowedSinc(double t, double cutoff, double half_width, double kaiser_beta);

}  // namespace narada::mixer::dsp

#endif  // NARADA_MIXER_DSP_WINDOWED_SINC_H_
