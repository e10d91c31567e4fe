#include "mixer/room/room.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace narada::mixer::room {
namespace {

static_assert(RoomScratch::kMixedMax + 1 + RoomGroups::kGroupsMax <= dsp::kAddendsMax,
              "speakers, those who fade out, an announcement and farewells cannot wrap the sum");

constexpr size_t kNoGroup = RoomGroups::kGroupsMax;

RoomControls Bounded(RoomControls controls) {
  controls.speakers_max = std::clamp(controls.speakers_max, 1, Room::kSpeakersMax);
  return controls;
}

}  // namespace

Room::Room(const RoomConfig& config)
    : id_(config.id),
      kernels_(config.kernels ? *config.kernels : dsp::Kernels::Best()),
      own_scratch_(config.scratch ? nullptr : std::make_unique<RoomScratch>()),
      scratch_(config.scratch ? *config.scratch : *own_scratch_),
      controls_(Bounded(config.controls)),
      rate_(controls_.rate.value_or(SampleRate::FromHertz(8000))),
      samples_(rate_.SamplesIn(kTickLength).size()),
      playback_(rate_),
      groups_(std::make_unique<RoomGroups>(config.groups, kernels_)),
      silence_(kernels_),
      noise_(rate_, controls_.comfort_noise, id_.value) {}

Room::~Room() { CHECK(first_ == nullptr) << "a room is empty before it is freed"; }

// --- Who is here ---

void Room::Add(Leg& leg) noexcept {
  CHECK(leg.room_ == nullptr) << "a leg is in one room at a time";
  leg.room_ = this;
  leg.previous_ = last_;
  leg.next_ = nullptr;
  (last_ ? last_->next_ : first_) = &leg;
  last_ = &leg;
  ++statistics_.legs;
  leg.chosen_tick_ = leg.mixed_tick_ = Leg::kNever;
  leg.is_behind_ = false;
  leg.limiter_ = dsp::Limiter(kernels_);
  leg.had_own_limiter_ = false;
  leg.heard_past_.Forget();
  leg.playback_.SetRate(rate_);
  leg.hearing_tick_ = Leg::kNever;
  FindGroupOf(leg);
  FollowRates();
  if (tap_ != nullptr) tap_->AddLeg(leg.id().value);
}

void Room::Remove(Leg& leg) noexcept {
  CHECK(leg.room_ == this) << "the leg is in this room";
  StopFollowing(leg);
  if (leg.mixed_tick_ == statistics_.ticks && leg.group_place_ < groups_->size()) {
    farewells_[leg.group_place_] += leg.streams().voice(leg.is_behind_ ? 1 : 0).back();
    has_farewells_ = true;
  }
  if (leg.chosen_tick_ == statistics_.ticks) --statistics_.speakers;
  (leg.previous_ ? leg.previous_->next_ : first_) = leg.next_;
  (leg.next_ ? leg.next_->previous_ : last_) = leg.previous_;
  leg.next_ = leg.previous_ = nullptr;
  leg.room_ = nullptr;
  leg.is_speaking_ = false;
  --statistics_.legs;
  if (tap_ != nullptr) tap_->RemoveLeg(leg.id().value);
  FollowRates();
}

void Room::SetControls(const RoomControls& controls) noexcept {
  const bool has_other_noise = controls.comfort_noise != controls_.comfort_noise;
  controls_ = Bounded(controls);
  if (has_other_noise) noise_ = dsp::ComfortNoise(rate_, controls_.comfort_noise, id_.value);
  FollowRates();
}

void Room::SetGroups(std::unique_ptr<RoomGroups>& groups) noexcept {
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) StopFollowing(*leg);
  std::swap(groups_, groups);
  farewells_ = {};
  has_farewells_ = false;
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) FindGroupOf(*leg);
}

void Room::FindGroupOf(Leg& leg) noexcept {
  leg.group_place_ = groups_->Find(leg.group_).value_or(kNoGroup);
}

// The highest rate that anybody says or hears.
void Room::FollowRates() noexcept {
  SampleRate rate = SampleRate::FromHertz(8000);
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
    rate = std::max({rate, leg->voice_rate(), leg->outgoing().rate()});
  }
  SetRate(controls_.rate.value_or(rate));
}

void Room::SetRate(SampleRate rate) noexcept {
  if (rate == rate_) return;
  rate_ = rate;
  samples_ = rate.SamplesIn(kTickLength).size();
  has_new_rate_ = true;
  noise_ = dsp::ComfortNoise(rate_, controls_.comfort_noise, id_.value);
  playback_.SetRate(rate_);
  silence_.past.Forget();
  for (size_t i = 0; i < groups_->size(); ++i) (*groups_)[i].mix.past.Forget();
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
    leg->heard_past_.Forget();
    leg->playback_.SetRate(rate_);
  }
}

// --- What is played ---

bool Room::Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept {
  return playback_.Play(plan, queueing);
}

void Room::StopPlayback(uint64_t playback_id) noexcept {
  playback_.Stop(playback_id, PlaybackEnd::kStopped);
}

void Room::Finish(MediaTime now, EventSink& events) noexcept {
  playback_.Stop(0, PlaybackEnd::kTargetGone);
  playback_.TellEnded(id_, LegId{}, now, events);
  if (tap_ != nullptr) EndRecording(*tap_, now);
}

// --- A tick ---

