#include "control/service/replica_link.h"

#include <grpcpp/alarm.h>

#include <deque>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/service/replica_convert.h"
#include "narada/control/v1/replica.grpc.pb.h"

namespace narada::control::service {
namespace {

// A replica that does not answer within this time may be dead; whether it is, its lease tells.
constexpr absl::Duration kAnswerMax = absl::Seconds(2);

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const std::shared_ptr<grpc::ChannelCredentials>& how) {
  grpc::ChannelArguments arguments;
  // A dead host is noticed by pings.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, how, arguments);
}

absl::Status Stopped() { return absl::CancelledError("control is ending"); }

// One call's stream. gRPC holds it until the stream is over, and so does whoever carries the call.
class Carrying final : public grpc::ClientBidiReactor<v1::CarryCallRequest, v1::CarryCallResponse>,
                       public calls::CarriedCall,
                       public std::enable_shared_from_this<Carrying> {
 public:
  Carrying(std::shared_ptr<ReplicaLink::UnderWay> under_way,
           const std::shared_ptr<grpc::Channel>& channel, std::string gateway_call_id,
           calls::CarryListener listener,
           calls::Replicas::Done<std::shared_ptr<calls::CarriedCall>> done)
      : under_way_(std::move(under_way)),
        stub_(v1::ReplicaService::NewStub(channel)),
        gateway_call_id_(std::move(gateway_call_id)),
        listener_(std::move(listener)),
        done_(std::move(done)) {}

  void Start(v1::CarryCallRequest first) {
    if (!under_way_->Add(&context_)) return done_(Stopped());
    self_ = shared_from_this();
    stub_->async()->CarryCall(&context_, this);
    AddHold();  // For writes from outside of gRPC's callbacks.
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(std::move(first));
      StartWrite(&requests_.front());
    }
    StartRead(&response_);
    StartCall();
    // Nobody waits longer for a peer that hangs.
    alarm_.Set(absl::ToChronoTime(absl::Now() + kAnswerMax), [weak = weak_from_this()](bool fired) {
      const auto self = weak.lock();
      if (fired && self != nullptr && !self->is_taken()) self->context_.TryCancel();
    });
  }

  void Report(calls::GatewayEvent event) override {
    v1::CarryCallRequest request;
    *request.mutable_event() = ToProto(gateway_call_id_, event);
    absl::MutexLock lock(&mutex_);
    if (is_closing_) return;
    requests_.push_back(std::move(request));
    if (requests_.size() == 1) StartWrite(&requests_.front());
  }

  void Close() override {
    absl::MutexLock lock(&mutex_);
    if (is_closing_) return;
    is_closing_ = true;
    if (requests_.empty()) EndWritesLocked();
  }

 private:
  bool is_taken() {
    absl::MutexLock lock(&mutex_);
    return is_taken_;
  }

  void EndWritesLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(has_hold_, false)) {
      StartWritesDone();
      RemoveHold();
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    requests_.pop_front();
    if (!ok) requests_.clear();
    if (!requests_.empty()) {
      StartWrite(&requests_.front());
    } else if (is_closing_ || !ok) {
      is_closing_ = true;
      EndWritesLocked();
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      absl::MutexLock lock(&mutex_);
      is_closing_ = true;
      if (requests_.empty()) EndWritesLocked();
      return;
    }
    if (response_.has_taken()) {
      {
        absl::MutexLock lock(&mutex_);
        is_taken_ = true;
      }
      if (done_) std::exchange(done_, nullptr)(std::shared_ptr<calls::CarriedCall>(self_));
    } else if (response_.has_command()) {
      if (auto command = FromProto(response_.command())) {
        listener_.on_command(*std::move(command));
      }
    }
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    alarm_.Cancel();
    if (done_) {
      const absl::Status failure = FromGrpcStatus(status);
      std::exchange(done_, nullptr)(failure.ok() ? absl::UnavailableError("not taken") : failure);
    } else {
      listener_.on_lost();
    }
    const std::shared_ptr<Carrying> last = std::move(self_);
    under_way_->Remove(&context_);
  }

  const std::shared_ptr<ReplicaLink::UnderWay> under_way_;
  const std::unique_ptr<v1::ReplicaService::Stub> stub_;
  const std::string gateway_call_id_;
  grpc::ClientContext context_;
  grpc::Alarm alarm_;
  std::shared_ptr<Carrying> self_;

  // Touched by reads and the end, one at a time.
  calls::CarryListener listener_;
  calls::Replicas::Done<std::shared_ptr<calls::CarriedCall>> done_;
  v1::CarryCallResponse response_;

  absl::Mutex mutex_;
  std::deque<v1::CarryCallRequest> requests_
      ABSL_GUARDED_BY(mutex_);  // The first is being written.
  bool is_taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_hold_ ABSL_GUARDED_BY(mutex_) = true;
};

// Gathers the peers' answers to "do you lead this call?".
struct Search {
  Search(calls::Replicas::Done<std::optional<calls::Peer>> done, size_t waiting)
      : done(std::move(done)), waiting(waiting) {}

