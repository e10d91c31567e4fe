// An operator's recording is either refused with a reason or has samples that lie within the file.
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status.h"
#include "control/prompts/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narada;                    // NOLINT(google-build-using-namespace)
  using namespace narada::control::prompts;  // NOLINT(google-build-using-namespace)
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<WavInfo> info = CheckWav(file);
  if (info.ok()) {
    CHECK(info->data.data() >= file.data() &&
          info->data.data() + info->data.size() <= file.data() + file.size())
        << "samples outside of the file";
    CHECK(info->duration > absl::ZeroDuration()) << "a recording of no length";
    CHECK(info->channels == 1 || info->channels == 2) << info->channels << " channels";
  } else {
    CHECK(ReasonOf(info.status()) == "PROMPT_DAMAGED") << info.status();
  }
  const absl::StatusOr<Pcm> pcm = ReadMonoPcm(file);
  if (pcm.ok()) CHECK(pcm->samples.size() * 2 <= size) << "more samples than bytes";
  return 0;
}
