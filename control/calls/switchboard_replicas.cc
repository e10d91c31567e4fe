// What the switchboard does where there are several replicas of control.

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/calls/switchboard.h"

namespace narada::control::calls {
namespace {

constexpr absl::Duration kSeekPause = absl::Seconds(1);
// How long the mixers' answer may take for a call that no replica leads.
constexpr absl::Duration kMixerAnswerMax = absl::Seconds(6);
// One look at the mixers does for all calls that a gateway brings at once.
constexpr absl::Duration kLookAfter = absl::Milliseconds(100);
constexpr absl::Duration kAskAgain = absl::Seconds(30);

}  // namespace

// ---- Leading conferences ------------------------------------------------------------------

void Switchboard::Lead(const std::string& conference_key,
                       absl::AnyInvocable<void(absl::StatusOr<Leadership>)> done) {
  if (!HasPeers()) return done(Leadership{});
  {
    absl::MutexLock lock(&mutex_);
    ++holds_[conference_key];
  }
  // Counts down when the last copy goes.
  std::shared_ptr<void> hold(nullptr, [this, conference_key](void*) {
    {
      absl::MutexLock lock(&mutex_);
      if (--holds_[conference_key] == 0) holds_.erase(conference_key);
    }
    ReleaseLead(conference_key);
  });
  services_.replicas->Claim(
      conference_key,
      [hold, done = std::move(done)](absl::StatusOr<std::optional<Peer>> leader) mutable {
        if (!leader.ok()) return done(leader.status());
        done(Leadership{.peer = *std::move(leader), .hold = std::move(hold)});
      });
}

void Switchboard::ReleaseLead(const std::string& conference_key) {
  if (!HasPeers()) return;
  const auto is_unused = [this, conference_key] {
    absl::MutexLock lock(&mutex_);
    return !conferences_.contains(conference_key) && !holds_.contains(conference_key);
  };
  if (is_unused()) services_.replicas->Release(conference_key, is_unused);
}

void Switchboard::OnTakenForDead() {
  std::vector<std::shared_ptr<CallActor>> calls;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const auto& call : calls) call->FindLeaderAgain();
}

// ---- Giving a call away, and taking one ---------------------------------------------------

void Switchboard::HandOver(const std::shared_ptr<CallActor>& call,
                           const std::shared_ptr<Gateway>& gateway, const Peer& peer,
                           HandedCall handed, absl::AnyInvocable<void(absl::Status)> done) {
  const CallKey key(call->gateway_id(), call->gateway_call_id());
  services_.replicas->Carry(peer, std::move(handed), ListenTo(gateway, key),
                            [this, key, call, gateway, done = std::move(done)](
                                absl::StatusOr<std::shared_ptr<CarriedCall>> way) mutable {
                              if (!way.ok()) return done(way.status());
                              bool is_gateway_here = false;
                              bool has_ended = false;
                              {
                                absl::MutexLock lock(&mutex_);
                                const auto known = calls_.find(key);
                                has_ended = known == calls_.end() || known->second != call;
                                const auto current = gateways_.find(gateway->id());
                                is_gateway_here =
                                    current != gateways_.end() && current->second == gateway;
                                if (!has_ended) calls_.erase(known);
                                if (!has_ended && is_gateway_here) carried_[key] = {gateway, *way};
                              }
                              if (has_ended)
                                (*way)->Report(CallEnded{});  // While it was on its way.
                              // A gateway that left meanwhile brings the call to somebody by its next Hello.
                              if (has_ended || !is_gateway_here) (*way)->Close();
                              Forget(*call);
                              done(absl::OkStatus());
                            });
}

bool Switchboard::Leads(const GatewayCall& call) const {
  absl::MutexLock lock(&mutex_);
  return calls_.contains({call.gateway_id, call.gateway_call_id});
}

