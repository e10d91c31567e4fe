// Control as a whole, without a mixer: its gRPC and HTTP edges as clients see them, and what it refuses.

#include "control/program.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"
#include "narada/control/v1/conference.grpc.pb.h"
#include "narada/control/v1/operation.grpc.pb.h"
#include "narada/control/v1/reservation.grpc.pb.h"
#include "narada/control/v1/signaling.grpc.pb.h"
#include "narada/control/v1/sms.grpc.pb.h"

namespace narada::control {
namespace {

constexpr char kPrompts[] = "control/prompts/recordings";  // In the test's runfiles.

// What a plain HTTP client gets: the whole response.
std::string HttpGet(int port, const std::string& request) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(send(client, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string response;
  char buffer[4096];
  for (ssize_t size; (size = recv(client, buffer, sizeof(buffer), 0)) > 0;) {
    response.append(buffer, size);
  }
  close(client);
  return response;
}
std::string GetPath(int port, const std::string& path) {
  return HttpGet(port, absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: localhost:1\r\n\r\n"));
}

ProgramOptions OptionsFor(const storage::TestFolder& folder) {
  ProgramOptions options;
  options.config.prompts_dir = kPrompts;
  options.config.grpc_listen = "127.0.0.1:0";
  options.config.web_port = 0;
  options.config.mixers = {{.target = "127.0.0.1:1"}};  // Nobody is there.
  options.config.UseDataFolder(folder.path());
  return options;
}

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() : options_(OptionsFor(folder_)) {
    absl::StatusOr<std::unique_ptr<Program>> program = Program::Start(options_, clock_);
    EXPECT_TRUE(program.ok()) << program.status();
    program_ = *std::move(program);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", program_->grpc_port()),
                                   grpc::InsecureChannelCredentials());
    reservations_ = v1::ReservationService::NewStub(channel_);
  }

  v1::Reservation Create(const std::string& request_id = "") {
    grpc::ClientContext context;
    v1::CreateReservationRequest request;
    request.set_request_id(request_id);
    request.set_organiser_number("+48601234567");
    v1::CreateReservationResponse response;
    EXPECT_TRUE(reservations_->CreateReservation(&context, request, &response).ok());
    return response.reservation();
  }
  std::string CreateFails(const v1::CreateReservationRequest& request) {
    grpc::ClientContext context;
    v1::CreateReservationResponse response;
    const absl::Status status =
        FromGrpcStatus(reservations_->CreateReservation(&context, request, &response));
    return absl::StrCat(ReasonOf(status), " ", FieldOf(status));
  }

  storage::TestFolder folder_;
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  ProgramOptions options_;
  std::unique_ptr<Program> program_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ReservationService::Stub> reservations_;
};

// ---- Reservations and SMS -----------------------------------------------------------------

TEST_F(ProgramTest, ReservationByGrpcIsMadeOnceAndItsSmsIsInTheSpool) {
  const v1::Reservation first = Create("request-1");
  EXPECT_EQ(first.room_number().size(), 5u);
  EXPECT_EQ(first.pin().size(), 6u);
  EXPECT_EQ(first.state(), v1::RESERVATION_STATE_LIVE);
  EXPECT_EQ(first.expire_time().seconds() - first.create_time().seconds(), 7 * 24 * 3600);
  EXPECT_EQ(Create("request-1").reservation_id(), first.reservation_id());

  const std::string spool = folder_ / "sms";
  for (int i = 0; i < 500 && std::filesystem::is_empty(spool); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  std::string text;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(spool)) {
    std::ifstream file(entry.path());
    text.assign(std::istreambuf_iterator<char>(file), {});
    ++files;
  }
  EXPECT_EQ(files, 1);
  EXPECT_TRUE(absl::StrContains(text, first.room_number()));
  EXPECT_TRUE(absl::StrContains(text, first.pin()));
}

TEST_F(ProgramTest, PinIsRevealedOnlyWhereItIsAskedFor) {
  const v1::Reservation made = Create();
  for (const bool reveal : {false, true}) {
    grpc::ClientContext context;
    v1::GetReservationRequest request;
    request.set_room_number(made.room_number());
    request.set_reveal_pin(reveal);
    v1::GetReservationResponse response;
    ASSERT_TRUE(reservations_->GetReservation(&context, request, &response).ok());
    EXPECT_EQ(response.reservation().pin(), reveal ? made.pin() : "");
    EXPECT_EQ(response.reservation().organiser_number(), "+48601234567");
  }
}

TEST_F(ProgramTest, ExtensionAndCheckAnswerWrongPinLikeAnUnknownRoom) {
  const v1::Reservation made = Create();
  const auto extend = [&](const std::string& room, const std::string& pin) {
    grpc::ClientContext context;
    v1::ExtendReservationRequest request;
    request.set_room_number(room);
    request.set_pin(pin);
    v1::ExtendReservationResponse response;
    const absl::Status status =
        FromGrpcStatus(reservations_->ExtendReservation(&context, request, &response));
    return status.ok() ? absl::StrCat(response.reservation().expire_time().seconds() -
                                      made.expire_time().seconds())
                       : status.ToString();
  };
  EXPECT_EQ(extend(made.room_number(), made.pin()), "604800");
  const std::string wrong_pin = made.pin() == "111111" ? "222222" : "111111";
  const std::string unknown_room = made.room_number() == "11111" ? "22222" : "11111";
  EXPECT_TRUE(absl::StrContains(extend(made.room_number(), wrong_pin), "NOT_FOUND"));
  EXPECT_EQ(extend(made.room_number(), wrong_pin), extend(unknown_room, made.pin()));
}

TEST_F(ProgramTest, MissingAndContradictoryFieldsAreNamed) {
  v1::CreateReservationRequest request;
  request.set_organiser_number("601 234 567");
  EXPECT_EQ(CreateFails(request), "FIELD_INVALID organiser_number");
  request.set_organiser_number("+48601234567");
  request.set_access_number("+48999999999");
  EXPECT_EQ(CreateFails(request), "FIELD_INVALID access_number");
  request.clear_access_number();
  request.set_request_id(std::string(129, 'x'));
  EXPECT_EQ(CreateFails(request), "FIELD_INVALID request_id");

  grpc::ClientContext context;
  v1::GetReservationResponse response;
  const absl::Status neither =
      FromGrpcStatus(reservations_->GetReservation(&context, {}, &response));
  EXPECT_EQ(ReasonOf(neither), "FIELD_INVALID");
}

TEST_F(ProgramTest, ListsContinueBehindTheirTokensAndRefuseOthers) {
  for (int i = 0; i < 5; ++i) {
    Create();
    clock_.Advance(absl::Seconds(1));
  }
  v1::ListReservationsRequest request;
  request.set_page_size(2);
  int listed = 0;
  do {
    grpc::ClientContext context;
    v1::ListReservationsResponse response;
    ASSERT_TRUE(reservations_->ListReservations(&context, request, &response).ok());
    listed += response.reservations_size();
    for (const v1::Reservation& reservation : response.reservations()) {
      EXPECT_EQ(reservation.pin(), "");
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && listed < 100);
  EXPECT_EQ(listed, 5);

  for (const char* token : {"garbage", "!", "MTIz"}) {
    grpc::ClientContext context;
    v1::ListReservationsResponse response;
    request.set_page_token(token);
    EXPECT_EQ(
        ReasonOf(FromGrpcStatus(reservations_->ListReservations(&context, request, &response))),
        "PAGE_TOKEN_INVALID")
        << token;
  }
}

TEST_F(ProgramTest, MessagesAreListedWithoutTheirText) {
  const v1::Reservation made = Create();
  const auto stub = v1::SmsService::NewStub(channel_);
  grpc::ClientContext context;
  v1::ListSmsResponse response;
  ASSERT_TRUE(stub->ListSms(&context, {}, &response).ok());
  ASSERT_EQ(response.messages_size(), 1);
  EXPECT_EQ(response.messages(0).sms_id(), made.sms_id());
  EXPECT_FALSE(absl::StrContains(response.DebugString(), made.pin()));
  grpc::ClientContext unknown;
  v1::GetSmsRequest get;
  get.set_sms_id("nonsense");
  v1::GetSmsResponse got;
  EXPECT_EQ(ReasonOf(FromGrpcStatus(stub->GetSms(&unknown, get, &got))), "SMS_UNKNOWN");
}

TEST_F(ProgramTest, CancelledReservationIsOver) {
  const v1::Reservation made = Create();
  v1::CancelReservationRequest request;
  request.set_reservation_id(made.reservation_id());
  v1::CancelReservationResponse response;
  grpc::ClientContext first, second;
  ASSERT_TRUE(reservations_->CancelReservation(&first, request, &response).ok());
  EXPECT_EQ(response.reservation().state(), v1::RESERVATION_STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(FromGrpcStatus(reservations_->CancelReservation(&second, request, &response))),
            "RESERVATION_EXPIRED");
}

// ---- Signaling ----------------------------------------------------------------------------

TEST_F(ProgramTest, SignalingBeginsWithHello) {
  const auto stub = v1::SignalingService::NewStub(channel_);
  grpc::ClientContext context;
  const auto stream = stub->Signal(&context);
  v1::SignalRequest request;
  request.set_call_id("call-1");
  request.mutable_confirmed();
  stream->Write(request);
  v1::SignalResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(stream->Finish())), "HELLO_EXPECTED");
}

TEST_F(ProgramTest, CallWithoutAnyMixerIsRefusedAsOverload) {
  const auto stub = v1::SignalingService::NewStub(channel_);
  grpc::ClientContext context;
  const auto stream = stub->Signal(&context);
  v1::SignalRequest request;
  request.mutable_hello()->set_gateway_id("test-gateway");
  ASSERT_TRUE(stream->Write(request));
  v1::SignalResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(response.has_welcome());

  request.set_call_id("call-1");
  request.mutable_offered()->set_called_number("+48608608608");
  request.mutable_offered()->set_sdp_offer("v=0");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.call_id(), "call-1");
  EXPECT_EQ(response.reject().reason(), v1::REJECT_REASON_OVERLOADED);
  EXPECT_GT(response.reject().retry_after().seconds(), 0);

