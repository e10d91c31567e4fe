#include "control/replicas/replica_registry.h"

#include <time.h>

#include <set>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/storage/message_table.h"

namespace narada::control::replicas {
namespace {

using storage::ReplicaRow;
using storage::Transaction;

// A watch that is never set.
absl::Time MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::TimeFromTimespec(now);
}

}  // namespace

ReplicaRegistry::ReplicaRegistry(storage::Database& database, const RegistrySettings& settings)
    : database_(database), settings_(settings) {}

ReplicaRegistry::~ReplicaRegistry() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  const absl::Status left = database_.Run([&](Transaction& transaction) {
    for (const ReplicaRow& row : storage::ListReplicas(transaction)) {
      if (row.id == settings_.id) storage::RemoveReplica(transaction, row.id, row.beat);
    }
    return absl::OkStatus();
  });
  if (!left.ok()) LOG_WARNING("this replica leaves without saying so: {}", left);
}

void ReplicaRegistry::SetUp(const std::string& address,
                            absl::AnyInvocable<void()> on_taken_for_dead) {
  address_ = address;
  on_taken_for_dead_ = std::move(on_taken_for_dead);
}

absl::Status ReplicaRegistry::Start(const std::string& address,
                                    absl::AnyInvocable<void()> on_taken_for_dead) {
  SetUp(address, std::move(on_taken_for_dead));
  RETURN_IF_ERROR(Beat(MonotonicNow()));
  thread_ = std::thread([this] { ThreadMain(); });
  return absl::OkStatus();
}

void ReplicaRegistry::ThreadMain() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), settings_.beat);
      if (is_stopping_) return;
    }
    const absl::Status beaten = Beat(MonotonicNow());
    if (!beaten.ok()) LOG_WARNING("this replica's beat is not noted: {}", beaten);
  }
}

absl::Status ReplicaRegistry::Beat(absl::Time now) {
  struct Outcome {
    bool was_gone = false;
    std::vector<ReplicaRow> rows;
  };
  absl::StatusOr<Outcome> outcome = database_.Query<Outcome>([&](Transaction& transaction) {
    Outcome outcome;
    if (!storage::BeatReplica(transaction, settings_.id)) {
      outcome.was_gone = true;
      storage::InsertReplica(transaction, {.id = settings_.id, .address = address_});
    }
    outcome.rows = storage::ListReplicas(transaction);
    return absl::StatusOr<Outcome>(std::move(outcome));
  });
  if (!outcome.ok()) {
    last_beat_.reset();
    return outcome.status();
  }
  // While we could not look, others may have beaten, or been unable to: their time begins anew.
  const bool has_gap = !last_beat_ || now - *last_beat_ > settings_.lease;
  last_beat_ = now;
  std::vector<ReplicaRow> dead;
  {
    absl::MutexLock lock(&mutex_);
    std::map<std::string, Seen> others;
    for (ReplicaRow& row : outcome->rows) {
      if (row.id == settings_.id) continue;
      const auto known = others_.find(row.id);
      const bool stands_still =
          !has_gap && known != others_.end() && known->second.row.beat == row.beat;
      const absl::Time since = stands_still ? known->second.since : now;
      if (now - since >= settings_.lease) {
        dead.push_back(std::move(row));
      } else {
        others[row.id] = {row, since};
      }
    }
    others_ = std::move(others);
  }
  for (const ReplicaRow& row : dead) {
    const absl::StatusOr<bool> removed = database_.Query<bool>([&](Transaction& transaction) {
      if (!storage::RemoveReplica(transaction, row.id, row.beat)) {
        return absl::StatusOr<bool>(false);
      }
      storage::ReleaseLeasesOf(transaction, row.id);
      return absl::StatusOr<bool>(true);
    });
    if (removed.ok() && *removed) LOG_WARNING("replica {} is dead; its leases are free", row.id);
  }
  const bool was_taken_for_dead = outcome->was_gone && has_registered_;
  has_registered_ = true;
  if (was_taken_for_dead) {
    LOG_ERROR("this replica was taken for dead by another; it goes on as a new one");
    if (on_taken_for_dead_) on_taken_for_dead_();
  }
  return absl::OkStatus();
}

std::vector<Peer> ReplicaRegistry::peers() const {
  absl::MutexLock lock(&mutex_);
  std::vector<Peer> peers;
  for (const auto& [id, seen] : others_) peers.push_back({id, seen.row.address});
  return peers;
}

void ReplicaRegistry::Claim(const std::string& conference_key, Done<std::optional<Peer>> done) {
  using Leader = std::optional<Peer>;
  auto leader = std::make_shared<Leader>();
  database_.SubmitInOrder(
      conference_key,
      [leader, conference_key, id = settings_.id](Transaction& transaction) {
        const ReplicaRow row = storage::ClaimConference(transaction, conference_key, id);
        *leader = row.id == id ? std::nullopt : Leader({row.id, row.address});
        return absl::OkStatus();
      },
      [leader, done = std::move(done)](absl::Status status) mutable {
        if (!status.ok()) return done(std::move(status));
        done(std::move(*leader));
      });
}

void ReplicaRegistry::IsLed(const std::string& conference_key, Done<bool> done) {
  database_.SubmitQuery<bool>(
      [conference_key](Transaction& transaction) {
        return absl::StatusOr<bool>(
            storage::FindConferenceLeader(transaction, conference_key).has_value());
      },
      std::move(done));
}

void ReplicaRegistry::Release(const std::string& conference_key,
                              absl::AnyInvocable<bool()> is_unused) {
  database_.SubmitInOrder(
      conference_key,
      [conference_key, id = settings_.id,
       is_unused = std::move(is_unused)](Transaction& transaction) mutable {
        if (is_unused()) storage::ReleaseConference(transaction, conference_key, id);
        return absl::OkStatus();
      },
      [](absl::Status status) {
        if (!status.ok()) LOG_WARNING("a conference's lease is not released: {}", status);
      });
}

}  // namespace narada::control::replicas
