#include "control/web/console.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status.h"
#include "control/storage/secret_box.h"
#include "control/web/assets.h"
#include "control/web/downloads.h"

namespace narada::control::web {
namespace {

// A control that was started again finds its calls within this time, gateway by gateway; until then
// nobody can say that a conference is over.
constexpr absl::Duration kFindingCalls = absl::Seconds(15);

HttpResponse Text(int status, std::string text) {
  return {.status = status, .body = std::move(text)};
}

HttpResponse NotFound() { return Text(404, "there is no such page\n"); }

HttpResponse Asset(const HttpRequest& request, absl::string_view name) {
  const PageAsset* asset = FindPageAsset(name);
  if (asset == nullptr) return NotFound();
  HttpResponse response{.content_type = std::string(asset->content_type)};
  response.headers = {{"ETag", std::string(asset->etag)}, {"Cache-Control", "no-cache"}};
  if (request.Header("if-none-match") == asset->etag) {
    response.status = 304;
  } else {
    response.body = std::string(asset->bytes);
  }
  return response;
}

// The texts of a flat JSON object; nothing for anything else.
std::optional<std::map<std::string, std::string>> ReadTexts(const std::string& json) {
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) return std::nullopt;
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : object.fields()) texts[name] = value.string_value();
  return texts;
}

std::optional<Credentials> ReadCredentials(const std::string& json) {
  std::optional<std::map<std::string, std::string>> texts = ReadTexts(json);
  if (!texts) return std::nullopt;
  return Credentials{.user_name = (*texts)["userName"],
                     .password = (*texts)["password"],
                     .room_number = (*texts)["roomNumber"],
                     .pin = (*texts)["pin"]};
}

std::string SessionJson(const Session& session) {
  return absl::StrCat("{\"userName\":", JsonText(session.requester.user_name),
                      ",\"role\":", JsonText(RoleName(session.requester.role)),
                      ",\"tenantId\":", JsonText(session.requester.tenant_id),
                      ",\"conferenceId\":", JsonText(session.requester.conference_id),
                      ",\"csrfToken\":", JsonText(session.csrf_token), "}");
}

absl::Status NotMeant(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_MEANT", why);
}

}  // namespace

Console::Console(ConsoleOptions options, std::shared_ptr<grpc::Channel> channel,
                 storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
                 Random& random, std::function<bool()> is_ready)
    : options_(std::move(options)),
      secrets_(secrets),
      clock_(clock),
      calls_found_at_(clock.Now() + kFindingCalls),
      bridge_(std::move(channel)),
      sessions_(database, secrets, clock, random),
      log_in_(options_.log_in, clock),
      is_ready_(std::move(is_ready)),
      lists_(bridge_) {}

HttpResponse Console::Handle(const HttpRequest& request) {
  const absl::StatusOr<std::vector<std::string>> path = SplitPath(request.path);
  if (!path.ok()) return ErrorResponse(path.status());
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (!path->empty() && path->front() == "api") return HandleApi(request, *path);
  if (!is_read) return Text(405, "only GET and HEAD are served here\n");
  if (request.path == "/healthz") return Text(200, "alive\n");
  if (request.path == "/readyz") {
    return is_ready_() ? Text(200, "ready\n") : Text(503, "no mixer is connected\n");
  }
  if (path->empty()) return Asset(request, "index.html");
  if (path->size() == 2 && path->front() == "page") return Asset(request, path->back());
  return NotFound();
}

