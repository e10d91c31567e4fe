// Whom a leg listens to and answers, with plain RTP (RFC 4961 symmetric RTP, guarded).
//   latch.SetSignalled(remote_rtp, signaling_ip);             // from SDP
//   switch (latch.OnPacket(source, ssrc, sequence, now)) ...  // of well-formed packets
//   Send(latch.destination());
// Trusted is the address of the SDP, and any port of the IP that the signaling came from. The first
// such source is latched. Another port of the latched IP is followed only when the latched one has
// been silent for a second, and only by the same SSRC with a sequence that goes on: a phone behind
// a NAT whose binding changed. Everything else needs signaling, and nothing is sent elsewhere.
// With SRTP a packet proves itself, wherever it comes from:
//   switch (latch.OnProven(source, is_newest)) ...            // of authenticated, unreplayed packets
// One thread; no allocation.
#ifndef NARADA_MIXER_ROOM_SOURCE_LATCH_H_
#define NARADA_MIXER_ROOM_SOURCE_LATCH_H_

#include <cstdint>
#include <optional>

#include "mixer/room/leg_checkpoint.h"
#include "mixer/units/media_time.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

enum class SourceVerdict : uint8_t {
  kTrusted,    // The latched source.
  kLatched,    // Latched just now.
  kRebound,    // Followed to another port just now.
  kUntrusted,  // Not listened to.
};

class SourceLatch {
 public:
  static constexpr MediaDuration kSilence = Seconds(1);
  // More than the longest interval between the reports of two members (RFC 3550 §6.3.1): one who
  // still reports from the latched port keeps it.
  static constexpr MediaDuration kReportSilence = Seconds(8);

  // Either may be unset. The latch is opened again only if something changed: a re-INVITE that
  // repeats a private address does not undo what was learnt.
  void SetSignalled(const SocketAddress& remote, const IpAddress& signaling_ip) noexcept;

  SourceVerdict OnPacket(const SocketAddress& source, Ssrc ssrc, SequenceNumber number,
                         MediaTime now) noexcept;

  // For RTCP, in a latch of its own. `sender` is who says that it sent the report; empty if that is
  // not whose RTP we listen to. Its packets prove no sequence and come seconds apart, so another
  // port is followed only by the same sender and after kReportSilence.
  SourceVerdict OnReport(const SocketAddress& source, std::optional<Ssrc> sender,
                         MediaTime now) noexcept;

  // Of a packet that is authentic and no replay: any source is listened to. The newest packet says
  // where to send; an older one that was held back on its way does not.
  SourceVerdict OnProven(const SocketAddress& source, bool is_newest, MediaTime now) noexcept;

  // Where to send: the latched source, before that the address of the SDP. Unset: nowhere (none
  // given, or c=0.0.0.0).
  SocketAddress destination() const noexcept;
  // For continuity: what was learnt; what was signalled is set before it is restored.
  void SaveTo(LatchCheckpoint& checkpoint) const noexcept {
    checkpoint = {.latched = latched_, .ssrc = ssrc_, .newest = newest_, .last = last_};
  }
  void RestoreFrom(const LatchCheckpoint& checkpoint) noexcept {
    latched_ = checkpoint.latched;
    ssrc_ = checkpoint.ssrc;
    newest_ = checkpoint.newest;
    last_ = checkpoint.last;
  }

  // Unset: none yet.
  const SocketAddress& latched() const noexcept { return latched_; }

 private:
  // A sequence goes on: what 1.5 times the longest silence can have used up at 100 packets a
  // second, but no wrap.
  static constexpr int kContinuingMax = 3000;

  bool IsSignalled(const SocketAddress& source) const noexcept;
  bool CanRebind(const SocketAddress& source, Ssrc ssrc, SequenceNumber number,
                 MediaTime now) const noexcept;

  // Learnt from packets.
  SocketAddress latched_;
  Ssrc ssrc_;
  SequenceNumber newest_;
  MediaTime last_;

  // Signalled.
  SocketAddress remote_;
  IpAddress signaling_ip_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_SOURCE_LATCH_H_
