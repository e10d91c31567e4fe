// Whatever a datagram holds, PacketView stays within it and agrees with PacketHeader.
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "base/check.h"
#include "mixer/rtp/audio_level_element.h"
#include "mixer/rtp/packet_header.h"
#include "mixer/rtp/packet_view.h"

namespace narada::mixer::rtp {
namespace {

// Touches each byte, so that one beyond the datagram is noticed.
unsigned Sum(std::span<const uint8_t> bytes) {
  unsigned sum = 0;
  for (const uint8_t byte : bytes) sum += byte;
  return sum;
}

void CheckWithin(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  if (part.empty()) return;
  CHECK(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size())
      << "a view points out of its datagram";
}

void CheckHeaderIsWrittenAlike(const PacketView& packet) {
  std::vector<Csrc> csrcs;
  for (size_t i = 0; i < packet.csrc_count(); ++i) csrcs.push_back(packet.csrc(i));
  PacketHeader header;
  header.marker = packet.marker();
  header.payload_type = packet.payload_type();
  header.sequence_number = packet.sequence_number();
  header.timestamp = packet.timestamp();
  header.ssrc = packet.ssrc();
  header.csrcs = csrcs;
  uint8_t bytes[PacketHeader::kSizeMax];
  const size_t size = header.Write(bytes);
  // Extension and padding are the two bits that PacketHeader never sets.
  CHECK_EQ(bytes[0], packet.bytes()[0] & 0xcf);
  CHECK_EQ(std::memcmp(bytes + 1, packet.bytes().data() + 1, size - 1), 0) << "headers differ";
}

void Fuzz(std::span<const uint8_t> datagram) {
  const Result<PacketView, DropReason> packet = PacketView::Parse(datagram);
  if (!packet.ok()) {
    CHECK(packet.error() <= DropReason::kRtpPadding) << "a reason that is not the parser's";
    return;
  }
  CheckWithin(packet->payload(), datagram);
  CheckWithin(packet->extension(), datagram);
  volatile unsigned sum = Sum(packet->payload()) + Sum(packet->extension());
  for (int id = 0; id < 256; ++id) {
    const std::span<const uint8_t> element = packet->FindExtensionElement(static_cast<uint8_t>(id));
    CheckWithin(element, packet->extension());
    const std::optional<AudioLevelElement> level = AudioLevelElement::Parse(element);
    CHECK(!level.has_value() || (level->level_dbov <= 0 && level->level_dbov >= -127))
        << "no level";
    sum = sum + Sum(element);
  }
  CheckHeaderIsWrittenAlike(*packet);
}

}  // namespace
}  // namespace narada::mixer::rtp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narada::mixer::rtp::Fuzz({data, size});
  return 0;
}