HttpResponse Console::HandleApi(const HttpRequest& request, const std::vector<std::string>& path) {
  const bool is_post = request.method == "POST";
  if (!is_post && request.method != "GET") return Text(405, "only GET and POST are served here\n");
  if (path.size() == 2 && path[1] == "log-in" && is_post) return LogInWith(request);

  const absl::StatusOr<Session> session = FindSession(request);
  if (!session.ok()) return ErrorResponse(session.status());
  if (is_post) {
    if (const absl::Status meant = CheckIsMeant(request, &*session); !meant.ok()) {
      return ErrorResponse(meant);
    }
    if (path.size() == 2 && path[1] == "log-out") return LogOut(request, *session);
    if (path.size() == 3 && path[1] == "export" && path[2] == "person") {
      // By POST: a number has no place in addresses, which logs and histories keep.
      auto texts = ReadTexts(request.body);
      return DownloadPerson(bridge_, session->requester, texts ? (*texts)["number"] : "");
    }
    if (path.size() != 3) return NotFound();
    const absl::StatusOr<std::string> json =
        bridge_.Call(session->requester, absl::StrCat(path[1], "/", path[2]), request.body);
    return json.ok() ? JsonResponse(*json) : ErrorResponse(json.status());
  }
  if (path.size() == 2 && path[1] == "session") return JsonResponse(SessionJson(*session));
  if (path.size() >= 3 && path[1] == "conferences" && path.back() == "events") {
    return Events(request, *session, path);
  }
  if (path.size() == 5 && path[1] == "recordings" && path[3] == "tracks") {
    if (!session->requester.conference_id.empty()) return NotFound();
    return DownloadRecording(bridge_, session->requester, path[2], path[4],
                             !request.Query("download").empty(), request.Header("range"));
  }
  if (path.size() == 3 && path[1] == "export") {
    static constexpr absl::string_view kFiles[] = {"conferences.csv", "conferences.json",
                                                   "calls.csv", "calls.json"};
    const bool is_file =
        std::find(std::begin(kFiles), std::end(kFiles), path[2]) != std::end(kFiles);
    if (!is_file || !session->requester.conference_id.empty()) return NotFound();
    return DownloadRecords(bridge_, session->requester, path[2]);
  }
  return NotFound();
}

HttpResponse Console::LogInWith(const HttpRequest& request) {
  if (const absl::Status meant = CheckIsMeant(request, nullptr); !meant.ok()) {
    return ErrorResponse(meant);
  }
  const std::optional<Credentials> credentials = ReadCredentials(request.body);
  if (!credentials) {
    return ErrorResponse(ErrorWithReason(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
                                         "a log-in is a JSON object of texts"));
  }
  const absl::StatusOr<Requester> requester = log_in_.Check(*credentials, request.peer);
  if (!requester.ok()) {
    LOG_INFO("console: a log-in from {} was refused", request.peer);
    return ErrorResponse(requester.status());
  }
  // A new cookie with each log-in: one that somebody planted before is worth nothing.
  const absl::StatusOr<Session> session = sessions_.Begin(*requester);
  if (!session.ok()) return ErrorResponse(session.status());
  LOG_INFO("console: {} logged in from {}", RoleName(requester->role), request.peer);
  HttpResponse response = JsonResponse(SessionJson(*session));
  response.headers.emplace_back("Set-Cookie", Cookie(request, session->token, kSessionMax));
  return response;
}

HttpResponse Console::LogOut(const HttpRequest& request, const Session& session) {
  if (!session.token.empty()) {
    if (const absl::Status ended = sessions_.End(session.token); !ended.ok()) {
      return ErrorResponse(ended);
    }
  }
  HttpResponse response = JsonResponse("{}");
  response.headers.emplace_back("Set-Cookie", Cookie(request, "", absl::ZeroDuration()));
  return response;
}

