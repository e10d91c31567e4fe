#include "control/web/console.h"

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/requester.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"
#include "narada/control/v1/conference.grpc.pb.h"
#include "narada/control/v1/report.grpc.pb.h"

namespace narada::control::web {
namespace {

constexpr char kPassword[] = "abcde-fghjk-mnpqr-stuvw";

// Notes what reaches it; knows the conferences conf-acme and conf-other of the tenants of these names.
class FakeConferences final : public v1::ConferenceService::Service {
 public:
  grpc::Status GetConference(grpc::ServerContext*, const v1::GetConferenceRequest* request,
                             v1::GetConferenceResponse* response) override {
    const std::string id = request->conference_id();
    if (id == "conf-away") return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    if (id != "conf-acme" && id != "conf-other") {
      return ToGrpcStatus(
          ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN", "none"));
    }
    response->mutable_conference()->set_conference_id(id);
    response->mutable_conference()->set_tenant_id(id.substr(5));
    return grpc::Status::OK;
  }
  grpc::Status ListConferences(grpc::ServerContext*, const v1::ListConferencesRequest* request,
                               v1::ListConferencesResponse*) override {
    listed_tenant = request->tenant_id();
    return grpc::Status::OK;
  }
  grpc::Status MuteAll(grpc::ServerContext* context, const v1::MuteAllRequest* request,
                       v1::MuteAllResponse* response) override {
    ++mutes;
    requester = service::RequesterOf(*context);
    response->mutable_conference()->set_conference_id(request->conference_id());
    response->mutable_conference()->set_room_number("\"><script>");
    return grpc::Status::OK;
  }

  int mutes = 0;
  std::string listed_tenant = "(not asked)";
  Requester requester;
};

class FakeReports final : public v1::ReportService::Service {
 public:
  grpc::Status ReadConferenceRecording(
      grpc::ServerContext*, const v1::ReadConferenceRecordingRequest* request,
      grpc::ServerWriter<v1::ReadConferenceRecordingResponse>* writer) override {
    asked = request->recording_id();
    if (asked != "rec-1") {
      return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kNotFound, "RECORD_UNKNOWN", "none"));
    }
    v1::ReadConferenceRecordingResponse piece;
    const std::string whole = "RIFFsound";
    if (!is_growing) piece.set_track_size_bytes(whole.size());
    writer->Write(piece);
    piece.clear_track_size_bytes();
    const std::string rest = whole.substr(std::min<size_t>(request->offset_bytes(), whole.size()));
    for (const std::string& content :
         {rest.substr(0, 4), rest.substr(std::min<size_t>(4, rest.size()))}) {
      piece.set_content(content);
      writer->Write(piece);
    }
    return grpc::Status::OK;
  }

