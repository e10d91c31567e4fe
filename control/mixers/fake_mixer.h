// A mixer for tests: keeps rooms, legs and playbacks as the real one does (both pass
// mixer_contract_test.cc), plays nothing, knows every prompt, and makes the faults that a real one
// will not.
//
//   auto mixer = std::make_shared<FakeMixer>("mixer-1", listener);
//   mixer->PressDigit(leg_id, '3');            // as if the phone had
//   mixer->EndPlayback(leg_id);                // what plays to the leg comes to its end
//   mixer->FailNext("MoveLeg", status);        // the next call of this name
//
// Answers come before a call returns. One thread.

#ifndef NARADA_CONTROL_MIXERS_FAKE_MIXER_H_
#define NARADA_CONTROL_MIXERS_FAKE_MIXER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/mixers/mixer.h"
#include "control/mixers/mixer_directory.h"

namespace narada::control::mixers {

class FakeMixer final : public Mixer, public std::enable_shared_from_this<FakeMixer> {
 public:
  struct FakeRoom {
    Labels labels;
    RoomSettings settings;
    std::string recording_id;         // Of the recording that is not stopped; empty: none.
    std::vector<NewPlayback> played;  // Everything, in order.
  };
  struct FakeRecording {
    NewRecording what;
    bool is_paused = false;
    bool is_stopped = false;
    std::map<std::string, std::string> tracks;  // What was said, by track.
  };
  struct FakeLeg {
    std::string room_id;
    Labels labels;
    std::string request_id;
    std::string signaling_address;
    std::string sdp;
    bool has_offer_pending = false;  // Of ours, without an answer yet.
    LegSettings settings;
    std::optional<CallQuality> quality;  // As RemoveLeg tells it.
    std::string injected;
    std::optional<NewPlayback> playing;
    std::deque<NewPlayback> waiting;  // Appended behind it.
    std::vector<NewPlayback> played;  // Everything, in order.
  };

  // `listener` may be null: then nobody is told.
  FakeMixer(std::string address, MixerListener* listener)
      : address_(std::move(address)), listener_(listener) {}

  void SetListener(MixerListener* listener) { listener_ = listener; }

  // ---- What the test does
  void PressDigit(const std::string& leg_id, char digit);
  // Nothing happens if a loop, or nothing, plays.
  void EndPlayback(const std::string& leg_id);
  void TimeOutMedia(const std::string& leg_id);
  void Speak(const std::string& leg_id, bool is_speaking);
  void ReportQuality(const std::string& leg_id, const CallQuality& quality);
  // A finished recording: its tracks by id.
  void AddRecording(const std::string& recording_id, std::map<std::string, std::string> tracks);
  // As a mixer that died and lost everything.
  void Restart();
  // Killed and resumed: everybody is there, what was being played is not.
  void Resume();
  // What a listener that connects now is told.
  void TellSnapshot(bool is_resumed = false);
  void FailNext(const std::string& method, absl::Status status) { FailTimes(1, method, status); }
  void FailTimes(int times, const std::string& method, absl::Status status) {
    failures_[method] = {times, std::move(status)};
  }

  // ---- What the test sees
  const std::map<std::string, FakeRoom>& rooms() const { return rooms_; }
  const std::map<std::string, FakeLeg>& legs() const { return legs_; }
  const std::map<std::string, FakeRecording>& recordings() const { return recordings_; }
  const std::set<std::string>& made_prompts() const { return made_prompts_; }
  FakeLeg& leg(const std::string& leg_id) { return legs_.at(leg_id); }
  std::vector<std::string> LegsIn(const std::string& room_id) const;

  // ---- Mixer
  const std::string& address() const override { return address_; }
  void CreateRoom(NewRoom room, Done done) override;
  void DeleteRoom(std::string room_id, Done done) override;
  void AddLeg(NewLeg leg, DoneWith<AddedLeg> done) override;
  void Negotiate(std::string leg_id, std::string sdp_offer, std::string signaling_address,
                 DoneWith<std::string> done) override;
  void AcceptAnswer(std::string leg_id, std::string sdp_answer, std::string signaling_address,
                    Done done) override;
  void MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) override;
  void RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) override;
  void FindLeg(std::string leg_id, Done done) override;
  void Look(DoneWith<MixerSnapshot> done) override;
  void UpdateLeg(std::string leg_id, LegSettings settings, Done done) override;
  void UpdateRoom(std::string room_id, RoomSettings settings, Done done) override;
  void InjectDigits(std::string leg_id, std::string digits, Done done) override;
  void Play(NewPlayback playback, Done done) override;
  void StopPlayback(PlayTarget target, Done done) override;
  void StartRecording(NewRecording recording, Done done) override;
  void PauseRecording(std::string recording_id, Done done) override;
  void ResumeRecording(std::string recording_id, Done done) override;
  void StopRecording(std::string recording_id, DoneWith<TrackSizes> done) override;
  absl::Status ReadRecording(const std::string& recording_id, const std::string& track_id,
                             uint64_t offset,
                             absl::FunctionRef<bool(absl::string_view)> sink) override;
  absl::StatusOr<std::optional<uint64_t>> TrackSize(const std::string& recording_id,
                                                    const std::string& track_id) override;
  void MakePrompt(std::string prompt_id, std::string recording_id, std::string track_id,
                  Done done) override;
  void DeletePrompt(std::string prompt_id, Done done) override;
  void DeleteRecording(std::string recording_id, Done done) override;

 private:
  // The failure that the test has asked for, if any.
  absl::Status Failure(const std::string& method);
  MixerSnapshot Snapshot() const;
  absl::Status CheckLeg(const std::string& leg_id) const;
  // The recording that goes on, or why there is none.
  absl::StatusOr<FakeRecording*> FindRecording(const std::string& recording_id);
  // Ends what is playing; the next one begins.
  void EndFirstPlayback(const std::string& leg_id);
  void StopLegPlayback(const std::string& leg_id);
  void Tell(const std::string& leg_id, LegEventKind what);

  const std::string address_;
  MixerListener* listener_;
  std::map<std::string, FakeRoom> rooms_;
  std::map<std::string, FakeLeg> legs_;
  std::map<std::string, FakeRecording> recordings_;
  std::set<std::string> made_prompts_;
  std::set<std::string> playback_ids_;  // Each is played once.
  struct AskedFailure {
    int times = 0;
    absl::Status status;
  };
  std::map<std::string, AskedFailure> failures_;
  int legs_made_ = 0;
};

// A directory of the mixers that a test has made.
class FakeMixerDirectory final : public MixerDirectory {
 public:
  void Add(std::shared_ptr<FakeMixer> mixer) { mixers_.push_back(std::move(mixer)); }
  void Clear() { mixers_.clear(); }

  std::shared_ptr<Mixer> LeastLoaded() override;
  std::shared_ptr<Mixer> Find(absl::string_view address) override;
  std::vector<std::shared_ptr<Mixer>> All() override;

 private:
  std::vector<std::shared_ptr<FakeMixer>> mixers_;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_FAKE_MIXER_H_
