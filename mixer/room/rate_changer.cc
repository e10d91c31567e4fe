#include "mixer/room/rate_changer.h"

#include "base/check.h"

namespace narada::mixer::room {

RateChanger::RateChanger() : resampler_(kRates[0], kRates[1]) {}

void RateChanger::Change(std::span<const int16_t> past, std::span<const int16_t> frame,
                         SampleRate from, SampleRate to, std::span<int16_t> out) noexcept {
  if (from == to) {
    std::copy(frame.begin(), frame.end(), out.begin());
    return;
  }
  resampler_.Configure(from, to);
  if (!past.empty()) {
    std::array<int16_t, kFrameMax> unheard;
    const auto made =
        static_cast<size_t>(static_cast<int64_t>(past.size()) * to.hertz() / from.hertz());
    DCHECK(made <= unheard.size());
    resampler_.Process(past, std::span(unheard).first(made));
  }
  resampler_.Process(frame, out);
}

}  // namespace narada::mixer::room
