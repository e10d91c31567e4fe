// Leads the listener of one stream of G.722 over to another one that carries the same sound, so that
// next to nothing is heard of it.
//   joining.Start(theirs);                        // both streams are between packets
//   for each packet, when both encoders have coded the same samples:
//     joining.Lead(before, own, their_payload, patience_percent, payload);   // what is to be sent
//   if (joining.is_done()) ...                    // from now on send the other stream
// Two encoders never come to the same state by themselves, as each adapts to its own errors, and a
// decoder follows whom it hears: what differs at a change makes an error, which fades as the decoder
// takes over the other's state. How large it is depends on the very sample of the change. So the change is tried on
// a copy of the listener's decoder, at the places of each packet where the states are nearest, and is
// made where the error is far below the sound, or no more than the two encoders differ anyhow. The
// listener is watched for some packets more and taken back if it drifts away.
// Integers only: the same payloads on every CPU. One thread; allocates nothing.
#ifndef NARADA_MIXER_CODEC_G722_JOINING_H_
#define NARADA_MIXER_CODEC_G722_JOINING_H_

#include <cstddef>
#include <cstdint>
#include <span>

// In spandsp's own order, which each needs.
// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
#include <spandsp/private/g722.h>
// clang-format on

namespace narada::mixer::codec {

class G722Joining {
 public:
  static constexpr size_t kCodesMax = 480;  // In a packet: 60 ms.

  // `theirs` is the other stream's encoder, after the packet before the next one.
  void Start(const g722_encode_state_s& theirs) noexcept;

  // `own` has coded `payload`, with the state `before` before it, which is that of the listener's
  // decoder, and the other one has coded `theirs`. Where the change can be made the rest of the payload
  // becomes theirs, and `own` what the listener's decoder is then. `patience_percent` is 100 at first and falls to 0,
  // where the change is made at any cost.
  void Lead(const g722_encode_state_s& before, g722_encode_state_s& own,
            std::span<const uint8_t> theirs, int patience_percent,
            std::span<uint8_t> payload) noexcept;

  // The listener has followed the other stream long enough.
  bool is_done() const noexcept { return is_done_; }

 private:
  g722_decode_state_s theirs_ = {};  // A decoder of the other stream.
  int64_t loudest_ = 0;              // Energy of a packet lately.
  int calm_packets_ = 0;             // For so long the listener has followed unheard.
  bool is_done_ = false;
};

}  // namespace narada::mixer::codec

#endif  // NARADA_MIXER_CODEC_G722_JOINING_H_
