// Which replicas of control there are, told by their beats in the database, and which of them leads
// which conference.
//
//   ReplicaRegistry registry(database, {.id = control_id});
//   registry.Start("10.0.0.7:50061", [] { /* others took us for dead */ });
//   registry.Claim(reservation_id, [](absl::StatusOr<std::optional<Peer>> leader) { ... });
//
// Each replica counts a beat a second. One whose count has stood still for `lease` by the watch of
// another is dead: its row goes, with it the leases of its conferences, and its messages in the outbox
// are free. No clock of one machine is compared with another's. Nobody is taken for dead because the
// database was away: time counts only between beats of one's own that succeeded.
//
// Any thread. `done` runs on a thread of the database.

#ifndef NARADA_CONTROL_REPLICAS_REPLICA_REGISTRY_H_
#define NARADA_CONTROL_REPLICAS_REPLICA_REGISTRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/storage/database.h"
#include "control/storage/replica_table.h"

namespace narada::control::replicas {

struct Peer {
  std::string id;
  std::string address;  // HOST:PORT of its gRPC.
  bool operator==(const Peer&) const = default;
};

struct RegistrySettings {
  std::string id;  // Of this life of this process.
  absl::Duration beat = absl::Seconds(1);
  absl::Duration lease = absl::Seconds(5);
};

class ReplicaRegistry {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  // `database` outlives the registry.
  ReplicaRegistry(storage::Database& database, const RegistrySettings& settings);
  // Takes our row along, so that nobody has to wait for our lease.
  ~ReplicaRegistry();
  ReplicaRegistry(const ReplicaRegistry&) = delete;
  ReplicaRegistry& operator=(const ReplicaRegistry&) = delete;

  // Registers, then beats on a thread of its own. `address`: of our gRPC, as the others reach it.
  // `on_taken_for_dead` is called there after we have registered anew: each conference of ours may have
  // another leader by now.
  absl::Status Start(const std::string& address, absl::AnyInvocable<void()> on_taken_for_dead);
  // For tests, without the thread: who we are, and a beat with a look at the others, as of `now` by any
  // watch that does not jump.
  void SetUp(const std::string& address, absl::AnyInvocable<void()> on_taken_for_dead);
  absl::Status Beat(absl::Time now);

  // The others that are alive.
  std::vector<Peer> peers() const;

  // Who leads the conference; nothing: we do, from now on.
  void Claim(const std::string& conference_key, Done<std::optional<Peer>> done);
  // Whether anybody leads it.
  void IsLed(const std::string& conference_key, Done<bool> done);
  // It is over here. `is_unused` is asked once no claim can be under way: false keeps the lease.
  void Release(const std::string& conference_key, absl::AnyInvocable<bool()> is_unused);

 private:
  struct Seen {
    storage::ReplicaRow row;
    absl::Time since;  // When its count changed last, by our watch.
  };

  void ThreadMain();

  storage::Database& database_;
  const RegistrySettings settings_;
  std::string address_;
  absl::AnyInvocable<void()> on_taken_for_dead_;

  // The thread that beats.
  bool has_registered_ = false;
  std::optional<absl::Time> last_beat_;  // Nothing: the last one failed.

  mutable absl::Mutex mutex_;
  std::map<std::string, Seen> others_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace narada::control::replicas

#endif  // NARADA_CONTROL_REPLICAS_REPLICA_REGISTRY_H_
