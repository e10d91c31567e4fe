#include "mixer/room/room.h"

#include <algorithm>

#include "base/check.h"

namespace narada::mixer::room {
namespace {

static_assert(SpeakerSelection::kSpeakersMax * 2 + 1 <= dsp::kAddendsMax,
              "speakers, those who fade out, and an announcement cannot wrap the sum");

// What a limiter takes, less a prompt.
constexpr int64_t kSumMax = (1 << 24) - (1 << 16);

Gain Product(Gain a, Gain b) {
  return Gain::FromRaw(static_cast<int32_t>((int64_t{a.raw()} * b.raw()) >> Gain::kFractionBits));
}

}  // namespace

Room::Room(const RoomConfig& config)
    : id_(config.id),
      rate_(config.rate),
      samples_(config.rate.SamplesIn(kTickLength).size()),
      kernels_(config.kernels ? *config.kernels : dsp::Kernels::Best()),
      speakers_max_(std::clamp(config.speakers_max, 1, kSpeakersMax)),
      playback_(config.rate),
      sum_(std::make_unique<int32_t[]>(samples_)),
      own_sum_(std::make_unique<int32_t[]>(samples_)),
      common_(std::make_unique<int16_t[]>(samples_)),
      announcement_(std::make_unique<int16_t[]>(samples_)),
      limiter_(kernels_) {
  for (size_t i = 0; i < payloads_.size(); ++i) {
    const auto id = static_cast<codec::CodecId>(i);
    if (codec::TraitsOf(id).sample_rate != rate_) continue;
    SharedPayload& shared = payloads_[i];
    shared.encoder = codec::MakeEncoder({.id = id});
    const size_t size_max = shared.encoder->PayloadSizeMax(SampleCount(samples_));
    shared.bytes = std::make_unique<uint8_t[]>(size_max);
    shared.silence = std::make_unique<uint8_t[]>(size_max);
    shared.silence_size =
        shared.encoder->Encode({common_.get(), samples_}, {shared.silence.get(), size_max});
  }
}

Room::~Room() { CHECK(first_ == nullptr) << "a room is empty before it is freed"; }

void Room::Add(Leg& leg) noexcept {
  CHECK(leg.room_ == nullptr) << "a leg is in one room at a time";
  CHECK_EQ(leg.samples_, samples_) << "a leg's frames are of its room's rate";
  leg.room_ = this;
  leg.previous_ = last_;
  leg.next_ = nullptr;
  (last_ ? last_->next_ : first_) = &leg;
  last_ = &leg;
  ++statistics_.legs;
  leg.chosen_tick_ = leg.mixed_tick_ = 0;
  leg.limiter_ = dsp::Limiter(kernels_);
  leg.had_own_limiter_ = false;
}

void Room::Remove(Leg& leg) noexcept {
  CHECK(leg.room_ == this) << "the leg is in this room";
  (leg.previous_ ? leg.previous_->next_ : first_) = leg.next_;
  (leg.next_ ? leg.next_->previous_ : last_) = leg.previous_;
  leg.next_ = leg.previous_ = nullptr;
  leg.room_ = nullptr;
  leg.is_speaking_ = false;
  --statistics_.legs;
  const auto end = speakers_.begin() + statistics_.speakers;
  const auto at = std::find(speakers_.begin(), end, &leg);
  if (at == end) return;
  *at = *(end - 1);
  --statistics_.speakers;
}

void Room::SetSpeakersMax(int speakers_max) noexcept {
  speakers_max_ = std::clamp(speakers_max, 1, kSpeakersMax);
}

bool Room::Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept {
  return playback_.Play(plan, queueing);
}

void Room::StopPlayback(uint64_t playback_id) noexcept {
  playback_.Stop(playback_id, PlaybackEnd::kStopped);
}

void Room::Finish(MediaTime now, EventSink& events) noexcept {
  playback_.Stop(0, PlaybackEnd::kTargetGone);
  playback_.TellEnded(id_, LegId{}, now, events);
}

void Room::Tick(MediaTime now, Outbox& outbox, EventSink& events) noexcept {
  ++statistics_.ticks;
  statistics_.encodes_last_tick = 0;
  const Gain duck = playback_.room_gain();
  has_announcement_ = playback_.Read({announcement_.get(), samples_});
  playback_.TellEnded(id_, LegId{}, now, events);

  ListenToLegs(duck, now, events);
  Mix();
  if (mix_sink_ != nullptr) mix_sink_->Write({common_.get(), samples_}, now);
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
    const bool is_chosen = leg->chosen_tick_ == statistics_.ticks;
    leg->TellSpeaking(is_chosen && leg->activity_.is_speech(), now, events);
    SendTo(*leg, now, outbox);
    leg->playback_.TellEnded(id_, leg->id(), now, events);
  }
}

