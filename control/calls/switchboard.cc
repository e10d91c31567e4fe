#include "control/calls/switchboard.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"

namespace narada::control::calls {
namespace {

// A gateway and a mixer that both come back after a restart do so within this time.
constexpr absl::Duration kClaimMax = absl::Seconds(5);
constexpr absl::Duration kRetryAfter = absl::Seconds(10);

mixers::Mixer::Done LogFailureOf(absl::string_view what) {
  return [what](absl::Status status) {
    if (!status.ok()) LOG_WARNING("{} failed: {}", what, status);
  };
}

}  // namespace

std::string Switchboard::NewId(const char* prefix) const {
  return absl::StrCat(prefix, absl::Hex(services_.random.Next(), absl::kZeroPad16));
}

// ---- Gateways -----------------------------------------------------------------------------

std::shared_ptr<CallActor> Switchboard::MakeCall(const std::shared_ptr<Gateway>& gateway,
                                                 const std::string& gateway_call_id,
                                                 std::string id) {
  auto call =
      std::make_shared<CallActor>(services_, *this, gateway, gateway_call_id, std::move(id));
  calls_[{gateway->id(), gateway_call_id}] = call;
  return call;
}

void Switchboard::OnGatewayConnected(const std::shared_ptr<Gateway>& gateway,
                                     const std::vector<std::string>& gateway_call_ids) {
  const std::set<std::string> present(gateway_call_ids.begin(), gateway_call_ids.end());
  std::vector<std::shared_ptr<CallActor>> kept, lost;
  std::vector<std::pair<std::shared_ptr<CallActor>, CallActor::Adoption>> adopted;
  std::set<CallKey> unmatched, sought;
  std::set<CallKey> unclaimed;
  std::vector<std::shared_ptr<CarriedCall>> ways;  // Of its old connection.
  {
    absl::MutexLock lock(&mutex_);
    gateways_[gateway->id()] = gateway;
    ways = TakeCarriedOf(gateway->id());
    for (auto known = calls_.begin(); known != calls_.end();) {
      const auto& [key, call] = *known;
      const bool is_theirs = key.first == gateway->id();
      const bool is_lost = is_theirs && !present.contains(key.second);
      if (is_theirs) (is_lost ? lost : kept).push_back(call);
      // Gone at once: the gateway may offer a call of the same name again before this one has ended.
      known = is_lost ? calls_.erase(known) : std::next(known);
    }
    for (const std::string& gateway_call_id : present) {
      const CallKey key(gateway->id(), gateway_call_id);
      if (calls_.contains(key)) continue;
      if (HasPeers()) {
        // Another replica may lead it, and its leg may have moved since we saw it.
        unclaimed_.erase(key);
        sought_.insert(key);
        sought.insert(key);
        continue;
      }
      const auto leg = unclaimed_.find(key);
      if (leg == unclaimed_.end()) {
        claims_.insert(key);
        unmatched.insert(key);
        continue;
      }
      adopted.emplace_back(MakeCall(gateway, gateway_call_id, leg->second.owner.call_id),
                           std::move(leg->second));
      unclaimed_.erase(leg);
    }
    for (const auto& [key, leg] : unclaimed_) {
      if (key.first == gateway->id()) unclaimed.insert(key);
    }
  }
  LOG_INFO("gateway {} is connected, with {} calls", gateway->id(), present.size());
  for (const auto& way : ways) way->Close();
  for (const auto& call : kept) call->Rebind(gateway);
  for (const auto& call : lost) call->OnGateway(CallEnded{});
  for (auto& [call, adoption] : adopted) call->Adopt(std::move(adoption));
  DropUnclaimedLegs(unclaimed);
  for (const CallKey& key : sought) Seek(gateway, key, services_.clock.Now() + kSeekMax);
  if (!unmatched.empty()) {
    services_.executor.PostAfter(kClaimMax, [this, gateway, unmatched = std::move(unmatched)] {
      DropUnmatchedClaims(gateway, unmatched);
    });
  }
}

void Switchboard::OnGatewayLost(const std::shared_ptr<Gateway>& gateway) {
  std::vector<std::shared_ptr<CarriedCall>> ways;
  {
    absl::MutexLock lock(&mutex_);
    const auto current = gateways_.find(gateway->id());
    if (current == gateways_.end() || current->second != gateway) return;  // It is back already.
    gateways_.erase(current);
    ways = TakeCarriedOf(gateway->id());
  }
  for (const auto& way : ways) way->Close();
  LOG_WARNING("gateway {} is gone; its calls stay up", gateway->id());
}

void Switchboard::OnGatewayEvent(const std::shared_ptr<Gateway>& gateway,
                                 const std::string& gateway_call_id, GatewayEvent event) {
  const CallKey key(gateway->id(), gateway_call_id);
  std::shared_ptr<CallActor> call;
  std::shared_ptr<CarriedCall> way;
  const bool is_end = std::holds_alternative<CallEnded>(event);
  bool is_full = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = calls_.find(key);
    const auto carried = carried_.find(key);
    if (known != calls_.end()) {
      call = known->second;
    } else if (carried != carried_.end()) {
      way = carried->second.way;
      if (is_end) carried_.erase(carried);
    } else if (sought_.contains(key)) {
      // Its leader is not found yet; digits of these seconds are lost, an end is not.
      if (is_end) sought_.erase(key);
      return;
    } else if (std::holds_alternative<CallOffered>(event)) {
      is_full = static_cast<int>(calls_.size()) >= services_.settings.calls_max;
      if (!is_full) call = MakeCall(gateway, gateway_call_id, NewId(""));
    } else if (claims_.contains(key)) {
      // Its mixer has not shown it yet; digits of these seconds are lost, an end is not.
      if (is_end) claims_.erase(key);
      return;
    }
  }
  if (call != nullptr) return call->OnGateway(std::move(event));
  if (way != nullptr) {
    way->Report(std::move(event));
    if (is_end) way->Close();
    return;
  }
  if (is_full) {
    return gateway->Send(gateway_call_id,
                         Reject{RejectReason::kOverloaded, "too many calls at once", kRetryAfter});
  }
  if (!is_end) {
    gateway->Send(gateway_call_id, Hangup{HangupReason::kCallUnknown});
  }
}