  grpc::Status ExportPerson(grpc::ServerContext* context, const v1::ExportPersonRequest* request,
                            grpc::ServerWriter<v1::ExportPersonResponse>* writer) override {
    if (!service::RequesterOf(*context).IsOperator()) {
      return ToGrpcStatus(
          ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_OPERATOR", "no"));
    }
    exported_person = request->number();
    v1::ExportPersonResponse piece;
    piece.set_content("PK");
    writer->Write(piece);
    return grpc::Status::OK;
  }

  grpc::Status ExportRecords(grpc::ServerContext*, const v1::ExportRecordsRequest* request,
                             grpc::ServerWriter<v1::ExportRecordsResponse>* writer) override {
    exported_tenant = request->tenant_id();
    v1::ExportRecordsResponse piece;
    piece.set_content("id,number");
    writer->Write(piece);
    return grpc::Status::OK;
  }

  std::string asked;
  bool is_growing = false;
  std::string exported_tenant;
  std::string exported_person;
};

class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&conferences_);
    builder.RegisterService(&reports_);
    server_ = builder.BuildAndStart();
    LogInOptions log_in{.operator_password = kPassword};
    log_in.check_password = [](const std::string& user,
                               const std::string&) -> absl::StatusOr<Requester> {
      if (user == "anna") return Requester{.user_name = "anna", .tenant_id = "acme"};
      return absl::UnauthenticatedError("no");
    };
    log_in.check_pin = [](const std::string&, const std::string&,
                          const std::string&) -> absl::StatusOr<Requester> {
      return Requester{.user_name = "pin", .tenant_id = "acme", .conference_id = "conf-acme"};
    };
    console_ = std::make_unique<Console>(
        ConsoleOptions{.life = "life", .log_in = std::move(log_in)}, server_->InProcessChannel({}),
        database_.database(), secrets_, clock_, random_, [] { return true; });
  }
  ~ConsoleTest() override {
    console_.reset();
    server_->Shutdown();
  }

  struct Browser {
    std::string cookie;
    std::string csrf;
  };

  static HttpRequest Get(const std::string& path) {
    return {.method = "GET", .path = path, .headers = {{"host", "localhost:8080"}}};
  }
  static HttpRequest Post(const std::string& path, const std::string& body,
                          const Browser& browser = {}) {
    HttpRequest request{.method = "POST", .path = path, .body = body, .peer = "127.0.0.1"};
    request.headers = {{"host", "localhost:8080"},          {"content-type", "application/json"},
                       {"origin", "http://localhost:8080"}, {"sec-fetch-site", "same-origin"},
                       {"cookie", browser.cookie},          {"x-narada-csrf", browser.csrf}};
    return request;
  }
  Browser LogInAs(const std::string& body) {
    const HttpResponse response = console_->Handle(Post("/api/log-in", body));
    EXPECT_EQ(response.status, 200) << response.body;
    Browser browser;
    for (const auto& [name, value] : response.headers) {
      if (name != "Set-Cookie") continue;
      EXPECT_TRUE(absl::StrContains(value, "; HttpOnly; SameSite=Strict")) << value;
      browser.cookie = value.substr(0, value.find(';'));
    }
    const std::string mark = "\"csrfToken\":\"";
    const size_t at = response.body.find(mark) + mark.size();
    browser.csrf = response.body.substr(at, response.body.find('"', at) - at);
    return browser;
  }
  Browser Operator() {
    return LogInAs(absl::StrCat("{\"userName\":\"operator\",\"password\":\"", kPassword, "\"}"));
  }
  Browser Anna() { return LogInAs("{\"userName\":\"anna\",\"password\":\"right\"}"); }
  Browser ByPin() { return LogInAs("{\"roomNumber\":\"1\",\"pin\":\"2\"}"); }
  HttpResponse Mute(const Browser& browser, const std::string& conference) {
    return console_->Handle(Post("/api/ConferenceService/MuteAll",
                                 absl::StrCat("{\"conferenceId\":\"", conference, "\"}"), browser));
  }

  storage::TestDatabase database_;
  storage::SecretBox secrets_{storage::SecretBox::Key{7}};
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  SecureRandom random_;
  FakeConferences conferences_;
  FakeReports reports_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Console> console_;
};

// ---- The page

TEST_F(ConsoleTest, PageIsServedWithoutALogInAndOnlyOnce) {
  const HttpResponse page = console_->Handle(Get("/"));
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(absl::StrContains(page.body, "/page/main.js"));
  HttpRequest script = Get("/page/main.js");
  const HttpResponse first = console_->Handle(script);
  EXPECT_EQ(first.content_type, "text/javascript; charset=utf-8");
  script.headers["if-none-match"] = first.headers[0].second;
  EXPECT_EQ(console_->Handle(script).status, 304);
  for (const char* path : {"/page/../console.cc", "/page/%2e%2e/x", "/page/", "/etc/passwd"}) {
    EXPECT_NE(console_->Handle(Get(path)).status, 200) << path;
  }
}

// ---- Who is logged in

TEST_F(ConsoleTest, NothingIsToldToWhoIsNotLoggedIn) {
  for (const char* path :
       {"/api/session", "/api/conferences/events", "/api/conferences/conf-acme/events",
        "/api/recordings/rec-1/tracks/mix"}) {
    EXPECT_EQ(console_->Handle(Get(path)).status, 401) << path;
  }
  EXPECT_EQ(Mute({}, "conf-acme").status, 401);
  EXPECT_EQ(conferences_.mutes, 0);
}

TEST_F(ConsoleTest, ConferenceIsNotSaidToBeOverWhileCallsAreStillBeingFound) {
  const Browser browser = Operator();
  HttpRequest request = Get("/api/conferences/conf-gone/events");
  request.headers.emplace("cookie", browser.cookie);
  EXPECT_EQ(console_->Handle(request).status, 503);
  clock_.Advance(absl::Seconds(16));
  EXPECT_EQ(console_->Handle(request).status, 200);
}

