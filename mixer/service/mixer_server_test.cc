// The mixer by its API: a real gRPC client, real phones over loopback RTP, SDP passed between them.
#include "mixer/service/mixer_server.h"

#include <grpcpp/create_channel.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mixer/files/recorder.h"
#include "mixer/media/wav.h"
#include "mixer/net/ring_network.h"
#include "mixer/net/udp_socket_pairs.h"
#include "mixer/service/recording_events.h"
#include "mixer/units/audio_level.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::mixer::service {
namespace {

using ::testing::HasSubstr;

// Small, so that a reader can be too slow.
constexpr size_t kEventsMax = 256;

class Listener final : public engine::EngineListener {
 public:
  explicit Listener(MixerState& state) : state_(state) {}
  void OnEvent(const room::RoomEvent& event) override { state_.OnEvent(event); }
  void OnEventsLost(uint64_t count) override { state_.OnEventsLost(count); }

 private:
  MixerState& state_;
};

// 160 samples of a WAV at 8 kHz for each 20 ms.
std::string WavOf(int milliseconds, int16_t value) {
  std::string data;
  for (int i = 0; i < 8 * milliseconds; ++i) {
    const int16_t sample = i % 16 < 8 ? value : static_cast<int16_t>(-value);  // 500 Hz.
    data.push_back(static_cast<char>(sample & 0xff));
    data.push_back(static_cast<char>(sample >> 8 & 0xff));
  }
  const auto number = [](uint32_t n, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(n >> (8 * i) & 0xff));
    return text;
  };
  const auto size = static_cast<uint32_t>(data.size());
  return "RIFF" + number(36 + size, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(8000, 4) + number(16000, 4) + number(2, 2) + number(16, 2) + "data" +
         number(size, 4) + data;
}

class MixerServerTest : public ::testing::Test {
 protected:
  MixerServerTest()
      : state_(clock_, "epoch-1", kEventsMax),
        listener_(state_),
        // Each test in its own part of the range; the system has the higher ones.
        sockets_(SocketAddress(IpAddress::V4(127, 0, 0, 1), 0),
                 *net::PortRange::Create(14000, 15999, absl::Milliseconds(1)), clock_),
        prompts_(clock_, 1 << 20) {
    std::vector<engine::WorkerSeat> seats;
    for (int i = 0; i < 2; ++i) {
      std::unique_ptr<net::RingNetwork> network =
          *net::RingNetwork::Create({.sockets_max = 400, .packet_buffers = 256});
      net::RingNetwork* const raw = network.get();
      seats.push_back({.network = std::move(network), .prepare = [raw] { return raw->Enable(); }});
    }
    engine_ = *engine::Engine::Start({.admission = {.legs_max = 200}}, std::move(seats), listener_);
    quality_ = std::make_unique<QualityMonitor>(*engine_, state_);
    MixerSettings settings;
    settings.advertised_ip = IpAddress::V4(127, 0, 0, 1);
    context_.reset(new MixerContext{*engine_, state_, prompts_, *quality_, sockets_, random_,
                                    clock_, settings});
    const std::string folder = ::testing::TempDir() + "/recordings";
    EXPECT_EQ(system(("rm -rf " + folder).c_str()), 0);
    recorder_ = *files::Recorder::Open({.folder = folder}, clock_, recording_events_);
    context_->recorder = recorder_.get();
    server_ = *MixerServer::Start(*context_, {.listen = "127.0.0.1:0"});
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
    rooms_ = v1::RoomService::NewStub(channel_);
    legs_ = v1::LegService::NewStub(channel_);
    playback_ = v1::PlaybackService::NewStub(channel_);
    events_ = v1::EventService::NewStub(channel_);
    mixer_ = v1::MixerService::NewStub(channel_);
    recordings_ = v1::RecordingService::NewStub(channel_);
  }

  // Calls a method and returns our status.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::common_type_t<Request>& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return FromGrpcStatus((stub.*method)(&context, request, response));
  }

  absl::Status CreateRoom(const std::string& id) {
    v1::CreateRoomRequest request;
    request.set_room_id(id);
    v1::CreateRoomResponse response;
    return Call(*rooms_, &v1::RoomService::StubInterface::CreateRoom, request, &response);
  }

  std::unique_ptr<phone::MediaSession> NewPhone() {
    phone::MediaSession::Options options;
    options.codecs = {phone::Codec::kPcma, phone::Codec::kPcmu};
    return *phone::MediaSession::Open(loop_, options);
  }

  absl::StatusOr<v1::AddLegResponse> AddLeg(const v1::AddLegRequest& request) {
    v1::AddLegResponse response;
    RETURN_IF_ERROR(Call(*legs_, &v1::LegService::StubInterface::AddLeg, request, &response));
    return response;
  }

