#include "bench/load/far_end.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"

namespace narada::bench {
namespace {

constexpr absl::Duration kRefusalPatience = absl::Seconds(20);
constexpr absl::Duration kRefusalPause = absl::Milliseconds(500);

namespace v1 = narada::mixer::v1;

absl::Status FromGrpc(const grpc::Status& status, absl::string_view what) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat(what, ": ", status.error_message()));
}

void Describe(const mixer::SrtpKeys& keys, v1::SrtpKeys& proto) {
  const mixer::SrtpSuiteTraits& traits = mixer::TraitsOf(keys.suite());
  proto.set_suite(std::string(traits.name));
  const auto bytes = keys.key_and_salt();
  proto.set_key_and_salt(std::string(bytes.begin(), bytes.end()));
}

}  // namespace

MixerFarEnd::MixerFarEnd(const Options& options, const Signals& signals)
    : options_(options), signals_(signals) {
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(options.target, grpc::InsecureChannelCredentials());
  legs_ = v1::LegService::NewStub(channel);
  rooms_ = v1::RoomService::NewStub(channel);
  mixer_ = v1::MixerService::NewStub(channel);
}

std::string MixerFarEnd::RoomName(int room) const {
  return absl::StrCat(options_.room_prefix, room);
}

v1::AddLegRequest MixerFarEnd::Request(size_t leg, const LegPlan& plan, const std::string& address,
                                       uint16_t port) const {
  v1::AddLegRequest request;
  request.set_room_id(RoomName(plan.room));
  v1::MediaDescription& media = *request.mutable_description();
  if (options_.has_shared_sockets) request.set_socket(v1::LEG_SOCKET_SHARED);
  media.set_rtp_address(address);
  media.set_rtp_port(port);
  media.set_rtcp_mux(true);
  v1::Codec& codec = *media.add_codecs();
  codec.set_encoding_name(signals_.encoding_name());
  codec.set_payload_type(static_cast<uint32_t>(signals_.payload_type()));
  codec.set_clock_rate_hz(static_cast<uint32_t>(signals_.clock_rate_hz()));
  codec.set_channels(signals_.is_opus() ? 2 : 1);
  if (!options_.has_in_band_digits) {
    v1::Codec& event = *media.add_telephone_events();
    event.set_encoding_name("telephone-event");
    event.set_payload_type(101);
    event.set_clock_rate_hz(static_cast<uint32_t>(signals_.clock_rate_hz()));
  }
  if (options_.says_levels) media.mutable_audio_level()->set_id(kLevelId);
  media.set_direction(v1::MEDIA_DIRECTION_SENDRECV);
  if (plan.send_keys.has_value()) {
    Describe(*plan.send_keys, *media.mutable_receive_keys());
    Describe(receive_keys_[leg], *media.mutable_send_keys());
  }
  return request;
}

absl::Status MixerFarEnd::AddLegs(Traffic& traffic) {
  int rooms = 0;
  receive_keys_.resize(traffic.size());
  for (size_t i = 0; i < traffic.size(); ++i) {
    rooms = std::max(rooms, traffic.plan(i).room + 1);
    std::array<uint8_t, mixer::SrtpKeys::kSizeMax> key;
    for (size_t k = 0; k < key.size(); ++k) key[k] = static_cast<uint8_t>(i * 31 + k * 7 + 3);
    const size_t size =
        mixer::SrtpKeys::SizeFor(mixer::TraitsOf(mixer::SrtpSuite::kAesCm128HmacSha1Tag80));
    receive_keys_[i] =
        mixer::SrtpKeys(mixer::SrtpSuite::kAesCm128HmacSha1Tag80, std::span(key).first(size));
  }
  for (int room = 0; room < rooms; ++room) {
    v1::CreateRoomRequest request;
    request.set_room_id(RoomName(room));
    v1::CreateRoomResponse response;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const grpc::Status status = rooms_->CreateRoom(&context, request, &response);
    if (!status.ok()) return FromGrpc(status, "CreateRoom");
  }
  const absl::Time patience_ends = absl::Now() + kRefusalPatience;
  for (size_t i = 0; i < traffic.size(); ++i) {
    v1::AddLegResponse response;
    grpc::Status status;
    do {  // A new leg costs an encode of its own for a moment: who joins too fast is asked to wait.
      if (!status.ok()) absl::SleepFor(kRefusalPause);
      grpc::ClientContext context;
      status = legs_->AddLeg(
          &context, Request(i, traffic.plan(i), traffic.local_address(i), traffic.local_port(i)),
          &response);
    } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
             absl::Now() < patience_ends);
    if (!status.ok()) return FromGrpc(status, absl::StrCat("AddLeg ", i));
    if (options_.has_shared_sockets && response.leg().socket() != v1::LEG_SOCKET_SHARED) {
      return absl::FailedPreconditionError("the mixer gave a leg no shared socket");
    }
    leg_ids_.push_back(response.leg().leg_id());
    const v1::NegotiatedMedia& media = response.leg().media();
    SetRemote(traffic, i, media.local_address(), static_cast<uint16_t>(media.local_rtp_port()));
  }
  return absl::OkStatus();
}

