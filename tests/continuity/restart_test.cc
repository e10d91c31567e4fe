// kill -9 of the mixer under load: every call goes on, on its ports, with its SSRC, its numbers and its
// clock, in its room, muted or loud as it was, and nobody signals anything.
//   bazel-bin/tests/continuity/restart_test --legs=500
#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/mixers/mixer_process.h"
#include "gtest/gtest.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

ABSL_FLAG(int, legs, 100, "Legs at the time of the kill.");

namespace narada {
namespace {

namespace v1 = mixer::v1;
using control::mixers::MixerProcess;

constexpr int kLegsPerRoom = 10;
constexpr double kToneHz = 440;       // Leg 1 of each room says it.
constexpr double kMutedToneHz = 700;  // Leg 2 says it, and is muted.
constexpr absl::Duration kGapMax = absl::Seconds(1);

struct TestCall {
  std::string leg_id;
  v1::AddLegRequest request;
  std::string sdp;  // What answered it.
  std::unique_ptr<phone::MediaSession> phone;
};

class RestartTest : public ::testing::Test {
 protected:
  RestartTest()
      : folder_(absl::StrCat(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp",
                             "/narada-restart-test-", getpid())),
        mixer_port_(control::mixers::FreePort()) {
    Launch();
    Connect();
  }
  ~RestartTest() override {
    mixer_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Launch() {
    mixer_ = std::make_unique<MixerProcess>(
        mixer_port_, absl::ZeroDuration(),
        std::vector<std::string>{absl::StrCat("--state=", folder_), "--rtp_ports=12000-13999",
                                 "--workers=2",
                                 absl::StrCat("--shared_sockets=", shared_sockets_)});
  }

  void Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    channel_ =
        grpc::CreateCustomChannel(mixer_->address(), grpc::InsecureChannelCredentials(), arguments);
    ASSERT_TRUE(channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(20))))
        << mixer_->Log();
    rooms_ = v1::RoomService::NewStub(channel_);
    legs_ = v1::LegService::NewStub(channel_);
    events_ = v1::EventService::NewStub(channel_);
  }

