#ifndef NARADA_SIP_USER_AGENT_H_
#define NARADA_SIP_USER_AGENT_H_

#include <sofia-sip/nua.h>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "sip/call_admission.h"
#include "sip/call_messages.h"
#include "sip/dialog.h"
#include "sip/event_loop.h"
#include "sip/numbering.h"
#include "sip/peer_list.h"
#include "sip/refusal.h"
#include "sip/sip_metrics.h"

namespace narada::sip {

// The SIP side of the gateway: sofia-sip's NUA with its media engine off, so that SDP passes as it
// is. What happens to calls comes out as CallEvents, what is to happen goes in as CallCommands.
//   auto agent = UserAgent::Create(loop, options, metrics,
//                                  [&](CallEvent event) { gateway.OnCallEvent(event); });
//   agent->Carry({.call_id = id, .what = AnswerCall{.sdp = answer}});
// Every call that was offered or dialled ends with exactly one CallEnded or CallFailed. Lives on
// the EventLoop's thread and calls back there, also from within Carry.
class UserAgent {
 public:
  struct Options {
    std::string listen_address = "127.0.0.1";
    int port = 5060;
    std::string advertised_host;  // Empty: listen_address.
    PeerList trusted_peers;       // Whose P-Asserted-Identity is believed.
    PeerList allowed_peers;       // Who may call; empty: anybody.
    std::string outbound_proxy;   // SIP URI for dialled calls; empty: dialling is refused.
    absl::Duration session_expires = absl::Minutes(30);
    CallAdmission::Limits limits;
    NumberingPlan numbering;
  };

  // Binds the ports. UNAVAILABLE / PORT_OCCUPIED or ADDRESS_UNUSABLE name the port and what to do.
  static absl::StatusOr<std::unique_ptr<UserAgent>> Create(EventLoop& loop, Options options,
                                                           SipMetrics& metrics,
                                                           std::function<void(CallEvent)> events);
  ~UserAgent();  // After ShutDown is done.

  // A command for an unknown call, or one that does not fit its state, changes nothing; false then.
  bool Carry(const CallCommand& command);

  // Calls that have not ended.
  std::vector<std::string> CallIds() const;

  // Whether OPTIONS says 200, or 503 so that a proxy looks elsewhere.
  void SetServing(bool is_serving) { is_serving_ = is_serving; }

  // Refuses new calls with 503, ends all others with BYE, then calls `done`.
  void ShutDown(std::function<void()> done);

 private:
  UserAgent(EventLoop& loop, Options options, SipMetrics& metrics,
            std::function<void(CallEvent)> events);

  absl::Status Start();

  // Everything that the stack has to say.
  static void OnNuaEvent(nua_event_t event, int status, char const* phrase, nua_t* nua,
                         nua_magic_t* magic, nua_handle_t* handle, nua_hmagic_t* hmagic,
                         sip_t const* sip, tagi_t tags[]);
  void OnEvent(nua_event_t event, int status, char const* phrase, nua_handle_t* handle,
               Dialog* dialog, sip_t const* sip, tagi_t tags[]);
  void OnInvite(nua_handle_t* handle, const sip_t& sip);
  void OnReinvite(Dialog& dialog, const sip_t& sip);
  void OnUpdate(Dialog& dialog, const sip_t& sip);
  void OnAck(Dialog& dialog, const sip_t* sip);
  void OnCancel(Dialog& dialog);
  void OnInfo(nua_handle_t* handle, Dialog* dialog, const sip_t& sip);
  void OnOptions(nua_handle_t* handle);
  void OnInviteResponse(Dialog& dialog, int status, char const* phrase, const sip_t* sip);
  void OnDialResponse(Dialog& dialog, int status, char const* phrase, const sip_t* sip);
  void OnOfferResponse(Dialog& dialog, int status, const sip_t* sip);
  void OnState(Dialog& dialog, int status, tagi_t tags[]);

  // Commands. False: the call's state does not allow it.
  bool Do(Dialog& dialog, const RingCall& command);
  bool Do(Dialog& dialog, const AnswerCall& command);
  bool Do(Dialog& dialog, const RejectCall& command);
  bool Do(Dialog& dialog, const HangupCall& command);
  bool Do(Dialog& dialog, const OfferMedia& command);
  bool Do(Dialog& dialog, const AnswerMedia& command);
  bool Do(Dialog& dialog, const RejectMedia& command);
  bool Do(Dialog& dialog, const CancelDial& command);
  bool Dial(const std::string& call_id, const DialCall& command);

  Dialog& AddDialog(std::string call_id, nua_handle_t* handle, Stage stage);
  void Remove(Dialog& dialog);
  void Refuse(nua_handle_t* handle, const Refusal& refusal);
  void End(Dialog& dialog, EndReason reason, int status);  // Tells control, once.
  void Fail(Dialog& dialog, EndReason reason, int status, absl::string_view phrase);
  void SendOffer(Dialog& dialog);
  void MediaSettled(Dialog& dialog);
  void CloseWhenQuiet(int tries);
  void Publish(const Dialog& dialog, decltype(CallEvent::what) what);
  std::string PeerAddress() const;       // Of the message being handled.
  std::string SignalingAddress() const;  // The same, as the mixer is to see it.
  std::string NewCallId();

  EventLoop& loop_;
  const Options options_;
  SipMetrics& metrics_;
  const std::function<void(CallEvent)> events_;
  const std::string id_prefix_;  // Random per process: ids stay unique over restarts.
  uint64_t next_id_ = 1;
  SecureRandom random_;
  nua_t* nua_ = nullptr;
  CallAdmission admission_;
  std::unordered_map<std::string, std::unique_ptr<Dialog>> dialogs_;  // By call id.
  bool is_serving_ = false;
  std::function<void()> shut_down_;  // Set while shutting down.
};

}  // namespace narada::sip

#endif  // NARADA_SIP_USER_AGENT_H_