void Room::ListenToLegs(Gain duck, MediaTime now, EventSink& events) noexcept {
  selection_.Begin(speakers_max_);
  for (Leg* leg = first_; leg != nullptr; leg = leg->next_) {
    const bool was_speaker = leg->chosen_tick_ + 1 == statistics_.ticks;
    leg->Listen(kernels_, duck, was_speaker, now, events);
    selection_.Offer({.leg = leg,
                      .is_audible = leg->activity_.is_audible(),
                      .is_speech = leg->activity_.is_speech(),
                      .was_chosen = was_speaker,
                      .loudness = leg->activity_.loudness()});
  }
}

void Room::Mix() noexcept {
  std::fill_n(sum_.get(), samples_, 0);
  addends_ = 0;
  const std::span<const Candidate> chosen = selection_.Choose();
  for (const Candidate& speaker : chosen) speaker.leg->chosen_tick_ = statistics_.ticks;
  for (size_t i = 0; i < statistics_.speakers; ++i) {
    if (speakers_[i]->chosen_tick_ != statistics_.ticks) AddFadingOut(*speakers_[i]);
  }
  statistics_.speakers = 0;
  for (const Candidate& speaker : chosen) {
    Leg& leg = *speaker.leg;
    speakers_[statistics_.speakers++] = &leg;
    // A frame of digital silence adds nothing, not even the +8 of A-law's.
    if (!leg.activity_.is_digital_silence()) AddToSum(leg);
  }
  if (has_announcement_) {
    kernels_.Add(sum_.get(), announcement_.get(), samples_);
    ++addends_;
  }
  gain_before_ = limiter_.gain();
  limiter_.Limit(sum(), {common_.get(), samples_});
}

void Room::AddFadingOut(Leg& leg) noexcept {
  const auto samples = static_cast<int32_t>(samples_);
  for (int32_t i = 0; i < samples; ++i) {
    leg.frame_[i] = static_cast<int16_t>(leg.frame_[i] * (samples - i) / samples);
  }
  AddToSum(leg);
}

void Room::AddToSum(Leg& leg) noexcept {
  leg.mixed_tick_ = statistics_.ticks;
  kernels_.Add(sum_.get(), leg.frame_.get(), samples_);
  ++addends_;
}

void Room::SendTo(Leg& leg, MediaTime now, Outbox& outbox) noexcept {
  const LegMedia& media = leg.media_;
  const SocketAddress destination = leg.receiver_.latch().destination();
  if (!media.is_sending || !destination.is_set()) {
    leg.playback_.Read(leg.prompt());  // Goes on unheard.
    leg.sender_.SendNothing();
  } else {
    const std::span<const uint8_t> payload = PayloadFor(leg);
    if (!leg.sender_.SendDigit(media.send_telephone_event, destination, outbox)) {
      leg.sender_.SendAudio(media.send_payload_type, payload, destination, outbox);
    }
    ++statistics_.packets_sent;
  }
  leg.SendReport(now, outbox);
}

