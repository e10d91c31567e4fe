#include "mixer/media/trim.h"

#include <algorithm>
#include <span>
#include <vector>

#include "mixer/units/audio_level.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::media {
namespace {

constexpr MediaDuration kFrame = Milliseconds(20);
constexpr MediaDuration kMargin = Milliseconds(100);
constexpr double kSilentDbov = -50;
constexpr double kBelowLoudestDb = 30;

}  // namespace

bool TrimSilence(DecodedAudio& audio) {
  const size_t frame = audio.rate.SamplesIn(kFrame).size();
  const size_t margin = audio.rate.SamplesIn(kMargin).size();
  const std::span<const int16_t> samples = audio.samples;
  std::vector<double> levels;
  for (size_t at = 0; at < samples.size(); at += frame) {
    levels.push_back(
        AudioLevel::Of(samples.subspan(at, std::min(frame, samples.size() - at))).dbov());
  }
  if (levels.empty()) return false;
  const double loudest = *std::max_element(levels.begin(), levels.end());
  if (loudest < kSilentDbov) return false;
  const auto is_sound = [&](double level) {
    return level >= std::max(kSilentDbov, loudest - kBelowLoudestDb);
  };
  const auto first = std::find_if(levels.begin(), levels.end(), is_sound);
  const auto behind_last = std::find_if(levels.rbegin(), levels.rend(), is_sound).base();
  const size_t begin = static_cast<size_t>(first - levels.begin()) * frame;
  const size_t end = static_cast<size_t>(behind_last - levels.begin()) * frame;
  audio.samples.resize(std::min(samples.size(), end + margin));
  audio.samples.erase(
      audio.samples.begin(),
      audio.samples.begin() + static_cast<ptrdiff_t>(begin > margin ? begin - margin : 0));
  return true;
}

}  // namespace narada::mixer::media