  // A phone whose offer was answered, in the room; its leg's id.
  std::string Join(const std::string& room, phone::MediaSession& phone) {
    v1::AddLegRequest request;
    request.set_room_id(room);
    request.set_sdp_offer(phone.LocalSdp());
    (*request.mutable_labels())["call"] = "c-1";
    const absl::StatusOr<v1::AddLegResponse> response = AddLeg(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return "";
    EXPECT_EQ(phone.Start(response->sdp()), absl::OkStatus());
    return response->leg().leg_id();
  }

  // Reads the stream until `f` is true of a response; false after 10 s.
  bool WatchUntil(const v1::WatchEventsRequest& request,
                  const std::function<bool(const v1::WatchEventsResponse&)>& f) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const auto reader = events_->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    while (reader->Read(&response)) {
      if (!f(response)) continue;
      context.TryCancel();
      return true;
    }
    return false;
  }
  bool WaitForEvent(uint64_t after, const std::function<bool(const v1::Event&)>& f) {
    v1::WatchEventsRequest request;
    request.mutable_cursor()->set_epoch("epoch-1");
    request.mutable_cursor()->set_sequence(after);
    return WatchUntil(request, [&](const v1::WatchEventsResponse& response) {
      return response.has_event() && f(response.event());
    });
  }

  SystemClock clock_;
  SecureRandom random_;
  MixerState state_;
  Listener listener_;
  net::UdpSocketPairs sockets_;
  PromptStore prompts_;
  RecordingEvents recording_events_{state_};
  std::unique_ptr<files::Recorder> recorder_;  // Outlives the engine.
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<QualityMonitor> quality_;
  std::unique_ptr<MixerContext> context_;
  std::unique_ptr<MixerServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RoomService::StubInterface> rooms_;
  std::unique_ptr<v1::LegService::StubInterface> legs_;
  std::unique_ptr<v1::PlaybackService::StubInterface> playback_;
  std::unique_ptr<v1::EventService::StubInterface> events_;
  std::unique_ptr<v1::MixerService::StubInterface> mixer_;
  std::unique_ptr<v1::RecordingService::StubInterface> recordings_;
  phone::PhoneLoop loop_;
};

TEST_F(MixerServerTest, TwoPhonesWithSdpHearEachOther) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto first = NewPhone();
  auto second = NewPhone();
  const std::string leg = Join("talk", *first);
  Join("talk", *second);
  first->SayTones({{440, -20}});
  absl::SleepFor(absl::Seconds(3));
  const phone::HeardAudio heard = second->Heard();
  EXPECT_NEAR(heard.UsualToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length()), -20,
              1.5);

  v1::GetLegStatisticsRequest request;
  request.set_leg_id(leg);
  v1::GetLegStatisticsResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::GetLegStatistics, request, &response),
            absl::OkStatus());
  EXPECT_GT(response.statistics().packets_received(), 100u);
  EXPECT_EQ(response.statistics().packets_lost(), 0);
}

// One room of every codec: each says a tone of its own and hears all the others', at its own rate.
TEST_F(MixerServerTest, PhonesOfEveryCodecHearEachOther) {
  ASSERT_EQ(CreateRoom("babel"), absl::OkStatus());
  const phone::Codec codecs[] = {phone::Codec::kPcma,     phone::Codec::kPcmu,
                                 phone::Codec::kG722,     phone::Codec::kOpus,
                                 phone::Codec::kL16At16k, phone::Codec::kL16At48k};
  constexpr double kTones[] = {400, 730, 1010, 1370, 1810, 2250};
  std::vector<std::unique_ptr<phone::MediaSession>> phones;
  for (const phone::Codec codec : codecs) {
    phone::MediaSession::Options options;
    options.codecs = {codec};
    if (codec == phone::Codec::kL16At48k) options.ptime_ms = 10;  // More is no packet.
    phones.push_back(*phone::MediaSession::Open(loop_, options));
    Join("babel", *phones.back());
  }
  for (size_t i = 0; i < phones.size(); ++i) phones[i]->SayTones({{kTones[i], -30}});
  absl::SleepFor(absl::Seconds(4));
  for (size_t i = 0; i < phones.size(); ++i) {
    const phone::HeardAudio heard = phones[i]->Heard();
    for (size_t k = 0; k < phones.size(); ++k) {
      const absl::Duration from = heard.length() - absl::Seconds(1);
      SCOPED_TRACE(absl::StrCat("phone ", i, " hears ", k));
      if (i == k) {
        EXPECT_LT(heard.ToneLevelDbov(kTones[k], from, heard.length()), -55) << "its own tone";
      } else {
        EXPECT_NEAR(heard.UsualToneLevelDbov(kTones[k], from, heard.length()), -30, 3);
      }
    }
  }
}

TEST_F(MixerServerTest, ARepeatedRequestChangesNothing) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  v1::AddLegRequest request;
  request.set_request_id("once");
  request.set_room_id("talk");
  request.set_sdp_offer(phone->LocalSdp());
  const absl::StatusOr<v1::AddLegResponse> first = AddLeg(request);
  const absl::StatusOr<v1::AddLegResponse> second = AddLeg(request);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->leg().leg_id(), second->leg().leg_id());
  EXPECT_EQ(first->sdp(), second->sdp());
  EXPECT_EQ(engine_->CountLegs(), 1u);
}

