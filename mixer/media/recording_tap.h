// Where a recording listens to its room: takes the mix and what each leg says, tick by tick, for a
// file thread to write. One stands between one room and one recording.
//   RecordingTap tap({.has_legs = true});            // off the worker
//   tap.Start(now);                                  // worker, from here on to End()
//   tap.BeginTick(now); tap.WriteLeg(leg, frame, rate); tap.WriteMix(mix, rate);
//   tap.Pause(now); ... tap.Resume(now);             // what lies between is not recorded
//   tap.End(now);                                    // never touched by the worker again
//   const bool has_ended = tap.has_ended();          // file thread: asked first, then emptied
//   for (TapRecord record; tap.ring().Front(&record); tap.ring().PopFront()) ...
// Time is counted in ticks of 20 ms from Start(), without the pauses: ticks that a room skipped, or
// did not need because it was empty, are silence. Where the file thread is late the frames are lost
// and counted, and the later ones keep their places. Allocates in the constructor only.
#ifndef NARADA_MIXER_MEDIA_RECORDING_TAP_H_
#define NARADA_MIXER_MEDIA_RECORDING_TAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "mixer/media/tap_ring.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sample_count.h"

namespace narada::mixer::media {

struct RecordingTapOptions {
  bool has_legs = false;   // Takes each leg as well as the mix.
  int64_t first_tick = 0;  // Of a recording that goes on after the process died,
  bool is_paused = false;  // which may have been paused.
  // What waits for the file thread. 0: enough for more than 5 s of a mix at 48 kHz, or with legs for
  // 2 s of a hundred that talk at once at 8 kHz.
  size_t ring_bytes = 0;
};

class RecordingTap {
 public:
  static constexpr MediaDuration kTickLength = Milliseconds(20);

  explicit RecordingTap(const RecordingTapOptions& options);

  // Worker, as all up to End().
  void Start(MediaTime now) noexcept;
  // `leg` is the number of a leg: who is in the room. Told for those that are there at the start, too.
  void AddLeg(uint64_t leg) noexcept;
  void RemoveLeg(uint64_t leg) noexcept;

  // Once per tick of the room, before its frames. Frames have at most 20 ms.
  void BeginTick(MediaTime now) noexcept;
  // What the leg says, muted or gained as the room hears it. Not to be called for silence.
  void WriteLeg(uint64_t leg, std::span<const int16_t> frame, SampleRate rate) noexcept;
  // What a silent listener hears.
  void WriteMix(std::span<const int16_t> mix, SampleRate rate) noexcept;

  // Doing it twice does nothing.
  void Pause(MediaTime now) noexcept;
  void Resume(MediaTime now) noexcept;
  void End(MediaTime now) noexcept;

  // Any thread.
  bool has_legs() const noexcept { return has_legs_; }
  bool is_paused() const noexcept { return is_paused_.load(std::memory_order_relaxed); }
  // Frames of 20 ms, of the mix or of a leg, that found no room.
  uint64_t frames_lost() const noexcept { return frames_lost_.load(std::memory_order_relaxed); }

  // File thread. Once it has ended, what the ring holds is all, and `ticks_at_end` its length.
  bool has_ended() const noexcept { return ticks_at_end() >= 0; }
  int64_t ticks_at_end() const noexcept { return ticks_at_end_.load(std::memory_order_acquire); }
  TapRing& ring() noexcept { return ring_; }

 private:
  void PassIdleTicks(MediaTime now) noexcept;
  void Mark(TapKind kind, uint64_t leg) noexcept;
  void Write(TapKind kind, uint64_t leg, std::span<const int16_t> frame, SampleRate rate) noexcept;

  const bool has_legs_;
  TapRing ring_;
  std::atomic<uint64_t> frames_lost_{0};  // Written by the worker, as the next two.
  std::atomic<bool> is_paused_{false};
  std::atomic<int64_t> ticks_at_end_{-1};

  // Worker.
  MediaTime last_;  // When the last tick was, or the recording began or went on.
  int64_t tick_;    // How many ticks were recorded.
};

}  // namespace narada::mixer::media

#endif  // NARADA_MIXER_MEDIA_RECORDING_TAP_H_
