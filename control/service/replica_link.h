// The other replicas, over gRPC and the database: calls::Replicas as the switchboard uses it.
//
//   ReplicaLink link(registry, [](const std::string& address) { return credentials; });
//   services.replicas = &link;
//   ...
//   link.Stop();     // before the database goes
//
// Any thread. Callbacks run on threads of gRPC and of the database.

#ifndef NARADA_CONTROL_SERVICE_REPLICA_LINK_H_
#define NARADA_CONTROL_SERVICE_REPLICA_LINK_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "control/calls/replicas.h"
#include "control/replicas/replica_registry.h"

namespace narada::control::service {

class ReplicaLink final : public calls::Replicas {
 public:
  using Credentials = absl::AnyInvocable<absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>(
      const std::string& address)>;

  // `registry` lives until Stop.
  ReplicaLink(replicas::ReplicaRegistry& registry, Credentials credentials)
      : registry_(registry), credentials_(std::move(credentials)) {}

  // Ends what is under way and waits for it; everything that is asked from here on is answered with
  // CANCELLED.
  void Stop();

  void Claim(const std::string& conference_key, Done<std::optional<calls::Peer>> done) override;
  void IsLed(const std::string& conference_key, Done<bool> done) override;
  void Release(const std::string& conference_key, absl::AnyInvocable<bool()> is_unused) override;
  void FindCall(const calls::GatewayCall& call, Done<std::optional<calls::Peer>> done) override;
  void Carry(const calls::Peer& peer, std::variant<calls::HandedCall, calls::GatewayCall> call,
             calls::CarryListener listener,
             Done<std::shared_ptr<calls::CarriedCall>> done) override;

  // What is under way, so that Stop can end it. Outlives the link in what gRPC still holds.
  struct UnderWay {
    // False: it is stopped.
    bool Add(grpc::ClientContext* context);
    void Remove(grpc::ClientContext* context);

    absl::Mutex mutex;
    std::set<grpc::ClientContext*> contexts ABSL_GUARDED_BY(mutex);
    bool is_stopped ABSL_GUARDED_BY(mutex) = false;
  };

 private:
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const calls::Peer& peer);
  bool is_stopped();

  replicas::ReplicaRegistry& registry_;
  absl::Mutex mutex_;
  Credentials credentials_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
  const std::shared_ptr<UnderWay> under_way_ = std::make_shared<UnderWay>();
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_REPLICA_LINK_H_
