// The other replicas of control, as calls and conferences need them. A conference is led by one replica,
// whichever gateway its callers come by: a call whose conference another one leads is handed to that
// one whole, and what is left here passes on what its gateway reports and what the gateway is told.
// control/service holds the implementation; without one this process is the only replica.

#ifndef NARADA_CONTROL_CALLS_REPLICAS_H_
#define NARADA_CONTROL_CALLS_REPLICAS_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "control/calls/gateway.h"
#include "control/calls/labels.h"
#include "control/model/conference.h"
#include "control/model/language.h"
#include "control/replicas/replica_registry.h"

namespace narada::control::calls {

using replicas::Peer;

// A call by its gateway's name for it, which every replica knows.
struct GatewayCall {
  std::string gateway_id;
  std::string gateway_call_id;
  auto operator<=>(const GatewayCall&) const = default;
};

// A call in progress, as one replica gives it to another.
struct HandedCall {
  LegOwner owner;
  std::string mixer_address;
  std::string leg_id;
  std::string conference_key;  // Of the conference that it is in, or is to be moved into.
  Language language = Language::kPolish;
  Role role = Role::kParticipant;
  std::string name_prompt_id;           // Of the recorded name, at the mixer; empty: none.
  bool is_inside = false;               // The leg is in the conference's room already.
  std::optional<absl::Time> joined_at;  // With is_inside.
};

// The way to a call that a peer leads. Any thread.
class CarriedCall {
 public:
  virtual ~CarriedCall() = default;
  // What its gateway reports here; dropped if the way is broken.
  virtual void Report(GatewayEvent event) = 0;
  // Nothing more will be reported. The call stays up.
  virtual void Close() = 0;
};

// What comes back on that way; called on any thread, returns at once.
struct CarryListener {
  absl::AnyInvocable<void(GatewayCommand)> on_command;
  absl::AnyInvocable<void()> on_lost;  // The way broke: the peer is dead, or unreachable. The last.
};

class Replicas {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  virtual ~Replicas() = default;

  // As of ReplicaRegistry.
  virtual void Claim(const std::string& conference_key, Done<std::optional<Peer>> done) = 0;
  virtual void IsLed(const std::string& conference_key, Done<bool> done) = 0;
  virtual void Release(const std::string& conference_key, absl::AnyInvocable<bool()> is_unused) = 0;

  // The peer that leads the call; nothing: none does. UNAVAILABLE: one that may cannot be asked.
  virtual void FindCall(const GatewayCall& call, Done<std::optional<Peer>> done) = 0;

  // Has the peer lead the call from now on (HandedCall), or joins its gateway to one that the peer leads
  // already (GatewayCall).
  virtual void Carry(const Peer& peer, std::variant<HandedCall, GatewayCall> call,
                     CarryListener listener, Done<std::shared_ptr<CarriedCall>> done) = 0;
};

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_REPLICAS_H_
