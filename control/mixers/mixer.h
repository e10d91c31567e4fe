// A mixer as control sees it: rooms, legs and playbacks by id, without protobuf. One interface, two
// implementations: the gRPC client (grpc_mixer.h) and a fake for tests (fake_mixer.h), which pass the
// same contract (mixer_contract_test.cc).
//
//   mixer.AddLeg({.request_id = call_id, .room_id = room, .sdp_offer = sdp}, [](auto added) {...});
//
// Every call is asynchronous: `done` runs exactly once, on any thread, with the mixer's error (code and
// reason as in proto/narada/mixer/v1) or UNAVAILABLE / MIXER_UNREACHABLE. It may run before the call
// returns, so no lock of the caller may be held. What happens in the mixer comes to the MixerListener.
// Any thread may call.

#ifndef NARADA_CONTROL_MIXERS_MIXER_H_
#define NARADA_CONTROL_MIXERS_MIXER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/model/call_quality.h"
#include "control/model/leg_settings.h"

namespace narada::control::mixers {

using Labels = std::map<std::string, std::string>;

struct NewRoom {
  std::string room_id;  // [A-Za-z0-9_-]{1,64}; made again with the same id it is the same room.
  Labels labels;
  std::optional<absl::Duration> empty_timeout;  // Unset: stays until deleted.
};

struct NewLeg {
  std::string request_id;
  std::string room_id;
  std::string sdp_offer;          // Empty: the mixer offers, and NegotiateLeg brings the answer.
  std::string signaling_address;  // IP literal; RTP from its other ports is accepted, too.
  Labels labels;
};

struct NewRecording {
  std::string recording_id;  // [a-z0-9_-]{1,64}; started again with the same id it is the same one.
  std::string room_id;
  bool with_legs = false;  // A track for each leg beside that of the mix.
  Labels labels;
};

// Bytes of each track of a recording, by its id: "mix", or the leg's.
using TrackSizes = std::map<std::string, int64_t>;

struct AddedLeg {
  std::string leg_id;
  std::string sdp;  // The answer, or the offer that was asked for.
};

// One of: a prompt, a pause, a tone.
struct PlayPrompt {
  std::string prompt_id;
};
struct PlayPause {
  absl::Duration duration;
};
using PlayItem = std::variant<PlayPrompt, PlayPause>;

struct LegTarget {
  std::string leg_id;
};
struct RoomTarget {
  std::string room_id;
};
using PlayTarget = std::variant<LegTarget, RoomTarget>;

struct NewPlayback {
  // [A-Za-z0-9_-]{1,64}, unique; comes back in PlaybackEnded. Played again it changes nothing.
  std::string playback_id;
  PlayTarget target;
  std::vector<PlayItem> items;
  bool loop = false;             // Until stopped or replaced.
  bool digit_barges_in = false;  // The first digit ends it in the mixer, in the same tick.
  bool append = false;           // Waits for what is being played; otherwise replaces it.
  double gain_db = 0;
  // Room heard beneath it; unset: as the mixer does (a leg hears the playback alone).
  std::optional<double> duck_db;
};

struct MixerSnapshot;

class Mixer {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  template <typename T>
  using DoneWith = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  virtual ~Mixer() = default;

  // "host:port", by which database rows and logs name it.
  virtual const std::string& address() const = 0;

  // A room that exists already is OK.
  virtual void CreateRoom(NewRoom room, Done done) = 0;
  virtual void DeleteRoom(std::string room_id, Done done) = 0;

  virtual void AddLeg(NewLeg leg, DoneWith<AddedLeg> done) = 0;
  // The answer to a further offer of the far end (hold, new address or codec). An empty offer asks for
  // the mixer's own offer (re-INVITE without SDP).
  virtual void Negotiate(std::string leg_id, std::string sdp_offer, std::string signaling_address,
                         DoneWith<std::string> done) = 0;
  // The far end's answer to an offer of the mixer.
  virtual void AcceptAnswer(std::string leg_id, std::string sdp_answer,
                            std::string signaling_address, Done done) = 0;
  virtual void MoveLeg(std::string leg_id, std::string room_id, bool stop_playback, Done done) = 0;
  // Answers how well the leg was heard to the last; nothing if it is gone already, or was never heard.
  virtual void RemoveLeg(std::string leg_id, DoneWith<std::optional<CallQuality>> done) = 0;
  // OK if there is such a leg, NOT_FOUND / LEG_UNKNOWN if not.
  virtual void FindLeg(std::string leg_id, Done done) = 0;
  // What a listener that connects now would be told: for legs that others have made.
  virtual void Look(DoneWith<MixerSnapshot> done) = 0;
  // All of its settings, from the next tick on.
  virtual void UpdateLeg(std::string leg_id, LegSettings settings, Done done) = 0;
  virtual void UpdateRoom(std::string room_id, RoomSettings settings, Done done) = 0;
  // Digits that came by signaling.
  virtual void InjectDigits(std::string leg_id, std::string digits, Done done) = 0;

