// What the console gives out as files: a recording's track for the player or to keep, and records.

#ifndef NARADA_CONTROL_WEB_DOWNLOADS_H_
#define NARADA_CONTROL_WEB_DOWNLOADS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "control/web/http_message.h"
#include "control/web/rpc_bridge.h"

namespace narada::control::web {

// "audio/wav" or "audio/ogg" by the first bytes.
absl::string_view AudioType(absl::string_view head);

// Both block until the first bytes are there; the rest follows as the browser takes it. What is the
// requester's own is decided by the service.
HttpResponse DownloadRecording(const RpcBridge& bridge, const Requester& requester,
                               const std::string& recording_id, const std::string& track_id,
                               bool is_to_keep);
// "conferences.csv", "conferences.json", "calls.csv" or "calls.json".
HttpResponse DownloadRecords(const RpcBridge& bridge, const Requester& requester,
                             const std::string& file_name);

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_DOWNLOADS_H_
