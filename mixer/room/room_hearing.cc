// The part of Room that makes the mixes: who hears which, and what it is.
#include <algorithm>

#include "mixer/room/room.h"

namespace narada::mixer::room {
namespace {

// What a limiter takes, less a prompt.
constexpr int64_t kSumMax = (1 << 24) - (1 << 16);

// Opus goes on with a packet that is made so that anybody can; in a pause, if there is one so soon.
constexpr int kJoiningTicksOfOpus = 25;

Gain Product(Gain a, Gain b) {
  return Gain::FromRaw(static_cast<int32_t>((int64_t{a.raw()} * b.raw()) >> Gain::kFractionBits));
}

}  // namespace

Gain Room::GainIn(const RoomGroups::Group& group, const Leg& leg) const noexcept {
  return IsInSum(leg) ? group.hears[leg.group_place_] : Gain::Mute();
}

void Room::CountVoices() noexcept {
  for (size_t group = 0; group < groups_->size(); ++group) {
    const RoomGroups::Group& hearing = (*groups_)[group];
    voices_[group] = (has_announcement_ ? 1 : 0) + (has_farewells_ ? 1 : 0);
    for (size_t i = 0; i < scratch_.mixed_size; ++i) {
      if (!hearing.hears[scratch_.mixed[i].group].is_mute()) ++voices_[group];
    }
  }
}

void Room::DecideHearing(Leg& leg) noexcept {
  leg.is_sent_to_ = leg.media().is_sending && leg.receiver_.latch().destination().is_set();
  leg.shared_mix_ = nullptr;
  if (!leg.is_sent_to_) {
    StopFollowing(leg);
    return;
  }
  leg.hearing_before_ = leg.hearing_;
  leg.hearing_ = leg.is_deaf_ || leg.is_held_ ? Gain::Mute() : leg.listen_gain_;
  const bool has_prompt = leg.playback_.is_playing();
  if (has_prompt) leg.hearing_ = Product(leg.hearing_, leg.playback_.room_gain());
  // A change is heard over a whole frame, without a click.
  if (leg.hearing_tick_ + 1 != statistics_.ticks) leg.hearing_before_ = leg.hearing_;
  leg.hearing_tick_ = statistics_.ticks;
  const bool is_changing = leg.hearing_before_ != leg.hearing_;

  if (!has_prompt) {
    if (leg.group_place_ >= groups_->size() || (leg.hearing_.is_mute() && !is_changing)) {
      leg.shared_mix_ = &silence_;
    } else {
      RoomGroups::Group& group = (*groups_)[leg.group_place_];
      const bool hears_itself = !GainIn(group, leg).is_mute();
      bool excludes_any = false;
      for (size_t i = 0; i < scratch_.mixed_size && leg.excluded_size_ > 0; ++i) {
        excludes_any |= leg.Excludes(*scratch_.mixed[i].leg);
      }
      // A step of the limiter's gain is faded first.
      const bool is_between_limiters =
          leg.had_own_limiter_ && leg.limiter_.gain() != group.mix.limiter.gain();
      if (hears_itself && voices_[leg.group_place_] == 1) {
        leg.shared_mix_ = &silence_;
      } else if (!hears_itself && !excludes_any && leg.hearing_.is_unity() && !is_changing &&
                 !is_between_limiters) {
        leg.shared_mix_ = &group.mix;
      }
    }
  }
  if (leg.shared_mix_ != nullptr) {
    leg.had_own_limiter_ = false;
    Share(leg, *leg.shared_mix_);
  } else {
    StopFollowing(leg);
  }
}

// The leg goes on with the payloads that others hear as well, as soon as its far end does not notice.
void Room::Share(Leg& leg, SharedMix& mix) noexcept {
  if (leg.followed_ != nullptr) {
    if (leg.followed_->mix == &mix) return;
    StopFollowing(leg);
  }
  OutgoingStream& outgoing = leg.outgoing();
  SharedStream* stream = mix.Find(outgoing.format());
  if (stream == nullptr) {  // The first of its format leads, and has no seam to cross.
    stream = mix.FindFree();
    if (stream == nullptr) return;
    *stream = {.mix = &mix,
               .leader = &leg,
               .outgoing = &outgoing,
               .listeners = 1,
               .tick = 0,
               .began = statistics_.ticks};
    leg.joining_ = {};
    leg.followed_ = stream;
    return;
  }
  if (!HasJoined(leg, *stream)) return;
  leg.joining_ = {};
  ++stream->listeners;
  leg.followed_ = stream;
}

// True where the leg can go on with the stream's packets in this tick. Until then it encodes the same
// with its own encoder.
bool Room::HasJoined(Leg& leg, SharedStream& stream) noexcept {
  OutgoingStream& outgoing = leg.outgoing();
  Leg::Joining& joining = leg.joining_;
  if (joining.mix != stream.mix) joining = {.mix = stream.mix};
  if (joining.began != stream.began) joining.stream = nullptr;
  if (joining.stream != nullptr && outgoing.has_joined()) return true;
  // What filters remember of the common mix may still hold its own voice.
  const bool has_memory = outgoing.rate() != rate_ || !outgoing.is_stateless();
  if (++joining.ticks == 1 && has_memory) return false;
  if (!outgoing.is_between_packets() || !stream.outgoing->is_between_packets()) return false;
  if (outgoing.is_stateless()) return true;
  if (outgoing.can_join()) {
    if (joining.stream == nullptr) {
      outgoing.StartJoining(*stream.outgoing);
      joining.stream = &stream;
      joining.began = stream.began;
    }
    return false;
  }
  if (joining.ticks <= kJoiningTicksOfOpus) return false;
  stream.outgoing->EncodeNextIndependently();
  return true;
}

void Room::StopFollowing(Leg& leg) noexcept {
  leg.joining_ = {};
  SharedStream* const stream = leg.followed_;
  if (stream == nullptr) return;
  leg.followed_ = nullptr;
  leg.heard_past_ = stream->mix->past;
  leg.last_heard_ = stream->mix->last[IndexOf(leg.outgoing().rate())];
  --stream->listeners;
  if (stream->leader != &leg) {
    leg.outgoing().ContinueFrom(*stream->outgoing);
    return;
  }
  stream->leader = nullptr;
  for (Leg* other = first_; other != nullptr && stream->listeners > 0; other = other->next_) {
    if (other->followed_ != stream) continue;
    other->outgoing().ContinueFrom(leg.outgoing());
    stream->leader = other;
    stream->outgoing = &other->outgoing();
    return;
  }
}

void Room::Sum(size_t place) noexcept {
  RoomGroups::Group& group = (*groups_)[place];
  const std::span<int32_t> sum = Samples(scratch_.sum);
  std::fill(sum.begin(), sum.end(), 0);
  for (size_t i = 0; i < scratch_.mixed_size; ++i) {
    const MixedLeg& mixed = scratch_.mixed[i];
    const Gain gain = group.hears[mixed.group];
    if (gain.is_mute()) continue;
    const int16_t* frame = mixed.frame;
    if (!gain.is_unity()) {
      kernels_.ApplyGain(frame, gain.raw(), scratch_.gained.data(), samples_);
      frame = scratch_.gained.data();
    }
    kernels_.Add(sum.data(), frame, samples_);
  }
  if (has_announcement_) kernels_.Add(sum.data(), scratch_.announcement.data(), samples_);
  if (has_farewells_) AddFarewells(group);
  group.mix.gain_before = group.mix.limiter.gain();
  group.mix.limiter.Limit(sum, Samples(scratch_.common));
  if (voices_[place] == 0) scratch_.common = scratch_.noise;
  lowered_ = {};
}

// One who left in the middle of a word: where it stood goes to zero within 5 ms instead of at once.
void Room::AddFarewells(const RoomGroups::Group& group) noexcept {
  const size_t length = samples_ / 4;
  std::fill_n(scratch_.farewell.begin(), samples_, int16_t{0});
  for (size_t from = 0; from < groups_->size(); ++from) {
    if (group.hears[from].is_mute()) continue;
    const int64_t last = group.hears[from].Apply(
        static_cast<int16_t>(std::clamp<int32_t>(farewells_[from], INT16_MIN, INT16_MAX)));
    for (size_t i = 0; i < length; ++i) {
      const int64_t sample = scratch_.farewell[i] +
                             last * static_cast<int64_t>(length - i) / static_cast<int64_t>(length);
      scratch_.farewell[i] =
          static_cast<int16_t>(std::clamp<int64_t>(sample, INT16_MIN, INT16_MAX));
    }
  }
  kernels_.Add(scratch_.sum.data(), scratch_.farewell.data(), samples_);
}

void Room::MixOwn(Leg& leg) noexcept {
  const bool has_prompt = leg.playback_.Read(Samples(scratch_.prompt));
  leg.had_prompt_ = has_prompt;
  const std::span<int16_t> own = Samples(scratch_.own);
  const bool is_changing = leg.hearing_before_ != leg.hearing_;
  if ((leg.hearing_.is_mute() && !is_changing) || leg.group_place_ >= groups_->size()) {
    const RoomScratch::Frame& heard = has_prompt ? scratch_.prompt : scratch_.noise;
    std::copy_n(heard.begin(), samples_, own.begin());
    return;
  }
  RoomGroups::Group& group = (*groups_)[leg.group_place_];
  if (!leg.had_own_limiter_) leg.limiter_.StartFrom(group.mix.gain_before);
  leg.had_own_limiter_ = true;
  // Its own voice as it is in the sum.
  std::span<const int16_t> voice;
  const Gain gain = GainIn(group, leg);
  if (!gain.is_mute()) {
    voice = {leg.mixed_, samples_};
    if (!gain.is_unity()) {
      kernels_.ApplyGain(leg.mixed_, gain.raw(), scratch_.own_voice.data(), samples_);
      voice = Samples(scratch_.own_voice);
    }
  }
  if (has_prompt || !leg.hearing_.is_unity() || is_changing || leg.excluded_size_ > 0) {
    SumOwn(leg, voice, has_prompt);
    leg.limiter_.Limit(Samples(scratch_.own_sum), own);
  } else if (!voice.empty()) {
    leg.limiter_.LimitWithout(Samples(scratch_.sum), voice, own);
  } else {
    leg.limiter_.LimitToward(group.mix.limiter.gain(), Samples(scratch_.sum), own);
  }
}

// The others at the gain of this leg's hearing, and its prompt: still in 32 bits, to be limited
// once.
void Room::SumOwn(Leg& leg, std::span<const int16_t> voice, bool has_prompt) noexcept {
  const std::span<int32_t> own_sum = Samples(scratch_.own_sum);
  std::copy_n(scratch_.sum.begin(), samples_, own_sum.begin());
  if (!voice.empty()) kernels_.Subtract(own_sum.data(), voice.data(), own_sum.data(), samples_);
  const RoomGroups::Group& group = (*groups_)[leg.group_place_];
  for (size_t i = 0; i < scratch_.mixed_size && leg.excluded_size_ > 0; ++i) {
    const Leg& other = *scratch_.mixed[i].leg;
    const Gain gain = group.hears[scratch_.mixed[i].group];
    if (&other == &leg || gain.is_mute() || !leg.Excludes(other)) continue;
    kernels_.ApplyGain(other.mixed_, gain.raw(), scratch_.gained.data(), samples_);
    kernels_.Subtract(own_sum.data(), scratch_.gained.data(), own_sum.data(), samples_);
  }
  const int32_t from = leg.hearing_before_.raw();
  const int32_t change = leg.hearing_.raw() - from;
  if (leg.hearing_.is_unity() && change == 0 && !has_prompt) return;
  for (size_t i = 0; i < samples_; ++i) {
    const int64_t gain =
        from + change * static_cast<int64_t>(i + 1) / static_cast<int64_t>(samples_);
    const int64_t heard =
        (int64_t{own_sum[i]} * gain + (1 << (Gain::kFractionBits - 1))) >> Gain::kFractionBits;
    own_sum[i] = static_cast<int32_t>(std::clamp<int64_t>(heard, -kSumMax, kSumMax)) +
                 (has_prompt ? scratch_.prompt[i] : 0);
  }
}

}  // namespace narada::mixer::room
