// A compound RTCP datagram, read in place (RFC 3550 §6; XR: RFC 3611).
//
//   Result<RtcpCompound, DropReason> compound = RtcpCompound::Parse(datagram);
//   if (!compound.ok()) return CountDrop(compound.error());
//   for (RtcpPacket packet : *compound) {
//     switch (packet.type()) {
//       case RtcpType::kSenderReport: OnReport(SenderReport(packet)); break;
//       case RtcpType::kBye: ...
//       default: break;                       // unknown types are skipped, as the RFC asks
//     }
//   }
//
// Parse() checks every packet of a type named below whole, so that the views cannot fail. A view of
// the wrong type is a bug of ours (DCHECK). The datagram must outlive them. Any thread; no
// allocation.
#ifndef NARADA_MIXER_RTP_RTCP_VIEW_H_
#define NARADA_MIXER_RTP_RTCP_VIEW_H_

#include <cstdint>
#include <optional>
#include <span>

#include "base/check.h"
#include "base/result.h"
#include "mixer/rtp/byte_order.h"
#include "mixer/rtp/drop_reason.h"
#include "mixer/rtp/ntp_time.h"
#include "mixer/rtp/xr_blocks.h"
#include "mixer/units/rtp_timestamp.h"
#include "mixer/units/ssrc.h"

namespace narada::mixer::rtp {

enum class RtcpType : uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kApplication = 204,
  kExtendedReport = 207,
};

// What one receiver says about one source (RFC 3550 §6.4.1).
struct ReportBlock {
  static constexpr size_t kSize = 24;

  Ssrc source;
  uint8_t fraction_lost = 0;         // Of 256, since the report before.
  int32_t cumulative_lost = 0;       // 24 bits, signed: duplicates make it negative.
  uint32_t highest_sequence = 0;     // Extended by the number of wraps.
  uint32_t interarrival_jitter = 0;  // RTP ticks.
  uint32_t last_sender_report = 0;   // Compact NTP; 0: none yet.
  uint32_t delay_since_last = 0;     // 1/65536 s.

  // `bytes` holds kSize.
  static ReportBlock Read(const uint8_t* bytes) noexcept;
  void Write(uint8_t* bytes) const noexcept;

  // The round trip to whoever sent this block, at its arrival; empty if it has seen no report of
  // ours, or says something impossible (RFC 3550 §6.4.1, figure 2).
  std::optional<MediaDuration> RoundTrip(NtpTime arrival) const noexcept;

  friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

// One packet of a compound: header and bytes.
class RtcpPacket {
 public:
  RtcpType type() const noexcept { return static_cast<RtcpType>(bytes_[1]); }
  // The five bits whose meaning depends on the type: report count, source count, subtype.
  size_t count() const noexcept { return bytes_[0] & 0x1f; }
  // Header and body without padding.
  std::span<const uint8_t> bytes() const noexcept { return bytes_; }

 private:
  friend class RtcpCompound;
  explicit RtcpPacket(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}
  std::span<const uint8_t> bytes_;
};

class RtcpCompound {
 public:
  // Validity by RFC 3550 A.2 (but any packet may come first) and by each packet's own counts.
  static Result<RtcpCompound, DropReason> Parse(std::span<const uint8_t> datagram) noexcept;

  class Iterator {
   public:
    RtcpPacket operator*() const noexcept;
    Iterator& operator++() noexcept;
    bool operator==(const Iterator& other) const noexcept {
      return rest_.size() == other.rest_.size();
    }

   private:
    friend class RtcpCompound;
    explicit Iterator(std::span<const uint8_t> rest) noexcept : rest_(rest) {}
    std::span<const uint8_t> rest_;
  };
  Iterator begin() const noexcept { return Iterator(bytes_); }
  Iterator end() const noexcept { return Iterator({}); }

  std::span<const uint8_t> bytes() const noexcept { return bytes_; }
  // Who sent it: the SSRC that the first packet names; empty if it names none.
  std::optional<Ssrc> sender() const noexcept;

 private:
  explicit RtcpCompound(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}
  std::span<const uint8_t> bytes_;
};

class SenderReport {
 public:
  explicit SenderReport(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kSenderReport) << "a view of another packet type";
  }
  Ssrc sender() const noexcept { return Ssrc(ReadU32(&packet_.bytes()[4])); }
  NtpTime ntp_time() const noexcept { return NtpTime(ReadU64(&packet_.bytes()[8])); }
  RtpTimestamp timestamp() const noexcept { return RtpTimestamp(ReadU32(&packet_.bytes()[16])); }
  uint32_t packet_count() const noexcept { return ReadU32(&packet_.bytes()[20]); }
  uint32_t octet_count() const noexcept { return ReadU32(&packet_.bytes()[24]); }
  size_t report_count() const noexcept { return packet_.count(); }
  ReportBlock report(size_t index) const noexcept {
    return ReportBlock::Read(&packet_.bytes()[28 + ReportBlock::kSize * index]);
  }

