// How many reservations a second does control make, each with its SMS in the outbox, and how long does
// the slowest of a hundred callers at once wait?
//
// Input: batches of 500 reservations with room, PIN and invitation, 100 asked for at a time, into a
// database that holds those of the batches before. Everything is flushed to the disk as in service:
// SQLite with synchronous = FULL, PostgreSQL with fsync on and 8 connections on a Unix socket.
//   reservations_per_s   committed; PostgreSQL's own processes included in the time
//   wait_ms_p99          from asking to the answer, with 100 at once
// For one core: taskset -c 0. Checks that each got a room of its own.

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "benchmark/benchmark.h"
#include "control/model/phone_number.h"
#include "control/reservations/reservations.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"
#include "control/storage/test_folder.h"
#include "control/storage/test_postgresql.h"

namespace narada::control::reservations {
namespace {

constexpr int kBatch = 500;
constexpr int kAtOnce = 100;

class Asking {
 public:
  explicit Asking(Reservations& reservations) : reservations_(reservations) {}

  void RunBatch() {
    for (int i = 0; i < kBatch; ++i) {
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(
            +[](int* waiting) { return *waiting < kAtOnce; }, &waiting_));
        ++waiting_;
      }
      Ask();
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* waiting) { return *waiting == 0; }, &waiting_));
  }

  double WaitMsP99() {
    absl::MutexLock lock(&mutex_);
    std::sort(waits_ms_.begin(), waits_ms_.end());
    return waits_ms_[waits_ms_.size() * 99 / 100];
  }

 private:
  void Ask() {
    const absl::Time begin = absl::Now();
    reservations_.Make({.sms_to = PhoneNumber::FromE164("+48601000001"),
                        .access_number = *PhoneNumber::FromE164("+48608608608")},
                       [this, begin](absl::StatusOr<MadeReservation> made) {
                         CHECK(made.ok()) << made.status();
                         absl::MutexLock lock(&mutex_);
                         CHECK(rooms_.insert(made->record.room.digits()).second)
                             << "a room was given out twice";
                         waits_ms_.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
                         --waiting_;
                       });
  }

  Reservations& reservations_;
  absl::Mutex mutex_;
  int waiting_ = 0;
  std::set<std::string> rooms_;
  std::vector<double> waits_ms_;
};

void MakeAll(benchmark::State& state, const storage::DatabaseOptions& options) {
  auto database = storage::Database::Open(options);
  CHECK(database.ok()) << database.status();
  storage::SecretBox::Key key;
  key.fill(5);
  const storage::SecretBox secrets(key);
  const SystemClock clock;
  SecureRandom random;
  Reservations reservations(
      **database, secrets, clock, random, {},
      [](Language, const PhoneNumber&, const RoomNumber& room, const Pin& pin) {
        return absl::StrCat(
            "Zapraszam na telekonferencję dnia DD/MM o godzinie "
            "gg:mm. Pokój: ",
            room.digits(), " PIN: ", pin.Reveal());
      });
  Asking asking(reservations);
  for (auto _ : state) asking.RunBatch();
  state.counters["reservations_per_s"] =
      benchmark::Counter(kBatch, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["wait_ms_p99"] = asking.WaitMsP99();
}

void Sqlite(benchmark::State& state) {
  storage::TestFolder folder;
  MakeAll(state, {.path = folder / "narada.sqlite"});
}
BENCHMARK(Sqlite)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);

void Postgresql(benchmark::State& state) {
  static storage::TestPostgresql& server = *new storage::TestPostgresql("fsync = on");
  MakeAll(state, {.postgresql = {{.connection = server.NewDatabase(), .connections = 8}}});
}
BENCHMARK(Postgresql)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);

}  // namespace
}  // namespace narada::control::reservations
