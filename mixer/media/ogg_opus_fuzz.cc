// Whatever a prompt file holds, it is refused with a reason or gives samples, and never more than are
// allowed.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/status.h"
#include "mixer/media/ogg_opus.h"

// libopusfile 0.12 loses the serial numbers of a stream (8 bytes) when it refuses a damaged chain of
// them. That is not ours to mend, and who may upload prompts is trusted not to do it for ever.
extern "C" const char* __lsan_default_suppressions() { return "leak:libopusfile\n"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kSamplesMax = 48000;
  const auto audio = narada::mixer::media::ParseOggOpus({data, size}, kSamplesMax);
  if (!audio.ok()) {
    const std::string reason = narada::ReasonOf(audio.status());
    CHECK(reason == "PROMPT_DAMAGED" || reason == "PROMPTS_FULL") << audio.status().message();
    return 0;
  }
  CHECK(!audio->samples.empty() && audio->samples.size() <= kSamplesMax)
      << "samples out of nothing";
  CHECK(audio->source_rate.hertz() >= 4000 && audio->source_rate.hertz() <= 48000)
      << audio->source_rate.hertz();
  return 0;
}
