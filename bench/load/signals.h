// What the legs of a measurement say, encoded before it begins, and how what they hear is decoded after it.
//   const Voice tone = signals.Tone(440);           // a second of it, which goes on at its end without a seam
//   SendPacket(tone[tick % tone.size()]);
//   std::vector<int16_t> heard = signals.Decode(payloads);
// A click is a packet with two short bursts of 2 kHz in silence; the distance between them tells clicks apart. Its first
// sample can be found to the sample in whatever the far end makes of it.
#ifndef NARADA_BENCH_LOAD_SIGNALS_H_
#define NARADA_BENCH_LOAD_SIGNALS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace narada::bench {

using Payload = std::vector<uint8_t>;
using Voice = std::vector<Payload>;  // Packets of 20 ms.

inline constexpr int kPacketsPerSecond = 50;
inline constexpr int kClickIds = 8;
inline constexpr int kClickBegin = 40;      // Samples of 8 kHz before its first burst.
inline constexpr int kClickLength = 8;      // Of a burst.
inline constexpr double kToneLevel = 3277;  // Amplitude: -20 dB of full scale.

class Signals {
 public:
  // "PCMA", "PCMU" or "opus" (48 kHz, mono).
  explicit Signals(absl::string_view encoding_name);

  // `hz` is a whole number, so that a second holds whole periods.
  Voice Tone(int hz) const;
  // Of a leg that says nothing: digital silence, for Opus the packets that DTX leaves.
  Payload Silence() const;
  // Of one whose line is not quite silent, but that nobody hears: -70 dBov.
  Payload FaintNoise() const;
  Payload Click(int id) const;

  // Packets in a row, as 8 kHz. An empty payload is one that is missing.
  std::vector<int16_t> Decode(std::span<const Payload> payloads) const;

  int payload_type() const { return payload_type_; }
  int clock_rate_hz() const { return is_opus_ ? 48000 : 8000; }
  int timestamp_step() const { return clock_rate_hz() / kPacketsPerSecond; }
  const std::string& encoding_name() const { return encoding_name_; }
  bool is_opus() const { return is_opus_; }

 private:
  Voice Encode(std::span<const int16_t> samples) const;  // Of rate_hz().
  int rate_hz() const { return clock_rate_hz(); }

  const std::string encoding_name_;
  bool is_opus_ = false;
  int payload_type_ = 8;
};

}  // namespace narada::bench

#endif  // NARADA_BENCH_LOAD_SIGNALS_H_
