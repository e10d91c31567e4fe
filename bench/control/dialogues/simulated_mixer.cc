#include "bench/control/dialogues/simulated_mixer.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"

namespace narada::bench {
namespace {

namespace v1 = narada::mixer::v1;

constexpr char kEpoch[] = "simulated";
// Until control has read our snapshot, and gives us calls.
constexpr absl::Duration kReading = absl::Milliseconds(500);

// What stands behind "s=".
std::string SessionName(const std::string& sdp) {
  const size_t begin = sdp.find("\ns=") + 3;
  return sdp.substr(begin, sdp.find_first_of("\r\n", begin) - begin);
}

template <typename Response>
grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext* context, Response*) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

// Control's stream of events: what is sent before it watches, or afterwards, is lost.
class EventStream final : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  void Begin() {
    absl::MutexLock lock(&mutex_);
    CHECK(!has_begun_) << "one control watches, and stays";
    has_begun_ = true;
  }
  bool WaitForBeginning(absl::Duration patience) {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&has_begun_), patience);
  }
  void Send(v1::WatchEventsResponse response) {
    absl::MutexLock lock(&mutex_);
    if (!has_begun_ || is_over_) return;
    waiting_.push_back(std::move(response));
    if (waiting_.size() == 1) StartWrite(&waiting_.front());
  }
  void OnWriteDone(bool) override {
    absl::MutexLock lock(&mutex_);
    waiting_.pop_front();
    if (!waiting_.empty() && !is_over_) StartWrite(&waiting_.front());
  }
  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    is_over_ = true;
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {}

 private:
  absl::Mutex mutex_;
  bool has_begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<v1::WatchEventsResponse> waiting_ ABSL_GUARDED_BY(mutex_);  // The first is being sent.
};

// Takes a prompt and forgets it.
class Upload final : public grpc::ServerReadReactor<v1::UploadPromptRequest> {
 public:
  Upload() { StartRead(&part_); }
  void OnReadDone(bool is_part) override {
    if (is_part) return StartRead(&part_);
    Finish(grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  v1::UploadPromptRequest part_;
};

}  // namespace

class SimulatedMixer::State {
 public:
  explicit State(LegListener& listener) : listener_(listener) {}

  LegListener& listener() const { return listener_; }

  EventStream* Watch() {
    v1::WatchEventsResponse response;
    response.mutable_snapshot()->mutable_cursor()->set_epoch(kEpoch);
    response.mutable_snapshot()->set_is_last_part(true);
    stream_.Begin();
    stream_.Send(std::move(response));
    return &stream_;
  }

  bool WaitForWatcher() { return stream_.WaitForBeginning(absl::Seconds(20)); }

  void AddLeg(const std::string& leg_id) {
    absl::MutexLock lock(&mutex_);
    legs_[leg_id] = {};
    Tell(leg_id).mutable_leg_added()->mutable_leg()->set_leg_id(leg_id);
    Send();
  }

  void RemoveLeg(const std::string& leg_id) {
    absl::MutexLock lock(&mutex_);
    if (legs_.erase(leg_id) == 0) return;
    Tell(leg_id).mutable_leg_removed();
    Send();
  }

  void Play(const v1::StartPlaybackRequest& request) {
    absl::MutexLock lock(&mutex_);
    const auto leg = legs_.find(request.leg_id());
    if (leg == legs_.end()) return;
    End(*leg, v1::PLAYBACK_END_REASON_REPLACED);
    leg->second = {.playback_id = request.playback_id(),
                   .can_be_interrupted = request.barge_in() == v1::BARGE_IN_DIGIT};
  }

  void Stop(const std::string& leg_id, v1::PlaybackEndReason reason) {
    absl::MutexLock lock(&mutex_);
    const auto leg = legs_.find(leg_id);
    if (leg != legs_.end()) End(*leg, reason);
  }

  void Press(const std::string& leg_id, char digit, v1::DigitPath path) {
    absl::MutexLock lock(&mutex_);
    const auto leg = legs_.find(leg_id);
    if (leg == legs_.end()) return;
    if (leg->second.can_be_interrupted) End(*leg, v1::PLAYBACK_END_REASON_BARGED_IN);
    v1::DigitReceived& received = *Tell(leg_id).mutable_digit_received();
    received.set_digit(std::string(1, digit));
    received.set_path(path);
    Send();
  }

 private:
  struct Leg {
    std::string playback_id;  // Empty: nothing plays.
    bool can_be_interrupted = false;
  };

  void End(std::pair<const std::string, Leg>& leg, v1::PlaybackEndReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (leg.second.playback_id.empty()) return;
    v1::PlaybackEnded& ended = *Tell(leg.first).mutable_playback_ended();
    ended.set_playback_id(std::exchange(leg.second.playback_id, ""));
    ended.set_reason(reason);
    Send();
  }

  // The next event, to be filled in before Send.
  v1::Event& Tell(const std::string& leg_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    next_.Clear();
    v1::Event& event = *next_.mutable_event();
    event.mutable_cursor()->set_epoch(kEpoch);
    event.mutable_cursor()->set_sequence(++sequence_);
    event.set_leg_id(leg_id);
    return event;
  }

  void Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { stream_.Send(next_); }

