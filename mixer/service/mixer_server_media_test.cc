// Prompts and recordings by the API, as phones hear and say them.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "mixer/media/wav.h"
#include "mixer/service/mixer_server_fixture.h"
#include "mixer/units/audio_level.h"

namespace narada::mixer::service {
namespace {

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

}  // namespace
}  // namespace narada::mixer::service