void Switchboard::DropUnmatchedClaims(const std::shared_ptr<Gateway>& gateway,
                                      const std::set<CallKey>& keys) {
  for (const CallKey& key : keys) {
    {
      absl::MutexLock lock(&mutex_);
      if (claims_.erase(key) == 0) continue;  // Adopted, or ended.
    }
    LOG_WARNING("call {} of {} is known to no mixer and is hung up", key.second, key.first);
    gateway->Send(key.second, Hangup{HangupReason::kCallUnknown});
  }
}

// ---- Mixers -------------------------------------------------------------------------------

void Switchboard::OnMixerSnapshot(const std::shared_ptr<mixers::Mixer>& mixer,
                                  mixers::MixerSnapshot snapshot) {
  std::map<std::string, std::string> reservation_by_room;
  std::set<std::string> empty_rooms;
  for (const mixers::KnownRoom& room : snapshot.rooms) {
    auto label = room.labels.find(kReservationLabel);
    if (label == room.labels.end()) label = room.labels.find(kPermanentRoomLabel);
    if (label == room.labels.end()) continue;
    reservation_by_room[room.room_id] = label->second;
    empty_rooms.insert(room.room_id);
  }
  std::set<std::string> present;
  std::vector<std::pair<std::string, std::shared_ptr<CallActor>>> missing;  // By leg.
  std::vector<std::shared_ptr<CallActor>> resumed;
  std::vector<std::pair<std::shared_ptr<CallActor>, CallActor::Adoption>> adopted;
  std::set<CallKey> waiting, refused;
  {
    absl::MutexLock lock(&mutex_);
    for (const mixers::KnownLeg& leg : snapshot.legs) {
      present.insert(leg.leg_id);
      empty_rooms.erase(leg.room_id);
      const std::optional<LegOwner> owner = OwnerFromLabels(leg.labels);
      if (!owner) continue;  // Somebody else's.
      const CallKey key(owner->gateway_id, owner->gateway_call_id);
      if (calls_.contains(key) || carried_.contains(key) || sought_.contains(key)) continue;
      CallActor::Adoption adoption{.owner = *owner,
                                   .mixer = mixer,
                                   .leg_id = leg.leg_id,
                                   .room_id = leg.room_id,
                                   .reservation_id = reservation_by_room[leg.room_id],
                                   .settings = leg.settings};
      const auto gateway = gateways_.find(owner->gateway_id);
      if (claims_.erase(key) > 0 && gateway != gateways_.end()) {
        adopted.emplace_back(MakeCall(gateway->second, key.second, owner->call_id),
                             std::move(adoption));
        continue;
      }
      // With other replicas a gateway's legs may be new ones, whom it brought to another of them.
      (gateway == gateways_.end() || HasPeers() ? waiting : refused).insert(key);
      unclaimed_.insert_or_assign(key, std::move(adoption));
    }
    for (const auto& [key, call] : calls_by_leg_) {
      if (key.first != mixer->address()) continue;
      if (!present.contains(key.second)) {
        missing.emplace_back(key.second, call);
      } else if (snapshot.is_resumed) {
        resumed.push_back(call);
      }
    }
    for (const auto& [reservation_id, conference] : conferences_) {
      empty_rooms.erase(conference->room_id());
    }
  }
  for (const std::shared_ptr<CallActor>& call : resumed) call->OnMixerResumed();
  for (const auto& [leg_id, call] : missing) {
    // A leg that was added while the snapshot was on its way is not in it: the mixer is asked.
    mixer->FindLeg(leg_id, [call = call](const absl::Status& found) {
      if (found.code() == absl::StatusCode::kNotFound) call->OnLeg(mixers::LegGone{});
    });
  }
  for (auto& [call, adoption] : adopted) call->Adopt(std::move(adoption));
  DropUnclaimedLegs(refused);  // Their gateway is here and did not name them.
  for (const std::string& room : empty_rooms) {
    if (HasPeers()) {
      DeleteRoomIfNobodyLeads(mixer, room, reservation_by_room[room]);
      continue;
    }
    mixer->DeleteRoom(room, LogFailureOf("deleting a room that was left over"));
  }
  if (!waiting.empty()) {
    services_.executor.PostAfter(
        services_.settings.adoption_time,
        [this, waiting = std::move(waiting)] { DropUnclaimedLegs(waiting); });
  }
}