  virtual void Play(NewPlayback playback, Done done) = 0;
  // Stops everything that plays to the target.
  virtual void StopPlayback(PlayTarget target, Done done) = 0;

  // The room has one recording at a time. FAILED_PRECONDITION / RECORDING_OFF, ALREADY_EXISTS /
  // RECORDING_EXISTS, RESOURCE_EXHAUSTED / DISK_FULL, UNAVAILABLE / DISK_FAILED.
  virtual void StartRecording(NewRecording recording, Done done) = 0;
  // NOT_FOUND / RECORDING_UNKNOWN, FAILED_PRECONDITION / RECORDING_ENDED.
  virtual void PauseRecording(std::string recording_id, Done done) = 0;
  virtual void ResumeRecording(std::string recording_id, Done done) = 0;
  // How long its files are, now that they are whole. To stop one again is OK. NOT_FOUND /
  // RECORDING_UNKNOWN; UNAVAILABLE / DISK_SLOW: it has stopped, and its files are not whole yet.
  virtual void StopRecording(std::string recording_id, DoneWith<TrackSizes> done) = 0;
  // Hands the bytes of one track to `sink`, from `offset` on, until there are no more or it returns
  // false. Unlike everything else it waits, and is for threads that may. Errors: NOT_FOUND /
  // RECORDING_UNKNOWN | TRACK_UNKNOWN, OUT_OF_RANGE / OFFSET_PAST_END.
  virtual absl::Status ReadRecording(const std::string& recording_id, const std::string& track_id,
                                     uint64_t offset,
                                     absl::FunctionRef<bool(absl::string_view)> sink) = 0;
  // How long that is, in bytes; nothing while it grows. Waits, too; the same errors.
  virtual absl::StatusOr<std::optional<uint64_t>> TrackSize(const std::string& recording_id,
                                                            const std::string& track_id) = 0;
  // A prompt out of what was said in one track of a recording that has ended. FAILED_PRECONDITION /
  // RECORDING_RUNNING (its files are not whole yet: ask again) | RECORDING_SILENT.
  virtual void MakePrompt(std::string prompt_id, std::string recording_id, std::string track_id,
                          Done done) = 0;
  // One that is gone already is OK; what plays is heard to its end.
  virtual void DeletePrompt(std::string prompt_id, Done done) = 0;
  // One that is gone already is OK. FAILED_PRECONDITION / RECORDING_RUNNING.
  virtual void DeleteRecording(std::string recording_id, Done done) = 0;
};

// ---- What happened ------------------------------------------------------------------------

struct DigitReceived {
  char digit;
};
struct PlaybackEnded {
  std::string playback_id;
};
struct MediaTimedOut {};  // No RTP for 30 s, not on hold; the leg is still there.
struct MediaStarted {};
struct SpeakingChanged {
  bool is_speaking = false;
};
struct QualityReported {  // Every 10 s, and once before LegGone.
  CallQuality quality;
};
struct LegGone {};  // Removed, by whomever.
using LegEventKind = std::variant<DigitReceived, PlaybackEnded, MediaTimedOut, MediaStarted,
                                  SpeakingChanged, QualityReported, LegGone>;

struct LegEvent {
  std::string leg_id;
  std::string room_id;
  Labels labels;
  LegEventKind what;
};

struct KnownLeg {
  std::string leg_id;
  std::string room_id;
  Labels labels;
  LegSettings settings;
};

struct KnownRoom {
  std::string room_id;
  Labels labels;
};

// The whole truth about a mixer: after connecting, and whenever events were missed.
struct MixerSnapshot {
  std::vector<KnownLeg> legs;
  std::vector<KnownRoom> rooms;
  // The mixer was killed since the last snapshot and goes on with these: all that was being played to
  // them ended, and nothing else tells so.
  bool is_resumed = false;
};

// Calls come one at a time per mixer, in the mixer's order. They must return at once.
class MixerListener {
 public:
  virtual ~MixerListener() = default;
  // A leg that is not in the snapshot is gone, or was added while it was on its way: FindLeg tells.
  virtual void OnMixerSnapshot(const std::shared_ptr<Mixer>& mixer, MixerSnapshot snapshot) = 0;
  virtual void OnLegEvent(const std::shared_ptr<Mixer>& mixer, LegEvent event) = 0;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_MIXER_H_
