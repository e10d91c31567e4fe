// What is played to one leg or to one room: a plan at a time, the others waiting behind it.
//   if (!queue.Play(plan, Queueing::kReplace)) ...     // full; the plan stays with the caller
//   if (queue.Read(frame)) ...                         // a frame of it
//   queue.TellEnded(tell, events);                     // every plan is told about, and retired
// What is stopped goes to zero within some milliseconds, for a voice that is cut off clicks. Owns its
// plans; allocates nothing. One thread.
#ifndef NARADA_MIXER_ROOM_PLAYBACK_QUEUE_H_
#define NARADA_MIXER_ROOM_PLAYBACK_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "mixer/media/playback.h"
#include "mixer/media/playback_plan.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::room {

// What happens to a plan while another is being played.
enum class Queueing : uint8_t {
  kReplace,  // It ends all others.
  kAppend,   // It waits for them.
};

class PlaybackQueue {
 public:
  static constexpr size_t kPlansMax = 16;  // Playing and waiting.

  explicit PlaybackQueue(SampleRate rate) noexcept : rate_(rate) {}
  ~PlaybackQueue();
  PlaybackQueue(const PlaybackQueue&) = delete;
  PlaybackQueue& operator=(const PlaybackQueue&) = delete;

  // Of the frames from now on.
  void SetRate(SampleRate rate) noexcept;

  bool Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept;

  // The plan with this id, or all for 0.
  void Stop(uint64_t playback_id, media::PlaybackEnd end) noexcept;

  // A digit ends what lets itself be barged into, up to the first that does not.
  void BargeIn() noexcept;

  // Overwrites `frame` with the next one. False, and `frame` untouched: nothing is being played.
  bool Read(std::span<int16_t> frame) noexcept;

  bool is_playing() const noexcept { return first_ != nullptr || cut_ != 0; }
  // Of the room, for whoever hears this; unity if nothing is being played.
  Gain room_gain() const noexcept { return first_ ? first_->room_gain : Gain::Unity(); }

  // Tells and retires every plan that has ended since the last call.
  void TellEnded(RoomId room, LegId leg, MediaTime now, EventSink& events) noexcept;

 private:
  void End(media::PlaybackPlan* plan, media::PlaybackEnd end) noexcept;  // Already unlinked.
  void Cut() noexcept;
  void StartFirst() noexcept;

  media::PlaybackPlan* first_ = nullptr;  // Being played; the next ones are linked behind it.
  media::PlaybackPlan* ended_ = nullptr;  // Oldest first.
  SampleRate rate_;
  int16_t last_ = 0;  // The last sample that was played.
  int16_t cut_ = 0;   // Where what was stopped stood since the last frame.
  size_t size_ = 0;
  media::PlaybackPlan** ended_last_ = &ended_;
  std::optional<media::Playback> playback_;  // Of first_.
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_PLAYBACK_QUEUE_H_
