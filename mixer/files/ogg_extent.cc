#include "mixer/files/ogg_extent.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/status.h"

namespace narada::mixer::files {
namespace {

// RFC 3533 §6: where the fields of a page's header lie.
constexpr size_t kFlags = 5, kGranule = 6, kSerial = 14, kSegments = 26, kHeaderBytes = 27;
constexpr uint8_t kBeginOfStream = 2;
// RFC 7845 §5.1.
constexpr size_t kPreSkip = 10, kOpusHeadBytes = 19;

template <typename T>
T NumberAt(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

}  // namespace

absl::StatusOr<OggExtent> ReadOggExtent(const File& file) {
  ASSIGN_OR_RETURN(const uint64_t size, file.Size());
  OggExtent extent;
  int64_t samples_before = 0;
  int64_t pre_skip = 0;
  std::array<uint8_t, kHeaderBytes + 255 + kOpusHeadBytes> page;
  while (true) {
    ASSIGN_OR_RETURN(const size_t got, file.ReadAt(extent.bytes, page));
    if (got < kHeaderBytes || std::memcmp(page.data(), "OggS", 4) != 0) break;
    const size_t header = kHeaderBytes + page[kSegments];
    if (got < header) break;
    const size_t body = std::accumulate(page.begin() + kHeaderBytes,
                                        page.begin() + static_cast<ptrdiff_t>(header), size_t{0});
    if (extent.bytes + header + body > size) break;
    if ((page[kFlags] & kBeginOfStream) != 0) {
      if (body < kOpusHeadBytes || std::memcmp(page.data() + header, "OpusHead", 8) != 0) break;
      samples_before = extent.samples_48k;
      pre_skip = NumberAt<uint16_t>(page.data() + header + kPreSkip);
    }
    extent.last_serial = NumberAt<uint32_t>(page.data() + kSerial);
    const auto granule = NumberAt<int64_t>(page.data() + kGranule);
    extent.samples_48k = samples_before + std::max<int64_t>(granule - pre_skip, 0);
    extent.bytes += header + body;
  }
  if (extent.bytes > 0) return extent;
  return ErrorWithReason(absl::StatusCode::kDataLoss, "RECORDING_DAMAGED",
                         "a track of a recording is no Ogg Opus of ours");
}

}  // namespace narada::mixer::files