void Room::Tick(MediaTime now, Outbox& outbox, EventSink& events) noexcept {
  ++statistics_.ticks;
  statistics_.encodes_last_tick = 0;
  const dsp::GainRamp duck = {.from = duck_, .to = playback_.room_gain()};
  duck_ = duck.to;
  has_announcement_ = playback_.Read(Samples(scratch_.announcement));
  playback_.TellEnded(id_, LegId{}, now, events);
  noise_.Fill(Samples(scratch_.noise));

  ListenToLegs(duck, now, events);
  ChooseSpeakers();
  if (tap_ != nullptr) RecordLegs(now);
  CountVoices();
  ForEachLeg(Leg::Work::kDecide, [&](Leg& leg) { DecideHearing(leg); });
  for (size_t group = 0; group < groups_->size(); ++group) {
    Sum(group);
    if (group == 0 && tap_ != nullptr) RecordMix();
    ForEachLeg(Leg::Work::kSend, [&](Leg& leg) {
      if (leg.group_place_ == group) SendTo(leg, now, outbox);
    });
    (*groups_)[group].mix.past.Keep(Samples(scratch_.common), rate_);
  }
  ForEachLegOf(kNoGroup, [&](Leg& leg) { SendTo(leg, now, outbox); });
  silence_.past.Keep(Samples(scratch_.noise), rate_);
  has_new_rate_ = false;
  if (has_farewells_) farewells_ = {};
  had_farewells_ = std::exchange(has_farewells_, false);

  ForEachLegInPassing([&](Leg& leg) {
    leg.TellSpeaking(leg.chosen_tick_ == statistics_.ticks && leg.talk_left_ > 0, now, events);
    leg.playback_.TellEnded(id_, leg.id(), now, events);
  });
}

void Room::ListenToLegs(dsp::GainRamp duck, MediaTime now, EventSink& events) noexcept {
  const Leg::Hall hall = {
      .kernels = kernels_,
      .duck = duck,
      .is_lecture = controls_.is_lecture,
      .equalises_levels = controls_.equalises_levels,
      .hangover_ticks = static_cast<int>(controls_.speaker_hangover / kTickLength)};
  ForEachLeg(Leg::Work::kListen, [&](Leg& leg) {
    leg.Listen(hall, leg.chosen_tick_ + 1 == statistics_.ticks, now, events);
  });
}

void Room::ChooseSpeakers() noexcept {
  scratch_.mixed_size = 0;
  statistics_.speakers = 0;
  for (size_t group = 0; group < groups_->size(); ++group) ChooseSpeakersOf(group);
  FadeOutFormerSpeakers();
}

// Those of one group compete with one another, not with the talk in a side room.
void Room::ChooseSpeakersOf(size_t group) noexcept {
  const int places = kSpeakersMax - static_cast<int>(statistics_.speakers);
  if (places == 0) return;
  SpeakerSelection& selection = scratch_.selection;
  selection.Begin(std::min(controls_.speakers_max, places));
  ForEachLegInPassing([&](Leg& leg) {
    if (leg.group_place_ != group) return;
    selection.Offer({.leg = &leg,
                     .is_audible = leg.activity_.is_audible(),
                     .is_speech = leg.talk_left_ > 0,
                     .was_chosen = leg.chosen_tick_ + 1 == statistics_.ticks,
                     .loudness = leg.activity_.loudness()});
  });
  for (const Candidate& speaker : selection.Choose()) {
    Leg& leg = *speaker.leg;
    ++statistics_.speakers;
    const bool is_new = leg.mixed_tick_ + 1 != statistics_.ticks && !speaker.was_chosen;
    leg.chosen_tick_ = statistics_.ticks;
    // Its talk has just been noticed, but there was something before: that is heard as well.
    if (is_new) leg.is_behind_ = leg.level_before_ >= dsp::VoiceActivity::kAudible;
    // A frame of digital silence adds nothing, not even the +8 of A-law's.
    const uint32_t level = leg.is_behind_ ? leg.level_before_ : leg.activity_.mean_square();
    if (level > dsp::VoiceActivity::kDigitalSilence) {
      Mix(leg, is_new && leg.is_behind_ ? Fade::kIn : Fade::kNone);
    }
  }
}

void Room::FadeOutFormerSpeakers() noexcept {
  ForEachLegInPassing([&](Leg& leg) {
    if (leg.chosen_tick_ == statistics_.ticks) return;
    if (leg.chosen_tick_ + 1 == statistics_.ticks) {
      Mix(leg, Fade::kOut);
    } else {
      leg.is_behind_ = false;
    }
  });
}

// Brings the leg's frame to the room's rate.
void Room::Mix(Leg& leg, Fade fade) noexcept {
  if (leg.group_place_ == kNoGroup || scratch_.mixed_size == scratch_.mixed.size()) return;
  const size_t ago = leg.is_behind_ ? 1 : 0;
  const std::span<const int16_t> voice = leg.streams().voice(ago);
  const SampleRate rate = leg.voice_rate();
  const size_t place = scratch_.mixed_size++;
  leg.mixed_ = voice.data();
  leg.mixed_tick_ = statistics_.ticks;
  if (rate != rate_ || fade != Fade::kNone) {
    const std::span<int16_t> frame = Samples(scratch_.frames[place]);
    const size_t past = rate.SamplesIn(RateChanger::kPast).size();
    scratch_.rates.Change(leg.streams().voice(ago + 1).last(past), voice, rate, rate_, frame);
    const auto samples = static_cast<int32_t>(samples_);
    for (int32_t i = 0; i < samples && fade != Fade::kNone; ++i) {
      frame[i] = static_cast<int16_t>(frame[i] * (fade == Fade::kIn ? i : samples - i) / samples);
    }
    leg.mixed_ = frame.data();
  }
  scratch_.mixed[place] = {.leg = &leg, .group = leg.group_place_, .frame = leg.mixed_};
}

}  // namespace narada::mixer::room
