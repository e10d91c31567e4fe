#include "control/mixers/snapshot_reader.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/time/clock.h"
#include "base/rpc/rpc_status.h"
#include "control/mixers/mixer_events.h"

namespace narada::control::mixers {
namespace {

namespace pb = mixer::v1;

constexpr absl::Duration kDeadline = absl::Seconds(5);

// Deletes itself when gRPC is done with it.
class Reader final : public grpc::ClientReadReactor<pb::WatchEventsResponse> {
 public:
  Reader(pb::EventService::Stub& events, Mixer::DoneWith<MixerSnapshot> done)
      : done_(std::move(done)) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kDeadline));
    events.async()->WatchEvents(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_snapshot()) {
      AddPart(response_.snapshot(), snapshot_);
      is_whole_ = response_.snapshot().is_last_part();
    }
    if (is_whole_) {
      context_.TryCancel();
    } else {
      StartRead(&response_);
    }
  }

  void OnDone(const grpc::Status& status) override {
    if (is_whole_) {
      done_(std::move(snapshot_));
    } else {
      done_(status.ok() ? absl::UnavailableError("the mixer ended its event stream")
                        : FromGrpcStatus(status));
    }
    delete this;
  }

 private:
  Mixer::DoneWith<MixerSnapshot> done_;
  grpc::ClientContext context_;
  pb::WatchEventsRequest request_;
  pb::WatchEventsResponse response_;
  MixerSnapshot snapshot_;
  bool is_whole_ = false;
};

}  // namespace

void ReadSnapshot(pb::EventService::Stub& events, Mixer::DoneWith<MixerSnapshot> done) {
  new Reader(events, std::move(done));
}

}  // namespace narada::control::mixers