TEST_F(MixerServerTest, ErrorsNameReasonAndField) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  EXPECT_EQ(ReasonOf(CreateRoom("talk")), "ROOM_EXISTS");
  EXPECT_EQ(ReasonOf(CreateRoom("not allowed!")), "FIELD_INVALID");
  EXPECT_EQ(FieldOf(CreateRoom("not allowed!")), "room_id");

  auto phone = NewPhone();
  v1::AddLegRequest request;
  request.set_room_id("nowhere");
  request.set_sdp_offer(phone->LocalSdp());
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "ROOM_UNKNOWN");
  request.set_room_id("talk");
  request.set_sdp_offer("this is no SDP");
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "SDP_INVALID");
  request.clear_remote();
  EXPECT_EQ(FieldOf(AddLeg(request).status()), "remote");
  request.set_sdp_offer(
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 speex/8000\r\n");
  EXPECT_EQ(ReasonOf(AddLeg(request).status()), "MEDIA_UNACCEPTABLE");
  request.set_sdp_offer(phone->LocalSdp());
  request.set_signaling_address("not an address");
  EXPECT_EQ(FieldOf(AddLeg(request).status()), "signaling_address");
  EXPECT_EQ(engine_->CountLegs(), 0u);

  v1::MoveLegRequest move;
  move.set_leg_id("l-none");
  v1::MoveLegResponse moved;
  EXPECT_EQ(ReasonOf(Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved)),
            "LEG_UNKNOWN");
  v1::UpdateLegRequest update;
  const std::string leg = Join("talk", *phone);
  update.set_leg_id(leg);
  v1::UpdateLegResponse updated;
  EXPECT_EQ(FieldOf(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated)),
            "update_mask");
  update.mutable_update_mask()->add_paths("gain_db");
  update.mutable_settings()->set_gain_db(90);
  EXPECT_EQ(FieldOf(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated)),
            "settings.gain_db");
  v1::DeleteRoomRequest remove;
  remove.set_room_id("talk");
  v1::DeleteRoomResponse removed;
  EXPECT_EQ(ReasonOf(Call(*rooms_, &v1::RoomService::StubInterface::DeleteRoom, remove, &removed)),
            "ROOM_NOT_EMPTY");
  remove.set_force(true);
  EXPECT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::DeleteRoom, remove, &removed),
            absl::OkStatus());
  EXPECT_EQ(engine_->CountLegs(), 0u);
}

