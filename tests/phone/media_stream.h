#ifndef NARADA_TESTS_PHONE_MEDIA_STREAM_H_
#define NARADA_TESTS_PHONE_MEDIA_STREAM_H_

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tests/phone/codec.h"
#include "tests/phone/media_session.h"
#include "tests/phone/network_model.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/sdp.h"
#include "tests/phone/srtp_stream.h"

namespace narada::phone {

// What MediaSession does, for callers that already hold the loop's mutex: every function but the
// constructor requires it.
class MediaStream {
 public:
  MediaStream(PhoneLoop& loop, const MediaSession::Options& options);
  ~MediaStream();
  MediaStream(const MediaStream&) = delete;
  MediaStream& operator=(const MediaStream&) = delete;

  absl::Status OpenSockets();
  // Says BYE by RTCP and stops sending. Receiving goes on until destruction.
  void Finish();

  std::string LocalSdp(absl::string_view direction);
  absl::Status Start(absl::string_view remote_sdp);
  absl::Status StartTo(const SdpAudio& remote);
  void SetOrigin(absl::Duration monotonic) { origin_ = monotonic; }
  absl::Duration SinceOrigin() const { return PhoneLoop::Now() - origin_; }
  void SetSending(bool is_sending) { is_sending_ = is_sending; }

  void SayTones(std::vector<Tone> tones);
  void SaySamples(std::vector<int16_t> samples);
  bool is_saying() const { return !samples_.empty() || !presses_.empty(); }
  absl::Status Press(absl::string_view digits, absl::Duration press, absl::Duration pause);
  absl::Status SendRaw(absl::string_view datagram, bool is_rtcp);

  uint16_t port() const { return port_; }
  uint32_t ssrc() const { return ssrc_; }
  int rate_hz() const { return TraitsOf(codec_).rate_hz; }
  bool is_started() const { return is_started_; }
  const SdpAudio& remote() const { return remote_; }
  const HeardAudio& heard() const { return heard_; }
  const std::vector<PacketTrace>& traces() const { return traces_; }
  MediaReport Report() const;

 private:
  // A digit being pressed, in ticks of one packet each.
  struct KeyPress {
    char digit;
    int press_ticks;
    int pause_ticks;
    int ticks_done = 0;
    uint32_t timestamp = 0;  // Of the event's start: all its packets carry it.
  };

  // Start, step by step.
  absl::optional<Codec> OwnCodec(const SdpFormat& format) const;
  absl::Status AgreeOnCodec(const SdpAudio& remote);
  absl::Status AgreeOnKeys(const SdpAudio& remote);
  std::vector<int> EventClockRates() const;  // Of what we offer, in order.

  void Tick();
  // In ticks of the RTP clock, of the packet that is due.
  uint32_t TimestampNow() const;
  uint32_t TicksPerPacket() const;
  void SendAudio(bool is_marked);
  void SendEvent(KeyPress& press);
  void SendPacket(int payload_type, bool is_marked, uint32_t timestamp,
                  std::span<const uint8_t> payload);
  // By the network that NetworkTrouble describes.
  void Transmit(std::vector<uint8_t> packet);
  void TransmitDue();
  void SendRtcp(bool is_bye);

  void ReceiveAll(bool is_rtcp);
  void ReceiveRtp(std::span<const uint8_t> datagram, absl::Duration arrival);
  void ReceiveAudio(Decoder& decoder, uint16_t sequence, uint32_t timestamp, absl::Duration arrival,
                    std::span<const uint8_t> payload);
  void ReceiveEvent(uint32_t timestamp, absl::Duration arrival, std::span<const uint8_t> payload);
  void ReceiveRtcp(std::span<const uint8_t> datagram, absl::Duration arrival);
  void MeetSource(uint32_t source, uint16_t sequence);
  void CountSequence(uint16_t sequence, bool* is_duplicate);
  void PlaceAudio(uint32_t timestamp, absl::Duration arrival, std::span<const int16_t> samples);
  uint64_t Lost() const;
  int64_t SamplesIn(int64_t ticks) const;  // Of the RTP clock.

  PhoneLoop& loop_;
  const MediaSession::Options options_;
  uint16_t port_ = 0;
  uint32_t ssrc_;
  int rtp_fd_ = -1;
  int rtcp_fd_ = -1;
  SdpAudio remote_;
  sockaddr_in remote_rtp_{};
  sockaddr_in remote_rtcp_{};
  bool is_started_ = false;
  bool is_finished_ = false;
  bool is_sending_ = true;
  int sdp_version_ = 0;
  std::string last_sdp_body_;

  // What was agreed. The codec, and so the rate of all samples, stays for the whole call.
  Codec codec_;
  int payload_type_ = 0;               // Of what we send.
  absl::optional<SdpFormat> event_;    // Of the keys that we send.
  std::set<int> event_payload_types_;  // Of the keys that we receive.
  std::unique_ptr<Encoder> encoder_;
  std::map<int, std::unique_ptr<Decoder>> decoders_;  // By payload type.
  std::vector<SrtpKey> keys_;                         // Ours, offered in this order.
  size_t key_ = 0;                                    // Which of them is in use.
  int key_tag_ = 0;                                   // Its tag; 0: not agreed yet.
  std::string remote_key_;                            // The peer's, as it wrote it.
  std::unique_ptr<SrtpStream> protector_;             // Null: plain RTP.
  std::unique_ptr<SrtpStream> unprotector_;

  // Sending.
  PhoneLoop::TimerId tick_timer_ = 0;
  absl::Duration next_tick_;
  uint64_t ticks_ = 0;
  uint16_t sequence_;
  uint32_t first_timestamp_;
  bool is_after_silence_ = true;  // The next audio packet carries the marker.
  std::vector<Tone> tones_;
  std::deque<int16_t> samples_;
  std::deque<KeyPress> presses_;
  uint32_t octets_sent_ = 0;
  NetworkModel network_;
  std::multimap<absl::Duration, std::vector<uint8_t>> in_flight_;  // By when they leave.
  absl::Duration last_departure_;  // Of a packet that keeps its place in the queue.
  PhoneLoop::TimerId departure_timer_ = 0;
  absl::Duration next_rtcp_;

  // Receiving.
  absl::Duration origin_;
  HeardAudio heard_;
  MediaReport report_;
  std::vector<PacketTrace> traces_;
  bool has_source_ = false;
  uint16_t first_sequence_ = 0;
  uint64_t highest_sequence_ = 0;  // Extended from first_sequence_.
  std::set<uint64_t> recent_;      // Extended numbers of the last packets, against duplicates.
  uint64_t unique_ = 0;            // Of the current SSRC.
  uint64_t lost_before_ = 0;       // With earlier SSRCs.
  uint32_t anchor_timestamp_ = 0;
  int64_t anchor_sample_ = 0;
  bool is_anchored_ = false;
  absl::Duration last_arrival_;
  absl::Duration last_audio_arrival_;
  double jitter_ticks_ = 0;
  // Of the last audio packet: what should follow it.
  bool has_next_ = false;
  uint16_t next_sequence_ = 0;
  uint32_t next_timestamp_ = 0;
  uint32_t last_event_timestamp_ = 0;
  bool has_event_ = false;
  uint32_t last_sr_middle_ = 0;
  absl::Duration last_sr_arrival_;
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_MEDIA_STREAM_H_
