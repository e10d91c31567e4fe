// Everything that is going on: which calls and conferences there are, and who tells whom. It decides
// nothing about them; it finds the actor that does.
//
//   Switchboard switchboard(services);
//   pool.Start(switchboard);                                   // mixers report to it
//   switchboard.OnGatewayConnected(gateway, {"call-1", ...});  // a signaling service does
//
// Restarts: nothing of a call is kept on disk. A gateway says by Hello which calls it still has, a mixer
// by its snapshot which legs it still has, with our labels on them. A call that both have is adopted, in
// whichever order they come; one that only the gateway has is hung up after a moment, a leg that no
// gateway claims is removed after a while. Audio goes on all the time.
//
// Replicas: several controls may share a database and the mixers (replicas.h). Each leads the calls of the
// gateways that are connected to it, but a conference is led by one, and calls that belong to it are
// carried there. A call that a gateway names in Hello is first looked for at the other replicas; only
// one that nobody leads is taken up from its mixer.
//
// Any thread. Its lock is never held while an actor, a mixer or a gateway is called.

#ifndef NARADA_CONTROL_CALLS_SWITCHBOARD_H_
#define NARADA_CONTROL_CALLS_SWITCHBOARD_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "control/calls/call_actor.h"
#include "control/calls/call_services.h"
#include "control/calls/conference_actor.h"
#include "control/calls/gateway.h"
#include "control/calls/replicas.h"
#include "control/mixers/mixer.h"
#include "control/reservations/reservations.h"

namespace narada::control::calls {

class Switchboard final : public mixers::MixerListener, public CallHost, public Dialler {
 public:
  // `services` outlives the switchboard, and the switchboard every call.
  explicit Switchboard(const CallServices& services) : services_(services) {}
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  // ---- Gateways
  // A new connection takes the place of the gateway's old one. `gateway_call_ids`: calls it still has.
  void OnGatewayConnected(const std::shared_ptr<Gateway>& gateway,
                          const std::vector<std::string>& gateway_call_ids);
  // The connection broke; its calls stay up.
  void OnGatewayLost(const std::shared_ptr<Gateway>& gateway);
  void OnGatewayEvent(const std::shared_ptr<Gateway>& gateway, const std::string& gateway_call_id,
                      GatewayEvent event);

  // ---- Other replicas
  // Whether the call is led here.
  bool Leads(const GatewayCall& call) const;
  // Another replica gives us the call, or (GatewayCall) has its gateway; `way` takes what the gateway is
  // to be told. What it reports comes by OnGatewayEvent. NOT_FOUND / CALL_UNKNOWN, UNAVAILABLE /
  // MIXER_UNKNOWN.
  absl::Status TakeUp(const std::shared_ptr<Gateway>& way,
                      const std::variant<HandedCall, GatewayCall>& call);
  // The others took this replica for dead: some of its conferences may have other leaders now.
  void OnTakenForDead();

  // ---- Mixers
  void OnMixerSnapshot(const std::shared_ptr<mixers::Mixer>& mixer,
                       mixers::MixerSnapshot snapshot) override;
  void OnLegEvent(const std::shared_ptr<mixers::Mixer>& mixer, mixers::LegEvent event) override;

  // ---- Calls
  void NoteLeg(const std::shared_ptr<CallActor>& call, const std::string& mixer_address,
               const std::string& leg_id) override;
  void Forget(const CallActor& call) override;
  std::shared_ptr<ConferenceActor> ConferenceFor(const ConferenceTerms& terms,
                                                 const std::shared_ptr<mixers::Mixer>& mixer,
                                                 const std::string& room_id) override;
  void NoteLeft(const std::string& reservation_id, const PhoneNumber& number) override;
  bool MayReturn(const std::string& reservation_id, const PhoneNumber& number) override;
  void NoteExpiry(const reservations::ReservationRecord& reservation) override;
  // Callers are locked out of what is held under this reservation or in this permanent room.
  void NoteGuessers(const std::string& conference_key);
  absl::StatusOr<std::shared_ptr<ParticipantCall>> Dial(DialOrder order) override;
  void Lead(const std::string& conference_key,
            absl::AnyInvocable<void(absl::StatusOr<Leadership>)> done) override;
  void HandOver(const std::shared_ptr<CallActor>& call, const std::shared_ptr<Gateway>& gateway,
                const Peer& peer, HandedCall handed,
                absl::AnyInvocable<void(absl::Status)> done) override;