TEST_F(MixerServerTest, APromptIsHeardItsEndIsToldAndAKeyBargesIn) {
  ASSERT_EQ(CreateRoom("ivr"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("ivr", *phone);

  const auto upload = [&](const std::string& id, const std::string& content) {
    grpc::ClientContext context;
    v1::UploadPromptResponse response;
    const auto writer = playback_->UploadPrompt(&context, &response);
    v1::UploadPromptRequest part;
    part.mutable_header()->set_prompt_id(id);
    part.mutable_header()->set_format(v1::PROMPT_FORMAT_WAV);
    writer->Write(part);
    for (size_t at = 0; at < content.size(); at += 10000) {
      part.set_content(content.substr(at, 10000));
      if (!writer->Write(part)) break;
    }
    writer->WritesDone();
    return FromGrpcStatus(writer->Finish());
  };
  EXPECT_EQ(upload("hello", WavOf(1000, 3000)), absl::OkStatus());
  EXPECT_EQ(upload("hello", WavOf(1000, 3000)), absl::OkStatus());
  EXPECT_EQ(ReasonOf(upload("hello", WavOf(500, 3000))), "PROMPT_EXISTS");
  EXPECT_EQ(ReasonOf(upload("broken", "RIFF, but not really")), "PROMPT_DAMAGED");
  EXPECT_EQ(ReasonOf(upload("big", WavOf(70'000, 1))), "PROMPTS_FULL");
  EXPECT_EQ(ReasonOf(upload("NotAllowed", "")), "FIELD_INVALID");

  v1::StartPlaybackRequest play;
  play.set_playback_id("p1");
  play.set_leg_id(leg);
  play.add_items()->set_prompt_id("hello");
  v1::StartPlaybackResponse played;
  const uint64_t before = state_.last_sequence();
  ASSERT_EQ(Call(*playback_, &v1::PlaybackService::StubInterface::StartPlayback, play, &played),
            absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    return event.playback_ended().playback_id() == "p1" &&
           event.playback_ended().reason() == v1::PLAYBACK_END_REASON_COMPLETED &&
           event.leg_id() == leg && event.labels().at("call") == "c-1";
  }));
  const phone::HeardAudio heard = phone->Heard();
  EXPECT_GT(heard.LevelDbov(heard.length() - absl::Seconds(1), heard.length()), -30);

  play.set_playback_id("p2");
  play.mutable_endless();
  play.set_barge_in(v1::BARGE_IN_DIGIT);
  ASSERT_EQ(Call(*playback_, &v1::PlaybackService::StubInterface::StartPlayback, play, &played),
            absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(200));
  ASSERT_EQ(phone->Press("5"), absl::OkStatus());
  bool is_barged_in = false;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    is_barged_in =
        is_barged_in || event.playback_ended().reason() == v1::PLAYBACK_END_REASON_BARGED_IN;
    return event.digit_received().digit() == "5";
  }));
  EXPECT_TRUE(is_barged_in) << "the end of the playback comes before the digit";

  play.set_playback_id("p3");
  play.mutable_items(0)->set_prompt_id("unknown");
  EXPECT_EQ(
      ReasonOf(Call(*playback_, &v1::PlaybackService::StubInterface::StartPlayback, play, &played)),
      "PROMPT_UNKNOWN");
}

TEST_F(MixerServerTest, RecordsTheMixAndEachLegPausesAndMakesAPromptOfIt) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto first = NewPhone();
  auto second = NewPhone();
  const std::string leg = Join("talk", *first);
  const std::string other = Join("talk", *second);

  v1::StartRecordingRequest start;
  start.set_room_id("nowhere");
  start.set_recording_id("rec-1");
  start.set_tracks(v1::RECORDING_TRACKS_MIX_AND_LEGS);
  v1::StartRecordingResponse started;
  const auto call_start = [&] {
    return Call(*recordings_, &v1::RecordingService::StubInterface::StartRecording, start,
                &started);
  };
  EXPECT_EQ(ReasonOf(call_start()), "ROOM_UNKNOWN");
  start.set_room_id("talk");
  for (const char* const hostile : {"../x", "a/b", "A", "rec 1", ".."}) {  // V23
    start.set_recording_id(hostile);
    EXPECT_EQ(ReasonOf(call_start()), "FIELD_INVALID") << hostile;
  }
  start.set_recording_id("rec-1");
  ASSERT_EQ(call_start(), absl::OkStatus());
  EXPECT_EQ(started.recording().state(), v1::RECORDING_STATE_RUNNING);
  ASSERT_EQ(call_start(), absl::OkStatus()) << "repeated";
  start.set_format(v1::RECORDING_FORMAT_OGG_OPUS);
  EXPECT_EQ(ReasonOf(call_start()), "RECORDING_EXISTS");
  start.set_recording_id("rec-2");
  EXPECT_EQ(ReasonOf(call_start()), "RECORDING_EXISTS") << "one for each room";

  first->SayTones({{440, -20}});
  absl::SleepFor(absl::Seconds(2));
  v1::PauseRecordingRequest pause;
  pause.set_recording_id("rec-1");
  v1::PauseRecordingResponse paused;
  ASSERT_EQ(
      Call(*recordings_, &v1::RecordingService::StubInterface::PauseRecording, pause, &paused),
      absl::OkStatus());
  EXPECT_EQ(paused.recording().state(), v1::RECORDING_STATE_PAUSED);
  absl::SleepFor(absl::Seconds(2));
  first->SayTones({});
  second->SayTones({{880, -20}});
  absl::SleepFor(absl::Milliseconds(300));
  v1::ResumeRecordingRequest resume;
  resume.set_recording_id("rec-1");
  v1::ResumeRecordingResponse resumed;
  ASSERT_EQ(
      Call(*recordings_, &v1::RecordingService::StubInterface::ResumeRecording, resume, &resumed),
      absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));

  v1::DeleteRecordingRequest remove;
  remove.set_recording_id("rec-1");
  v1::DeleteRecordingResponse removed;
  const auto call_delete = [&] {
    return Call(*recordings_, &v1::RecordingService::StubInterface::DeleteRecording, remove,
                &removed);
  };
  EXPECT_EQ(ReasonOf(call_delete()), "RECORDING_RUNNING");
  const uint64_t before = state_.last_sequence();
  v1::StopRecordingRequest stop;
  stop.set_recording_id("rec-1");
  v1::StopRecordingResponse stopped;
  ASSERT_EQ(Call(*recordings_, &v1::RecordingService::StubInterface::StopRecording, stop, &stopped),
            absl::OkStatus());
  EXPECT_EQ(stopped.recording().state(), v1::RECORDING_STATE_FINISHED);
  v1::Recording told;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    told = event.recording_changed().recording();
    return told.recording_id() == "rec-1" && told.state() == v1::RECORDING_STATE_FINISHED &&
           event.room_id() == "talk";
  }));
  EXPECT_EQ(told.tracks_size(), 3);
  EXPECT_NEAR(told.duration().seconds() + told.duration().nanos() * 1e-9, 4, 0.5);
  EXPECT_EQ(told.frames_lost(), 0u);
  EXPECT_EQ(ReasonOf(Call(*recordings_, &v1::RecordingService::StubInterface::PauseRecording, pause,
                          &paused)),
            "RECORDING_ENDED");

  // What a track says in a part of it, from 0 to 1.
  const auto level = [&](const std::string& track, double from, double to) {
    v1::ReadRecordingRequest read;
    read.set_recording_id("rec-1");
    read.set_track_id(track);
    grpc::ClientContext context;
    const auto reader = recordings_->ReadRecording(&context, read);
    std::string content;
    for (v1::ReadRecordingResponse part; reader->Read(&part);) content += part.content();
    EXPECT_TRUE(reader->Finish().ok());
    const auto audio =
        media::ParseWav({reinterpret_cast<const uint8_t*>(content.data()), content.size()});
    EXPECT_TRUE(audio.ok()) << audio.status();
    if (!audio.ok()) return 0.0;
    EXPECT_EQ(audio->rate.hertz(), 16000);
    const auto at = [&](double part) {
      return static_cast<size_t>(part * static_cast<double>(audio->samples.size()));
    };
    return AudioLevel::Of(std::span(audio->samples).subspan(at(from), at(to) - at(from))).dbov();
  };
  EXPECT_NEAR(level("mix", 0.1, 0.45), -20, 1);
  EXPECT_NEAR(level("mix", 0.6, 0.95), -20, 1);
  EXPECT_NEAR(level(leg, 0.1, 0.45), -20, 1);
  EXPECT_LT(level(leg, 0.6, 0.95), -65);
  EXPECT_LT(level(other, 0.1, 0.4), -65);
  EXPECT_NEAR(level(other, 0.6, 0.95), -20, 1);

  // Half of the track is silence, which no recorded name needs.
  v1::MakePromptRequest make;
  make.set_prompt_id("name-1");
  make.set_recording_id("rec-1");
  make.set_track_id(other);
  v1::MakePromptResponse made;
  ASSERT_EQ(Call(*playback_, &v1::PlaybackService::StubInterface::MakePrompt, make, &made),
            absl::OkStatus());
  const double length =
      made.prompt().duration().seconds() + made.prompt().duration().nanos() * 1e-9;
  EXPECT_GT(length, 1.5);
  EXPECT_LT(length, 3);

  v1::ListRecordingsRequest list;
  v1::ListRecordingsResponse listed;
  ASSERT_EQ(Call(*recordings_, &v1::RecordingService::StubInterface::ListRecordings, list, &listed),
            absl::OkStatus());
  EXPECT_EQ(listed.recordings_size(), 1);
  ASSERT_EQ(call_delete(), absl::OkStatus());
  EXPECT_EQ(ReasonOf(call_delete()), "RECORDING_UNKNOWN");
}

