// No lock, no allocation, no system call but io_uring_enter: the real mixer, with the hook that ends it when
// a worker allocates and the filter that ends it at any other system call, while everything is going on
// at once: every codec and packet time, plain and with every SRTP suite, recordings in both formats, prompts
// in both formats, keys on all paths, moves between workers, groups, holds, settings, joining and
// leaving, the state for a restart. The controls are the same program with a codec that breaks a promise.
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mixer/engine/system_call_filter.h"
#include "tests/media_path/mixer_world.h"

namespace narada {
namespace {

using phone::Codec;

constexpr Codec kCodecs[] = {Codec::kPcma,     Codec::kPcmu,       Codec::kG722,
                             Codec::kOpus,     Codec::kOpusStereo, Codec::kL16At8k,
                             Codec::kL16At16k, Codec::kL16At48k};
constexpr const char* kSuites[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
                                   "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32",
                                   "AEAD_AES_128_GCM",        "AEAD_AES_256_GCM"};
constexpr int kPtimes[] = {20, 10, 40, 60};
constexpr size_t kRooms = 4;
constexpr size_t kRounds = 12;

std::string RoomId(size_t number) { return absl::StrCat("room-", number % kRooms); }
std::string RecordingId(size_t number) { return absl::StrCat("recording-", number % kRooms); }

// Each codec four times: plain and encrypted, with telephone-event and without, when keys are found in
// the audio.
phone::MediaSession::Options PhoneNumber(size_t number) {
  phone::MediaSession::Options options;
  const Codec codec = kCodecs[number % std::size(kCodecs)];
  options.codecs = {codec};
  const size_t turn = number / std::size(kCodecs);
  // L16 of 48 kHz fits a datagram of 10 ms only.
  options.ptime_ms = codec == Codec::kL16At48k ? 10 : kPtimes[(number + turn) % std::size(kPtimes)];
  if (codec == Codec::kL16At16k && options.ptime_ms > 40) options.ptime_ms = 20;
  if (turn % 2 == 1) options.srtp_suites = {kSuites[number % std::size(kSuites)]};
  if (turn >= 2) options.event_payload_type = 0;
  return options;
}

class MixerProofTest : public ::testing::Test {
 protected:
  void StartRecordings() {
    for (size_t i = 0; i < kRooms; ++i) {
      v1::StartRecordingRequest request;
      request.set_room_id(RoomId(i));
      request.set_recording_id(RecordingId(i));
      request.set_format(i % 2 == 0 ? v1::RECORDING_FORMAT_WAV : v1::RECORDING_FORMAT_OGG_OPUS);
      request.set_tracks(v1::RECORDING_TRACKS_MIX_AND_LEGS);
      v1::StartRecordingResponse response;
      ASSERT_EQ(world_.Call(world_.recordings(), &v1::RecordingService::Stub::StartRecording,
                            request, &response),
                absl::OkStatus());
    }
  }
  v1::Recording StopRecording(const std::string& id) {
    v1::StopRecordingRequest request;
    request.set_recording_id(id);
    v1::StopRecordingResponse response;
    EXPECT_EQ(world_.Call(world_.recordings(), &v1::RecordingService::Stub::StopRecording, request,
                          &response),
              absl::OkStatus());
    return response.recording();
  }
  void PauseOrResume(const std::string& id, bool is_pause) {
    v1::PauseRecordingRequest pause;
    pause.set_recording_id(id);
    v1::PauseRecordingResponse paused;
    v1::ResumeRecordingRequest resume;
    resume.set_recording_id(id);
    v1::ResumeRecordingResponse resumed;
    EXPECT_EQ(is_pause
                  ? world_.Call(world_.recordings(), &v1::RecordingService::Stub::PauseRecording,
                                pause, &paused)
                  : world_.Call(world_.recordings(), &v1::RecordingService::Stub::ResumeRecording,
                                resume, &resumed),
              absl::OkStatus());
  }

