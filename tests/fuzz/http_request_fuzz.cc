// Whatever a stranger sends to the console's port is a request that can be taken apart, or none.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status.h"
#include "control/web/http_connection.h"
#include "control/web/http_message.h"

namespace narada::control::web {
namespace {

void FuzzHttp(absl::string_view bytes) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kHeadBytesMax);
  parser.body_limit(kBodyBytesMax);
  parser.eager(true);
  beast::error_code error;
  size_t at = 0;
  while (at < bytes.size() && !parser.is_done() && !error) {
    const size_t used = parser.put(asio::buffer(bytes.data() + at, bytes.size() - at), error);
    if (used == 0) break;
    at += used;
  }
  if (error || !parser.is_done()) return;
  const HttpRequest request = ToHttpRequest(parser.get(), "192.0.2.1", false);
  CHECK(request.body.size() <= kBodyBytesMax) << "a body beyond the limit";
  IsLocalName(request.Header("host"));
  request.Cookie("narada");
  const auto path = SplitPath(request.path);
  if (path.ok()) {
    for (const std::string& part : *path) {
      CHECK(part != ".." && part != "." && !part.empty()) << "a path that leaves its folder";
    }
  }
  HttpResponse answer = ErrorResponse(absl::NotFoundError(request.path));
  CHECK(answer.body.find('\n') == std::string::npos) << "JSON that a line of a stranger breaks";
  ToBeastResponse(answer, parser.get(), false);
}

}  // namespace
}  // namespace narada::control::web

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  narada::control::web::FuzzHttp(bytes);
  return 0;
}