  // As an orchestrator does: at once, on the same machine, with the same arguments.
  void KillAndRestart() {
    mixer_->Kill();
    Launch();
  }

  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::common_type_t<Request>& request, Response* response) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    return FromGrpcStatus((stub.*method)(&context, request, response));
  }

  void CreateRoom(const std::string& room_id, int speakers_max) {
    v1::CreateRoomRequest request;
    request.set_request_id("make-" + room_id);
    request.set_room_id(room_id);
    request.mutable_settings()->set_speakers_max(static_cast<uint32_t>(speakers_max));
    (*request.mutable_labels())["reservation"] = "of " + room_id;
    request.mutable_empty_timeout()->set_seconds(3600);
    v1::CreateRoomResponse response;
    ASSERT_EQ(Call(*rooms_, &v1::RoomService::Stub::CreateRoom, request, &response),
              absl::OkStatus());
  }

  TestCall& AddCall(const std::string& room_id, const v1::LegSettings& settings,
                    bool keep_audio = false) {
    TestCall& call = calls_.emplace_back();
    phone::MediaSession::Options options;
    options.keep_audio = keep_audio;
    options.seed = calls_.size();
    call.phone = *phone::MediaSession::Open(loop_, options);
    v1::AddLegRequest request;
    request.set_request_id(absl::StrCat("call-", calls_.size()));
    request.set_room_id(room_id);
    request.set_sdp_offer(call.phone->LocalSdp());
    request.set_signaling_address("127.0.0.1");
    // Every other one on a socket that it shares.
    if (calls_.size() % 2 == 0) request.set_socket(v1::LEG_SOCKET_SHARED);
    *request.mutable_settings() = settings;
    (*request.mutable_labels())["call"] = absl::StrCat(calls_.size());
    v1::AddLegResponse response;
    const absl::Status added = Call(*legs_, &v1::LegService::Stub::AddLeg, request, &response);
    EXPECT_EQ(added, absl::OkStatus());
    EXPECT_EQ(call.phone->Start(response.sdp()), absl::OkStatus());
    EXPECT_EQ(response.leg().socket(),
              calls_.size() % 2 == 0 ? v1::LEG_SOCKET_SHARED : v1::LEG_SOCKET_OWN);
    call.leg_id = response.leg().leg_id();
    call.request = request;
    call.sdp = response.sdp();
    return call;
  }

  // The API's whole view of the mixer: rooms and legs by id, and the epoch that it goes on from.
  struct View {
    std::string epoch;
    std::string resumed_epoch;
    std::map<std::string, std::string> items;
  };
  View Look() {
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (true) {
      View view;
      if (TryLook(view)) return view;
      if (absl::Now() > give_up) return {};
    }
  }
  // False: the connection was that of the mixer that is dead.
  bool TryLook(View& view) {
    bool is_whole = false;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    const auto reader = events_->WatchEvents(&context, {});
    for (v1::WatchEventsResponse response; reader->Read(&response);) {
      const v1::Snapshot& part = response.snapshot();
      view.epoch = part.cursor().epoch();
      view.resumed_epoch = part.resumed_epoch();
      for (const v1::Room& room : part.rooms()) {
        view.items["room " + room.room_id()] = room.DebugString();
      }
      for (v1::Leg leg : part.legs()) {
        leg.set_is_speaking(false);
        view.items["leg " + leg.leg_id()] = leg.DebugString();
      }
      is_whole = part.is_last_part();
      if (is_whole) break;
    }
    context.TryCancel();
    reader->Finish();
    return is_whole;
  }

  // The rooms and legs that are not the same, and how they are.
  static std::string Difference(const View& before, const View& after) {
    std::string text;
    for (const auto& [id, item] : before.items) {
      const auto found = after.items.find(id);
      if (found == after.items.end()) {
        absl::StrAppend(&text, id, " is gone\n");
      } else if (found->second != item) {
        absl::StrAppend(&text, id, " was\n", item, "and is\n", found->second);
      }
    }
    for (const auto& [id, item] : after.items) {
      if (before.items.count(id) == 0) absl::StrAppend(&text, id, " is new\n");
    }
    return text;
  }

  void Settle(absl::Duration duration) { absl::SleepFor(duration); }

  const std::string folder_;
  const int mixer_port_;
  int shared_sockets_ = 1;
  std::unique_ptr<MixerProcess> mixer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RoomService::Stub> rooms_;
  std::unique_ptr<v1::LegService::Stub> legs_;
  std::unique_ptr<v1::EventService::Stub> events_;
  phone::PhoneLoop loop_;
  std::vector<TestCall> calls_;
};

