#include "mixer/room/speaker_selection.h"

#include "base/check.h"

namespace narada::mixer::room {

void SpeakerSelection::Begin(int speakers_max) noexcept {
  DCHECK(speakers_max >= 1 && speakers_max <= kSpeakersMax);
  size_max_ = static_cast<size_t>(speakers_max);
  size_ = 0;
  audible_ = 0;
}

// Any talk before any other sound; then loudness, four times as much for who is heard already.
uint64_t SpeakerSelection::RankOf(const Candidate& candidate) noexcept {
  const uint64_t loudness = uint64_t{candidate.loudness} * (candidate.was_chosen ? 4 : 1);
  return (candidate.is_speech ? uint64_t{1} << 40 : 0) + loudness;
}

void SpeakerSelection::Offer(const Candidate& candidate) noexcept {
  if (!candidate.is_audible && !candidate.is_speech) return;
  ++audible_;
  const uint64_t rank = RankOf(candidate);
  if (size_ == size_max_) {
    if (rank <= ranked_[size_ - 1].rank) return;
    --size_;
  }
  size_t at = size_++;
  for (; at > 0 && ranked_[at - 1].rank < rank; --at) ranked_[at] = ranked_[at - 1];
  ranked_[at] = {.candidate = candidate, .rank = rank};
}

std::span<const Candidate> SpeakerSelection::Choose() noexcept {
  const bool are_few = audible_ <= size_max_;
  size_t count = 0;
  for (size_t i = 0; i < size_; ++i) {
    const Candidate& candidate = ranked_[i].candidate;
    if (are_few || candidate.is_speech) chosen_[count++] = candidate;
  }
  return {chosen_.data(), count};
}

}  // namespace narada::mixer::room
