#include "mixer/room/speaker_selection.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace narada::mixer::room {
namespace {

// Legs are only pointed to, never looked into.
Leg* LegNumber(uintptr_t number) { return reinterpret_cast<Leg*>(number); }

Candidate Talker(uintptr_t number, uint32_t loudness, bool was_chosen = false) {
  return {.leg = LegNumber(number),
          .is_audible = true,
          .is_speech = true,
          .was_chosen = was_chosen,
          .loudness = loudness};
}
Candidate Breather(uintptr_t number, uint32_t loudness) {
  return {.leg = LegNumber(number), .is_audible = true, .loudness = loudness};
}

std::set<uintptr_t> Choose(int speakers_max, const std::vector<Candidate>& candidates) {
  SpeakerSelection selection;
  selection.Begin(speakers_max);
  for (const Candidate& candidate : candidates) selection.Offer(candidate);
  std::set<uintptr_t> chosen;
  for (const Candidate& candidate : selection.Choose()) {
    chosen.insert(reinterpret_cast<uintptr_t>(candidate.leg));
  }
  return chosen;
}

using Legs = std::set<uintptr_t>;

TEST(SpeakerSelection, HearsEverybodyWhileFewMakeASound) {
  EXPECT_EQ(Choose(3, {Talker(1, 1000), Breather(2, 10), Breather(3, 5)}), (Legs{1, 2, 3}));
}

TEST(SpeakerSelection, HearsOnlyTalkersWhenManyMakeASound) {
  EXPECT_EQ(Choose(3, {Talker(1, 10), Breather(2, 1000), Breather(3, 500), Breather(4, 1)}),
            (Legs{1}));
}

TEST(SpeakerSelection, HearsTheLoudestTalkers) {
  EXPECT_EQ(Choose(2, {Talker(1, 10), Talker(2, 30), Talker(3, 20)}), (Legs{2, 3}));
}

TEST(SpeakerSelection, DoesNotFlutterBetweenTwoOfLikeLoudness) {
  EXPECT_EQ(Choose(1, {Talker(1, 1000, true), Talker(2, 3999)}), (Legs{1}));
  EXPECT_EQ(Choose(1, {Talker(1, 1000, true), Talker(2, 4001)}), (Legs{2}));
}

TEST(SpeakerSelection, NeverHearsWhoIsSilent) {
  EXPECT_EQ(Choose(8, {{.leg = LegNumber(1)}, Talker(2, 5)}), (Legs{2}));
  EXPECT_EQ(Choose(8, {}), (Legs{}));
}

TEST(SpeakerSelection, HoldsWithThousandsOfTalkers) {
  std::vector<Candidate> candidates;
  for (uint32_t i = 1; i <= 2000; ++i) candidates.push_back(Talker(i, (i * 7919) % 2003));
  const Legs chosen = Choose(SpeakerSelection::kSpeakersMax, candidates);
  EXPECT_EQ(chosen.size(), static_cast<size_t>(SpeakerSelection::kSpeakersMax));
  for (uintptr_t leg : chosen) EXPECT_GT((leg * 7919) % 2003, 1900u);
}

}  // namespace
}  // namespace narada::mixer::room