TEST_F(MixerServerTest, ARecordingEndsWithItsRoom) {
  ASSERT_EQ(CreateRoom("short"), absl::OkStatus());
  v1::StartRecordingRequest start;
  start.set_room_id("short");
  start.set_recording_id("rec-short");
  v1::StartRecordingResponse started;
  ASSERT_EQ(
      Call(*recordings_, &v1::RecordingService::StubInterface::StartRecording, start, &started),
      absl::OkStatus());
  const uint64_t before = state_.last_sequence();
  v1::DeleteRoomRequest remove;
  remove.set_room_id("short");
  v1::DeleteRoomResponse removed;
  ASSERT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::DeleteRoom, remove, &removed),
            absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    return event.recording_changed().recording().state() == v1::RECORDING_STATE_FINISHED;
  }));
}

TEST_F(MixerServerTest, EventsBeginWithASnapshotAndResumeFromACursor) {
  ASSERT_EQ(CreateRoom("a"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("a", *phone);
  v1::EventCursor cursor;
  EXPECT_TRUE(WatchUntil({}, [&](const v1::WatchEventsResponse& response) {
    EXPECT_TRUE(response.has_snapshot());
    EXPECT_EQ(response.snapshot().rooms_size(), 1);
    EXPECT_EQ(response.snapshot().rooms(0).leg_count(), 1u);
    EXPECT_EQ(response.snapshot().legs(0).leg_id(), leg);
    EXPECT_EQ(response.snapshot().legs(0).labels().at("call"), "c-1");
    cursor = response.snapshot().cursor();
    return response.snapshot().is_last_part();
  }));

  ASSERT_EQ(CreateRoom("b"), absl::OkStatus());
  v1::MoveLegRequest move;
  move.set_leg_id(leg);
  move.set_room_id("b");
  v1::MoveLegResponse moved;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::MoveLeg, move, &moved), absl::OkStatus());
  EXPECT_EQ(moved.leg().room_id(), "b");

  // The reader was away; nothing is missing, and the numbers have no gap.
  v1::WatchEventsRequest resume;
  *resume.mutable_cursor() = cursor;
  uint64_t last = cursor.sequence();
  bool saw_room = false;
  EXPECT_TRUE(WatchUntil(resume, [&](const v1::WatchEventsResponse& response) {
    EXPECT_TRUE(response.has_event());
    EXPECT_EQ(response.event().cursor().sequence(), ++last);
    saw_room = saw_room || response.event().has_room_created();
    return response.event().leg_moved().from_room_id() == "a";
  }));
  EXPECT_TRUE(saw_room);

  v1::WatchEventsRequest future = resume;
  future.mutable_cursor()->set_sequence(1'000'000);
  grpc::ClientContext context;
  const auto reader = events_->WatchEvents(&context, future);
  v1::WatchEventsResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(reader->Finish())), "CURSOR_INVALID");
}

