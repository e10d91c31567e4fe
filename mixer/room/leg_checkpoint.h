// What a leg needs to go on where it was, in the next life of its mixer: plain values, written each
// tick into memory that outlives the process.
//   leg.SaveTo(checkpoint);                                  // worker: a copy, nothing else
//   Leg leg(config, media);  leg.RestoreFrom(checkpoint);    // off the worker, before it ticks
// What commands change (media, mutes, gains, the room) is not in it: whoever makes the leg anew has
// kept that.
#ifndef NARADA_MIXER_ROOM_LEG_CHECKPOINT_H_
#define NARADA_MIXER_ROOM_LEG_CHECKPOINT_H_

#include <array>
#include <cstdint>
#include <type_traits>

#include "mixer/dtmf/digit_path.h"
#include "mixer/room/leg_statistics.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"
#include "mixer/units/media_time.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/sequence_number.h"
#include "mixer/units/socket_address.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::room {

// Whom a SourceLatch listens to.
struct LatchCheckpoint {
  SocketAddress latched;  // Unset: nobody yet.
  Ssrc ssrc;
  SequenceNumber newest;
  MediaTime last;
};

struct SenderCheckpoint {
  SequenceNumber next_number;  // No packet with this number has left, nor with any behind it.
  RtpTimestamp timestamp;      // Of the frame that was due at LegCheckpoint::clock.
  uint64_t packets = 0;
  uint64_t octets = 0;
};

struct ReceiverCheckpoint {
  LatchCheckpoint rtp;
  LatchCheckpoint rtcp;
  bool has_ssrc = false;
  Ssrc ssrc;
  uint64_t packets = 0;
  uint64_t payload_bytes = 0;
  int64_t packets_lost = 0;
  std::array<uint32_t, dtmf::kDigitPathCount> digits = {};  // By path.
  std::array<uint64_t, kLegDropCount> drops = {};
};

// Of SRTP. No index below those in it is used again, none that was received is taken again.
struct CryptoCheckpoint {
  // Of the keys that it is about; zero: the leg's media is plain.
  uint64_t send_keys = 0;
  uint64_t receive_keys = 0;
  srtp::SendIndexes send;
  std::array<srtp::ReceivedStream, srtp::Unprotector::kStreamsMax> received = {};
};

struct LegCheckpoint {
  // Raised with every change of what stands here: a mixer of another version begins anew.
  static constexpr uint32_t kVersion = 2;

  uint64_t tag = 0;  // Of the leg it is about, drawn by its maker; not the leg's to write.
  bool has_ticked = false;
  MediaTime clock;  // When the last tick was due. Monotonic, so it lasts until the machine stops.
  bool has_media = false;
  bool has_timed_out = false;
  SenderCheckpoint sender;
  ReceiverCheckpoint receiver;
  CryptoCheckpoint crypto;
};
static_assert(std::is_trivially_copyable_v<LegCheckpoint>);

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_LEG_CHECKPOINT_H_
