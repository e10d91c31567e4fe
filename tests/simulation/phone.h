// A simulated phone: G.711 every 20 ms by its own clock, keys, ears. It knows the mixer only by
// datagrams.
//   sim.phone(0).Say(Tone(Hertz(440)));
//   sim.phone(0).Press("12#");
//   sim.phone(1).heard().LevelAt(Hertz(440))
#ifndef NARADA_TESTS_SIMULATION_PHONE_H_
#define NARADA_TESTS_SIMULATION_PHONE_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mixer/codec/codec_id.h"
#include "mixer/dtmf/digit_sender.h"
#include "mixer/media/tone.h"
#include "mixer/rtp/packet_view.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
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

inline constexpr mixer::PayloadType kTelephoneEventPayloadType{101};

class Phone {
 public:
  struct Options {
    uint64_t seed = 0;
    mixer::codec::CodecId codec = mixer::codec::CodecId::kPcma;
    mixer::SocketAddress address;
    mixer::MediaTime first_send;  // Phase of its 20 ms.
    bool is_listening = true;     // Keeps what it hears.
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
  // Its clock's error: +200 sends too fast.
  void Skew(int ppm);
  void ChangeSsrc();
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
  mixer::codec::CodecId codec() const { return options_.codec; }
  mixer::PayloadType payload_type() const;
  int64_t packets_sent() const { return packets_sent_; }
  int64_t packets_received() const { return packets_received_; }
  mixer::MediaTime last_received() const { return last_received_; }

 private:
  Options options_;
  Link uplink_;
  Link downlink_;

  // Sending.
  mixer::MediaTime next_send_;
  mixer::MediaDuration interval_ = mixer::Milliseconds(20);
  mixer::Ssrc ssrc_;
  mixer::SequenceNumber number_;
  mixer::RtpTimestamp timestamp_;
  bool is_sending_ = true;
  bool is_saying_ = false;
  bool is_first_ = true;
  bool leaks_ = false;
  mixer::media::ToneGenerator generator_;
  mixer::media::ToneGenerator key_tone_;
  mixer::dtmf::DigitSender digits_;
  int64_t packets_sent_ = 0;

  // Receiving.
  std::optional<mixer::RtpTimestamp> first_received_;
  std::vector<int16_t> heard_;
  std::map<uint32_t, char> events_heard_;
  std::string digits_heard_;
  int64_t packets_received_ = 0;
  mixer::MediaTime last_received_;
};

}  // namespace narada::simulation

#endif  // NARADA_TESTS_SIMULATION_PHONE_H_