TEST_F(ConsoleTest, ConferenceIsNotSaidToBeOverWhileTheServiceIsAway) {
  const Browser browser = Anna();
  HttpRequest request = Get("/api/conferences/conf-away/events");
  request.headers.emplace("cookie", browser.cookie);
  clock_.Advance(absl::Seconds(16));
  EXPECT_EQ(console_->Handle(request).status, 503);
}

TEST_F(ConsoleTest, ForgedAndForeignCookiesOpenNothing) {
  const Browser real = Operator();
  const std::string value = real.cookie.substr(real.cookie.find('=') + 1);
  std::string changed = value;
  changed[5] = changed[5] == 'a' ? 'b' : 'a';
  for (const std::string& forged :
       {changed, value.substr(1), std::string(64, '0'), std::string("' OR '1'='1"), value + "0",
        std::string("operator")}) {
    EXPECT_EQ(Mute({absl::StrCat("narada=", forged), real.csrf}, "conf-acme").status, 401)
        << forged;
  }
  EXPECT_EQ(conferences_.mutes, 0);
}

TEST_F(ConsoleTest, SessionEndsByLogOutAndByTime) {
  const Browser browser = Operator();
  EXPECT_EQ(Mute(browser, "conf-acme").status, 200);
  EXPECT_EQ(console_->Handle(Post("/api/log-out", "{}", browser)).status, 200);
  EXPECT_EQ(Mute(browser, "conf-acme").status, 401);
  const Browser second = Operator();
  EXPECT_NE(second.cookie, browser.cookie);
  clock_.Advance(kSessionMax);
  EXPECT_EQ(Mute(second, "conf-acme").status, 401);
}

TEST_F(ConsoleTest, SessionOutlivesTheProcess) {
  const Browser browser = Operator();
  console_ = std::make_unique<Console>(ConsoleOptions{.life = "next"},
                                       server_->InProcessChannel({}), database_.database(),
                                       secrets_, clock_, random_, [] { return true; });
  EXPECT_EQ(Mute(browser, "conf-acme").status, 200);
}

// ---- Whether a change was meant (docs/field-failures.md: V28)

TEST_F(ConsoleTest, RequestsOfOtherSitesChangeNothing) {
  const Browser browser = Operator();
  const auto status_with = [&](const std::string& header, const std::string& value) {
    HttpRequest request =
        Post("/api/ConferenceService/MuteAll", "{\"conferenceId\":\"conf-acme\"}", browser);
    request.headers[header] = value;
    return console_->Handle(request).status;
  };
  EXPECT_EQ(status_with("x-narada-csrf", ""), 403);
  EXPECT_EQ(status_with("x-narada-csrf", std::string(64, '0')), 403);
  EXPECT_EQ(status_with("origin", "http://evil.example"), 403);
  EXPECT_EQ(status_with("origin", "null"), 403);
  EXPECT_EQ(status_with("sec-fetch-site", "cross-site"), 403);
  EXPECT_EQ(status_with("sec-fetch-site", "same-site"), 403);
  EXPECT_EQ(status_with("content-type", "text/plain"), 403);
  EXPECT_EQ(status_with("content-type", "application/x-www-form-urlencoded"), 403);
  EXPECT_EQ(conferences_.mutes, 0);
  EXPECT_EQ(status_with("accept", "*/*"), 200);
  EXPECT_EQ(conferences_.mutes, 1);
}

TEST_F(ConsoleTest, LogInCannotBePlantedByAnotherSite) {
  HttpRequest request = Post(
      "/api/log-in", absl::StrCat("{\"userName\":\"operator\",\"password\":\"", kPassword, "\"}"));
  request.headers["origin"] = "http://evil.example";
  EXPECT_EQ(console_->Handle(request).status, 403);
}

// ---- Who may

TEST_F(ConsoleTest, CommandCarriesWhoGaveIt) {
  EXPECT_EQ(Mute(Anna(), "conf-acme").status, 200);
  EXPECT_EQ(conferences_.requester, (Requester{.user_name = "anna", .tenant_id = "acme"}));
}