  // Prompts of both formats, of what a phone has said into a room.
  void MakePrompts() {
    world_.CreateRoom("studio");
    ProofCall& speaker = world_.AddCall("studio", PhoneNumber(3));
    speaker.phone->SayTones({{500, -20}});
    for (const bool is_ogg : {false, true}) {
      const std::string id = is_ogg ? "prompt-ogg" : "prompt-wav";
      v1::StartRecordingRequest request;
      request.set_room_id("studio");
      request.set_recording_id(id);
      request.set_format(is_ogg ? v1::RECORDING_FORMAT_OGG_OPUS : v1::RECORDING_FORMAT_WAV);
      v1::StartRecordingResponse response;
      ASSERT_EQ(world_.Call(world_.recordings(), &v1::RecordingService::Stub::StartRecording,
                            request, &response),
                absl::OkStatus());
      absl::SleepFor(absl::Milliseconds(700));
      StopRecording(id);
      world_.Upload(id, is_ogg ? v1::PROMPT_FORMAT_OGG_OPUS : v1::PROMPT_FORMAT_WAV,
                    world_.ReadTrack(id, "mix"));
    }
    world_.Remove(speaker);
  }

  void Play(const std::string& leg_id, const std::string& room_id, size_t round) {
    v1::StartPlaybackRequest request;
    if (leg_id.empty()) {
      request.set_room_id(room_id);
      request.set_duck_db(-12);
    } else {
      request.set_leg_id(leg_id);
    }
    request.add_items()->set_prompt_id(round % 2 == 0 ? "prompt-wav" : "prompt-ogg");
    request.add_items()->mutable_pause()->set_nanos(40'000'000);
    v1::Tone& tone = *request.add_items()->mutable_tone();
    tone.set_frequency_hz(600);
    tone.set_second_frequency_hz(900);
    tone.mutable_duration()->set_nanos(100'000'000);
    request.set_gain_db(-6);
    if (round % 4 == 0) {
      request.mutable_endless();
    } else {
      request.set_times(2);
    }
    request.set_barge_in(round % 3 == 0 ? v1::BARGE_IN_DIGIT : v1::BARGE_IN_NONE);
    request.set_queueing(round % 5 == 0 ? v1::PLAYBACK_QUEUEING_REPLACE
                                        : v1::PLAYBACK_QUEUEING_APPEND);
    v1::StartPlaybackResponse response;
    const absl::Status status = world_.Call(
        world_.playbacks(), &v1::PlaybackService::Stub::StartPlayback, request, &response);
    EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kResourceExhausted) << status;
  }

  void ChangeSettings(const ProofCall& call, size_t round) {
    v1::UpdateLegRequest update;
    update.set_leg_id(call.leg_id);
    v1::LegSettings& settings = *update.mutable_settings();
    settings.set_mute(round % 2 == 0 ? v1::MUTE_STATE_MUTED : v1::MUTE_STATE_OPEN);
    settings.set_gain_db(static_cast<float>(round % 5) - 2);
    settings.set_listen_gain_db(static_cast<float>(round % 3) - 1);
    settings.set_deaf(round % 7 == 0);
    settings.set_hold(round % 6 == 0);
    settings.set_talk_right(round % 2 == 0 ? v1::TALK_RIGHT_PRESENTER : v1::TALK_RIGHT_AUDIENCE);
    settings.set_group_id(round % 3 == 0 ? "side" : "");
    settings.set_level_equalisation(round % 2 == 0 ? v1::LEVEL_EQUALISATION_ON
                                                   : v1::LEVEL_EQUALISATION_OFF);
    settings.add_excluded_leg_ids(world_.calls()[round % world_.calls().size()]->leg_id);
    for (const char* const path :
         {"mute", "gain_db", "listen_gain_db", "deaf", "hold", "talk_right", "group_id",
          "level_equalisation", "excluded_leg_ids"}) {
      update.mutable_update_mask()->add_paths(path);
    }
    v1::UpdateLegResponse updated;
    EXPECT_EQ(world_.Call(world_.legs(), &v1::LegService::Stub::UpdateLeg, update, &updated),
              absl::OkStatus());
  }

