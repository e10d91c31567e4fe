// A request of a browser and the answer to it, as the server (http_server.h) hands them on.

#ifndef NARADA_CONTROL_WEB_HTTP_MESSAGE_H_
#define NARADA_CONTROL_WEB_HTTP_MESSAGE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada::control::web {

struct HttpRequest {
  std::string method;                          // "GET", "POST", ...
  std::string path;                            // Still percent-encoded, without the query.
  std::map<std::string, std::string> query;    // Decoded; the last of equal names.
  std::map<std::string, std::string> headers;  // Names in small letters; the last of equal names.
  std::string body;
  std::string peer;  // IP address.
  bool is_tls = false;

  // Empty if there is none.
  std::string Header(const std::string& name) const;
  std::string Query(const std::string& name) const;
  // The value of a cookie; empty if there is none.
  std::string Cookie(absl::string_view name) const;
};

// The parts of a path between slashes, decoded. Nothing for what no honest browser asks: a part that is
// "..", or an escape that is none, or a NUL.
absl::StatusOr<std::vector<std::string>> SplitPath(absl::string_view path);
std::map<std::string, std::string> ParseQuery(absl::string_view query);

// Text that goes out piece by piece while its reader is there: server-sent events. Any thread.
class TextStream {
 public:
  virtual ~TextStream() = default;
  // False if the reader is gone, or so slow that it was let go.
  virtual bool Send(std::string text) = 0;
  virtual void Close() = 0;
  // Called once when the reader is gone, on any thread; at once if it is already.
  virtual void WhenGone(std::function<void()> listener) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // Besides those of every answer.

  // Instead of `body`: asked for pieces until one is empty or an error. May block; one call at a time.
  std::function<absl::StatusOr<std::string>()> next_piece;
  // Of such a body, where known; otherwise it goes out in chunks.
  std::optional<uint64_t> size;

  // Instead of `body`: called once the head is out; what is sent then follows it.
  std::function<void(std::shared_ptr<TextStream>)> on_stream;
};

// {"code": ..., "reason": ..., "message": ..., "retryAfterS": ...} with the HTTP status that fits.
HttpResponse ErrorResponse(const absl::Status& status);
HttpResponse JsonResponse(std::string json);

// Text as a JSON literal, quotes included.
std::string JsonText(absl::string_view text);

// May block; many threads.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_HTTP_MESSAGE_H_
