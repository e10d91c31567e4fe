#include "mixer/files/aligned_resampler.h"

#include <algorithm>

#include "mixer/units/media_time.h"

namespace narada::mixer::files {
namespace {

constexpr MediaDuration kFrame = Milliseconds(20);

}  // namespace

std::vector<int16_t> RoughlyAt(std::span<const int16_t> frame, size_t samples) {
  std::vector<int16_t> result(samples);
  if (frame.empty()) return result;
  for (size_t i = 0; i < samples; ++i) {
    const size_t at = i * frame.size();  // In steps of 1 / samples.
    const size_t index = at / samples;
    const auto part = static_cast<int64_t>(at % samples);
    const int64_t next = frame[std::min(index + 1, frame.size() - 1)];
    const int64_t whole = static_cast<int64_t>(samples);
    result[i] = static_cast<int16_t>((frame[index] * (whole - part) + next * part) / whole);
  }
  return result;
}

AlignedResampler::AlignedResampler(SampleRate from, SampleRate to, std::span<const int16_t> before)
    : resampler_(from, to),
      block_in_(from.SamplesIn(kFrame).size()),
      block_out_(to.SamplesIn(kFrame).size()) {
  // Going down, an output stands at the last input of its group; so many zeros make it the first.
  const auto shift = static_cast<size_t>(std::max(from.hertz() / to.hertz(), 1) - 1);
  to_drop_ = block_out_ + to.SamplesIn(resampler_.delay()).size();
  std::vector<int16_t> none;
  Feed(std::vector<int16_t>(shift), none);
  Feed(before.empty() ? std::vector<int16_t>(block_in_) : RoughlyAt(before, block_in_), none);
}

void AlignedResampler::Process(std::span<const int16_t> frame, std::vector<int16_t>& out) {
  owed_ += static_cast<int64_t>(block_out_);
  Feed(frame, out);
}

void AlignedResampler::Finish(std::span<const int16_t> after, std::vector<int16_t>& out) {
  const size_t wanted = out.size() + static_cast<size_t>(owed_);
  std::vector<int16_t> next =
      after.empty() ? std::vector<int16_t>(block_in_) : RoughlyAt(after, block_in_);
  while (out.size() < wanted) {
    Feed(next, out);
    std::fill(next.begin(), next.end(), int16_t{0});
  }
  out.resize(wanted);
}

void AlignedResampler::Feed(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  waiting_.insert(waiting_.end(), samples.begin(), samples.end());
  std::vector<int16_t> block(block_out_);
  size_t taken = 0;
  for (; waiting_.size() - taken >= block_in_; taken += block_in_) {
    resampler_.Process(std::span<const int16_t>(waiting_).subspan(taken, block_in_), block);
    const size_t dropped = std::min(to_drop_, block.size());
    to_drop_ -= dropped;
    owed_ -= static_cast<int64_t>(block.size() - dropped);
    out.insert(out.end(), block.begin() + static_cast<ptrdiff_t>(dropped), block.end());
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(taken));
}

}  // namespace narada::mixer::files
