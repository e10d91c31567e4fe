#include "control/web/http_message.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace narada::control::web {
namespace {

std::string Find(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "" : found->second;
}

int HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// Nothing if an escape is none.
std::optional<std::string> Decode(absl::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[at + 1]);
    const int low = HexDigit(text[at + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return decoded;
}

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

std::string HttpRequest::Header(const std::string& name) const { return Find(headers, name); }
std::string HttpRequest::Query(const std::string& name) const { return Find(query, name); }

std::string HttpRequest::Cookie(absl::string_view name) const {
  for (absl::string_view pair : absl::StrSplit(Find(headers, "cookie"), ';')) {
    pair = absl::StripAsciiWhitespace(pair);
    const size_t equals = pair.find('=');
    if (equals != pair.npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return "";
}

absl::StatusOr<std::vector<std::string>> SplitPath(absl::string_view path) {
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const std::optional<std::string> decoded = Decode(part);
    if (!decoded || *decoded == ".." || *decoded == "." ||
        decoded->find('\0') != std::string::npos) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PATH_INVALID",
                             "this path cannot be read");
    }
    parts.push_back(*decoded);
  }
  return parts;
}

std::map<std::string, std::string> ParseQuery(absl::string_view query) {
  std::map<std::string, std::string> values;
  for (const absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> name = Decode(pair.substr(0, equals));
    const std::optional<std::string> value =
        Decode(equals < pair.size() ? pair.substr(equals + 1) : "");
    if (name && value) values[*name] = *value;
  }
  return values;
}

std::string JsonText(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

HttpResponse JsonResponse(std::string json) {
  return {.status = 200, .content_type = "application/json", .body = std::move(json)};
}

HttpResponse ErrorResponse(const absl::Status& status) {
  std::string json = absl::StrCat("{\"code\":", JsonText(absl::StatusCodeToString(status.code())),
                                  ",\"reason\":", JsonText(ReasonOf(status)),
                                  ",\"field\":", JsonText(FieldOf(status)),
                                  ",\"message\":", JsonText(status.message()));
  HttpResponse response{.status = HttpStatus(status.code()), .content_type = "application/json"};
  if (const auto delay = RetryAfterOf(status)) {
    const int64_t seconds = static_cast<int64_t>(std::ceil(absl::ToDoubleSeconds(*delay)));
    absl::StrAppend(&json, ",\"retryAfterS\":", seconds);
    response.headers.emplace_back("Retry-After", absl::StrCat(seconds));
  }
  response.body = absl::StrCat(json, "}");
  return response;
}

}  // namespace narada::control::web
