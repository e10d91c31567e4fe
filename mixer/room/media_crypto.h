// The SRTP of one leg, both ways: what arrives is opened here before anybody reads it, what leaves is
// sealed here after everybody wrote it.
//   auto crypto = std::make_unique<MediaCrypto>(config);     // off the worker: derives, allocates
//   crypto->ContinueFrom(*previous);                         // on the worker, after a re-offer
//   Result<Unprotected, DropReason> packet = crypto->OpenRtp(datagram, now);
//   std::span<const uint8_t> datagram = crypto->SealRtp(header, payload);
// One thread; allocates in the constructor only. Keys are wiped when it is freed.
#ifndef NARADA_MIXER_ROOM_MEDIA_CRYPTO_H_
#define NARADA_MIXER_ROOM_MEDIA_CRYPTO_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "mixer/room/leg_checkpoint.h"
#include "mixer/rtp/drop_reason.h"
#include "mixer/srtp/protector.h"
#include "mixer/srtp/unprotector.h"
#include "mixer/units/media_time.h"
#include "mixer/units/srtp_keys.h"

namespace narada::mixer::room {

class MediaCrypto {
 public:
  // Packets under the keys before a change of them may still be on their way.
  static constexpr MediaDuration kOldKeysLive = Seconds(5);

  struct Config {
    SrtpKeys send_keys;
    SrtpKeys receive_keys;
    Ssrc ssrc;                   // Ours.
    size_t packet_size_max = 0;  // Of RTP with its header, before it is sealed.
    size_t packets_per_tick_max = 1;
    size_t report_size_max = 0;  // Of RTCP.
  };

  // Where the memory is that a packet's way through it touches, for hints to the CPU: all at once, where to find it step by step
  // would be waiting each time. Right until the next ContinueFrom(), and harmless after it.
  struct Places {
    const MediaCrypto* crypto = nullptr;  // Null: no SRTP.
    const srtp::Protector* protector = nullptr;
    const srtp::Cipher* sending = nullptr;
    const srtp::Unprotector* unprotector = nullptr;
    const srtp::Cipher* receiving = nullptr;

    void BringNear(bool is_sent) const noexcept;
  };

  explicit MediaCrypto(const Config& config);

  Places places() const noexcept {
    return {.crypto = this,
            .protector = protector_.get(),
            .sending = protector_->cipher(),
            .unprotector = unprotector_.get(),
            .receiving = unprotector_->cipher()};
  }

  // After a further offer or answer. A direction whose keys are the same goes on as it was, for
  // else an index would be used twice; for a direction with new keys the old ones are still taken
  // for a while. `previous` is left with what is to be freed off the worker.
  void ContinueFrom(MediaCrypto& previous) noexcept;

  // What was opened is valid until the next call of either.
  Result<srtp::Unprotected, rtp::DropReason> OpenRtp(std::span<const uint8_t> datagram,
                                                     MediaTime now) noexcept;
  Result<srtp::Unprotected, rtp::DropReason> OpenRtcp(std::span<const uint8_t> datagram,
                                                      MediaTime now) noexcept;

  // Sealed in memory of its own that stays until packets_per_tick_max further calls. Empty, and
  // nothing may be sent, if the packet cannot be sealed: its index has been used.
  std::span<const uint8_t> SealRtp(std::span<const uint8_t> header,
                                   std::span<const uint8_t> payload) noexcept;
  // Until the next call.
  std::span<const uint8_t> SealRtcp(std::span<const uint8_t> compound) noexcept;

  void SaveTo(CryptoCheckpoint& checkpoint) const noexcept;
  // A direction whose keys are others now begins anew: under those nothing has been sent.
  void RestoreFrom(const CryptoCheckpoint& checkpoint) noexcept;

 private:
  template <typename F>
  Result<srtp::Unprotected, rtp::DropReason> OpenWith(F open, MediaTime now) noexcept;

  std::unique_ptr<srtp::Protector> protector_;
  std::unique_ptr<srtp::Unprotector> unprotector_;
  std::unique_ptr<srtp::Unprotector> old_unprotector_;  // Null: the keys were never changed.
  std::optional<MediaTime> old_keys_end_;               // From the first packet after the change.

  const size_t slot_size_;
  const size_t slots_;
  const size_t report_size_;
  std::unique_ptr<uint8_t[]> outgoing_;  // A ring of slots.
  size_t next_slot_ = 0;
  std::unique_ptr<uint8_t[]> report_;
  std::unique_ptr<uint8_t[]> incoming_;
};

}  // namespace narada::mixer::room

#endif  // NARADA_MIXER_ROOM_MEDIA_CRYPTO_H_