std::span<const uint8_t> Room::PayloadFor(Leg& leg) noexcept {
  const codec::CodecId codec = leg.media_.send_codec;
  Gain hearing = leg.is_deaf_ || leg.is_held_ ? Gain::Mute() : leg.listen_gain_;
  if (leg.playback_.is_playing()) hearing = Product(hearing, leg.playback_.room_gain());
  const bool has_prompt = leg.playback_.Read(leg.prompt());
  leg.had_prompt_ = has_prompt;

  const SharedPayload& shared = payloads_[static_cast<size_t>(codec)];
  const bool is_alone = addends_ == (IsInSum(leg) ? 1 : 0);
  if ((is_alone || hearing.is_mute()) && !has_prompt)
    return {shared.silence.get(), shared.silence_size};

  const bool is_between_mixes = leg.had_own_limiter_ && leg.limiter_.gain() != limiter_.gain();
  if (!IsInSum(leg) && hearing.is_unity() && !has_prompt && !is_between_mixes) {
    leg.had_own_limiter_ = false;
    return CommonPayload(codec);
  }

  MixOwn(leg, hearing, has_prompt);
  codec::Encoder& encoder = *leg.encoders_[static_cast<size_t>(codec)];
  const size_t size_max = encoder.PayloadSizeMax(SampleCount(samples_));
  const size_t size = encoder.Encode(leg.mix(), {leg.payload_.get(), size_max});
  ++leg.encodes_;
  ++statistics_.encodes_own;
  ++statistics_.encodes_last_tick;
  return {leg.payload_.get(), size};
}

std::span<const uint8_t> Room::CommonPayload(codec::CodecId codec) noexcept {
  SharedPayload& shared = payloads_[static_cast<size_t>(codec)];
  if (shared.tick != statistics_.ticks) {
    shared.tick = statistics_.ticks;
    const size_t size_max = shared.encoder->PayloadSizeMax(SampleCount(samples_));
    shared.size = shared.encoder->Encode({common_.get(), samples_}, {shared.bytes.get(), size_max});
    ++statistics_.encodes_common;
    ++statistics_.encodes_last_tick;
  }
  return {shared.bytes.get(), shared.size};
}

void Room::MixOwn(Leg& leg, Gain hearing, bool has_prompt) noexcept {
  const std::span<int16_t> mix = leg.mix();
  const bool has_own_sum = has_prompt || !hearing.is_unity();
  if (has_own_sum && hearing.is_mute()) {  // Then there is a prompt, and nothing but it.
    std::copy_n(leg.prompt_.get(), samples_, mix.begin());
    return;
  }
  if (!leg.had_own_limiter_) leg.limiter_.StartFrom(gain_before_);
  leg.had_own_limiter_ = true;
  if (has_own_sum) {
    SumOwn(leg, hearing, has_prompt);
    leg.limiter_.Limit({own_sum_.get(), samples_}, mix);
  } else if (IsInSum(leg)) {
    leg.limiter_.LimitWithout(sum(), leg.frame(), mix);
  } else {
    leg.limiter_.LimitToward(limiter_.gain(), sum(), mix);
    leg.had_own_limiter_ = false;
  }
}

// The others at the gain of this leg's hearing, and its prompt: still in 32 bits, to be limited
// once.
void Room::SumOwn(const Leg& leg, Gain hearing, bool has_prompt) noexcept {
  const bool is_in_sum = IsInSum(leg);
  for (size_t i = 0; i < samples_; ++i) {
    const int64_t others = sum_[i] - (is_in_sum ? leg.frame_[i] : 0);
    const int64_t heard =
        (others * hearing.raw() + (1 << (Gain::kFractionBits - 1))) >> Gain::kFractionBits;
    own_sum_[i] = static_cast<int32_t>(std::clamp<int64_t>(heard, -kSumMax, kSumMax)) +
                  (has_prompt ? leg.prompt_[i] : 0);
  }
}

}  // namespace narada::mixer::room
