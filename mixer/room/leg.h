// One call's RTP, both ways: from datagrams to one frame a tick, and from one mix a tick to
// datagrams.
//   auto leg = std::make_unique<Leg>(config, media);        // off the worker: everything is
//   allocated here room.Add(*leg);                                         // on the worker, from
//   here on leg->ReceiveRtp(datagram, source, now);                 // whenever one arrives
//   room.Tick(now, outbox, events);                         // every 20 ms: plays, mixes, encodes,
//   tells other_room.Add(*leg) after room.Remove(*leg);           // a move, also to a room of
//   another worker leg->Finish(now, outbox, events);                       // RTCP BYE, playbacks
//   end; then Remove and free elsewhere
// One thread at a time, not always the same: nothing in it is tied to a thread. It allocates in the
// constructor only, takes no lock and reads no clock. All that a network can send is counted, never
// an error.
#ifndef NARADA_MIXER_ROOM_LEG_H_
#define NARADA_MIXER_ROOM_LEG_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "mixer/media/playback_plan.h"
#include "mixer/room/event_sink.h"
#include "mixer/room/ids.h"
#include "mixer/room/leg_media.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/room/outbox.h"
#include "mixer/units/gain.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sample_count.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

class LegState;
class Room;

struct LegConfig {
  LegId id;
  SampleRate rate = SampleRate::FromHertz(8000);  // Of the rooms that the leg will be in.

  // RFC 3550 §5.1 and §6.5.1: drawn by the caller from a secure source; the CNAME tells nothing
  // about the caller.
  Ssrc ssrc;
  SequenceNumber first_sequence_number;
  RtpTimestamp first_timestamp;
  std::string cname;  // Up to 64 bytes.

  // Of what need not be secret: the jitter of RTCP intervals.
  uint64_t seed = 0;

  MediaDuration media_timeout = Seconds(30);
  MediaDuration delay_max = Milliseconds(200);  // Hard ceiling of the jitter buffer.
};

// What happens to a plan while another is being played.
enum class Queueing : uint8_t { kReplace, kAppend };

class Leg {
 public:
  static constexpr size_t kPlaybacksMax = 16;     // Playing and waiting.
  static constexpr size_t kDigitsToSendMax = 64;  // Waiting to be sent.

  Leg(const LegConfig& config, const LegMedia& media);
  // Off the worker. The leg is in no room.
  ~Leg();
  Leg(const Leg&) = delete;
  Leg& operator=(const Leg&) = delete;

  LegId id() const noexcept;
  Room* room() const noexcept;  // Null between two rooms.

  // What arrived on the leg's RTP port, or its RTCP port. With rtcp-mux (RFC 5761 §4) RTCP on the
  // RTP port is told apart here.
  void ReceiveRtp(std::span<const uint8_t> datagram, const SocketAddress& source,
                  MediaTime now) noexcept;
  void ReceiveRtcp(std::span<const uint8_t> datagram, const SocketAddress& source,
                   MediaTime now) noexcept;

  // A further offer or answer. The latched source stays unless the addresses changed.
  void UpdateMedia(const LegMedia& media) noexcept;
  const LegMedia& media() const noexcept;

  void SetMuted(bool is_muted) noexcept;  // Not heard by the room; digits still count.
  void SetDeaf(bool is_deaf) noexcept;    // Hears nothing of the room, but what is played to it.
  void SetHold(bool is_held) noexcept;    // Both; and no media timeout.
  void SetGain(Gain gain) noexcept;  // Of what it says, once before the sum, rounded and saturated.
  void SetListenGain(Gain gain) noexcept;  // Of what it hears of the room.
  void SetMediaTimeout(MediaDuration timeout) noexcept;

  // Takes the plan and true, or leaves it and false when kPlaybacksMax are there. A PlaybackEnded
  // event follows in any case of true.
  bool Play(std::unique_ptr<media::PlaybackPlan>& plan, Queueing queueing) noexcept;
  // The one with this id, or all for 0. Told with the next tick.
  void StopPlayback(uint64_t playback_id) noexcept;

  // Sends RFC 4733 events, one digit after the other. False, and nothing is sent: no
  // telephone-event was agreed, not all are digits, or too many are waiting.
  bool SendDigits(absl::string_view digits, MediaDuration each) noexcept;
  // A digit that came by signaling. The same press by RTP counts once.
  void InjectDigit(char digit, MediaTime now) noexcept;

  // Says goodbye: RTCP BYE into the outbox; every playback ends with kTargetGone; digits not yet
  // told are told.
  void Finish(MediaTime now, Outbox& outbox, EventSink& events) noexcept;

  LegStatistics statistics() const noexcept;

 private:
  friend class Room;
  std::unique_ptr<LegState> state_;  // The thread that has the leg.
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_H_
