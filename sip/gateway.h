#ifndef NARADA_SIP_GATEWAY_H_
#define NARADA_SIP_GATEWAY_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sip/call_messages.h"
#include "sip/control_link.h"
#include "sip/event_loop.h"
#include "sip/sip_metrics.h"
#include "sip/user_agent.h"

namespace narada::sip {

// Stands between the SIP side and control, and bridges control's absence: calls that are up stay
// up; a call or an offer that waits for control's decision is told again to the next stream, and
// keys pressed meanwhile follow; who calls while control is away for longer is refused with 503
// and Retry-After.
//   Gateway gateway(loop, metrics, [](bool is_serving) { ... });
//   ... UserAgent::Create(loop, options, metrics, [&](CallEvent e) { gateway.OnCallEvent(e); }) ...
//   ... ControlLink::Create(loop, options, gateway) ...
//   gateway.Connect(agent, link);
// Lives on the EventLoop's thread, as both others do, and outlives them.
class Gateway : public ControlLink::Listener {
 public:
  // `serving_changed` hears whenever new calls begin, or cease, to be taken.
  Gateway(EventLoop& loop, SipMetrics& metrics, std::function<void(bool)> serving_changed);
  ~Gateway() override;

  void Connect(UserAgent& agent, ControlLink& link);

  void OnCallEvent(CallEvent event);

  std::vector<std::string> CallsToAnnounce() override;
  void OnControlUp() override;
  void OnControlDown() override;
  void OnCommand(const CallCommand& command) override;

 private:
  void GiveUpOnControl();
  void RejectBecauseAway(const std::string& call_id);
  void SetServing(bool is_serving);

  EventLoop& loop_;
  SipMetrics& metrics_;
  const std::function<void(bool)> serving_changed_;
  UserAgent* agent_ = nullptr;
  ControlLink* link_ = nullptr;
  bool is_up_ = false;
  bool is_serving_ = false;  // Up, or down for so short a time that callers need not know.
  EventLoop::TimerId grace_ = 0;
  // What control has not decided yet, to be told again after a break. By call id.
  std::map<std::string, CallEvent> undecided_calls_;
  std::map<std::string, CallEvent> undecided_media_;
  std::vector<CallEvent> waiting_digits_;  // Pressed in the grace time, in order.
};

}  // namespace narada::sip

#endif  // NARADA_SIP_GATEWAY_H_