absl::Status Switchboard::TakeUp(const std::shared_ptr<Gateway>& way,
                                 const std::variant<HandedCall, GatewayCall>& call) {
  const auto* handed = std::get_if<HandedCall>(&call);
  const CallKey key = handed != nullptr
                          ? CallKey(handed->owner.gateway_id, handed->owner.gateway_call_id)
                          : CallKey(std::get<GatewayCall>(call).gateway_id,
                                    std::get<GatewayCall>(call).gateway_call_id);
  std::shared_ptr<mixers::Mixer> mixer;
  if (handed != nullptr) {
    mixer = services_.mixers.Find(handed->mixer_address);
    if (mixer == nullptr) {
      return ErrorWithReason(absl::StatusCode::kUnavailable, "MIXER_UNKNOWN",
                             "this replica does not know the call's mixer");
    }
  }
  std::shared_ptr<CallActor> known, taken;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = calls_.find(key);
    if (found != calls_.end()) {
      known = found->second;
    } else if (handed != nullptr) {
      unclaimed_.erase(key);
      claims_.erase(key);
      sought_.erase(key);
      taken = MakeCall(way, key.second, handed->owner.call_id);
    }
  }
  if (known != nullptr) {
    known->Rebind(way);
  } else if (taken != nullptr) {
    taken->TakeUp(*handed, std::move(mixer));
  } else {
    return ErrorWithReason(absl::StatusCode::kNotFound, "CALL_UNKNOWN",
                           "this replica does not lead the call");
  }
  return absl::OkStatus();
}

// ---- Calls of our gateways that others lead -----------------------------------------------

CarryListener Switchboard::ListenTo(const std::shared_ptr<Gateway>& gateway, const CallKey& key) {
  return {.on_command =
              [this, gateway, key](GatewayCommand command) {
                OnCarriedCommand(gateway, key, std::move(command));
              },
          .on_lost = [this, gateway, key] { OnCarriedLost(gateway, key); }};
}

void Switchboard::OnCarriedCommand(const std::shared_ptr<Gateway>& gateway, const CallKey& key,
                                   GatewayCommand command) {
  std::shared_ptr<CarriedCall> ended;
  if (std::holds_alternative<Hangup>(command)) {
    absl::MutexLock lock(&mutex_);
    const auto carried = carried_.find(key);
    if (carried != carried_.end() && carried->second.gateway == gateway) {
      ended = std::move(carried->second.way);
      carried_.erase(carried);
    }
  }
  gateway->Send(key.second, std::move(command));
  if (ended != nullptr) ended->Close();
}

void Switchboard::OnCarriedLost(const std::shared_ptr<Gateway>& gateway, const CallKey& key) {
  {
    absl::MutexLock lock(&mutex_);
    const auto carried = carried_.find(key);
    if (carried == carried_.end() || carried->second.gateway != gateway) return;
    carried_.erase(carried);
    sought_.insert(key);
  }
  LOG_WARNING("the replica that led call {} of {} is gone", key.second, key.first);
  Seek(gateway, key, services_.clock.Now() + kSeekMax);
}

std::vector<std::shared_ptr<CarriedCall>> Switchboard::TakeCarriedOf(
    const std::string& gateway_id) {
  std::vector<std::shared_ptr<CarriedCall>> ways;
  for (auto carried = carried_.begin(); carried != carried_.end();) {
    const bool is_theirs = carried->first.first == gateway_id;
    if (is_theirs) ways.push_back(std::move(carried->second.way));
    carried = is_theirs ? carried_.erase(carried) : std::next(carried);
  }
  return ways;
}

// ---- Looking for a call's leader ----------------------------------------------------------

void Switchboard::Seek(const std::shared_ptr<Gateway>& gateway, const CallKey& key,
                       absl::Time deadline) {
  services_.replicas->FindCall(
      {key.first, key.second},
      [this, gateway, key, deadline](absl::StatusOr<std::optional<Peer>> leader) {
        // Away from gRPC's thread, or the caller's.
        services_.executor.Post([this, gateway, key, deadline, leader = std::move(leader)] {
          OnSought(gateway, key, deadline, leader);
        });
      });
}

void Switchboard::SeekAgain(const std::shared_ptr<Gateway>& gateway, const CallKey& key,
                            absl::Time deadline) {
  services_.executor.PostAfter(kSeekPause,
                               [this, gateway, key, deadline] { Seek(gateway, key, deadline); });
}

