#include "tests/attack/mixer_process.h"

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"

namespace narada::attack {
namespace {

constexpr char kReady[] = "mixer ready: gRPC port ";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void SetDeadline(grpc::ClientContext& context, int seconds) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
}

}  // namespace

MixerProcess::MixerProcess(const Options& options) {
  const char* const binary = getenv("NARADA_MIXER");
  CHECK(binary != nullptr) << "NARADA_MIXER names no program";
  const char* const temporary = getenv("TEST_TMPDIR");
  folder_ = absl::StrCat(temporary == nullptr ? "/tmp" : temporary, "/mixer-XXXXXX");
  CHECK(mkdtemp(folder_.data()) != nullptr) << "no folder for the mixer";
  std::ofstream(folder_ + "/config.textproto") << options.config;
  const std::vector<std::string> arguments = {
      binary,
      absl::StrCat("--config=", folder_, "/config.textproto"),
      "--grpc_listen=127.0.0.1:0",
      "--log_level=debug",
      "--workers=1",
      absl::StrCat("--rtp_ports=", options.rtp_port_min, "-", options.rtp_port_max)};
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string log = folder_ + "/log";
  pid_ = fork();
  CHECK_NE(pid_, -1) << "no process for the mixer";
  if (pid_ == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDERR_FILENO);
    dup2(file, STDOUT_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // A test that crashes leaves no mixer behind.
    execv(argv[0], argv.data());
    _exit(127);
  }
  std::string port;
  for (int i = 0; i < 300 && port.empty() && IsRunning(); ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    const std::string text = Log();
    const size_t at = text.find(kReady);
    if (at == std::string::npos) continue;
    const size_t begin = at + sizeof(kReady) - 1;
    const size_t end = text.find(',', begin);
    if (end != std::string::npos) port = text.substr(begin, end - begin);
  }
  CHECK(!port.empty()) << "the mixer does not start:\n" << Log();
  channel_ =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  rooms_ = mixer::v1::RoomService::NewStub(channel_);
  legs_ = mixer::v1::LegService::NewStub(channel_);
  events_ = mixer::v1::EventService::NewStub(channel_);
}

MixerProcess::~MixerProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool MixerProcess::IsRunning() const { return waitpid(pid_, nullptr, WNOHANG) == 0; }

std::string MixerProcess::Log() const { return ReadFile(folder_ + "/log"); }

absl::Duration MixerProcess::CpuTime() const {
  const std::string text = ReadFile(absl::StrCat("/proc/", pid_, "/stat"));
  const std::vector<std::string> fields = absl::StrSplit(text.substr(text.rfind(')') + 2), ' ');
  const int64_t ticks = std::stoll(fields.at(11)) + std::stoll(fields.at(12));  // utime and stime.
  return absl::Milliseconds(ticks * 1000 / sysconf(_SC_CLK_TCK));
}

void MixerProcess::CreateRoom(const std::string& room_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::CreateRoomRequest request;
  request.set_room_id(room_id);
  mixer::v1::CreateRoomResponse response;
  const absl::Status status = FromGrpcStatus(rooms_->CreateRoom(&context, request, &response));
  CHECK(status.ok()) << status;
}

absl::StatusOr<mixer::v1::AddLegResponse> MixerProcess::AddLeg(
    const mixer::v1::AddLegRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::AddLegResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(legs_->AddLeg(&context, request, &response)));
  return response;
}

absl::StatusOr<mixer::v1::NegotiateLegResponse> MixerProcess::NegotiateLeg(
    const mixer::v1::NegotiateLegRequest& request) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::NegotiateLegResponse response;
  RETURN_IF_ERROR(FromGrpcStatus(legs_->NegotiateLeg(&context, request, &response)));
  return response;
}

mixer::v1::LegStatistics MixerProcess::Statistics(const std::string& leg_id) {
  grpc::ClientContext context;
  SetDeadline(context, 20);
  mixer::v1::GetLegStatisticsRequest request;
  request.set_leg_id(leg_id);
  mixer::v1::GetLegStatisticsResponse response;
  const absl::Status status = FromGrpcStatus(legs_->GetLegStatistics(&context, request, &response));
  CHECK(status.ok()) << status;
  return response.statistics();
}

bool MixerProcess::HasEvent(const std::string& leg_id, bool (*is_it)(const mixer::v1::Event&)) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  mixer::v1::WatchEventsRequest request;
  const auto reader = events_->WatchEvents(&context, request);
  mixer::v1::WatchEventsResponse response;
  bool has = false;
  while (reader->Read(&response)) {
    has |= response.has_event() && response.event().leg_id() == leg_id && is_it(response.event());
  }
  return has;
}

}  // namespace narada::attack
