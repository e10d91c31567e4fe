// The fixture of the contract that every mixer keeps (mixer_contract_test.cc): a mixer with a control that
// watches it.

#ifndef NARADA_CONTROL_MIXERS_MIXER_CONTRACT_H_
#define NARADA_CONTROL_MIXERS_MIXER_CONTRACT_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "control/mixers/mixer.h"
#include "control/mixers/mixer_caller.h"
#include "control/mixers/mixer_recorder.h"
#include "control/mixers/mixer_subject.h"
#include "gtest/gtest.h"

namespace narada::control::mixers {

// Port 9 discards: nobody answers, and nobody else is disturbed.
inline constexpr char kOffer[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=audio 9 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n";
inline constexpr char kVideoOnly[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=video 9 RTP/AVP 31\r\n";

using MakeSubject = std::unique_ptr<MixerSubject> (*)(MixerRecorder&);

class MixerContract : public ::testing::TestWithParam<MakeSubject> {
 protected:
  MixerContract() : subject_(GetParam()(recorder_)), call_(subject_->mixer()) {}

  void TearDown() override { subject_->Stop(); }

  // A phone in the room, which is made if need be; its leg's id.
  std::string Join(const std::string& name, const std::string& room) {
    EXPECT_EQ(call_.CreateRoom(room), absl::OkStatus());
    const absl::StatusOr<AddedLeg> added = call_.AddLeg(
        {.request_id = name, .room_id = room, .sdp_offer = kOffer, .labels = {{"call", name}}});
    EXPECT_TRUE(added.ok()) << added.status();
    return added.ok() ? added->leg_id : "";
  }

  static NewPlayback Prompt(const std::string& id, const std::string& leg) {
    return {.playback_id = id, .target = LegTarget{leg}, .items = {PlayPrompt{kSubjectPrompt}}};
  }
  // Plays until it is ended.
  static NewPlayback Music(const std::string& id, const std::string& leg) {
    NewPlayback playback = Prompt(id, leg);
    playback.loop = true;
    return playback;
  }

  // One more control, which connects now.
  MixerRecorder& Watch() {
    later_recorders_.push_back(std::make_unique<MixerRecorder>());
    subject_->Watch(*later_recorders_.back());
    return *later_recorders_.back();
  }
  MixerSnapshot TakeSnapshot() { return Watch().WaitForSnapshot().value_or(MixerSnapshot{}); }

  MixerRecorder recorder_;
  std::vector<std::unique_ptr<MixerRecorder>> later_recorders_;
  const std::unique_ptr<MixerSubject> subject_;
  MixerCaller call_;
};

inline std::vector<std::string> RoomIds(const MixerSnapshot& snapshot) {
  std::vector<std::string> ids;
  for (const KnownRoom& room : snapshot.rooms) ids.push_back(room.room_id);
  return ids;
}

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_CONTRACT_H_