void Switchboard::OnSought(const std::shared_ptr<Gateway>& gateway, const CallKey& key,
                           absl::Time deadline, const absl::StatusOr<std::optional<Peer>>& leader) {
  const bool is_late = services_.clock.Now() >= deadline;
  {
    absl::MutexLock lock(&mutex_);
    if (!sought_.contains(key)) return;  // Ended, or given to us.
    const auto current = gateways_.find(key.first);
    if (current == gateways_.end() || current->second != gateway) {
      sought_.erase(key);  // Whoever the gateway turns to looks for it.
      return;
    }
    if ((leader.ok() && !*leader) || is_late) {
      sought_.erase(key);
      claims_.insert(key);
    }
  }
  if ((leader.ok() && !*leader) || is_late) {
    LookSoon();
    services_.executor.PostAfter(kMixerAnswerMax,
                                 [this, gateway, key] { DropUnmatchedClaims(gateway, {key}); });
    return;
  }
  // Somebody who may lead it does not answer: dead, which its lease will show, or slow.
  if (!leader.ok()) return SeekAgain(gateway, key, deadline);
  services_.replicas->Carry(
      **leader, GatewayCall{key.first, key.second}, ListenTo(gateway, key),
      [this, gateway, key, deadline](absl::StatusOr<std::shared_ptr<CarriedCall>> way) {
        if (!way.ok()) return SeekAgain(gateway, key, deadline);
        bool is_wanted = false;
        {
          absl::MutexLock lock(&mutex_);
          is_wanted = sought_.erase(key) > 0;
          if (is_wanted) carried_[key] = {gateway, *way};
        }
        if (is_wanted) return;
        (*way)->Report(CallEnded{});
        (*way)->Close();
      });
}

void Switchboard::LookSoon() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(will_look_, true)) return;
  }
  services_.executor.PostAfter(kLookAfter, [this] { LookAtMixers(); });
}

void Switchboard::LookAtMixers() {
  {
    absl::MutexLock lock(&mutex_);
    will_look_ = false;
  }
  for (const std::shared_ptr<mixers::Mixer>& mixer : services_.mixers.All()) {
    mixer->Look([this, mixer](absl::StatusOr<mixers::MixerSnapshot> snapshot) {
      if (snapshot.ok()) {
        OnMixerSnapshot(mixer, *std::move(snapshot));
      } else {
        LOG_WARNING("mixer {} cannot be looked at: {}", mixer->address(), snapshot.status());
      }
    });
  }
}

// ---- What nobody leads --------------------------------------------------------------------

void Switchboard::DropLegIfNobodyLeads(const CallKey& key) {
  services_.replicas->FindCall(
      {key.first, key.second}, [this, key](absl::StatusOr<std::optional<Peer>> leader) {
        if (!leader.ok()) {
          services_.executor.PostAfter(kAskAgain, [this, key] { DropLegIfNobodyLeads(key); });
          return;
        }
        std::optional<CallActor::Adoption> leg;
        {
          absl::MutexLock lock(&mutex_);
          const auto found = unclaimed_.find(key);
          if (found == unclaimed_.end()) return;
          leg = std::move(found->second);
          unclaimed_.erase(found);
          if (calls_.contains(key) || carried_.contains(key) || sought_.contains(key)) return;
        }
        if (*leader) return;
        LOG_WARNING("leg {} is claimed by no gateway and is removed", leg->leg_id);
        leg->mixer->RemoveLeg(leg->leg_id, [](const auto& removed) {
          if (!removed.ok()) LOG_WARNING("removing an unclaimed leg failed: {}", removed.status());
        });
      });
}

void Switchboard::DeleteRoomIfNobodyLeads(const std::shared_ptr<mixers::Mixer>& mixer,
                                          const std::string& room_id,
                                          const std::string& conference_key) {
  services_.replicas->IsLed(conference_key, [mixer, room_id](absl::StatusOr<bool> is_led) {
    if (!is_led.ok() || *is_led) return;
    mixer->DeleteRoom(room_id, [](const absl::Status& deleted) {
      if (!deleted.ok()) LOG_WARNING("deleting a room that was left over failed: {}", deleted);
    });
  });
}

}  // namespace narada::control::calls
