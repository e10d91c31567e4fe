#include "mixer/room/playback_queue.h"

#include <algorithm>
#include <utility>

namespace narada::mixer::room {

using media::PlaybackEnd;
using media::PlaybackPlan;

namespace {

// What is cut off goes to zero within this part of a frame: 5 ms.
constexpr size_t kCutPart = 4;

}  // namespace

PlaybackQueue::~PlaybackQueue() {
  for (PlaybackPlan* list : {first_, ended_}) {
    while (list != nullptr) {
      std::unique_ptr<PlaybackPlan> owned(list);
      list = list->next;
    }
  }
}

void PlaybackQueue::SetRate(SampleRate rate) noexcept {
  rate_ = rate;
  if (playback_.has_value()) playback_->SetRate(rate);
}

bool PlaybackQueue::Play(std::unique_ptr<PlaybackPlan>& plan, Queueing queueing) noexcept {
  if (queueing == Queueing::kReplace) Stop(0, PlaybackEnd::kReplaced);
  if (size_ == kPlansMax) return false;
  PlaybackPlan** last = &first_;
  while (*last != nullptr) last = &(*last)->next;
  plan->next = nullptr;
  *last = plan.release();
  if (++size_ == 1) StartFirst();
  return true;
}

void PlaybackQueue::Stop(uint64_t playback_id, PlaybackEnd end) noexcept {
  for (PlaybackPlan** link = &first_; *link != nullptr;) {
    PlaybackPlan* const plan = *link;
    if (playback_id != 0 && plan->id != playback_id) {
      link = &plan->next;
      continue;
    }
    const bool was_playing = plan == first_;
    *link = plan->next;
    --size_;
    End(plan, end);
    if (was_playing) {
      Cut();
      StartFirst();
    }
  }
}

void PlaybackQueue::BargeIn() noexcept {
  while (first_ != nullptr && first_->ends_at_digit) {
    PlaybackPlan* const plan = first_;
    first_ = plan->next;
    --size_;
    End(plan, PlaybackEnd::kBargedIn);
    Cut();
    StartFirst();
  }
}

bool PlaybackQueue::Read(std::span<int16_t> frame) noexcept {
  if (!is_playing()) return false;
  if (first_ == nullptr) {
    std::fill(frame.begin(), frame.end(), int16_t{0});
  } else {
    playback_->Read(frame);
    last_ = frame.back();
  }
  if (cut_ != 0) {
    const auto length = static_cast<int32_t>(frame.size() / kCutPart);
    for (int32_t i = 0; i < length; ++i) {
      int16_t& sample = frame[static_cast<size_t>(i)];
      const int32_t sum = sample + cut_ * (length - 1 - i) / length;
      sample = static_cast<int16_t>(std::clamp<int32_t>(sum, INT16_MIN, INT16_MAX));
    }
    cut_ = 0;
  }
  if (first_ != nullptr && playback_->has_ended()) {
    PlaybackPlan* const plan = first_;
    first_ = plan->next;
    --size_;
    End(plan, PlaybackEnd::kCompleted);
    if (first_ == nullptr) Cut();  // Nothing, where the prompt ends in silence.
    StartFirst();
  }
  return true;
}

void PlaybackQueue::Cut() noexcept { cut_ = std::exchange(last_, int16_t{0}); }

void PlaybackQueue::StartFirst() noexcept {
  playback_.reset();
  if (first_ != nullptr) playback_.emplace(*first_, rate_);
}

void PlaybackQueue::End(PlaybackPlan* plan, PlaybackEnd end) noexcept {
  plan->end = end;
  plan->next = nullptr;
  *ended_last_ = plan;
  ended_last_ = &plan->next;
}

void PlaybackQueue::TellEnded(RoomId room, LegId leg, MediaTime now, EventSink& events) noexcept {
  while (ended_ != nullptr) {
    std::unique_ptr<PlaybackPlan> plan(ended_);
    ended_ = plan->next;
    events.Push({.kind = RoomEventKind::kPlaybackEnded,
                 .playback_end = plan->end,
                 .room = room,
                 .leg = leg,
                 .playback_id = plan->id,
                 .time = now});
    events.Retire(std::move(plan));
  }
  ended_last_ = &ended_;
}

}  // namespace narada::mixer::room