TEST_F(MixerServerTest, AReaderOfAnotherLifeOrTooFarBehindIsToldWhatItMissed) {
  for (size_t i = 0; i < kEventsMax + 10; ++i) {
    ASSERT_EQ(CreateRoom(absl::StrCat("r", i)), absl::OkStatus());
  }
  for (const char* const epoch : {"epoch-0", "epoch-1"}) {
    v1::WatchEventsRequest request;
    request.mutable_cursor()->set_epoch(epoch);
    request.mutable_cursor()->set_sequence(1);
    bool was_told = false;
    int rooms = 0;
    EXPECT_TRUE(WatchUntil(request, [&](const v1::WatchEventsResponse& response) {
      if (response.has_missed()) {
        was_told = true;
        EXPECT_EQ(response.missed().first().sequence(), 2u);
        EXPECT_EQ(response.missed().last().sequence(), kEventsMax + 10);
      }
      rooms += response.snapshot().rooms_size();
      return response.snapshot().is_last_part();
    })) << epoch;
    EXPECT_TRUE(was_told) << epoch;
    EXPECT_EQ(rooms, static_cast<int>(kEventsMax + 10));
  }
}

TEST_F(MixerServerTest, HoldIsReadFromAnOfferAndOurOwnOfferIsAnswered) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::NegotiateLegRequest request;
  request.set_leg_id(leg);
  request.set_sdp_offer(phone->LocalSdp("sendonly"));
  v1::NegotiateLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  EXPECT_TRUE(response.leg().media().is_held_by_remote());
  EXPECT_THAT(response.sdp(), HasSubstr("a=recvonly"));
  request.set_sdp_answer(phone->LocalSdp());
  EXPECT_EQ(
      ReasonOf(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response)),
      "NO_OFFER_PENDING");

  auto callee = NewPhone();
  v1::AddLegRequest call_out;
  call_out.set_room_id("talk");
  call_out.mutable_offer();
  const absl::StatusOr<v1::AddLegResponse> offered = AddLeg(call_out);
  ASSERT_TRUE(offered.ok()) << offered.status();
  EXPECT_EQ(offered->leg().state(), v1::LEG_STATE_OFFERED);
  ASSERT_EQ(callee->Start(offered->sdp()), absl::OkStatus());
  request.set_leg_id(offered->leg().leg_id());
  request.set_sdp_answer(callee->LocalSdp());
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  EXPECT_EQ(response.leg().state(), v1::LEG_STATE_ACTIVE);
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_GT(callee->Report().packets_received, 5u);
}

TEST_F(MixerServerTest, WhoHoldsWithMusicIsNotHeardAndHisKeysCount) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto holder = NewPhone();
  auto listener = NewPhone();
  const std::string leg = Join("talk", *holder);
  Join("talk", *listener);
  holder->SayTones({{440, -20}});
  const auto last_second_dbov = [&listener] {
    const phone::HeardAudio heard = listener->Heard();
    return heard.ToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length());
  };
  absl::SleepFor(absl::Seconds(2));
  EXPECT_NEAR(last_second_dbov(), -20, 1.5);

  v1::NegotiateLegRequest request;
  v1::NegotiateLegResponse response;
  request.set_leg_id(leg);
  request.set_sdp_offer(holder->LocalSdp("sendonly"));
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  ASSERT_EQ(holder->Start(response.sdp()), absl::OkStatus());
  const uint64_t sent = holder->Report().packets_sent;
  const uint64_t before = state_.last_sequence();
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_LT(last_second_dbov(), -60);
  EXPECT_GT(holder->Report().packets_sent, sent + 50) << "the music plays on";
  ASSERT_EQ(holder->Press("7"), absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(
      before, [](const v1::Event& event) { return event.digit_received().digit() == "7"; }));

  request.set_sdp_offer(holder->LocalSdp("sendrecv"));
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::NegotiateLeg, request, &response),
            absl::OkStatus());
  ASSERT_EQ(holder->Start(response.sdp()), absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_NEAR(last_second_dbov(), -20, 1.5);
}

TEST_F(MixerServerTest, ALegIsMutedAndItsKeysGoBothWays) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto first = NewPhone();
  auto second = NewPhone();
  const std::string leg = Join("talk", *first);
  Join("talk", *second);
  first->SayTones({{440, -20}});
  v1::UpdateLegRequest update;
  update.set_leg_id(leg);
  update.mutable_settings()->set_mute(v1::MUTE_STATE_MUTED);
  update.mutable_update_mask()->add_paths("mute");
  v1::UpdateLegResponse updated;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated),
            absl::OkStatus());
  EXPECT_EQ(updated.leg().settings().mute(), v1::MUTE_STATE_MUTED);
  absl::SleepFor(absl::Seconds(2));
  const phone::HeardAudio heard = second->Heard();
  EXPECT_LT(heard.ToneLevelDbov(440, heard.length() - absl::Seconds(1), heard.length()), -60);

  const uint64_t before = state_.last_sequence();
  v1::InjectDigitsRequest inject;
  inject.set_leg_id(leg);
  inject.set_digits("*6");
  v1::InjectDigitsResponse injected;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::InjectDigits, inject, &injected),
            absl::OkStatus());
  std::string digits;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    digits += event.digit_received().digit();
    return digits == "*6";
  }));

  v1::SendDigitsRequest send;
  send.set_leg_id(leg);
  send.set_digits("42");
  v1::SendDigitsResponse sent;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::SendDigits, send, &sent),
            absl::OkStatus());
  absl::SleepFor(absl::Seconds(1));
  std::string received;
  for (const phone::DigitEvent& event : first->Report().digits_received) received += event.digit;
  EXPECT_EQ(received, "42");
}

