#include "control/mixers/mixer_caller.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/status.h"

namespace narada::control::mixers {
namespace {

// The machine may be busy.
constexpr absl::Duration kPatience = absl::Seconds(20);

// Runs a call to its answer.
absl::Status Await(const std::function<void(Mixer::Done)>& call) {
  struct Answer {
    absl::Notification is_there;  // Dies of a second one: `done` runs exactly once.
    absl::Status status;
  };
  const auto answer = std::make_shared<Answer>();
  call([answer](absl::Status status) {
    answer->status = std::move(status);
    answer->is_there.Notify();
  });
  if (!answer->is_there.WaitForNotificationWithTimeout(kPatience)) {
    return absl::DeadlineExceededError("the call was not answered");
  }
  return answer->status;
}

template <typename T>
absl::StatusOr<T> AwaitValue(const std::function<void(Mixer::DoneWith<T>)>& call) {
  const auto value = std::make_shared<absl::StatusOr<T>>();
  RETURN_IF_ERROR(Await([&](Mixer::Done done) {
    call([value, done = std::move(done)](absl::StatusOr<T> result) mutable {
      *value = std::move(result);
      done(absl::OkStatus());
    });
  }));
  return *value;
}

}  // namespace

absl::Status MixerCaller::CreateRoom(const std::string& room, const Labels& labels) {
  return Await([&](auto done) { mixer_.CreateRoom({room, labels, {}}, std::move(done)); });
}

absl::Status MixerCaller::DeleteRoom(const std::string& room) {
  return Await([&](auto done) { mixer_.DeleteRoom(room, std::move(done)); });
}

absl::StatusOr<AddedLeg> MixerCaller::AddLeg(const NewLeg& leg) {
  return AwaitValue<AddedLeg>([&](auto done) { mixer_.AddLeg(leg, std::move(done)); });
}

absl::StatusOr<std::string> MixerCaller::Negotiate(const std::string& leg,
                                                   const std::string& offer) {
  return AwaitValue<std::string>(
      [&](auto done) { mixer_.Negotiate(leg, offer, "", std::move(done)); });
}

absl::Status MixerCaller::AcceptAnswer(const std::string& leg, const std::string& answer) {
  return Await([&](auto done) { mixer_.AcceptAnswer(leg, answer, "", std::move(done)); });
}

absl::Status MixerCaller::MoveLeg(const std::string& leg, const std::string& room,
                                  bool stop_playback) {
  return Await([&](auto done) { mixer_.MoveLeg(leg, room, stop_playback, std::move(done)); });
}

absl::Status MixerCaller::RemoveLeg(const std::string& leg) {
  return AwaitValue<std::optional<CallQuality>>(
             [&](auto done) { mixer_.RemoveLeg(leg, std::move(done)); })
      .status();
}

absl::Status MixerCaller::FindLeg(const std::string& leg) {
  return Await([&](auto done) { mixer_.FindLeg(leg, std::move(done)); });
}

absl::Status MixerCaller::UpdateLeg(const std::string& leg, const LegSettings& settings) {
  return Await([&](auto done) { mixer_.UpdateLeg(leg, settings, std::move(done)); });
}

absl::Status MixerCaller::UpdateRoom(const std::string& room, const RoomSettings& settings) {
  return Await([&](auto done) { mixer_.UpdateRoom(room, settings, std::move(done)); });
}

absl::Status MixerCaller::InjectDigits(const std::string& leg, const std::string& digits) {
  return Await([&](auto done) { mixer_.InjectDigits(leg, digits, std::move(done)); });
}

absl::Status MixerCaller::Play(const NewPlayback& playback) {
  return Await([&](auto done) { mixer_.Play(playback, std::move(done)); });
}

absl::Status MixerCaller::StopPlayback(const PlayTarget& target) {
  return Await([&](auto done) { mixer_.StopPlayback(target, std::move(done)); });
}

absl::Status MixerCaller::StartRecording(const NewRecording& recording) {
  return Await([&](auto done) { mixer_.StartRecording(recording, std::move(done)); });
}

absl::Status MixerCaller::PauseRecording(const std::string& recording) {
  return Await([&](auto done) { mixer_.PauseRecording(recording, std::move(done)); });
}

absl::Status MixerCaller::ResumeRecording(const std::string& recording) {
  return Await([&](auto done) { mixer_.ResumeRecording(recording, std::move(done)); });
}

absl::StatusOr<TrackSizes> MixerCaller::StopRecording(const std::string& recording) {
  return AwaitValue<TrackSizes>(
      [&](auto done) { mixer_.StopRecording(recording, std::move(done)); });
}

}  // namespace narada::control::mixers
