// What rooms and legs tell: small plain events, and playback plans whose memory goes back to be
// freed.
//   room.Tick(now, outbox, events);
//   for (const RoomEvent& event : events.events()) ...
//   media::PlaybackPlan* retired = events.TakeRetired();   // linked by next; delete off the worker
//   events.Clear();
// Worker thread. Allocates in the constructor only.
#ifndef NARADA_MIXER_ROOM_EVENT_SINK_H_
#define NARADA_MIXER_ROOM_EVENT_SINK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mixer/dtmf/digit_path.h"
#include "mixer/media/playback_plan.h"
#include "mixer/room/ids.h"
#include "mixer/units/media_time.h"
#include "mixer/units/socket_address.h"

namespace narada::mixer::room {

enum class RoomEventKind : uint8_t {
  kDigit,          // `digit`, `digit_path`: one press of a key, told once, when it begins.
  kPlaybackEnded,  // `playback_id`, `playback_end`; of the leg, or of the room where `leg` is none.
  kSpeaking,       // The leg began to be a speaker ...
  kSilent,         // ... and ceased to be one.
  kMediaStarted,   // The first accepted packet, or the first after kMediaTimedOut.
  kMediaTimedOut,  // No RTP for the leg's media timeout although it is not on hold. Told once.
  kSourceLatched,  // `source`: the leg now sends there (first latch, or a rebind after silence).
  kRemoteGoodbye,  // The far end said RTCP BYE. A hint only: signaling decides.
};

using dtmf::DigitPath;
using media::PlaybackEnd;

struct RoomEvent {
  RoomEventKind kind = RoomEventKind::kDigit;
  char digit = 0;  // One of 0-9 * # A-D.
  DigitPath digit_path = DigitPath::kTelephoneEvent;
  PlaybackEnd playback_end = PlaybackEnd::kCompleted;
  RoomId room;
  LegId leg;  // Zero for events of the room itself.
  uint64_t playback_id = 0;
  MediaTime time;
  SocketAddress source;
};

class EventSink {
 public:
  // Room for `capacity` events between two Clear(); a leg tells at most a handful per tick.
  explicit EventSink(size_t capacity)
      : capacity_(capacity), events_(std::make_unique<RoomEvent[]>(capacity)) {}
  ~EventSink();
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  // A full sink drops the event and counts it, so that a watcher can be told what it missed.
  void Push(const RoomEvent& event) noexcept {
    if (size_ == capacity_) {
      ++dropped_;
      return;
    }
    events_[size_++] = event;
  }

  // Never full: the list is linked through the plans themselves.
  void Retire(std::unique_ptr<media::PlaybackPlan> plan) noexcept;

  std::span<const RoomEvent> events() const noexcept { return {events_.get(), size_}; }
  void Clear() noexcept { size_ = 0; }

  // The plans that nobody plays any more, linked by `next`, oldest last; null if none. The caller
  // owns them.
  media::PlaybackPlan* TakeRetired() noexcept;

  // Since construction.
  uint64_t dropped() const noexcept { return dropped_; }

 private:
  const size_t capacity_;
  std::unique_ptr<RoomEvent[]> events_;  // Worker thread, as all below.
  size_t size_ = 0;
  uint64_t dropped_ = 0;
  media::PlaybackPlan* retired_ = nullptr;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_EVENT_SINK_H_