TEST_F(ConsoleTest, WhatTheNetworkSaysOfItselfCountsForNothing) {
  const auto stub = v1::ConferenceService::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  AddRequester({.user_name = "anna", .tenant_id = "acme"}, context);
  v1::MuteAllResponse response;
  ASSERT_TRUE(stub->MuteAll(&context, {}, &response).ok());
  EXPECT_EQ(conferences_.requester,
            (Requester{.role = RequesterRole::kOperator, .user_name = "api"}));
}

TEST_F(ConsoleTest, WhoAsksInTheProcessWithoutANameMayNothing) {
  const auto stub = v1::ConferenceService::NewStub(server_->InProcessChannel({}));
  grpc::ClientContext context;
  v1::MuteAllResponse response;
  ASSERT_TRUE(stub->MuteAll(&context, {}, &response).ok());
  EXPECT_EQ(conferences_.requester, Requester{});
}

TEST_F(ConsoleTest, EachSeesAndSteersOnlyWhatIsTheirs) {
  const Browser anna = Anna();
  EXPECT_EQ(Mute(anna, "conf-other").status, 404);
  EXPECT_EQ(Mute(anna, "conf-nowhere").status, 404);
  EXPECT_EQ(Mute(anna, "").status, 400);
  EXPECT_EQ(Mute(ByPin(), "conf-other").status, 404);
  EXPECT_EQ(conferences_.mutes, 0);
  EXPECT_EQ(Mute(ByPin(), "conf-acme").status, 200);
  EXPECT_EQ(Mute(Operator(), "conf-other").status, 200);
}

TEST_F(ConsoleTest, ListsAreOfTheOwnTenantWhateverIsAskedFor) {
  const std::string body = "{\"tenantId\":\"other\"}";
  console_->Handle(Post("/api/ConferenceService/ListConferences", body, Anna()));
  EXPECT_EQ(conferences_.listed_tenant, "acme");
  console_->Handle(Post("/api/ConferenceService/ListConferences", body, Operator()));
  EXPECT_EQ(conferences_.listed_tenant, "other");
}

TEST_F(ConsoleTest, MethodsThatAreNotForBrowsersAreNotThere) {
  const Browser browser = Operator();
  for (const char* method :
       {"SignalingService/Signal", "OperationService/Backup", "ReservationService/CheckPin",
        "ConferenceService/WatchConference", "ConferenceService/Nothing", "X/Y"}) {
    EXPECT_EQ(console_->Handle(Post(absl::StrCat("/api/", method), "{}", browser)).status, 404)
        << method;
  }
  for (const char* method : {"ReservationService/ListReservations", "SmsService/ListSms",
                             "ReportService/ErasePerson", "AuditService/ListAuditEntries"}) {
    EXPECT_EQ(console_->Handle(Post(absl::StrCat("/api/", method), "{}", Anna())).status, 403)
        << method;
  }
  EXPECT_EQ(console_->Handle(Post("/api/ReportService/ListCallRecords", "{}", ByPin())).status,
            403);
}

TEST_F(ConsoleTest, BrokenRequestsAreRefusedByName) {
  const Browser browser = Operator();
  for (const char* body : {"", "[", "{\"conferenceId\":7e", "{\"nothing\":1}", "\xff\xfe"}) {
    const HttpResponse response =
        console_->Handle(Post("/api/ConferenceService/MuteAll", body, browser));
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_TRUE(absl::StrContains(response.body, "JSON_INVALID")) << response.body;
  }
}

TEST_F(ConsoleTest, WhatIsNotBuiltSaysSo) {
  const HttpResponse response = console_->Handle(
      Post("/api/ConferenceService/EndConference", "{\"conferenceId\":\"conf-acme\"}", Operator()));
  EXPECT_EQ(response.status, 501);
  EXPECT_TRUE(absl::StrContains(response.body, "NOT_BUILT"));
}

// ---- Recordings

TEST_F(ConsoleTest, RecordingComesAsItIsAndUnderAHarmlessName) {
  HttpRequest request = Get("/api/recordings/rec-1/tracks/..%2fmix%0d%0a");
  request.headers["cookie"] = Anna().cookie;
  request.query["download"] = "1";
  HttpResponse response = console_->Handle(request);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "audio/wav");
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Disposition") {
      EXPECT_EQ(value, "attachment; filename=\"rec-1-___mix__.wav\"");
    }
  }
  EXPECT_EQ(*response.next_piece(), "RIFF");
  EXPECT_EQ(*response.next_piece(), "sound");
  EXPECT_EQ(*response.next_piece(), "");
}

