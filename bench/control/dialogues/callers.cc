#include "bench/control/dialogues/callers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/clock.h"

namespace narada::bench {
namespace {

constexpr absl::Duration kLost = absl::Seconds(1);
constexpr absl::Duration kGreetedMax = absl::Minutes(1);
constexpr absl::Duration kBetweenCalls = absl::Milliseconds(2);
constexpr absl::Duration kNap = absl::Milliseconds(1);

}  // namespace

Callers::Callers(const std::string& control_address, const CallersOptions& options)
    : options_(options),
      random_(options.seed),
      callers_(static_cast<size_t>(options.calls)),
      gateway_(control_address, *this) {}

bool Callers::BeginCalls(SimulatedMixer& mixer) {
  mixer_ = &mixer;
  for (size_t i = 0; i < callers_.size(); ++i) {
    {
      absl::MutexLock lock(&mutex_);
      Call(i);
    }
    absl::SleepFor(kBetweenCalls);
  }
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](Callers* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return self->greeted_ >= static_cast<int>(self->callers_.size());
          },
          this),
      kGreetedMax);
}

void Callers::PressKeys(absl::Duration time) {
  const int64_t end_ns = MonotonicNanoseconds() + absl::ToInt64Nanoseconds(time);
  {
    absl::MutexLock lock(&mutex_);
    is_measuring_ = true;
  }
  while (MonotonicNanoseconds() < end_ns) {
    {
      absl::MutexLock lock(&mutex_);
      CarryOutPlans(MonotonicNanoseconds());
    }
    absl::SleepFor(kNap);
  }
  absl::SleepFor(kLost);  // For the last answers.
}

void Callers::CarryOutPlans(int64_t now_ns) {
  while (!plans_.empty() && plans_.top().at_ns <= now_ns) {
    const Plan plan = plans_.top();
    plans_.pop();
    const Caller& caller = callers_[plan.caller];
    if (caller.turn != plan.turn) continue;
    if (plan.is_key) {
      Press(plan.caller);
    } else {
      mixer_->EndPlayback(caller.call_id);
    }
  }
}

void Callers::Call(size_t index) {
  Caller& caller = callers_[index];
  by_call_id_.erase(caller.call_id);
  const bool is_first = caller.call_id.empty();
  caller = {.call_id = absl::StrCat("bench-", ++calls_begun_), .turn = caller.turn + 1};
  const auto keys = static_cast<uint64_t>(options_.keys_per_call);
  caller.keys_left = static_cast<int>(is_first ? random_.Below(keys) : keys);
  by_call_id_[caller.call_id] = index;
  Begin(caller, Wait::kAnswer);
  // Far apart, as SMS to neighbouring numbers are limited.
  gateway_.Offer(caller.call_id, options_.called_number,
                 absl::StrFormat("+48602%06d", calls_begun_ * 1009 % 1'000'000));
}

void Callers::Press(size_t index) {
  Caller& caller = callers_[index];
  if (caller.keys_left == 0) {
    gateway_.HangUp(caller.call_id);
    return Call(index);
  }
  ++caller.turn;
  --caller.keys_left;
  const char key = NextKey(caller);
  const bool is_by_signaling = index % 2 == 1;
  const Wait words = is_by_signaling ? Wait::kAfterSignalKey : Wait::kAfterRtpKey;
  Begin(caller, key == '3' ? Wait::kReservation : words);
  if (is_by_signaling) {
    gateway_.Press(caller.call_id, key);
  } else {
    mixer_->Press(caller.call_id, key);
  }
}

char Callers::NextKey(Caller& caller) {
  if (caller.place == Place::kMenu) {
    const uint64_t lot = random_.Below(10);
    if (lot < 4) return '1';  // The other language.
    if (lot < 7) return '0';  // Once more.
    caller.place = lot < 9 ? Place::kEnteringRoom : Place::kReserved;
    return caller.place == Place::kEnteringRoom ? '2' : '3';
  }
  if (caller.place == Place::kReserved && random_.OneIn(2)) return '0';  // Room and PIN once more.
  caller.place = Place::kMenu;
  return '*';
}

void Callers::Begin(Caller& caller, Wait wait) {
  caller.is_waiting = true;
  caller.wait = wait;
  caller.waiting_since_ns = MonotonicNanoseconds();
}

void Callers::End(Caller& caller, int64_t now_ns) {
  if (!caller.is_waiting) return;
  caller.is_waiting = false;
  if (!is_measuring_) return;
  waits_ms_[caller.wait].push_back(static_cast<double>(now_ns - caller.waiting_since_ns) / 1e6);
}

void Callers::OnPlay(const std::string& leg_id) {
  const int64_t now_ns = MonotonicNanoseconds();
  absl::MutexLock lock(&mutex_);
  const auto found = by_call_id_.find(leg_id);
  if (found == by_call_id_.end()) return;  // Has hung up.
  Caller& caller = callers_[found->second];
  if (!std::exchange(caller.is_greeted, true)) ++greeted_;
  End(caller, now_ns);
  const int turn = ++caller.turn;
  const absl::Duration listens =
      options_.listen_min + random_.Fraction() * (options_.listen_max - options_.listen_min);
  plans_.push({now_ns + absl::ToInt64Nanoseconds(listens), found->second, turn, true});
  plans_.push({now_ns + absl::ToInt64Nanoseconds(options_.words), found->second, turn, false});
}

void Callers::OnAnswered(const std::string& call_id) {
  const int64_t now_ns = MonotonicNanoseconds();
  absl::MutexLock lock(&mutex_);
  const auto found = by_call_id_.find(call_id);
  if (found != by_call_id_.end()) End(callers_[found->second], now_ns);
}

void Callers::OnEnded(const std::string& call_id) {
  absl::MutexLock lock(&mutex_);
  if (by_call_id_.contains(call_id)) ++hung_up_on_;
}

std::vector<double> Callers::WaitsMs(const std::vector<Wait>& kinds) const {
  absl::MutexLock lock(&mutex_);
  std::vector<double> waits_ms;
  for (const Wait kind : kinds) {
    const auto found = waits_ms_.find(kind);
    if (found == waits_ms_.end()) continue;
    waits_ms.insert(waits_ms.end(), found->second.begin(), found->second.end());
  }
  std::sort(waits_ms.begin(), waits_ms.end());
  return waits_ms;
}

int Callers::CountLost() const {
  const int64_t since_ns = MonotonicNanoseconds() - absl::ToInt64Nanoseconds(kLost);
  absl::MutexLock lock(&mutex_);
  const auto waiting = std::count_if(callers_.begin(), callers_.end(), [&](const Caller& caller) {
    return caller.is_waiting && caller.waiting_since_ns <= since_ns;
  });
  return static_cast<int>(waiting) + hung_up_on_;
}

}  // namespace narada::bench