  void ChangeRoom(size_t round) {
    v1::UpdateRoomRequest update;
    update.set_room_id(RoomId(round));
    v1::RoomSettings& settings = *update.mutable_settings();
    settings.set_lecture(round % 5 == 4);
    settings.set_speakers_max(static_cast<uint32_t>(1 + round % 8));
    settings.set_comfort_noise_dbov(-70);
    v1::Group& side = *settings.add_groups();
    side.set_group_id("side");
    side.add_hears()->set_group_id("side");
    side.add_hears()->set_gain_db(-12);
    for (const char* const path : {"lecture", "speakers_max", "comfort_noise_dbov", "groups"}) {
      update.mutable_update_mask()->add_paths(path);
    }
    v1::UpdateRoomResponse updated;
    EXPECT_EQ(world_.Call(world_.rooms(), &v1::RoomService::Stub::UpdateRoom, update, &updated),
              absl::OkStatus());
  }

  void PressAndSend(ProofCall& call) {
    v1::InjectDigitsRequest inject;
    inject.set_leg_id(call.leg_id);
    inject.set_digits("7");
    v1::InjectDigitsResponse injected;
    EXPECT_EQ(world_.Call(world_.legs(), &v1::LegService::Stub::InjectDigits, inject, &injected),
              absl::OkStatus());
    v1::SendDigitsRequest send;
    send.set_leg_id(call.leg_id);
    send.set_digits("12");
    v1::SendDigitsResponse sent;
    world_.Call(world_.legs(), &v1::LegService::Stub::SendDigits, send, &sent).IgnoreError();
    if (!call.phone->Press("5").ok()) {
      call.phone->SaySamples(phone::DtmfSamples("5", absl::Milliseconds(100),
                                                absl::Milliseconds(100), call.phone->rate_hz()));
    }
    call.phone->SendRaw("garbage").IgnoreError();
    call.phone->SendRaw("garbage", /*is_rtcp=*/true).IgnoreError();
  }

  // A hold by the far end, or its end.
  void Negotiate(ProofCall& call, size_t round) {
    v1::NegotiateLegRequest request;
    request.set_leg_id(call.leg_id);
    request.set_sdp_offer(call.phone->LocalSdp(round % 2 == 0 ? "sendonly" : "sendrecv"));
    v1::NegotiateLegResponse response;
    EXPECT_EQ(world_.Call(world_.legs(), &v1::LegService::Stub::NegotiateLeg, request, &response),
              absl::OkStatus());
    EXPECT_EQ(call.phone->Start(response.sdp()), absl::OkStatus()) << response.sdp();
  }

  void Move(const ProofCall& call, size_t room) {  // To whichever worker has that room.
    v1::MoveLegRequest move;
    move.set_leg_id(call.leg_id);
    move.set_room_id(RoomId(room));
    v1::MoveLegResponse moved;
    EXPECT_EQ(world_.Call(world_.legs(), &v1::LegService::Stub::MoveLeg, move, &moved),
              absl::OkStatus());
  }