TEST_F(ConsoleTest, PlayerGetsTheBytesThatItAsksFor) {
  HttpRequest request = Get("/api/recordings/rec-1/tracks/mix");
  request.headers["cookie"] = Anna().cookie;
  const auto ask = [&](const std::string& range) {
    request.headers["range"] = range;
    const HttpResponse response = console_->Handle(request);
    std::string told = absl::StrCat(response.status);
    for (const auto& [name, value] : response.headers) {
      if (name == "Content-Range") absl::StrAppend(&told, " ", value);
    }
    if (!response.next_piece) return told;
    absl::StrAppend(&told, response.size ? absl::StrCat(" ", *response.size) : "", " ");
    for (;;) {
      const absl::StatusOr<std::string> piece = response.next_piece();
      if (!piece.ok() || piece->empty()) return told;
      absl::StrAppend(&told, *piece);
    }
  };
  EXPECT_EQ(ask("bytes=0-"), "206 bytes 0-8/9 9 RIFFsound");
  EXPECT_EQ(ask("bytes=0-1"), "206 bytes 0-1/9 2 RI");
  EXPECT_EQ(ask("bytes=3-5"), "206 bytes 3-5/9 3 Fso");
  EXPECT_EQ(ask("bytes=4-100"), "206 bytes 4-8/9 5 sound");
  EXPECT_EQ(ask("bytes=-2"), "206 bytes 7-8/9 2 nd");
  EXPECT_EQ(ask("bytes=9-"), "416 bytes */9");
  for (const char* whole : {"", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=0-1,3-4",
                            "lines=0-1", "bytes=18446744073709551616-"}) {
    EXPECT_EQ(ask(whole), "200 9 RIFFsound") << whole;
  }
  reports_.is_growing = true;
  EXPECT_EQ(ask("bytes=3-5"), "200 RIFFsound");
}

TEST_F(ConsoleTest, PersonsRecordsAreForOperatorsAndAreAskedForByPost) {
  const std::string body = "{\"number\":\"+48601000001\"}";
  HttpResponse response = console_->Handle(Post("/api/export/person", body, Operator()));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/zip");
  EXPECT_EQ(*response.next_piece(), "PK");
  EXPECT_EQ(reports_.exported_person, "+48601000001");
  EXPECT_EQ(console_->Handle(Post("/api/export/person", body, Anna())).status, 403);
  Browser without_token = Operator();
  without_token.csrf = "";
  EXPECT_EQ(console_->Handle(Post("/api/export/person", body, without_token)).status, 403);
  HttpRequest get = Get("/api/export/person");
  get.headers["cookie"] = Operator().cookie;
  EXPECT_EQ(console_->Handle(get).status, 404);
}

TEST_F(ConsoleTest, RecordsComeAsAFileOfTheOwnTenant) {
  HttpRequest request = Get("/api/export/calls.csv");
  request.headers["cookie"] = Anna().cookie;
  HttpResponse response = console_->Handle(request);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(*response.next_piece(), "id,number");
  EXPECT_EQ(reports_.exported_tenant, "acme");
  request.path = "/api/export/..%2fsecrets";
  EXPECT_EQ(console_->Handle(request).status, 404);
}

TEST_F(ConsoleTest, RecordingsAreNotForWhoCameByAPinAndNotByAPath) {
  const Browser anna = Anna();
  HttpRequest request = Get("/api/recordings/..%2f..%2fetc%2fpasswd/tracks/mix");
  request.headers["cookie"] = anna.cookie;
  EXPECT_EQ(console_->Handle(request).status, 404);
  request.path = "/api/recordings/../tracks/mix";
  EXPECT_EQ(console_->Handle(request).status, 400);
  request.path = "/api/recordings/rec-1/tracks/mix";
  request.headers["cookie"] = ByPin().cookie;
  EXPECT_EQ(console_->Handle(request).status, 404);
}

TEST(Cursors, OfAnotherLifeAreNone) {
  EXPECT_EQ(SequenceOf("life.12", "life"), 12u);
  EXPECT_EQ(SequenceOf("other.12", "life"), std::nullopt);
  EXPECT_EQ(SequenceOf("life.", "life"), std::nullopt);
  EXPECT_EQ(SequenceOf("", "life"), std::nullopt);
}

}  // namespace
}  // namespace narada::control::web