  void Answer(const calls::Peer& peer, const grpc::Status& status, bool is_led_there) {
    absl::StatusOr<std::optional<calls::Peer>> result = std::optional<calls::Peer>();
    {
      absl::MutexLock lock(&mutex);
      if (status.ok() && is_led_there) leader = peer;
      if (!status.ok() && failure.ok()) failure = FromGrpcStatus(status);
      if (--waiting > 0) return;
      if (leader) {
        result = leader;
      } else if (!failure.ok()) {
        result = failure;
      }
    }
    done(std::move(result));
  }

  calls::Replicas::Done<std::optional<calls::Peer>> done;
  absl::Mutex mutex;
  size_t waiting ABSL_GUARDED_BY(mutex);
  std::optional<calls::Peer> leader ABSL_GUARDED_BY(mutex);
  absl::Status failure ABSL_GUARDED_BY(mutex);
};

}  // namespace

bool ReplicaLink::UnderWay::Add(grpc::ClientContext* context) {
  absl::MutexLock lock(&mutex);
  if (is_stopped) return false;
  contexts.insert(context);
  return true;
}

void ReplicaLink::UnderWay::Remove(grpc::ClientContext* context) {
  absl::MutexLock lock(&mutex);
  contexts.erase(context);
}

void ReplicaLink::Stop() {
  absl::MutexLock lock(&under_way_->mutex);
  under_way_->is_stopped = true;
  for (grpc::ClientContext* context : under_way_->contexts) context->TryCancel();
  under_way_->mutex.Await(absl::Condition(
      +[](std::set<grpc::ClientContext*>* contexts) { return contexts->empty(); },
      &under_way_->contexts));
}

bool ReplicaLink::is_stopped() {
  absl::MutexLock lock(&under_way_->mutex);
  return under_way_->is_stopped;
}

void ReplicaLink::Claim(const std::string& conference_key, Done<std::optional<calls::Peer>> done) {
  if (is_stopped()) return done(Stopped());
  registry_.Claim(conference_key, std::move(done));
}

void ReplicaLink::IsLed(const std::string& conference_key, Done<bool> done) {
  if (is_stopped()) return done(Stopped());
  registry_.IsLed(conference_key, std::move(done));
}

void ReplicaLink::Release(const std::string& conference_key, absl::AnyInvocable<bool()> is_unused) {
  if (!is_stopped()) registry_.Release(conference_key, std::move(is_unused));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ReplicaLink::ChannelTo(const calls::Peer& peer) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<grpc::Channel>& channel = channels_[peer.address];
  if (channel == nullptr) {
    auto how = credentials_(peer.address);
    if (!how.ok()) {
      channels_.erase(peer.address);
      return how.status();
    }
    channel = MakeChannel(peer.address, *how);
  }
  return channel;
}

void ReplicaLink::FindCall(const calls::GatewayCall& call, Done<std::optional<calls::Peer>> done) {
  if (is_stopped()) return done(Stopped());
  const std::vector<calls::Peer> peers = registry_.peers();
  if (peers.empty()) return done(std::optional<calls::Peer>());
  auto search = std::make_shared<Search>(std::move(done), peers.size());
  for (const calls::Peer& peer : peers) {
    const auto channel = ChannelTo(peer);
    if (!channel.ok()) {
      search->Answer(peer, ToGrpcStatus(channel.status()), false);
      continue;
    }
    struct Asking {
      std::unique_ptr<v1::ReplicaService::Stub> stub;
      grpc::ClientContext context;
      v1::FindCallRequest request;
      v1::FindCallResponse response;
    };
    auto asking = std::make_shared<Asking>();
    if (!under_way_->Add(&asking->context)) {
      search->Answer(peer, ToGrpcStatus(Stopped()), false);
      continue;
    }
    asking->stub = v1::ReplicaService::NewStub(*channel);
    asking->context.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
    *asking->request.mutable_call() = ToProto(call);
    asking->stub->async()->FindCall(
        &asking->context, &asking->request, &asking->response,
        [asking, search, peer, under_way = under_way_](const grpc::Status& status) {
          search->Answer(peer, status, asking->response.is_led_here());
          under_way->Remove(&asking->context);
        });
  }
}

void ReplicaLink::Carry(const calls::Peer& peer,
                        std::variant<calls::HandedCall, calls::GatewayCall> call,
                        calls::CarryListener listener,
                        Done<std::shared_ptr<calls::CarriedCall>> done) {
  const auto channel = ChannelTo(peer);
  if (!channel.ok()) return done(channel.status());
  v1::CarryCallRequest first;
  std::string gateway_call_id;
  if (const auto* handed = std::get_if<calls::HandedCall>(&call)) {
    gateway_call_id = handed->owner.gateway_call_id;
    *first.mutable_handed() = ToProto(*handed);
  } else {
    gateway_call_id = std::get<calls::GatewayCall>(call).gateway_call_id;
    *first.mutable_joined() = ToProto(std::get<calls::GatewayCall>(call));
  }
  std::make_shared<Carrying>(under_way_, *channel, std::move(gateway_call_id), std::move(listener),
                             std::move(done))
      ->Start(std::move(first));
}

}  // namespace narada::control::service
