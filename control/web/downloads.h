// What the console gives out as files: a recording's track for the player or to keep, and records.

#ifndef NARADA_CONTROL_WEB_DOWNLOADS_H_
#define NARADA_CONTROL_WEB_DOWNLOADS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "control/web/http_message.h"
#include "control/web/rpc_bridge.h"

namespace narada::control::web {

// "audio/wav" or "audio/ogg" by the first bytes.
absl::string_view AudioType(absl::string_view head);

// The bytes that a header `Range: bytes=...` asks for.
struct ByteRange {
  uint64_t first = 0;
  uint64_t count = 0;
};
// Nothing for what we answer whole: no header, several ranges, another unit, nonsense (RFC 9110 §14.2).
// OUT_OF_RANGE where it begins behind the end.
absl::StatusOr<std::optional<ByteRange>> ParseRange(absl::string_view header, uint64_t size);

// All block until the first bytes are there; the rest follows as the browser takes it. What is the
// requester's own is decided by the service.
// `range`: the header of that name. Of a track that still grows everything is given out.
HttpResponse DownloadRecording(const RpcBridge& bridge, const Requester& requester,
                               const std::string& recording_id, const std::string& track_id,
                               bool is_to_keep, const std::string& range);
// "conferences.csv", "conferences.json", "calls.csv" or "calls.json".
HttpResponse DownloadRecords(const RpcBridge& bridge, const Requester& requester,
                             const std::string& file_name);
// Everything kept about a number, as a ZIP archive.
HttpResponse DownloadPerson(const RpcBridge& bridge, const Requester& requester,
                            const std::string& number);

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_DOWNLOADS_H_