void Switchboard::DropUnclaimedLegs(const std::set<CallKey>& keys) {
  for (const CallKey& key : keys) {
    if (HasPeers()) {
      DropLegIfNobodyLeads(key);
      continue;
    }
    CallActor::Adoption leg;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = unclaimed_.find(key);
      if (found == unclaimed_.end()) continue;
      leg = std::move(found->second);
      unclaimed_.erase(found);
    }
    LOG_WARNING("leg {} is claimed by no gateway and is removed", leg.leg_id);
    leg.mixer->RemoveLeg(leg.leg_id, [log = LogFailureOf("removing an unclaimed leg")](
                                         const auto& removed) mutable { log(removed.status()); });
  }
}

void Switchboard::OnLegEvent(const std::shared_ptr<mixers::Mixer>& mixer, mixers::LegEvent event) {
  std::shared_ptr<CallActor> call;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = calls_by_leg_.find({mixer->address(), event.leg_id});
    if (found == calls_by_leg_.end()) return;
    call = found->second;
  }
  call->OnLeg(std::move(event.what));
}

// ---- Calls --------------------------------------------------------------------------------

void Switchboard::NoteLeg(const std::shared_ptr<CallActor>& call, const std::string& mixer_address,
                          const std::string& leg_id) {
  absl::MutexLock lock(&mutex_);
  calls_by_leg_[{mixer_address, leg_id}] = call;
}

void Switchboard::Forget(const CallActor& call) {
  absl::MutexLock lock(&mutex_);
  const auto known = calls_.find({call.gateway_id(), call.gateway_call_id()});
  // Another call may have taken the name.
  if (known != calls_.end() && known->second.get() == &call) calls_.erase(known);
  for (auto leg = calls_by_leg_.begin(); leg != calls_by_leg_.end();) {
    leg = leg->second.get() == &call ? calls_by_leg_.erase(leg) : std::next(leg);
  }
}

std::shared_ptr<ConferenceActor> Switchboard::ConferenceFor(
    const ConferenceTerms& terms, const std::shared_ptr<mixers::Mixer>& mixer,
    const std::string& room_id) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<ConferenceActor>& conference = conferences_[terms.id];
  if (conference == nullptr) {
    const std::string id = room_id.empty() ? NewId("conf-") : room_id;
    conference = std::make_shared<ConferenceActor>(
        services_, *this, id, terms, mixer, /*is_known=*/!room_id.empty(),
        [this, terms_id = terms.id, id] { EraseConference(terms_id, id); });
  }
  return conference;
}

