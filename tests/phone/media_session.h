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
#include "tests/phone/codec.h"
#include "tests/phone/heard_audio.h"
#include "tests/phone/network_model.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/tone.h"

namespace narada::phone {

class MediaStream;

// A digit that arrived as RFC 4733 events, or that this phone sent.
struct DigitEvent {
  char digit;
  absl::Duration at;  // Since the origin (the answer).
};

// An RTP packet that was received, as it came.
struct PacketTrace {
  absl::Duration at;  // Its arrival, since the origin.
  uint32_t ssrc;
  uint16_t sequence;
  uint32_t timestamp;
  int payload_type;
  bool is_marked;
  size_t payload_size;
};

// What one phone's media did so far.
struct MediaReport {
  std::string codec;                 // In use, by its flag; empty before the start.
  bool is_secure = false;            // SRTP both ways.
  uint64_t packets_sent = 0;         // Those that NetworkTrouble ate among them.
  uint64_t packets_received = 0;     // Valid audio and event packets.
  uint64_t packets_lost = 0;         // By sequence numbers, never received.
  uint64_t packets_duplicate = 0;    // Dropped.
  uint64_t packets_reordered = 0;    // Used.
  uint64_t packets_early = 0;        // Before the peer was known; not heard.
  uint64_t packets_unexpected = 0;   // Not from the peer, not RTP, or an unknown payload type.
  uint64_t packets_unauthentic = 0;  // With SRTP: forged, replayed or unprotected; dropped.
  uint64_t timestamp_jumps = 0;      // Discontinuities of the timestamp against the clock.
  // Audio packets next to each other in sequence, whose timestamps are not next to each other.
  uint64_t timestamp_slips = 0;
  uint64_t ssrc_changes = 0;
  uint64_t rtcp_received = 0;     // Compound packets, all kinds.
  uint64_t sender_reports = 0;    // SR received.
  uint64_t receiver_reports = 0;  // Report blocks received that speak of our SSRC.
  uint64_t rtcp_byes = 0;
  uint32_t reported_lost = 0;           // By the peer, of what we sent: the last report block.
  double interarrival_jitter_ms = 0;    // RFC 3550 §6.4.1.
  double longest_arrival_gap_ms = 0;    // Between two packets' arrivals.
  double longest_arrival_gap_at_s = 0;  // When it began, since the origin.
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
// Nothing of the mixer's code is in it, so a fault of the mixer's cannot cancel itself. Its samples
// have the rate of the codec in use (rate_hz()), which stays for the whole call.
// All public functions take the loop's mutex. With the same seed (and not 0) it sends the same
// bytes.
class MediaSession {
 public:
  struct Options {
    std::string local_address = "127.0.0.1";
    std::vector<Codec> codecs = {Codec::kPcma, Codec::kPcmu};  // Offered, best first.
    // telephone-event is offered under this number for the clock rate of the first codec, the next
    // number for a second rate. 0: not offered.
    int event_payload_type = 101;
    int ptime_ms = 20;  // 10 to 60: of a packet, sent and asked for. Opus: 10, 20, 40 or 60.
    // SRTP by SDES with these suites, best first ("AES_CM_128_HMAC_SHA1_80"). Empty: plain RTP.
    std::vector<std::string> srtp_suites;
    NetworkTrouble trouble;       // Of the RTP that it sends.
    uint64_t seed = 0;            // SSRC, first sequence number and timestamp; 0: random.
    bool keep_audio = true;       // False for load: counts only, Heard() stays empty.
    bool traces_packets = false;  // PacketTraces() has every RTP packet received.
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
  // Says samples of rate_hz() once, after those already queued.
  void SaySamples(std::vector<int16_t> samples);
  bool is_saying() const;  // Samples or digits are still queued.
  // Of all samples: the codec's in use; of the first offered before the start.
  int rate_hz() const;

  // Sends digits [0-9*#A-D] as RFC 4733 events, each `press` long with `pause` after it. Audio
  // stands still meanwhile. INVALID_ARGUMENT for another character, FAILED_PRECONDITION if the
  // peer takes no telephone-event.
  absl::Status Press(absl::string_view digits, absl::Duration press = absl::Milliseconds(100),
                     absl::Duration pause = absl::Milliseconds(100));
  // Sends raw bytes from the RTP (or RTCP) socket to the peer: for torture.
  absl::Status SendRaw(absl::string_view datagram, bool is_rtcp = false);

  HeardAudio Heard() const;  // A copy.
  MediaReport Report() const;
  std::vector<PacketTrace> PacketTraces() const;  // A copy.

 private:
  friend class Phone;  // Its SIP side runs under the mutex and uses the stream itself.

  MediaSession(PhoneLoop& loop, Options options);

  PhoneLoop& loop_;
  std::unique_ptr<MediaStream> stream_;  // Guarded by the loop's mutex.
};

// Digits as an in-band tone pair of -10 dBov in all, for SaySamples.
std::vector<int16_t> DtmfSamples(absl::string_view digits,
                                 absl::Duration press = absl::Milliseconds(100),
                                 absl::Duration pause = absl::Milliseconds(100),
                                 int rate_hz = 8000);

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_MEDIA_SESSION_H_