absl::Status MixerFarEnd::RemoveLegs() {
  for (const std::string& leg : leg_ids_) {
    v1::RemoveLegRequest request;
    request.set_leg_id(leg);
    v1::RemoveLegResponse response;
    grpc::ClientContext context;
    const grpc::Status status = legs_->RemoveLeg(&context, request, &response);
    if (!status.ok()) return FromGrpc(status, "RemoveLeg");
  }
  leg_ids_.clear();
  return absl::OkStatus();
}

absl::StatusOr<MixerFigures> MixerFarEnd::Figures() {
  v1::GetMixerResponse response;
  grpc::ClientContext context;
  const grpc::Status status = mixer_->GetMixer(&context, v1::GetMixerRequest(), &response);
  if (!status.ok()) return FromGrpc(status, "GetMixer");
  MixerFigures figures;
  for (const v1::Worker& worker : response.mixer().workers()) {
    figures.ticks_late += worker.ticks_late();
    figures.ticks_missed += worker.ticks_missed();
    figures.encodes += worker.encodes();
    figures.load = std::max(figures.load, static_cast<double>(worker.load()));
  }
  return figures;
}

JoinResult MixerFarEnd::JoinAndLeave(int room, int per_second, double seconds, int threads) {
  using Time = std::chrono::steady_clock;
  const Time::time_point begin = Time::now();
  const auto total = static_cast<int64_t>(per_second * seconds);
  std::atomic<int64_t> next = 0;
  std::atomic<uint64_t> joins = 0;
  std::atomic<uint64_t> failures = 0;
  const auto work = [&] {
    for (int64_t i = next++; i < total; i = next++) {
      std::this_thread::sleep_until(
          begin + std::chrono::nanoseconds(i * int64_t{1'000'000'000} / per_second));
      LegPlan plan;
      plan.room = room;
      v1::AddLegResponse added;
      grpc::ClientContext context;
      if (!legs_->AddLeg(&context, Request(0, plan, "127.0.0.1", 9), &added).ok()) {
        ++failures;
        continue;
      }
      v1::RemoveLegRequest removal;
      removal.set_leg_id(added.leg().leg_id());
      v1::RemoveLegResponse removed;
      grpc::ClientContext second_context;
      if (!legs_->RemoveLeg(&second_context, removal, &removed).ok()) ++failures;
      ++joins;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return {.joins = joins,
          .failures = failures,
          .seconds = std::chrono::duration<double>(Time::now() - begin).count()};
}

absl::Status ReadRemotes(std::istream& lines, Traffic& traffic) {
  std::string address;
  int port = 0;
  for (size_t i = 0; i < traffic.size(); ++i) {
    if (!(lines >> address >> port)) {
      return absl::InvalidArgumentError(absl::StrCat("addresses of ", i, " legs alone"));
    }
    SetRemote(traffic, i, address, static_cast<uint16_t>(port));
  }
  return absl::OkStatus();
}

void SetRemote(Traffic& traffic, size_t leg, const std::string& address, uint16_t port) {
  sockaddr_in remote = {};
  remote.sin_family = AF_INET;
  remote.sin_port = htons(port);
  CHECK(inet_pton(AF_INET, address.c_str(), &remote.sin_addr) == 1) << "no address: " << address;
  traffic.SetRemote(leg, remote);
}

}  // namespace narada::bench
