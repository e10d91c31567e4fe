// The part of Room that encodes the mixes and sends them.
#include <algorithm>
#include <cmath>

#include "mixer/codec/codec_traits.h"
#include "mixer/codec/comfort_noise_payload.h"
#include "mixer/room/room.h"

namespace narada::mixer::room {
namespace {

constexpr int kSilentTicksMin = 10;     // The end of a word is heard out.
constexpr int kComfortNoiseTicks = 25;  // One packet in half a second.

}  // namespace

void Room::SendTo(Leg& leg, MediaTime now, Outbox& outbox) noexcept {
  if (!leg.is_sent_to_) {
    leg.playback_.Read(Samples(scratch_.prompt));  // Goes on unheard.
    leg.outgoing().Skip();
    leg.sender_.SendNothing();
  } else if (IsSentComfortNoise(leg)) {
    SendComfortNoise(leg, leg.receiver_.latch().destination(), outbox);
  } else {
    const std::span<const OutgoingPacket> packets = PacketsFor(leg);
    const LegMedia& media = leg.media();
    const SocketAddress destination = leg.receiver_.latch().destination();
    if (leg.sender_.SendDigit(media.send_telephone_event, destination, outbox)) {
      ++statistics_.packets_sent;
    } else {
      for (const OutgoingPacket& packet : packets) {
        if (packet.payload.empty()) {
          leg.sender_.SendNothing();
          continue;
        }
        leg.sender_.SendAudio(media.send_format.payload_type, packet, destination, outbox);
        ++statistics_.packets_sent;
      }
    }
  }
  leg.SendReport(now, outbox);
}

// A far end that agreed on comfort noise packets is not sent silence: it makes its own. Only where
// its decoder misses nothing by that.
bool Room::IsSentComfortNoise(Leg& leg) noexcept {
  const LegMedia& media = leg.media();
  const bool is_silent = leg.shared_mix_ == &silence_ ||
                         (leg.shared_mix_ != nullptr && voices_[leg.group_place_] == 0);
  if (!is_silent || !media.send_comfort_noise.has_value() ||
      !codec::TraitsOf(media.send_format.id).is_stateless) {
    leg.silent_ticks_ = 0;
    return false;
  }
  return ++leg.silent_ticks_ > kSilentTicksMin;
}

void Room::SendComfortNoise(Leg& leg, const SocketAddress& destination, Outbox& outbox) noexcept {
  if (leg.followed_ == nullptr) leg.outgoing().Skip();
  if (leg.sender_.SendDigit(leg.media().send_telephone_event, destination, outbox)) {
    ++statistics_.packets_sent;
    return;
  }
  if ((leg.silent_ticks_ - kSilentTicksMin) % kComfortNoiseTicks != 1) return;
  const codec::ComfortNoise noise{
      .level_dbov = static_cast<int>(std::lround(controls_.comfort_noise.dbov()))};
  const size_t size = noise.Write(noise_payload_);
  leg.sender_.SendComfortNoise(*leg.media().send_comfort_noise,
                               std::span(noise_payload_).first(size), destination, outbox);
  ++statistics_.packets_sent;
}

std::span<const OutgoingPacket> Room::PacketsFor(Leg& leg) noexcept {
  if (leg.followed_ != nullptr) return EncodeShared(*leg.followed_);
  OutgoingStream& outgoing = leg.outgoing();
  std::span<const int16_t> heard;
  if (leg.shared_mix_ !=
      nullptr) {  // On the way to the others: theirs, after what it heard itself.
    heard = FrameOf(*leg.shared_mix_);
  } else {
    MixOwn(leg);
    heard = Samples(scratch_.own);
  }
  const std::span<int16_t> lowered(scratch_.own_lowered.data(),
                                   outgoing.rate().SamplesIn(kTickLength).size());
  scratch_.rates.Change(leg.heard_past_.samples(), heard, rate_, outgoing.rate(), lowered);
  leg.heard_past_.Keep(heard, rate_);
  if (has_new_rate_) JoinTo(leg.last_heard_, lowered);
  leg.last_heard_ = lowered.back();
  const int packets = EncodeOwn(leg, lowered);
  leg.encodes_ += static_cast<uint64_t>(packets);
  CountEncodes(packets, statistics_.encodes_own);
  return outgoing.packets();
}

int Room::EncodeOwn(Leg& leg, std::span<const int16_t> frame) noexcept {
  const Leg::Joining& joining = leg.joining_;
  // Its last listener may have left it in this tick.
  const bool is_there = joining.stream != nullptr && joining.stream->leader != nullptr &&
                        joining.stream->began == joining.began;
  if (!is_there) return leg.outgoing().Encode(frame, statistics_.ticks);
  EncodeShared(*joining.stream);
  const int left = std::max(0, kJoiningTicksMax - joining.ticks);
  return leg.outgoing().EncodeJoining(frame, statistics_.ticks, *joining.stream->outgoing,
                                      100 * left / kJoiningTicksMax);
}

std::span<const OutgoingPacket> Room::EncodeShared(SharedStream& stream) noexcept {
  if (stream.tick != statistics_.ticks) {
    stream.tick = statistics_.ticks;
    const std::span<const int16_t> heard = Lowered(*stream.mix, stream.outgoing->rate());
    const int packets = stream.outgoing->Encode(heard, statistics_.ticks);
    CountEncodes(packets, statistics_.encodes_common);
  }
  return stream.outgoing->packets();
}

// A mix that many hear, at a rate that some of them have: brought down once. The mix is the one of
// the group whose legs are sent to, or the silence.
std::span<const int16_t> Room::Lowered(SharedMix& mix, SampleRate rate) noexcept {
  const size_t index = IndexOf(rate);
  const std::span<int16_t> lowered(scratch_.common_at[index].data(),
                                   rate.SamplesIn(kTickLength).size());
  if (lowered_[index] == &mix) return lowered;
  lowered_[index] = &mix;
  scratch_.rates.Change(mix.past.samples(), FrameOf(mix), rate_, rate, lowered);
  if (has_new_rate_) JoinTo(mix.last[index], lowered);
  mix.last[index] = lowered.back();
  return lowered;
}

// The filters on the way, and their delay, have changed: the step that this makes is spread over 5 ms.
void Room::JoinTo(int16_t last, std::span<int16_t> frame) const noexcept {
  const auto length = static_cast<int32_t>(frame.size() / 4);
  const int32_t step = last - frame[0];
  for (int32_t i = 0; i < length; ++i) {
    frame[i] = static_cast<int16_t>(
        std::clamp<int32_t>(frame[i] + step * (length - i) / length, INT16_MIN, INT16_MAX));
  }
}

void Room::CountEncodes(int packets, uint64_t& total) noexcept {
  total += static_cast<uint64_t>(packets);
  statistics_.encodes_last_tick += static_cast<size_t>(packets);
}

}  // namespace narada::mixer::room
