// Whatever a prompt file holds, it is refused with a reason or gives samples, and never more than
// its bytes can hold.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/status.h"
#include "mixer/media/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto wav = narada::mixer::media::ParseWav({data, size});
  if (!wav.ok()) {
    CHECK(narada::ReasonOf(wav.status()) == "PROMPT_DAMAGED") << wav.status().message();
    return 0;
  }
  CHECK(!wav->samples.empty() && wav->samples.size() <= size) << "samples out of nothing";
  CHECK(wav->rate.hertz() >= 4000 && wav->rate.hertz() <= 192000) << wav->rate.hertz();
  return 0;
}