  // ---- For the console and gRPC
  std::vector<std::shared_ptr<ConferenceActor>> conferences() const;
  // Null if there is none.
  std::shared_ptr<ConferenceActor> FindConference(const std::string& conference_id) const;
  struct GatewayEntry {
    std::string gateway_id;
    int call_count = 0;
  };
  std::vector<GatewayEntry> gateways() const;
  int call_count() const;

 private:
  // A replica that died has lost its leases by then.
  static constexpr absl::Duration kSeekMax = absl::Seconds(15);

  using CallKey = std::pair<std::string, std::string>;  // Gateway and its name for the call.
  using LegKey = std::pair<std::string, std::string>;   // Mixer's address and leg.
  // A call of a gateway of ours that another replica leads.
  struct CarriedHere {
    std::shared_ptr<Gateway> gateway;
    std::shared_ptr<CarriedCall> way;
  };

  std::shared_ptr<CallActor> MakeCall(const std::shared_ptr<Gateway>& gateway,
                                      const std::string& gateway_call_id, std::string id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropUnclaimedLegs(const std::set<CallKey>& keys);
  void DropUnmatchedClaims(const std::shared_ptr<Gateway>& gateway, const std::set<CallKey>& keys);
  // Looks for the leader of a call that its gateway has brought here, until `deadline`.
  void Seek(const std::shared_ptr<Gateway>& gateway, const CallKey& key, absl::Time deadline);
  void OnSought(const std::shared_ptr<Gateway>& gateway, const CallKey& key, absl::Time deadline,
                const absl::StatusOr<std::optional<Peer>>& leader);
  void SeekAgain(const std::shared_ptr<Gateway>& gateway, const CallKey& key, absl::Time deadline);
  CarryListener ListenTo(const std::shared_ptr<Gateway>& gateway, const CallKey& key);
  void OnCarriedCommand(const std::shared_ptr<Gateway>& gateway, const CallKey& key,
                        GatewayCommand command);
  void OnCarriedLost(const std::shared_ptr<Gateway>& gateway, const CallKey& key);
  std::vector<std::shared_ptr<CarriedCall>> TakeCarriedOf(const std::string& gateway_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookSoon();
  void LookAtMixers();
  void DropLegIfNobodyLeads(const CallKey& key);
  void DeleteRoomIfNobodyLeads(const std::shared_ptr<mixers::Mixer>& mixer,
                               const std::string& room_id, const std::string& conference_key);
  void ReleaseLead(const std::string& conference_key);
  bool HasPeers() const { return services_.replicas != nullptr; }
  void EraseConference(const std::string& terms_id, const std::string& conference_id);
  std::string NewId(const char* prefix) const;

  const CallServices& services_;

  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Gateway>> gateways_ ABSL_GUARDED_BY(mutex_);
  std::map<CallKey, std::shared_ptr<CallActor>> calls_ ABSL_GUARDED_BY(mutex_);
  std::map<LegKey, std::shared_ptr<CallActor>> calls_by_leg_ ABSL_GUARDED_BY(mutex_);
  // By reservation or permanent room.
  std::map<std::string, std::shared_ptr<ConferenceActor>> conferences_ ABSL_GUARDED_BY(mutex_);
  // Legs that a mixer has and no gateway has claimed yet, and calls that a gateway has and no mixer has
  // shown yet.
  std::map<CallKey, CallActor::Adoption> unclaimed_ ABSL_GUARDED_BY(mutex_);
  std::set<CallKey> claims_ ABSL_GUARDED_BY(mutex_);
  // With other replicas: calls of our gateways that others lead, calls whose leader is being looked for,
  // and how many callers are about to enter a conference that we lead.
  std::map<CallKey, CarriedHere> carried_ ABSL_GUARDED_BY(mutex_);
  std::set<CallKey> sought_ ABSL_GUARDED_BY(mutex_);
  bool will_look_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, int> holds_ ABSL_GUARDED_BY(mutex_);
  // When callers left a reservation's conference.
  std::map<std::pair<std::string, PhoneNumber>, absl::Time> left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_SWITCHBOARD_H_
