// The calls of a mixer for tests, each run to its answer on the test's thread.
//
//   MixerCaller call(*mixer);
//   EXPECT_EQ(call.CreateRoom("hall"), absl::OkStatus());
//
// DEADLINE_EXCEEDED after 20 s without an answer; a second answer to one call ends the test.

#ifndef NARADA_CONTROL_MIXERS_MIXER_CALLER_H_
#define NARADA_CONTROL_MIXERS_MIXER_CALLER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/mixers/mixer.h"

namespace narada::control::mixers {

class MixerCaller {
 public:
  explicit MixerCaller(Mixer& mixer) : mixer_(mixer) {}

  absl::Status CreateRoom(const std::string& room, const Labels& labels = {});
  absl::Status DeleteRoom(const std::string& room);
  absl::StatusOr<AddedLeg> AddLeg(const NewLeg& leg);
  absl::StatusOr<std::string> Negotiate(const std::string& leg, const std::string& offer);
  absl::Status AcceptAnswer(const std::string& leg, const std::string& answer);
  absl::Status MoveLeg(const std::string& leg, const std::string& room, bool stop_playback);
  absl::Status RemoveLeg(const std::string& leg);
  absl::Status FindLeg(const std::string& leg);
  absl::Status UpdateLeg(const std::string& leg, const LegSettings& settings);
  absl::Status UpdateRoom(const std::string& room, const RoomSettings& settings);
  absl::Status InjectDigits(const std::string& leg, const std::string& digits);
  absl::Status Play(const NewPlayback& playback);
  absl::Status StopPlayback(const PlayTarget& target);
  absl::Status StartRecording(const NewRecording& recording);
  absl::Status PauseRecording(const std::string& recording);
  absl::Status ResumeRecording(const std::string& recording);
  absl::StatusOr<TrackSizes> StopRecording(const std::string& recording);

 private:
  Mixer& mixer_;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_CALLER_H_
