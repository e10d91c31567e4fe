// Decides once a tick who is heard: everybody who makes a sound while few do, the loudest talkers
// when many do.
//   selection.Begin(speakers_max);
//   for (Leg& leg : legs) selection.Offer({.leg = &leg, ...});
//   for (const Candidate& speaker : selection.Choose()) mix.Add(...);
// While no more than `speakers_max` legs make any sound above digital silence, all of them are
// heard, talk or breath, so that nobody in a small room is ever cut. Beyond that only talkers are,
// the loudest first; who is already heard is preferred by 6 dB, so that the choice does not
// flutter. One thread; no allocation.
#ifndef NARADA_MIXER_ROOM_SPEAKER_SELECTION_H_
#define NARADA_MIXER_ROOM_SPEAKER_SELECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace narada::mixer::room {

class Leg;

struct Candidate {
  Leg* leg = nullptr;
  bool is_audible = false;  // VoiceActivity's.
  bool is_speech = false;
  bool was_chosen = false;  // In the last tick.
  uint32_t loudness = 0;
};

class SpeakerSelection {
 public:
  static constexpr int kSpeakersMax = 64;

  // `speakers_max` from 1 to kSpeakersMax.
  void Begin(int speakers_max) noexcept;
  void Offer(const Candidate& candidate) noexcept;
  // In no particular order; valid until Begin().
  std::span<const Candidate> Choose() noexcept;

 private:
  struct Ranked {
    Candidate candidate;
    uint64_t rank = 0;
  };
  static uint64_t RankOf(const Candidate& candidate) noexcept;

  size_t size_max_ = 0;
  size_t size_ = 0;
  size_t audible_ = 0;
  std::array<Ranked, kSpeakersMax> ranked_;  // Falling by rank; the first size_ are valid.
  std::array<Candidate, kSpeakersMax> chosen_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_SPEAKER_SELECTION_H_