HttpResponse Console::Events(const HttpRequest& request, const Session& session,
                             const std::vector<std::string>& path) {
  HttpResponse response{.content_type = "text/event-stream"};
  const Requester requester = session.requester;
  if (path.size() == 3) {
    if (!requester.conference_id.empty()) return NotFound();
    response.on_stream = [this, request, requester](std::shared_ptr<TextStream> stream) {
      EndWithSession(request, requester, stream);
      lists_.Watch(requester, std::move(stream));
    };
    return response;
  }
  if (path.size() != 4) return NotFound();
  const std::string id = path[2];
  const bool is_finding_calls = clock_.Now() < calls_found_at_;
  const absl::Status own = is_finding_calls ? bridge_.CheckRunningConference(requester, id)
                                            : bridge_.CheckConference(requester, id);
  const bool is_unknown = own.code() == absl::StatusCode::kNotFound;
  if (is_unknown && is_finding_calls) {
    return ErrorResponse(ErrorWithReason(absl::StatusCode::kUnavailable, "CALLS_NOT_FOUND_YET",
                                         "no such conference yet: ask again"));
  }
  // A service that does not answer says nothing of the conference: the page asks again.
  if (!own.ok() && !is_unknown) return ErrorResponse(own);
  if (is_unknown) {
    // Not an error of the connection: the page is told, and stops asking.
    response.on_stream = [](std::shared_ptr<TextStream> stream) {
      stream->Send("event: gone\ndata: {}\n\n");
      stream->Close();
    };
    return response;
  }
  std::string cursor = request.Header("last-event-id");
  if (cursor.empty()) cursor = request.Query("cursor");
  response.on_stream = [this, request, requester, id, after = SequenceOf(cursor, options_.life)](
                           std::shared_ptr<TextStream> stream) {
    EndWithSession(request, requester, stream);
    WatchConference(bridge_, requester, id, after, options_.life, std::move(stream));
  };
  return response;
}

void Console::EndWithSession(const HttpRequest& request, const Requester& requester,
                             const std::shared_ptr<TextStream>& stream) {
  streams_.Add(stream, [this, request, requester] {
    const absl::StatusOr<Session> session = FindSession(request);
    if (session.ok()) return session->requester == requester;
    // A database that is away says nothing of the session.
    return session.status().code() != absl::StatusCode::kUnauthenticated;
  });
}

absl::StatusOr<Session> Console::FindSession(const HttpRequest& request) {
  const std::string& header = options_.log_in.proxy_header;
  if (!header.empty()) {
    const std::optional<Requester> requester =
        log_in_.FromProxy(request.Header(absl::AsciiStrToLower(header)), request.peer);
    if (requester) {
      return Session{"", secrets_.Mac("web-csrf-proxy", {requester->user_name}), *requester};
    }
  }
  return sessions_.Find(request.Cookie(CookieName(request)));
}

// A browser sends cookies with requests that a stranger's page makes; such a page can neither send JSON
// without being asked first, nor know the token, nor hide where it comes from.
absl::Status Console::CheckIsMeant(const HttpRequest& request, const Session* session) const {
  if (!absl::StartsWith(request.Header("content-type"), "application/json")) {
    return NotMeant("a change is a POST of application/json");
  }
  const std::string site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin") return NotMeant("this comes from another site");
  const std::string origin_text = request.Header("origin");
  absl::string_view origin = origin_text;
  if (!origin.empty()) {
    const bool has_scheme =
        absl::ConsumePrefix(&origin, "https://") || absl::ConsumePrefix(&origin, "http://");
    if (!has_scheme || origin != request.Header("host")) {
      return NotMeant("this comes from another site");
    }
  }
  if (session == nullptr) return absl::OkStatus();
  if (!storage::EqualInConstantTime(request.Header("x-narada-csrf"), session->csrf_token)) {
    return NotMeant("the session's token is missing");
  }
  return absl::OkStatus();
}

bool Console::IsSecure(const HttpRequest& request) const {
  return request.is_tls || options_.is_behind_tls;
}

// Browsers let nobody but us, over TLS and for all paths, set a cookie with this prefix (RFC 6265bis).
std::string Console::CookieName(const HttpRequest& request) const {
  return IsSecure(request) ? "__Host-narada" : "narada";
}

std::string Console::Cookie(const HttpRequest& request, const std::string& value,
                            absl::Duration life) const {
  return absl::StrCat(CookieName(request), "=", value,
                      "; Path=/; HttpOnly; SameSite=Strict; Max-Age=", absl::ToInt64Seconds(life),
                      IsSecure(request) ? "; Secure" : "");
}

}  // namespace narada::control::web