  LegListener& listener_;
  EventStream stream_;
  absl::Mutex mutex_;
  std::map<std::string, Leg> legs_ ABSL_GUARDED_BY(mutex_);
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::WatchEventsResponse next_ ABSL_GUARDED_BY(mutex_);
};

// What is not overridden answers UNIMPLEMENTED: a dialogue asks for nothing else.
class SimulatedMixer::Services {
 public:
  Services(const std::string& address, State& state)
      : events_(state), legs_(state), playbacks_(state) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    // Control pings us, as it does a mixer.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.RegisterService(&mixer_);
    builder.RegisterService(&events_);
    builder.RegisterService(&rooms_);
    builder.RegisterService(&legs_);
    builder.RegisterService(&playbacks_);
    server_ = builder.BuildAndStart();
    CHECK(server_ != nullptr && port != 0) << "cannot listen on " << address;
  }

  ~Services() { server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1)); }

 private:
  class Mixer final : public v1::MixerService::CallbackService {
    grpc::ServerUnaryReactor* GetMixer(grpc::CallbackServerContext* context,
                                       const v1::GetMixerRequest*,
                                       v1::GetMixerResponse* response) override {
      response->mutable_mixer()->set_epoch(kEpoch);
      return Answered(context, response);
    }
  };

  class Events final : public v1::EventService::CallbackService {
   public:
    explicit Events(State& state) : state_(state) {}
    grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
        grpc::CallbackServerContext*, const v1::WatchEventsRequest*) override {
      return state_.Watch();
    }

   private:
    State& state_;
  };

  class Rooms final : public v1::RoomService::CallbackService {
    grpc::ServerUnaryReactor* CreateRoom(grpc::CallbackServerContext* context,
                                         const v1::CreateRoomRequest*,
                                         v1::CreateRoomResponse* response) override {
      return Answered(context, response);
    }
    grpc::ServerUnaryReactor* DeleteRoom(grpc::CallbackServerContext* context,
                                         const v1::DeleteRoomRequest*,
                                         v1::DeleteRoomResponse* response) override {
      return Answered(context, response);
    }
  };

  class Legs final : public v1::LegService::CallbackService {
   public:
    explicit Legs(State& state) : state_(state) {}
    grpc::ServerUnaryReactor* AddLeg(grpc::CallbackServerContext* context,
                                     const v1::AddLegRequest* request,
                                     v1::AddLegResponse* response) override {
      response->mutable_leg()->set_leg_id(SessionName(request->sdp_offer()));
      response->set_sdp(request->sdp_offer());
      state_.AddLeg(response->leg().leg_id());
      return Answered(context, response);
    }
    grpc::ServerUnaryReactor* RemoveLeg(grpc::CallbackServerContext* context,
                                        const v1::RemoveLegRequest* request,
                                        v1::RemoveLegResponse* response) override {
      state_.RemoveLeg(request->leg_id());
      return Answered(context, response);
    }
    grpc::ServerUnaryReactor* InjectDigits(grpc::CallbackServerContext* context,
                                           const v1::InjectDigitsRequest* request,
                                           v1::InjectDigitsResponse* response) override {
      for (const char digit : request->digits()) {
        state_.Press(request->leg_id(), digit, v1::DIGIT_PATH_SIGNALING);
      }
      return Answered(context, response);
    }

   private:
    State& state_;
  };

  class Playbacks final : public v1::PlaybackService::CallbackService {
   public:
    explicit Playbacks(State& state) : state_(state) {}
    grpc::ServerReadReactor<v1::UploadPromptRequest>* UploadPrompt(
        grpc::CallbackServerContext*, v1::UploadPromptResponse*) override {
      return new Upload;
    }
    grpc::ServerUnaryReactor* ListPrompts(grpc::CallbackServerContext* context,
                                          const v1::ListPromptsRequest*,
                                          v1::ListPromptsResponse* response) override {
      return Answered(context, response);
    }
    grpc::ServerUnaryReactor* StartPlayback(grpc::CallbackServerContext* context,
                                            const v1::StartPlaybackRequest* request,
                                            v1::StartPlaybackResponse* response) override {
      state_.listener().OnPlay(request->leg_id());
      state_.Play(*request);
      return Answered(context, response);
    }
    grpc::ServerUnaryReactor* StopPlayback(grpc::CallbackServerContext* context,
                                           const v1::StopPlaybackRequest* request,
                                           v1::StopPlaybackResponse* response) override {
      state_.Stop(request->leg_id(), v1::PLAYBACK_END_REASON_STOPPED);
      return Answered(context, response);
    }

   private:
    State& state_;
  };

  Mixer mixer_;
  Events events_;
  Rooms rooms_;
  Legs legs_;
  Playbacks playbacks_;
  std::unique_ptr<grpc::Server> server_;
};

SimulatedMixer::SimulatedMixer(const std::string& address, LegListener& listener)
    : state_(std::make_unique<State>(listener)),
      services_(std::make_unique<Services>(address, *state_)) {}

SimulatedMixer::~SimulatedMixer() = default;

bool SimulatedMixer::WaitForControl() {
  const bool is_watched = state_->WaitForWatcher();
  absl::SleepFor(kReading);
  return is_watched;
}

void SimulatedMixer::Press(const std::string& leg_id, char digit) {
  state_->Press(leg_id, digit, v1::DIGIT_PATH_TELEPHONE_EVENT);
}

void SimulatedMixer::EndPlayback(const std::string& leg_id) {
  state_->Stop(leg_id, v1::PLAYBACK_END_REASON_COMPLETED);
}

}  // namespace narada::bench
