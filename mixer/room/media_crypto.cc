#include "mixer/room/media_crypto.h"

#include <algorithm>
#include <utility>

#include "mixer/units/bring_into_cache.h"

namespace narada::mixer::room {
namespace {

rtp::DropReason ReasonOf(srtp::Refusal refusal) {
  switch (refusal) {
    case srtp::Refusal::kMalformed:
      return rtp::DropReason::kSrtpMalformed;
    case srtp::Refusal::kAuthentication:
      return rtp::DropReason::kSrtpAuthentication;
    case srtp::Refusal::kReplay:
      return rtp::DropReason::kSrtpReplay;
    case srtp::Refusal::kSources:
      return rtp::DropReason::kSrtpSources;
  }
  return rtp::DropReason::kSrtpAuthentication;
}

}  // namespace

void MediaCrypto::Places::BringNear(bool is_sent) const noexcept {
  if (crypto == nullptr) return;
  constexpr size_t kStreamAndBefore = 192;  // Of an unprotector, with the first of its streams.
  BringIntoCache(crypto, sizeof(MediaCrypto));
  if (is_sent) {
    BringIntoCache(protector, sizeof(srtp::Protector));
    BringIntoCache(sending, srtp::kCipherBytes);
  } else {
    BringIntoCache(unprotector, kStreamAndBefore);
    BringIntoCache(receiving, srtp::kCipherBytes);
  }
}

MediaCrypto::MediaCrypto(const Config& config)
    : protector_(std::make_unique<srtp::Protector>(config.send_keys)),
      unprotector_(std::make_unique<srtp::Unprotector>(config.receive_keys)),
      slot_size_(config.packet_size_max + srtp::kGrowthMax),
      slots_(config.packets_per_tick_max),
      report_size_(config.report_size_max + srtp::kGrowthMax),
      outgoing_(std::make_unique<uint8_t[]>(slot_size_ * slots_)),
      report_(std::make_unique<uint8_t[]>(report_size_)),
      incoming_(std::make_unique<uint8_t[]>(rtp::kDatagramSizeMax)) {}

void MediaCrypto::ContinueFrom(MediaCrypto& previous) noexcept {
  if (protector_->keys() == previous.protector_->keys()) {
    std::swap(protector_, previous.protector_);
  }
  if (unprotector_->keys() == previous.unprotector_->keys()) {
    std::swap(unprotector_, previous.unprotector_);
    std::swap(old_unprotector_, previous.old_unprotector_);
    old_keys_end_ = previous.old_keys_end_;
    return;
  }
  unprotector_->ContinueFrom(*previous.unprotector_);
  std::swap(old_unprotector_, previous.unprotector_);
}

template <typename F>
Result<srtp::Unprotected, rtp::DropReason> MediaCrypto::OpenWith(F open, MediaTime now) noexcept {
  const Result<srtp::Unprotected, srtp::Refusal> opened = open(*unprotector_);
  if (old_unprotector_ != nullptr && !old_keys_end_.has_value()) old_keys_end_ = now + kOldKeysLive;
  if (opened.ok()) return *opened;
  if (old_unprotector_ != nullptr && now < *old_keys_end_) {
    const Result<srtp::Unprotected, srtp::Refusal> old = open(*old_unprotector_);
    // What was sent before the change says nothing about where the far end is now.
    if (old.ok()) return srtp::Unprotected{.bytes = old->bytes, .is_newest = false};
  }
  return ReasonOf(opened.error());
}

Result<srtp::Unprotected, rtp::DropReason> MediaCrypto::OpenRtp(std::span<const uint8_t> datagram,
                                                                MediaTime now) noexcept {
  if (datagram.size() > rtp::kDatagramSizeMax) return rtp::DropReason::kRtpTooLong;
  return OpenWith(
      [&](srtp::Unprotector& unprotector) {
        return unprotector.UnprotectRtp(datagram, {incoming_.get(), rtp::kDatagramSizeMax});
      },
      now);
}

Result<srtp::Unprotected, rtp::DropReason> MediaCrypto::OpenRtcp(std::span<const uint8_t> datagram,
                                                                 MediaTime now) noexcept {
  if (datagram.size() > rtp::kDatagramSizeMax) return rtp::DropReason::kRtcpTooLong;
  return OpenWith(
      [&](srtp::Unprotector& unprotector) {
        return unprotector.UnprotectRtcp(datagram, {incoming_.get(), rtp::kDatagramSizeMax});
      },
      now);
}

void MediaCrypto::SaveTo(CryptoCheckpoint& checkpoint) const noexcept {
  checkpoint.send_keys = protector_->fingerprint();
  checkpoint.receive_keys = unprotector_->fingerprint();
  checkpoint.send = protector_->indexes();
  std::copy(unprotector_->streams().begin(), unprotector_->streams().end(),
            checkpoint.received.begin());
}

void MediaCrypto::RestoreFrom(const CryptoCheckpoint& checkpoint) noexcept {
  if (checkpoint.send_keys == protector_->fingerprint()) protector_->Resume(checkpoint.send);
  if (checkpoint.receive_keys == unprotector_->fingerprint()) {
    unprotector_->Restore(checkpoint.received);
  }
}

std::span<const uint8_t> MediaCrypto::SealRtp(std::span<const uint8_t> header,
                                              std::span<const uint8_t> payload) noexcept {
  const std::span<uint8_t> slot(outgoing_.get() + next_slot_ * slot_size_, slot_size_);
  const size_t size = protector_->ProtectRtp(header, payload, slot);
  if (size > 0) next_slot_ = (next_slot_ + 1) % slots_;
  return slot.first(size);
}

std::span<const uint8_t> MediaCrypto::SealRtcp(std::span<const uint8_t> compound) noexcept {
  const std::span<uint8_t> report(report_.get(), report_size_);
  return report.first(protector_->ProtectRtcp(compound, report));
}

}  // namespace narada::mixer::room