absl::StatusOr<std::shared_ptr<ParticipantCall>> Switchboard::Dial(DialOrder order) {
  const std::string gateway_call_id = absl::StrCat("out-", order.call_id, "-", order.attempt);
  std::shared_ptr<CallActor> call;
  {
    absl::MutexLock lock(&mutex_);
    if (gateways_.empty()) {
      return ErrorWithReason(absl::StatusCode::kUnavailable, "NO_GATEWAY",
                             "no signaling service is connected that could dial");
    }
    const auto dialled = std::count_if(calls_.begin(), calls_.end(), [&](const auto& entry) {
      return entry.second->dialled_tenant() == order.terms.tenant_id;
    });
    if (dialled >= order.terms.call_outs_max) {
      return WithRetryAfter(
          ErrorWithReason(absl::StatusCode::kResourceExhausted, "CALL_OUT_LIMIT",
                          absl::StrCat(dialled, " calls out at once are all that is allowed")),
          kRetryAfter);
    }
    // The gateway that carries the fewest calls.
    std::map<std::string, int> load;
    for (const auto& [key, known] : calls_) ++load[key.first];
    const auto least = std::min_element(
        gateways_.begin(), gateways_.end(),
        [&](const auto& a, const auto& b) { return load[a.first] < load[b.first]; });
    call = MakeCall(least->second, gateway_call_id, order.call_id);
  }
  call->Dial(std::move(order));
  return std::shared_ptr<ParticipantCall>(call);
}

void Switchboard::EraseConference(const std::string& terms_id, const std::string& conference_id) {
  {
    absl::MutexLock lock(&mutex_);
    const auto conference = conferences_.find(terms_id);
    if (conference == conferences_.end() || conference->second->id() != conference_id) return;
    conferences_.erase(conference);
  }
  ReleaseLead(terms_id);
}

void Switchboard::NoteLeft(const std::string& reservation_id, const PhoneNumber& number) {
  const absl::Time now = services_.clock.Now();
  const absl::Time forgotten = now - services_.reservations.settings().terms.reentry;
  absl::MutexLock lock(&mutex_);
  for (auto entry = left_.begin(); entry != left_.end();) {
    entry = entry->second < forgotten ? left_.erase(entry) : std::next(entry);
  }
  left_[{reservation_id, number}] = now;
}

bool Switchboard::MayReturn(const std::string& reservation_id, const PhoneNumber& number) {
  const absl::Time now = services_.clock.Now();
  absl::MutexLock lock(&mutex_);
  const auto left = left_.find({reservation_id, number});
  return left != left_.end() &&
         now - left->second < services_.reservations.settings().terms.reentry;
}

void Switchboard::NoteExpiry(const reservations::ReservationRecord& reservation) {
  std::shared_ptr<ConferenceActor> conference;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = conferences_.find(reservation.id);
    if (found == conferences_.end()) return;
    conference = found->second;
  }
  conference->MoveExpiry(reservation.expires_at);
}

void Switchboard::NoteGuessers(const std::string& conference_key) {
  std::shared_ptr<ConferenceActor> conference;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = conferences_.find(conference_key);
    if (found == conferences_.end()) return;
    conference = found->second;
  }
  conference->NoteGuessers();
}

// ---- Seeing -------------------------------------------------------------------------------

std::vector<std::shared_ptr<ConferenceActor>> Switchboard::conferences() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<ConferenceActor>> result;
  for (const auto& [reservation_id, conference] : conferences_) result.push_back(conference);
  return result;
}

std::shared_ptr<ConferenceActor> Switchboard::FindConference(
    const std::string& conference_id) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [reservation_id, conference] : conferences_) {
    if (conference->id() == conference_id) return conference;
  }
  return nullptr;
}

std::vector<Switchboard::GatewayEntry> Switchboard::gateways() const {
  absl::MutexLock lock(&mutex_);
  std::vector<GatewayEntry> result;
  for (const auto& [id, gateway] : gateways_) {
    const int count = static_cast<int>(std::count_if(
        calls_.begin(), calls_.end(), [&](const auto& call) { return call.first.first == id; }));
    result.push_back({id, count});
  }
  return result;
}

int Switchboard::call_count() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(calls_.size());
}

}  // namespace narada::control::calls
