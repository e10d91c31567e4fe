// What is to be played to a leg or a room: prompts, pauses and tones in order, made off the worker.
//   auto plan = std::make_unique<PlaybackPlan>(PlaybackPlan{
//       .id = 7, .items = {prompt, Pause{Milliseconds(200)}, Tone{.frequency_hz = 440, ...}}});
//   leg.Play(std::move(plan));        // handed over with its memory ...
//   events.TakeRetired()              // ... and handed back at its end, to be freed elsewhere
// Immutable once handed over, but for the last three fields.
#ifndef NARADA_MIXER_MEDIA_PLAYBACK_PLAN_H_
#define NARADA_MIXER_MEDIA_PLAYBACK_PLAN_H_

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "mixer/media/prompt.h"
#include "mixer/media/prompt_converter.h"
#include "mixer/media/tone.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"

namespace narada::mixer::media {

// Silence of this length.
struct Pause {
  MediaDuration duration;
};

// Never null. Best prepared for the rate of the room that it is played in.
using PromptPointer = std::shared_ptr<const Prompt>;

using PlaybackItem = std::variant<PromptPointer, Pause, Tone>;

// How a playback came to its end.
enum class PlaybackEnd : uint8_t {
  kCompleted,  // Played to the end.
  kBargedIn,   // A digit ended it.
  kStopped,
  kReplaced,    // By another one.
  kTargetGone,  // The leg or the room is gone.
};

struct PlaybackPlan {
  // For PlaybackPlan::times: until it is stopped.
  static constexpr uint32_t kEndless = 0;

  uint64_t id = 0;  // Of the caller's choice; comes back in RoomEvent::playback_id.
  std::vector<PlaybackItem> items;
  uint32_t times = 1;          // How often the items are played, or kEndless.
  bool ends_at_digit = false;  // Barge-in: the leg's first digit ends it in the same tick.
  Gain gain = Gain::Unity();   // Of what is played.
  Gain room_gain =
      Gain::Unity();  // Of the room for the target meanwhile; zero: only the plan is heard.

  PromptConverter converter;  // Of the Playback.

  // Of whoever holds the plan: the next in a list (a leg's queue, the ended, the retired), and how
  // it ended.
  PlaybackPlan* next = nullptr;
  PlaybackEnd end = PlaybackEnd::kCompleted;
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_PLAYBACK_PLAN_H_
