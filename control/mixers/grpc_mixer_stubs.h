// What the parts of GrpcMixer share: the services' clients, and how one asynchronous call is made.

#ifndef NARADA_CONTROL_MIXERS_GRPC_MIXER_STUBS_H_
#define NARADA_CONTROL_MIXERS_GRPC_MIXER_STUBS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/mixers/grpc_mixer.h"
#include "narada/mixer/v1/event.grpc.pb.h"
#include "narada/mixer/v1/leg.grpc.pb.h"
#include "narada/mixer/v1/mixer.grpc.pb.h"
#include "narada/mixer/v1/playback.grpc.pb.h"
#include "narada/mixer/v1/recording.grpc.pb.h"
#include "narada/mixer/v1/room.grpc.pb.h"

namespace narada::control::mixers {

namespace pb = mixer::v1;

// A mixer answers within a step or two; what takes longer than this is lost.
inline constexpr absl::Duration kDeadline = absl::Seconds(5);

inline void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kDeadline));
}

inline absl::Status FromCall(const grpc::Status& status) {
  absl::Status result = FromGrpcStatus(status);
  const bool is_unreachable = result.code() == absl::StatusCode::kUnavailable ||
                              result.code() == absl::StatusCode::kDeadlineExceeded;
  if (is_unreachable && ReasonOf(result).empty()) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "MIXER_UNREACHABLE", result.message());
  }
  return result;
}

// Makes one asynchronous call: `start` hands it to the stub, `done` gets the answer.
template <typename Request, typename Response, typename Start>
void Call(Request request, absl::AnyInvocable<void(absl::StatusOr<Response>)> done, Start start) {
  struct Pending {
    grpc::ClientContext context;
    Request request;
    Response response;
    absl::AnyInvocable<void(absl::StatusOr<Response>)> done;
  };
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  pending->done = std::move(done);
  SetDeadline(pending->context);
  start(&pending->context, &pending->request, &pending->response, [pending](grpc::Status status) {
    if (!status.ok()) return pending->done(FromCall(status));
    pending->done(std::move(pending->response));
  });
}

// For calls whose answer carries nothing.
template <typename Response>
absl::AnyInvocable<void(absl::StatusOr<Response>)> StatusOnly(Mixer::Done done) {
  return [done = std::move(done)](absl::StatusOr<Response> response) mutable {
    done(response.status());
  };
}

// For calls that end something: what is gone already is as wished.
template <typename Response>
absl::AnyInvocable<void(absl::StatusOr<Response>)> GoneIsFine(Mixer::Done done) {
  return [done = std::move(done)](absl::StatusOr<Response> response) mutable {
    done(response.status().code() == absl::StatusCode::kNotFound ? absl::OkStatus()
                                                                 : response.status());
  };
}

template <typename Proto>
void SetTarget(const PlayTarget& target, Proto& proto) {
  if (const LegTarget* leg = std::get_if<LegTarget>(&target)) {
    proto.set_leg_id(leg->leg_id);
  } else {
    proto.set_room_id(std::get<RoomTarget>(target).room_id);
  }
}

inline void SetDuration(absl::Duration duration, google::protobuf::Duration& proto) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  proto.set_seconds(nanoseconds / 1'000'000'000);
  proto.set_nanos(static_cast<int>(nanoseconds % 1'000'000'000));
}

struct GrpcMixer::Stubs {
  explicit Stubs(std::shared_ptr<grpc::Channel> the_channel)
      : channel(std::move(the_channel)),
        rooms(pb::RoomService::NewStub(channel)),
        legs(pb::LegService::NewStub(channel)),
        playbacks(pb::PlaybackService::NewStub(channel)),
        events(pb::EventService::NewStub(channel)),
        recordings(pb::RecordingService::NewStub(channel)),
        mixer(pb::MixerService::NewStub(channel)) {}

  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<pb::RoomService::Stub> rooms;
  const std::unique_ptr<pb::LegService::Stub> legs;
  const std::unique_ptr<pb::PlaybackService::Stub> playbacks;
  const std::unique_ptr<pb::EventService::Stub> events;
  const std::unique_ptr<pb::RecordingService::Stub> recordings;
  const std::unique_ptr<pb::MixerService::Stub> mixer;
};

}  // namespace narada::control::mixers

#endif  // NARADA_CONTROL_MIXERS_GRPC_MIXER_STUBS_H_