// A coach whom the trainee alone hears; then one who does not want to hear another; then a lecture.
TEST_F(MixerServerTest, WhoHearsWhomIsAsTheRoomAndItsLegsSay) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  constexpr double kTones[] = {440, 790, 1230};
  enum { kCustomer, kTrainee, kCoach };
  std::vector<std::unique_ptr<phone::MediaSession>> phones;
  std::vector<std::string> legs;
  for (const double tone : kTones) {
    phones.push_back(NewPhone());
    legs.push_back(Join("talk", *phones.back()));
    phones.back()->SayTones({{tone, -25}});
  }
  const auto hears = [&](int listener, int speaker) {
    const phone::HeardAudio heard = phones[static_cast<size_t>(listener)]->Heard();
    return heard.ToneLevelDbov(kTones[speaker], heard.length() - absl::Milliseconds(800),
                               heard.length()) > -40;
  };
  const auto update_room = [&](const v1::RoomSettings& settings, const char* path) {
    v1::UpdateRoomRequest request;
    request.set_room_id("talk");
    *request.mutable_settings() = settings;
    request.mutable_update_mask()->add_paths(path);
    v1::UpdateRoomResponse response;
    return Call(*rooms_, &v1::RoomService::StubInterface::UpdateRoom, request, &response);
  };
  const auto update_leg = [&](int leg, const v1::LegSettings& settings, const char* path) {
    v1::UpdateLegRequest request;
    request.set_leg_id(legs[static_cast<size_t>(leg)]);
    *request.mutable_settings() = settings;
    request.mutable_update_mask()->add_paths(path);
    v1::UpdateLegResponse response;
    return Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, request, &response);
  };

  v1::RoomSettings settings;
  v1::Group* const all = settings.add_groups();
  all->add_hears();
  all->add_hears()->set_group_id("trainee");
  v1::Group* const trainee = settings.add_groups();
  trainee->set_group_id("trainee");
  trainee->add_hears();
  trainee->add_hears()->set_group_id("coach");
  v1::Group* const coach = settings.add_groups();
  coach->set_group_id("coach");
  coach->add_hears();
  coach->add_hears()->set_group_id("trainee");
  ASSERT_EQ(update_room(settings, "groups"), absl::OkStatus());
  v1::LegSettings in_group;
  in_group.set_group_id("trainee");
  ASSERT_EQ(update_leg(kTrainee, in_group, "group_id"), absl::OkStatus());
  in_group.set_group_id("coach");
  ASSERT_EQ(update_leg(kCoach, in_group, "group_id"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kTrainee, kCoach) && hears(kTrainee, kCustomer));
  EXPECT_TRUE(hears(kCoach, kTrainee) && hears(kCoach, kCustomer));
  EXPECT_TRUE(hears(kCustomer, kTrainee));
  EXPECT_FALSE(hears(kCustomer, kCoach)) << "the coach is a secret";

  v1::LegSettings excluding;
  excluding.add_excluded_leg_ids(legs[kCustomer]);
  ASSERT_EQ(update_leg(kCoach, excluding, "excluded_leg_ids"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kCoach, kTrainee) && hears(kTrainee, kCustomer));
  EXPECT_FALSE(hears(kCoach, kCustomer)) << "muted for the coach alone";

  settings.set_lecture(true);
  ASSERT_EQ(update_room(settings, "lecture"), absl::OkStatus());
  v1::LegSettings presenting;
  presenting.set_talk_right(v1::TALK_RIGHT_PRESENTER);
  ASSERT_EQ(update_leg(kTrainee, presenting, "talk_right"), absl::OkStatus());
  absl::SleepFor(absl::Seconds(2));
  EXPECT_TRUE(hears(kCustomer, kTrainee));
  EXPECT_FALSE(hears(kTrainee, kCustomer)) << "the audience listens";

  settings.mutable_groups(1)->set_group_id("NOT ALLOWED");
  EXPECT_EQ(FieldOf(update_room(settings, "groups")), "settings.groups[1].group_id");
  settings.mutable_groups(1)->set_group_id("coach");
  EXPECT_EQ(FieldOf(update_room(settings, "groups")), "settings.groups[2].group_id") << "twice";
  in_group.set_group_id("NOT ALLOWED");
  EXPECT_EQ(FieldOf(update_leg(kCoach, in_group, "group_id")), "settings.group_id");
}