  request.set_call_id("call-2");
  request.mutable_offered()->set_called_number("+48111111111");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.reject().reason(), v1::REJECT_REASON_NUMBER_UNKNOWN);

  request.set_call_id("call with spaces");
  ASSERT_TRUE(stream->Write(request));
  EXPECT_FALSE(stream->Read(&response));
  const absl::Status ended = FromGrpcStatus(stream->Finish());
  EXPECT_EQ(ReasonOf(ended), "FIELD_INVALID");
  EXPECT_EQ(FieldOf(ended), "call_id");
}

TEST_F(ProgramTest, WhatIsNotBuiltSaysSo) {
  grpc::ClientContext context;
  v1::EvacuateMixerResponse evacuated;
  EXPECT_EQ(
      v1::OperationService::NewStub(channel_)->EvacuateMixer(&context, {}, &evacuated).error_code(),
      grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ProgramTest, UnknownConferenceIsNotFound) {
  const auto stub = v1::ConferenceService::NewStub(channel_);
  grpc::ClientContext context;
  v1::GetConferenceRequest request;
  request.set_room_number("12345");
  v1::GetConferenceResponse response;
  EXPECT_EQ(ReasonOf(FromGrpcStatus(stub->GetConference(&context, request, &response))),
            "CONFERENCE_UNKNOWN");
}

TEST_F(ProgramTest, MixerThatIsAwayIsListedAsSuch) {
  grpc::ClientContext context;
  v1::ListMixersResponse response;
  ASSERT_TRUE(v1::OperationService::NewStub(channel_)->ListMixers(&context, {}, &response).ok());
  ASSERT_EQ(response.mixers_size(), 1);
  EXPECT_FALSE(response.mixers(0).is_reachable());
}

// ---- HTTP ---------------------------------------------------------------------------------

TEST_F(ProgramTest, ProbesAnswer) {
  EXPECT_TRUE(absl::StartsWith(GetPath(program_->http_port(), "/healthz"), "HTTP/1.0 200"));
  EXPECT_TRUE(absl::StartsWith(GetPath(program_->http_port(), "/readyz"), "HTTP/1.0 503"));
}

TEST_F(ProgramTest, ConsoleIsServedAndItsPasswordIsMade) {
  EXPECT_TRUE(absl::StrContains(GetPath(program_->http_port(), "/"), "/page/main.js"));
  EXPECT_TRUE(absl::StartsWith(GetPath(program_->http_port(), "/api/session"), "HTTP/1.0 401"));
  struct stat status;
  ASSERT_EQ(stat(options_.config.operator_password_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

// ---- Refusals to start --------------------------------------------------------------------

class ProgramRefusal : public testing::Test {
 protected:
  absl::Status Start() { return Program::Start(options_, clock_).status(); }

  storage::TestFolder folder_;
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  ProgramOptions options_ = OptionsFor(folder_);
};

TEST_F(ProgramRefusal, OccupiedPortsAreNamed) {
  const auto first = Program::Start(options_, clock_);
  ASSERT_TRUE(first.ok()) << first.status();
  storage::TestFolder other_folder;
  ProgramOptions second = options_;
  second.config.sqlite_file = other_folder / "narada.sqlite";
  second.config.web_port = (*first)->http_port();
  const absl::Status http = Program::Start(second, clock_).status();
  EXPECT_EQ(ReasonOf(http), "PORT_OCCUPIED");
  EXPECT_TRUE(absl::StrContains(std::string(http.message()), absl::StrCat((*first)->http_port())));
  second.config.web_port = 0;
  second.config.grpc_listen = absl::StrCat("127.0.0.1:", (*first)->grpc_port());
  EXPECT_EQ(ReasonOf(Program::Start(second, clock_).status()), "PORT_OCCUPIED");
}

TEST_F(ProgramRefusal, SecondControlOnTheSameFolderIsTurnedAway) {
  const auto first = Program::Start(options_, clock_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ReasonOf(Start()), "DATABASE_IN_USE");
}

TEST_F(ProgramRefusal, OpenPortWithoutTlsIsRefused) {
  options_.config.grpc_listen = "0.0.0.0:0";
  EXPECT_EQ(ReasonOf(Start()), "TLS_REQUIRED");
  options_.config.grpc_listen = "127.0.0.1:0";
  options_.config.mixers = {{.target = "10.1.2.3:50051"}};
  EXPECT_EQ(ReasonOf(Start()), "TLS_REQUIRED");
}

TEST_F(ProgramRefusal, LostKeyIsFoundAtStart) {
  ASSERT_TRUE(Start().ok());
  std::filesystem::remove_all(folder_ / "secrets");
  EXPECT_EQ(ReasonOf(Start()), "KEY_MISMATCH");
}

TEST_F(ProgramRefusal, DamagedPromptIsNamed) {
  const std::string own = folder_ / "prompts/pl";
  std::filesystem::create_directories(own);
  std::ofstream(own + "/greeting.wav") << "RIFF, but not really";
  const absl::Status status = Start();
  EXPECT_EQ(ReasonOf(status), "PROMPT_DAMAGED");
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "greeting.wav"));
}

}  // namespace
}  // namespace narada::control