TEST_F(RestartTest, EveryCallOfAKilledMixerGoesOnWithinASecondWithoutSignaling) {
  const int legs = absl::GetFlag(FLAGS_legs);
  calls_.reserve(static_cast<size_t>(legs) + 1);
  for (int i = 0; i < legs; ++i) {
    const std::string room_id = absl::StrCat("room-", i / kLegsPerRoom);
    if (i % kLegsPerRoom == 0) CreateRoom(room_id, 3);
    v1::LegSettings settings;
    if (i % kLegsPerRoom == 1) settings.set_gain_db(-6);
    if (i % kLegsPerRoom == 2) settings.set_mute(v1::MUTE_STATE_MUTED);
    TestCall& call = AddCall(room_id, settings, /*keep_audio=*/i == 0);
    if (i % kLegsPerRoom == 1) call.phone->SayTones({{kToneHz, -20}});
    if (i % kLegsPerRoom == 2) call.phone->SayTones({{kMutedToneHz, -20}});
  }
  Settle(absl::Seconds(3));
  const View before = Look();
  ASSERT_EQ(before.items.size(),
            static_cast<size_t>(legs + (legs + kLegsPerRoom - 1) / kLegsPerRoom));
  EXPECT_EQ(before.resumed_epoch, "");
  double gap_before = 0;
  std::vector<phone::MediaReport> reports_before;
  for (const TestCall& call : calls_) {
    reports_before.push_back(call.phone->Report());
    gap_before = std::max(gap_before, reports_before.back().longest_arrival_gap_ms);
  }

  const absl::Duration killed_at = calls_[0].phone->SinceOrigin();
  KillAndRestart();
  Settle(absl::Seconds(4));

  double longest_gap = 0;
  uint64_t lost = 0, jumps = 0;
  for (size_t i = 0; i < calls_.size(); ++i) {
    const phone::MediaReport& old = reports_before[i];
    const phone::MediaReport report = calls_[i].phone->Report();
    longest_gap = std::max(longest_gap, report.longest_arrival_gap_ms);
    EXPECT_LT(report.longest_arrival_gap_ms, absl::ToDoubleMilliseconds(kGapMax)) << "leg " << i;
    EXPECT_GT(report.packets_received, old.packets_received + 100) << "leg " << i;
    EXPECT_EQ(report.ssrc_changes, old.ssrc_changes) << "leg " << i;
    EXPECT_EQ(report.remote_ssrc, old.remote_ssrc) << "leg " << i;
    // A sequence number that was used twice would be a duplicate; one that jumped, a loss.
    EXPECT_EQ(report.packets_duplicate, old.packets_duplicate) << "leg " << i;
    EXPECT_EQ(report.packets_unexpected, old.packets_unexpected) << "leg " << i;
    lost += report.packets_lost - old.packets_lost;
    jumps += report.timestamp_jumps - old.timestamp_jumps;
  }
  // What was in the dead process's ring is lost; more is not.
  EXPECT_LE(lost, calls_.size() * 2);
  EXPECT_EQ(jumps, 0u) << "the timestamp has gone on through the gap";
  std::printf(
      "%d legs: longest gap %.0f ms (before the kill %.0f ms), packets lost %llu, timestamp jumps "
      "%llu\n",
      legs, longest_gap, gap_before, static_cast<unsigned long long>(lost),
      static_cast<unsigned long long>(jumps));

  const View after = Look();
  EXPECT_NE(after.epoch, before.epoch);
  EXPECT_EQ(after.resumed_epoch, before.epoch);
  EXPECT_EQ(Difference(before, after), "");

  // Gains and mutes, as heard.
  const phone::HeardAudio heard = calls_[0].phone->Heard();
  const absl::Duration from = killed_at + absl::Seconds(2);
  EXPECT_NEAR(heard.UsualToneLevelDbov(kToneHz, from, from + absl::Seconds(1)), -26, 1);
  EXPECT_LT(heard.ToneLevelDbov(kMutedToneHz, from, from + absl::Seconds(1)), -60);

  // The legs are whole: settings, negotiation and removal work on.
  v1::UpdateLegRequest unmute;
  unmute.set_leg_id(calls_[2].leg_id);
  unmute.mutable_settings()->set_mute(v1::MUTE_STATE_OPEN);
  unmute.mutable_update_mask()->add_paths("mute");
  v1::UpdateLegResponse unmuted;
  EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::UpdateLeg, unmute, &unmuted), absl::OkStatus());
  v1::NegotiateLegRequest offer;
  offer.set_leg_id(calls_[1].leg_id);
  offer.set_sdp_offer(calls_[1].phone->LocalSdp("recvonly"));
  v1::NegotiateLegResponse answer;
  EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::NegotiateLeg, offer, &answer), absl::OkStatus());
  EXPECT_EQ(calls_[1].phone->Start(answer.sdp()), absl::OkStatus());
  v1::RemoveLegRequest remove;
  remove.set_leg_id(calls_[3].leg_id);
  v1::RemoveLegResponse removed;
  EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::RemoveLeg, remove, &removed), absl::OkStatus());
  EXPECT_GT(removed.statistics().packets_sent(), 200u) << "counted on since before the kill";
  AddCall("room-0", {});
  const absl::Duration again = calls_[0].phone->SinceOrigin() + absl::Milliseconds(500);
  Settle(absl::Seconds(2));
  EXPECT_NEAR(
      calls_[0].phone->Heard().UsualToneLevelDbov(kMutedToneHz, again, again + absl::Seconds(1)),
      -20, 1);

  // What was changed since is the state of the next restart.
  const View changed = Look();
  EXPECT_EQ(changed.items.count("leg " + calls_[3].leg_id), 0u);
  KillAndRestart();
  const View second = Look();
  EXPECT_EQ(Difference(changed, second), "");
  EXPECT_EQ(second.resumed_epoch, changed.epoch);

  // A request whose answer was lost with the mixer is answered as it was.
  v1::AddLegResponse repeated;
  EXPECT_EQ(Call(*legs_, &v1::LegService::Stub::AddLeg, calls_[0].request, &repeated),
            absl::OkStatus());
  EXPECT_EQ(repeated.leg().leg_id(), calls_[0].leg_id);
  EXPECT_EQ(repeated.sdp(), calls_[0].sdp);
  CreateRoom("room-0", 3);
  EXPECT_EQ(Difference(second, Look()), "");

  EXPECT_EQ(mixer_->Stop(), 0) << mixer_->Log();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/journal")) << "a clean stop leaves nothing";
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/legs"));
  if (HasFailure()) std::printf("%s\n", mixer_->Log().c_str());
}

