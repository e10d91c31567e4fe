// A simulated phone: any codec and packet time by its own clock, keys, ears. It knows the mixer only
// by datagrams.
//   sim.phone(0).Say(Tone(Hertz(440)));
//   sim.phone(0).Press("12#");
//   sim.phone(1).heard().LevelAt(Hertz(440))
#ifndef NARADA_TESTS_SIMULATION_PHONE_H_
#define NARADA_TESTS_SIMULATION_PHONE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mixer/codec/codec_format.h"
#include "mixer/codec/decoder.h"
#include "mixer/codec/encoder.h"
#include "mixer/dtmf/digit_sender.h"
#include "mixer/media/tone.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"
#include "tests/simulation/hearing.h"
#include "tests/simulation/link.h"

namespace narada::simulation {

// A sine for a phone to say. -20 dBov is a normal voice.
inline mixer::media::Tone Tone(Hertz frequency, double level_dbov = -20) {
  return {.frequency_hz = frequency.value, .level = mixer::AudioLevel::Dbov(level_dbov)};
}

// A codec under its static number, or one of the dynamic ones.
inline mixer::codec::CodecFormat Format(mixer::codec::CodecId id,
                                        mixer::MediaDuration ptime = mixer::Milliseconds(20)) {
  return {.id = id,
          .payload_type = mixer::codec::TraitsOf(id).static_payload_type.value_or(
              mixer::PayloadType(static_cast<uint8_t>(110 + static_cast<int>(id)))),
          .ptime = ptime};
}

inline constexpr mixer::PayloadType kTelephoneEventPayloadType{101};
inline constexpr mixer::PayloadType kComfortNoisePayloadType{13};

class Phone {
 public:
  struct Options {
    uint64_t seed = 0;
    mixer::codec::CodecFormat format;  // Both ways.
    mixer::SocketAddress address;
    mixer::MediaTime first_send;    // Phase of its packets.
    bool is_listening = true;       // Keeps what it hears.
    bool is_discontinuous = false;  // Sends nothing while it says nothing (DTX).
  };
  explicit Phone(const Options& options);

  // From now on; until then, and after Hush(), it says digital silence.
  void Say(const mixer::media::Tone& tone);
  void Hush() { is_saying_ = false; }
  // Sends nothing at all.
  void StopSending() { is_sending_ = false; }
  void StartSending() { is_sending_ = true; }
  // RFC 4733, 100 ms each. With `leaks` the tone is in the audio as well, as from bad phones.
  void Press(const std::string& digits, bool leaks = false);
  // For so long it has said nothing but keys whose tones leaked, over an even network and without
  // beginning anew: nobody may hear a sound of it.
  mixer::MediaDuration OnlyKeysSince(mixer::MediaTime now) const;
  // As a phone that has lost its clock: its timestamps stand still, or go on where they stood.
  void HoldTimestamps(bool is_held) {
    holds_timestamps_ = is_held;
    disturbed_ = next_send_;
  }
  // Its clock's error: +200 sends too fast.
  void Skew(int ppm);
  void ChangeSsrc();
  void SetSsrc(mixer::Ssrc ssrc) { ssrc_ = ssrc; }
  // As after a crash: other numbers and timestamps under the same SSRC.
  void Restart();
  // Its timestamps jump, its numbers go on.
  void JumpTimestamps(int64_t ticks) {
    timestamp_ += mixer::RtpTicks(ticks);
    disturbed_ = next_send_;
  }
  // Its leg begins anew.
  void Disturb(mixer::MediaTime now) { disturbed_ = now; }
  void MoveTo(const mixer::SocketAddress& address) { options_.address = address; }

  // To the mixer, and from it.
  Link& uplink() { return uplink_; }
  Link& downlink() { return downlink_; }

  // The datagrams that are due, and when they were sent; empty: none before `now`.
  struct Sent {
    mixer::MediaTime time;
    std::vector<uint8_t> datagram;
  };
  std::optional<Sent> SendBefore(mixer::MediaTime now);
  void Receive(std::span<const uint8_t> datagram, mixer::MediaTime now);

  // What was heard, laid out by timestamps; what was lost is silence.
  Hearing heard() const;
  // Digits that arrived as telephone-events.
  const std::string& digits_heard() const { return digits_heard_; }

  const mixer::SocketAddress& address() const { return options_.address; }
  const mixer::codec::CodecFormat& format() const { return options_.format; }
  // Gets every packet's samples besides; for those who listen longer than memory lasts.
  void SetEar(std::function<void(std::span<const int16_t>)> ear) { ear_ = std::move(ear); }
  int64_t packets_sent() const { return packets_sent_; }
  int64_t packets_received() const { return packets_received_; }
  mixer::MediaTime last_received() const { return last_received_; }

 private:
  size_t samples() const;         // In a packet.
  mixer::RtpTicks ticks() const;  // In a packet.
  std::vector<uint8_t> Payload(std::span<const int16_t> samples);

  Options options_;
  mixer::SampleRate rate_;
  mixer::ClockRate clock_rate_;
  std::unique_ptr<mixer::codec::Encoder> encoder_;
  std::unique_ptr<mixer::codec::Decoder> decoder_;
  Link uplink_;
  Link downlink_;

  // Sending.
  mixer::MediaTime next_send_;
  mixer::MediaDuration interval_;
  mixer::Ssrc ssrc_;
  mixer::SequenceNumber number_;
  mixer::RtpTimestamp timestamp_;
  bool is_sending_ = true;
  bool is_saying_ = false;
  bool is_first_ = true;
  bool is_silent_ = false;  // Has told that nothing follows.
  bool leaks_ = false;
  bool holds_timestamps_ = false;
  mixer::MediaTime disturbed_;  // The last time that it said something, or began anew.
  mixer::media::ToneGenerator generator_;
  mixer::media::ToneGenerator key_tone_;
  mixer::dtmf::DigitSender digits_;
  int64_t packets_sent_ = 0;

  // Receiving.
  std::optional<mixer::RtpTimestamp> first_received_;
  std::vector<int16_t> heard_;
  std::function<void(std::span<const int16_t>)> ear_;
  std::map<uint32_t, char> events_heard_;
  std::string digits_heard_;
  int64_t packets_received_ = 0;
  mixer::MediaTime last_received_;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_PHONE_H_