// Where a phone has agreed to telephone-event, tones are searched when the leg is told so; where it
// has none, from the start.
TEST_F(MixerServerTest, TonesOfKeysAreFoundWhereTheLegSaysSo) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  const auto press = [this](phone::MediaSession& phone, const std::string& digits) {
    const uint64_t before = state_.last_sequence();
    phone.SaySamples(phone::DtmfSamples(digits));
    std::string told;
    WaitForEvent(before, [&](const v1::Event& event) {
      if (event.has_digit_received()) {
        EXPECT_EQ(event.digit_received().path(), v1::DIGIT_PATH_IN_BAND);
        told += event.digit_received().digit();
      }
      return told == digits;
    });
    EXPECT_EQ(told, digits);
  };
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::UpdateLegRequest update;
  update.set_leg_id(leg);
  update.mutable_settings()->set_in_band_digits(v1::IN_BAND_DIGITS_ON);
  update.mutable_update_mask()->add_paths("in_band_digits");
  v1::UpdateLegResponse updated;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::UpdateLeg, update, &updated),
            absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(300));
  press(*phone, "159#");

  auto plain = NewPhone();
  v1::AddLegRequest request;
  request.set_room_id("talk");
  // Its offer without telephone-event.
  request.set_sdp_offer(absl::StrReplaceAll(plain->LocalSdp(), {{"telephone-event", "x-none"}}));
  const absl::StatusOr<v1::AddLegResponse> added = AddLeg(request);
  ASSERT_TRUE(added.ok()) << added.status();
  ASSERT_EQ(plain->Start(added->sdp()), absl::OkStatus());
  absl::SleepFor(absl::Milliseconds(300));
  press(*plain, "*6");
}

TEST_F(MixerServerTest, ARemovedLegIsToldWithItsReasonAndItsPortsRest) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  absl::SleepFor(absl::Milliseconds(300));
  const uint64_t before = state_.last_sequence();
  v1::RemoveLegRequest request;
  request.set_leg_id(leg);
  v1::RemoveLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response),
            absl::OkStatus());
  EXPECT_GT(response.statistics().packets_received(), 0u);
  bool was_quality_told = false;
  EXPECT_TRUE(WaitForEvent(before, [&](const v1::Event& event) {
    was_quality_told = was_quality_told || event.has_quality_reported();
    return event.leg_removed().reason() == v1::LEG_REMOVAL_REASON_REQUESTED;
  }));
  EXPECT_TRUE(was_quality_told);
  EXPECT_EQ(ReasonOf(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response)),
            "LEG_UNKNOWN");
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_EQ(phone->Report().rtcp_byes, 1u);
}

TEST_F(MixerServerTest, ADrainingMixerTakesNothingNewAndEndsWithItsLastLeg) {
  ASSERT_EQ(CreateRoom("talk"), absl::OkStatus());
  auto phone = NewPhone();
  const std::string leg = Join("talk", *phone);
  v1::DrainMixerResponse drained;
  ASSERT_EQ(Call(*mixer_, &v1::MixerService::StubInterface::DrainMixer, v1::DrainMixerRequest(),
                 &drained),
            absl::OkStatus());
  EXPECT_TRUE(drained.mixer().is_draining());
  EXPECT_EQ(ReasonOf(CreateRoom("more")), "MIXER_DRAINING");
  v1::RemoveLegRequest request;
  request.set_leg_id(leg);
  v1::RemoveLegResponse response;
  ASSERT_EQ(Call(*legs_, &v1::LegService::StubInterface::RemoveLeg, request, &response),
            absl::OkStatus());
  server_->WaitUntilDrained();
}

TEST_F(MixerServerTest, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(CreateRoom(absl::StrCat("r", i)), absl::OkStatus());
  v1::ListRoomsRequest request;
  request.set_page_size(2);
  std::string ids;
  for (int page = 0; page < 3; ++page) {
    v1::ListRoomsResponse response;
    ASSERT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::ListRooms, request, &response),
              absl::OkStatus());
    for (const v1::Room& room : response.rooms()) absl::StrAppend(&ids, room.room_id(), " ");
    request.set_page_token(response.next_page_token());
  }
  EXPECT_EQ(ids, "r0 r1 r2 r3 r4 ");
  EXPECT_EQ(request.page_token(), "");
  request.set_page_token("no token!");
  v1::ListRoomsResponse response;
  EXPECT_EQ(ReasonOf(Call(*rooms_, &v1::RoomService::StubInterface::ListRooms, request, &response)),
            "PAGE_TOKEN_INVALID");
}

TEST_F(MixerServerTest, APlainPortBeyondLoopbackIsRefused) {
  const absl::Status status = MixerServer::Start(*context_, {.listen = "0.0.0.0:0"}).status();
  EXPECT_EQ(ReasonOf(status), "TLS_REQUIRED");
  const absl::Status taken =
      MixerServer::Start(*context_, {.listen = absl::StrCat("127.0.0.1:", server_->port())})
          .status();
  EXPECT_EQ(ReasonOf(taken), "PORT_TAKEN");
}

TEST_F(MixerServerTest, AnEmptyRoomGoesByItself) {
  v1::CreateRoomRequest request;
  request.set_room_id("brief");
  request.mutable_empty_timeout()->set_nanos(100'000'000);
  v1::CreateRoomResponse response;
  ASSERT_EQ(Call(*rooms_, &v1::RoomService::StubInterface::CreateRoom, request, &response),
            absl::OkStatus());
  EXPECT_TRUE(WaitForEvent(0, [](const v1::Event& event) { return event.has_room_deleted(); }));
}

}  // namespace
}  // namespace narada::mixer::service
