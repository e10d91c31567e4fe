// Callers who go through the menu for as long as they are asked to: their calls come by a gateway of
// ours, their legs are in a simulated mixer.
//   Callers callers("127.0.0.1:50061", {.calls = 1000});
//   SimulatedMixer mixer("127.0.0.1:50051", callers);
//   if (mixer.WaitForControl() && callers.BeginCalls(mixer)) callers.PressKeys(absl::Seconds(20));
// Each listens a while, presses a key, listens to what follows, and hangs up after some keys; then
// another one calls. Half of them have phones whose keys come in RTP, half of them by signaling.
#ifndef NARADA_BENCH_CONTROL_DIALOGUES_CALLERS_H_
#define NARADA_BENCH_CONTROL_DIALOGUES_CALLERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "bench/control/dialogues/gateway.h"
#include "bench/control/dialogues/simulated_mixer.h"

namespace narada::bench {

struct CallersOptions {
  int calls = 1000;  // At a time.
  std::string called_number = "+48608608608";
  // How long a caller listens before a key. All below the 9 s after which control would ask again.
  absl::Duration listen_min = absl::Seconds(1);
  absl::Duration listen_max = absl::Seconds(7);
  absl::Duration words = absl::Seconds(3);  // What is said lasts so long.
  int keys_per_call = 15;  // Fewer in the first calls, so that they do not end together.
  uint64_t seed = 1;
};

class Callers final : public LegListener, public CallListener {
 public:
  // What callers waited for.
  enum class Wait {
    kAnswer,          // To their call.
    kAfterRtpKey,     // For the words after a key that came in RTP,
    kAfterSignalKey,  // or by signaling,
    kReservation,     // or after key 3 by either way: it has to be on the disk first.
  };

  Callers(const std::string& control_address, const CallersOptions& options);

  // Returns as soon as each has heard its first words. False: not within a minute.
  bool BeginCalls(SimulatedMixer& mixer);
  // Only these waits are counted.
  void PressKeys(absl::Duration time);

  // In milliseconds, from the shortest to the longest.
  std::vector<double> WaitsMs(const std::vector<Wait>& kinds) const;
  // Callers who wait for more than a second by now, or were hung up on.
  int CountLost() const;

  void OnPlay(const std::string& leg_id) override;
  void OnAnswered(const std::string& call_id) override;
  void OnEnded(const std::string& call_id) override;

 private:
  enum class Place { kMenu, kEnteringRoom, kReserved };
  struct Caller {
    std::string call_id;
    Place place = Place::kMenu;
    int turn = 0;  // Counts what they hear: what was planned in an earlier turn is void.
    int keys_left = 0;
    bool is_greeted = false;
    bool is_waiting = false;
    Wait wait = Wait::kAnswer;
    int64_t waiting_since_ns = 0;
  };
  struct Plan {
    int64_t at_ns;
    size_t caller;
    int turn;
    bool is_key;  // Or else the words are over.
    bool operator>(const Plan& other) const { return at_ns > other.at_ns; }
  };

  void Call(size_t caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Press(size_t caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  char NextKey(Caller& caller) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Begin(Caller& caller, Wait wait) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(Caller& caller, int64_t now_ns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CarryOutPlans(int64_t now_ns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CallersOptions options_;
  SimulatedMixer* mixer_ = nullptr;

  mutable absl::Mutex mutex_;
  SeededRandom random_ ABSL_GUARDED_BY(mutex_);
  std::vector<Caller> callers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, size_t> by_call_id_ ABSL_GUARDED_BY(mutex_);
  std::priority_queue<Plan, std::vector<Plan>, std::greater<>> plans_ ABSL_GUARDED_BY(mutex_);
  std::map<Wait, std::vector<double>> waits_ms_ ABSL_GUARDED_BY(mutex_);
  int calls_begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int greeted_ ABSL_GUARDED_BY(mutex_) = 0;
  int hung_up_on_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_measuring_ ABSL_GUARDED_BY(mutex_) = false;

  Gateway gateway_;  // Last: it calls us until it is gone.
};

}  // namespace narada::bench

#endif  // NARADA_BENCH_CONTROL_DIALOGUES_CALLERS_H_