TEST_F(RestartTest, AMixerThatIsKilledAgainAndAgainLosesNobody) {
  CreateRoom("room", 8);
  calls_.reserve(10);
  for (int i = 0; i < 10; ++i) AddCall("room", {});
  Settle(absl::Seconds(1));
  const View before = Look();
  // Also while it is only just resuming.
  for (const int alive_ms : {400, 150, 60, 30, 200, 90}) {
    KillAndRestart();
    Settle(absl::Milliseconds(alive_ms));
  }
  Settle(absl::Seconds(2));
  EXPECT_EQ(Difference(before, Look()), "") << mixer_->Log();
  for (const TestCall& call : calls_) {
    const phone::MediaReport report = call.phone->Report();
    EXPECT_EQ(report.packets_duplicate, 0u);
    EXPECT_EQ(report.ssrc_changes, 0u);
    EXPECT_EQ(report.timestamp_jumps, 0u);
  }
}

TEST_F(RestartTest, WhoseSharedSocketIsNotThereAnyMoreIsMissedAtOnceAndTheOthersGoOn) {
  CreateRoom("room", 8);
  calls_.reserve(4);
  for (int i = 0; i < 4; ++i) AddCall("room", {});
  Settle(absl::Seconds(1));
  const View before = Look();
  shared_sockets_ = 0;
  KillAndRestart();
  const View after = Look();
  EXPECT_EQ(Difference(before, after).find(" is new"), std::string::npos);
  for (size_t i = 0; i < calls_.size(); ++i) {
    EXPECT_EQ(after.items.count("leg " + calls_[i].leg_id), i % 2 == 0 ? 1u : 0u) << "leg " << i;
  }
  EXPECT_NE(mixer_->Log().find("was one that legs shared"), std::string::npos) << mixer_->Log();
  const uint64_t received = calls_[0].phone->Report().packets_received;
  const uint64_t received_shared = calls_[1].phone->Report().packets_received;
  Settle(absl::Seconds(1));
  EXPECT_GT(calls_[0].phone->Report().packets_received, received + 40);
  EXPECT_EQ(calls_[1].phone->Report().packets_received, received_shared);
}

}  // namespace
}  // namespace narada

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
