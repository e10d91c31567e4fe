#ifndef NARADA_TESTS_PHONE_MEDIA_SESSION_H_
#define NARADA_TESTS_PHONE_MEDIA_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/phone/heard_audio.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/tone.h"

namespace narada::phone {

class MediaStream;

enum class Codec { kPcma, kPcmu };

// A digit that arrived as RFC 4733 events, or that this phone sent.
struct DigitEvent {
  char digit;
  absl::Duration at;  // Since the origin (the answer).
};

// What one phone's media did so far.
struct MediaReport {
  uint64_t packets_sent = 0;
  uint64_t packets_received = 0;    // Valid audio and event packets.
  uint64_t packets_lost = 0;        // By sequence numbers, never received.
  uint64_t packets_duplicate = 0;   // Dropped.
  uint64_t packets_reordered = 0;   // Used.
  uint64_t packets_early = 0;       // Before the peer was known; not heard.
  uint64_t packets_unexpected = 0;  // Not from the peer, not RTP, or an unknown payload type.
  uint64_t timestamp_jumps = 0;     // Discontinuities of the timestamp against the clock.
  uint64_t ssrc_changes = 0;
  uint64_t rtcp_received = 0;     // Compound packets, all kinds.
  uint64_t sender_reports = 0;    // SR received.
  uint64_t receiver_reports = 0;  // Report blocks received that speak of our SSRC.
  uint64_t rtcp_byes = 0;
  uint32_t reported_lost = 0;         // By the peer, of what we sent: the last report block.
  double interarrival_jitter_ms = 0;  // RFC 3550 §6.4.1.
  double longest_arrival_gap_ms = 0;  // Between two packets' arrivals.
  double latest_send_ms = 0;  // How late our own sending was at worst: the tool's own error.
  uint32_t remote_ssrc = 0;
  std::vector<DigitEvent> digits_received;
  std::vector<DigitEvent> digits_sent;
};

// A phone's RTP and RTCP over real UDP sockets (an even port and the next), without SIP. Sends a
// packet of 20 ms on time for as long as it is started: what it was told to say, else silence.
//   auto media = MediaSession::Open(loop, {});
//   ... LocalSdp() as the offer, the answer from whoever has the other end ...
//   media->Start(answer_sdp);
//   media->SayTones({{440, -20}});
//   media->Press("12345#");
// G.711 and telephone-event are the phone's own, so a fault of the mixer's cannot cancel itself.
// All public functions take the loop's mutex. With the same seed (and not 0) it sends the same
// bytes.
class MediaSession {
 public:
  struct Options {
    std::string local_address = "127.0.0.1";
    std::vector<Codec> codecs = {Codec::kPcma, Codec::kPcmu};  // Offered, best first.
    int event_payload_type = 101;                              // 0: telephone-event not offered.
    uint64_t seed = 0;       // SSRC, first sequence number and timestamp; 0: random.
    bool keep_audio = true;  // False for load: counts only, Heard() stays empty.
  };

  static absl::StatusOr<std::unique_ptr<MediaSession>> Open(PhoneLoop& loop, Options options);
  ~MediaSession();

  // An offer, or (after a remote offer was given) the answer. Direction is "sendrecv", "sendonly",
  // "recvonly" or "inactive".
  std::string LocalSdp(absl::string_view direction = "sendrecv");
  uint16_t port() const;
  uint32_t ssrc() const;

  // Takes the peer's answer (or offer): where to send, which codec and event payload type. Starts
  // sending and fixes the time origin on the first call; later calls move the stream. Errors say
  // which line is missing or wrong.
  absl::Status Start(absl::string_view remote_sdp);
  // The same without SDP.
  absl::Status StartTo(absl::string_view address, uint16_t port, Codec codec,
                       int event_payload_type = 101);
  // Sets the time origin, by default the moment of Start.
  void SetOrigin(absl::Duration monotonic);
  absl::Duration SinceOrigin() const;
  // Stops sending (nothing at all, as a dead phone) or resumes; receiving goes on.
  void SetSending(bool is_sending);
  // The peer's direction attribute in the last SDP: "sendrecv" if it had none.
  std::string remote_direction() const;

  // Says these tones until told otherwise; an empty list is silence. Replaces samples not yet said.
  void SayTones(std::vector<Tone> tones);
  // Says 8 kHz samples once, after those already queued.
  void SaySamples(std::vector<int16_t> samples);
  bool is_saying() const;  // Samples or digits are still queued.

  // Sends digits [0-9*#A-D] as RFC 4733 events, each `press` long with `pause` after it. Audio
  // stands still meanwhile. INVALID_ARGUMENT for another character, FAILED_PRECONDITION if the
  // peer takes no telephone-event.
  absl::Status Press(absl::string_view digits, absl::Duration press = absl::Milliseconds(100),
                     absl::Duration pause = absl::Milliseconds(100));
  // Sends raw bytes from the RTP (or RTCP) socket to the peer: for torture.
  absl::Status SendRaw(absl::string_view datagram, bool is_rtcp = false);

  HeardAudio Heard() const;  // A copy.
  MediaReport Report() const;

 private:
  friend class Phone;  // Its SIP side runs under the mutex and uses the stream itself.

  MediaSession(PhoneLoop& loop, Options options);

  PhoneLoop& loop_;
  std::unique_ptr<MediaStream> stream_;  // Guarded by the loop's mutex.
};

// Digits as an in-band tone pair of -10 dBov in all, for SaySamples.
std::vector<int16_t> DtmfSamples(absl::string_view digits,
                                 absl::Duration press = absl::Milliseconds(100),
                                 absl::Duration pause = absl::Milliseconds(100));

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_MEDIA_SESSION_H_