 private:
  RtcpPacket packet_;
};

class ReceiverReport {
 public:
  explicit ReceiverReport(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kReceiverReport) << "a view of another packet type";
  }
  Ssrc sender() const noexcept { return Ssrc(ReadU32(&packet_.bytes()[4])); }
  size_t report_count() const noexcept { return packet_.count(); }
  ReportBlock report(size_t index) const noexcept {
    return ReportBlock::Read(&packet_.bytes()[8 + ReportBlock::kSize * index]);
  }

 private:
  RtcpPacket packet_;
};

enum class SdesItem : uint8_t {
  kCname = 1,
  kName = 2,
  kEmail = 3,
  kPhone = 4,
  kLocation = 5,
  kTool = 6,
  kNote = 7,
  kPrivate = 8,
};

class SourceDescription {
 public:
  explicit SourceDescription(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kSourceDescription) << "a view of another packet type";
  }
  // Calls visit(Ssrc, SdesItem, std::span<const uint8_t> text) for each item; texts are UTF-8 from
  // a stranger.
  template <typename Visitor>
  void ForEachItem(Visitor visit) const noexcept;
  // The text of the first such item of `source`; empty if there is none.
  std::span<const uint8_t> Find(Ssrc source, SdesItem item) const noexcept;

 private:
  RtcpPacket packet_;
};

class Bye {
 public:
  explicit Bye(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kBye) << "a view of another packet type";
  }
  size_t source_count() const noexcept { return packet_.count(); }
  Ssrc source(size_t index) const noexcept {
    return Ssrc(ReadU32(&packet_.bytes()[4 + 4 * index]));
  }
  bool Names(Ssrc source) const noexcept;
  // Why, in the sender's words; may be empty.
  std::span<const uint8_t> reason() const noexcept;

 private:
  RtcpPacket packet_;
};

class Application {
 public:
  explicit Application(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kApplication) << "a view of another packet type";
  }
  size_t subtype() const noexcept { return packet_.count(); }
  Ssrc sender() const noexcept { return Ssrc(ReadU32(&packet_.bytes()[4])); }
  std::span<const uint8_t> name() const noexcept { return packet_.bytes().subspan(8, 4); }
  std::span<const uint8_t> data() const noexcept { return packet_.bytes().subspan(12); }

 private:
  RtcpPacket packet_;
};

class ExtendedReport {
 public:
  explicit ExtendedReport(RtcpPacket packet) noexcept : packet_(packet) {
    DCHECK(packet.type() == RtcpType::kExtendedReport) << "a view of another packet type";
  }
  Ssrc sender() const noexcept { return Ssrc(ReadU32(&packet_.bytes()[4])); }
  // Calls visit(uint8_t block_type, uint8_t type_specific, std::span<const uint8_t> body).
  template <typename Visitor>
  void ForEachBlock(Visitor visit) const noexcept;
  // The first VoIP metrics block about `source`.
  std::optional<VoipMetrics> FindVoipMetrics(Ssrc source) const noexcept;
  // When the sender, which may send no media and so no SR, sent this; empty if it does not say.
  std::optional<NtpTime> reference_time() const noexcept;
  // What it says about the last reference time that `receiver` had sent it.
  std::optional<DelaySinceReference> FindDelaySinceReference(Ssrc receiver) const noexcept;

 private:
  RtcpPacket packet_;
};

template <typename Visitor>
void SourceDescription::ForEachItem(Visitor visit) const noexcept {
  const std::span<const uint8_t> bytes = packet_.bytes();
  size_t at = 4;
  for (size_t chunk = 0; chunk < packet_.count(); ++chunk) {
    const Ssrc source(ReadU32(&bytes[at]));
    at += 4;
    while (bytes[at] != 0) {
      const size_t size = bytes[at + 1];
      visit(source, static_cast<SdesItem>(bytes[at]), bytes.subspan(at + 2, size));
      at += 2 + size;
    }
    at = (at / 4 + 1) * 4;  // The item list ends with 1 to 4 zero bytes, on a word.
  }
}

template <typename Visitor>
void ExtendedReport::ForEachBlock(Visitor visit) const noexcept {
  const std::span<const uint8_t> bytes = packet_.bytes();
  for (size_t at = 8; at < bytes.size();) {
    const size_t size = size_t{4} * ReadU16(&bytes[at + 2]);
    visit(bytes[at], bytes[at + 1], bytes.subspan(at + 4, size));
    at += 4 + size;
  }
}

}  // namespace narada::mixer::rtp

#endif  // NARADA_MIXER_RTP_RTCP_VIEW_H_