  MixerWorld world_{"mixer/mixer_with_hook"};
};

TEST_F(MixerProofTest, EverythingAtOnceAllocatesNothingAndOnlyEntersTheRing) {
  MakePrompts();
  for (size_t i = 0; i < kRooms; ++i) world_.CreateRoom(RoomId(i));
  for (size_t i = 0; i < 4 * std::size(kCodecs); ++i) {
    // A room finds the worker that is less loaded: what the room before costs is measured first.
    if (i % std::size(kCodecs) == 0) absl::SleepFor(absl::Milliseconds(1500));
    ProofCall& call = world_.AddCall(RoomId(i / std::size(kCodecs)), PhoneNumber(i));
    if (i % 3 == 0) call.phone->SayTones({{300.0 + 20 * static_cast<double>(i), -26}});
  }
  StartRecordings();
  for (size_t round = 0; round < kRounds; ++round) {
    for (size_t i = round % 8; i < world_.calls().size(); i += 8) {
      ProofCall& call = *world_.calls()[i];
      ChangeSettings(call, round + i);
      Play(call.leg_id, "", round + i);
      PressAndSend(call);
      Move(call, i / 8 + round);
    }
    Negotiate(*world_.calls()[round % world_.calls().size()], round);
    Negotiate(*world_.calls()[round % world_.calls().size()], round + 1);
    ChangeRoom(round);
    Play("", RoomId(round), round);
    if (round % 4 == 2) PauseOrResume(RecordingId(round), /*is_pause=*/true);
    if (round % 4 == 3) PauseOrResume(RecordingId(round - 1), /*is_pause=*/false);
    ProofCall& visitor = world_.AddCall(RoomId(round), PhoneNumber(3 * round + 1));
    absl::SleepFor(absl::Milliseconds(200));
    world_.Remove(visitor);
  }

  for (size_t i = 0; i < world_.calls().size(); ++i) {
    const phone::MediaReport report = world_.calls()[i]->phone->Report();
    EXPECT_GT(report.packets_received, 20u) << "call " << i;
    EXPECT_EQ(report.packets_unauthentic, 0u) << "call " << i;
    EXPECT_EQ(report.ssrc_changes, 0u) << "call " << i;
  }
  for (size_t i = 0; i < kRooms; ++i) {
    const v1::Recording recording = StopRecording(RecordingId(i));
    EXPECT_EQ(recording.state(), v1::RECORDING_STATE_FINISHED);
    EXPECT_GT(recording.tracks_size(), 4);
    EXPECT_GE(recording.duration().seconds(), 2);
  }
  v1::GetMixerResponse mixer;
  ASSERT_EQ(world_.Call(world_.mixers(), &v1::MixerService::Stub::GetMixer, {}, &mixer),
            absl::OkStatus())
      << world_.mixer().Log();
  for (const v1::Worker& worker : mixer.mixer().workers()) {
    EXPECT_GT(worker.leg_count(), 0u) << "both workers had legs";
  }
  EXPECT_EQ(world_.mixer().Stop(), 0) << "it was ended by its own proof:\n" << world_.mixer().Log();
}

// The controls: a call whose codec breaks a promise on the worker, and one whose codec keeps them.
class MixerControl : public ::testing::Test {
 protected:
  static constexpr int kAborted = 128 + 6;

  // How the mixer ends. The filter would end it at the hook's last words, which are written.
  int EndOf(const char* breach, bool is_filtered = true) {
    setenv("NARADA_BREACH", breach, /*overwrite=*/1);
    MixerWorld world("mixer/mixer_with_broken_codec", is_filtered);
    unsetenv("NARADA_BREACH");
    world.CreateRoom("room");
    phone::MediaSession::Options options;
    options.codecs = {Codec::kG722};
    world.TryAddCall("room", options).status().IgnoreError();  // It may be gone before it answers.
    const int code = world.mixer().WaitExit(absl::Seconds(3));
    return code == -1 ? world.mixer().Stop() : code;
  }
};

TEST_F(MixerControl, AMixerThatAllocatesIsEnded) {
  EXPECT_EQ(EndOf("allocation", /*is_filtered=*/false), kAborted);
}

TEST_F(MixerControl, AMixerThatMakesASystemCallIsEnded) {
  EXPECT_EQ(EndOf("system_call"), mixer::engine::SystemCallFilter::kViolationExitCode);
}

TEST_F(MixerControl, AMixerThatWaitsForALockIsEnded) {
  EXPECT_EQ(EndOf("lock"), mixer::engine::SystemCallFilter::kViolationExitCode);
}

TEST_F(MixerControl, AMixerThatDoesNoneOfThatIsLeftAlone) { EXPECT_EQ(EndOf("none"), 0); }

}  // namespace
}  // namespace narada
