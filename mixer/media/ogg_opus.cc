#include "mixer/media/ogg_opus.h"

#include <opusfile.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace narada::mixer::media {
namespace {

constexpr int kRateHz = 48000;  // Of all that Opus decodes to.

absl::Status Damaged(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PROMPT_DAMAGED",
                         absl::StrCat("Ogg Opus: ", what));
}

absl::string_view NameOf(int error) {
  switch (error) {
    case OP_HOLE:
      return "a page is missing or damaged";
    case OP_ENOTFORMAT:
      return "it is not an Opus stream";
    case OP_EBADHEADER:
    case OP_EVERSION:
      return "its header is damaged";
    case OP_EBADPACKET:
      return "a packet is damaged";
    case OP_EBADLINK:
    case OP_EBADTIMESTAMP:
      return "its pages contradict one another";
    case OP_EIMPL:
      return "it uses what no player can play";
    default:
      return "it cannot be read";
  }
}

}  // namespace

absl::StatusOr<DecodedAudio> ParseOggOpus(std::span<const uint8_t> file, size_t samples_max) {
  int error = 0;
  const std::unique_ptr<OggOpusFile, decltype(&op_free)> opus(
      op_open_memory(file.data(), file.size(), &error), &op_free);
  if (opus == nullptr) return Damaged(NameOf(error));
  DecodedAudio audio;
  audio.rate = SampleRate::FromHertz(kRateHz);
  const auto source_hz = static_cast<int64_t>(op_head(opus.get(), 0)->input_sample_rate);
  const bool is_told = source_hz >= 4000 && source_hz <= kRateHz;
  audio.source_rate = SampleRate::FromHertz(is_told ? static_cast<int>(source_hz) : kRateHz);

  std::array<opus_int16, 2 * 5760> stereo;  // The longest packet: 120 ms.
  while (true) {
    const int got = op_read_stereo(opus.get(), stereo.data(), static_cast<int>(stereo.size()));
    if (got < 0) return Damaged(NameOf(got));
    if (got == 0) break;
    const auto count = static_cast<size_t>(got);
    if (audio.samples.size() + count > samples_max) {
      return ErrorWithReason(
          absl::StatusCode::kResourceExhausted, "PROMPTS_FULL",
          absl::StrCat("decoded it is longer than ", samples_max / kRateHz, " s"));
    }
    for (size_t i = 0; i < count; ++i) {
      audio.samples.push_back(
          static_cast<int16_t>((int32_t{stereo[2 * i]} + stereo[2 * i + 1]) / 2));
    }
  }
  if (audio.samples.empty()) return Damaged("it has no samples");
  return audio;
}

}  // namespace narada::mixer::media
