// What control wants of calls: the commands of UserAgent.
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "sip/host.h"
#include "sip/user_agent.h"

namespace narada::sip {
namespace {

constexpr char kSdpType[] = "application/sdp";
constexpr absl::Duration kRingTimeout = absl::Seconds(45);
constexpr absl::Duration kGoneAfterBye = absl::Seconds(40);  // Longer than 64 T1.
constexpr absl::Duration kFarewellPause = absl::Milliseconds(100);
constexpr int kFarewellTries = 20;

bool IsE164(absl::string_view number) {
  return number.size() >= 6 && number.size() <= 16 && number[0] == '+' &&
         std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool UserAgent::Carry(const CallCommand& command) {
  if (const DialCall* dial = std::get_if<DialCall>(&command.what)) {
    return Dial(command.call_id, *dial);
  }
  auto found = dialogs_.find(command.call_id);
  if (found == dialogs_.end()) return false;
  Dialog& dialog = *found->second;
  return std::visit(
      [&](const auto& what) {
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, DialCall>) {
          return false;
        } else {
          return Do(dialog, what);
        }
      },
      command.what);
}

bool UserAgent::Do(Dialog& dialog, const RingCall&) {
  if (dialog.stage != Stage::kOffered) return false;
  nua_respond(dialog.handle, SIP_180_RINGING, TAG_END());
  return true;
}

bool UserAgent::Do(Dialog& dialog, const AnswerCall& command) {
  if (dialog.stage != Stage::kOffered || command.sdp.empty()) return false;
  loop_.Cancel(std::exchange(dialog.timer, 0));
  dialog.stage = Stage::kAnswered;
  nua_respond(dialog.handle, SIP_200_OK, SIPTAG_CONTENT_TYPE_STR(kSdpType),
              SIPTAG_PAYLOAD_STR(command.sdp.c_str()), TAG_END());
  return true;
}

bool UserAgent::Do(Dialog& dialog, const RejectCall& command) {
  if (dialog.stage != Stage::kOffered) return false;
  const Refusal refusal =
      RefusalFor(command.reason, command.text, command.retry_after, InUri(options_.listen_address));
  Refuse(dialog.handle, refusal);
  End(dialog, EndReason::kRejected, refusal.status);
  Remove(dialog);
  return true;
}

bool UserAgent::Do(Dialog& dialog, const HangupCall& command) {
  switch (dialog.stage) {
    case Stage::kOffered:
      return Do(dialog, RejectCall{.reason = command.reason == HangupReason::kDrained
                                                 ? RefusalReason::kOverloaded
                                                 : RefusalReason::kBusy});
    case Stage::kDialing:
      return Do(dialog, CancelDial{});
    case Stage::kAnswered:
    case Stage::kUp:
      break;
    case Stage::kEnding:
      return false;
  }
  nua_bye(dialog.handle, SIPTAG_REASON_STR(ReasonHeaderFor(command.reason).c_str()), TAG_END());
  loop_.Cancel(dialog.timer);
  // The stack says when the far end has confirmed; a silent one is dropped after a while.
  dialog.timer = loop_.After(kGoneAfterBye, [this, &dialog] {
    dialog.timer = 0;
    Remove(dialog);
  });
  End(dialog, EndReason::kHungUp, 0);
  return true;
}

bool UserAgent::Do(Dialog& dialog, const OfferMedia& command) {
  const bool is_early = dialog.stage == Stage::kAnswered;
  if ((dialog.stage != Stage::kUp && !is_early) || command.sdp_offer.empty()) return false;
  dialog.wanted_offer = command.sdp_offer;
  dialog.offer_tries = 0;
  if (!is_early && dialog.exchange == MediaExchange::kNone) SendOffer(dialog);
  return true;
}

void UserAgent::SendOffer(Dialog& dialog) {
  if (dialog.exchange != MediaExchange::kNone) return;  // MediaSettled comes back here.
  dialog.exchange = MediaExchange::kOurInvite;
  ++dialog.offer_tries;
  nua_invite(dialog.handle, SIPTAG_CONTENT_TYPE_STR(kSdpType),
             SIPTAG_PAYLOAD_STR(dialog.wanted_offer.c_str()), TAG_END());
}

void UserAgent::MediaSettled(Dialog& dialog) {
  dialog.exchange = MediaExchange::kNone;
  if (dialog.stage == Stage::kUp && !dialog.wanted_offer.empty() && dialog.timer == 0) {
    SendOffer(dialog);
  }
}

bool UserAgent::Do(Dialog& dialog, const AnswerMedia& command) {
  if (dialog.stage != Stage::kUp || command.sdp.empty()) return false;
  if (dialog.exchange == MediaExchange::kTheirInvite) {
    nua_respond(dialog.handle, SIP_200_OK, SIPTAG_CONTENT_TYPE_STR(kSdpType),
                SIPTAG_PAYLOAD_STR(command.sdp.c_str()), TAG_END());
    // With an offer of ours in the 200 the exchange ends with the ACK only.
    if (!dialog.is_our_answer_offer) MediaSettled(dialog);
    return true;
  }
  if (dialog.exchange == MediaExchange::kTheirUpdate) {
    nua_respond(dialog.handle, SIP_200_OK, NUTAG_WITH_SAVED(dialog.saved_update),
                SIPTAG_CONTENT_TYPE_STR(kSdpType), SIPTAG_PAYLOAD_STR(command.sdp.c_str()),
                TAG_END());
    nua_destroy_event(dialog.saved_update);
    MediaSettled(dialog);
    return true;
  }
  return false;
}

bool UserAgent::Do(Dialog& dialog, const RejectMedia& command) {
  if (dialog.stage != Stage::kUp) return false;
  const bool is_overloaded = command.reason == RefusalReason::kOverloaded;
  Refusal refusal =
      RefusalFor(command.reason, command.text, absl::Seconds(2), InUri(options_.listen_address));
  // 480 and 503 would be read as being about the call, which stays.
  if (command.reason == RefusalReason::kUnspecified) refusal.status = 488;
  if (is_overloaded) refusal = {500, "Media Cannot Change Now", "", refusal.retry_after};
  if (dialog.exchange == MediaExchange::kTheirInvite) {
    Refuse(dialog.handle, refusal);
  } else if (dialog.exchange == MediaExchange::kTheirUpdate) {
    nua_respond(
        dialog.handle, refusal.status, refusal.phrase, NUTAG_WITH_SAVED(dialog.saved_update),
        TAG_IF(!refusal.warning.empty(), SIPTAG_WARNING_STR(refusal.warning.c_str())), TAG_END());
    nua_destroy_event(dialog.saved_update);
  } else {
    return false;
  }
  MediaSettled(dialog);
  return true;
}

bool UserAgent::Dial(const std::string& call_id, const DialCall& command) {
  const auto fail = [&](EndReason reason, int status, const char* phrase) {
    metrics_.CallRefused(status);
    events_(CallEvent{call_id, CallFailed{reason, status, phrase}});
    return false;
  };
  if (dialogs_.count(call_id) > 0) return false;  // Said twice: it is being dialled already.
  if (shut_down_) return fail(EndReason::kRejected, 503, "Shutting Down");
  if (options_.outbound_proxy.empty()) {
    return fail(EndReason::kRejected, 403, "Dialling Out Is Not Configured");
  }
  // Nothing but digits may reach the Request-URI.
  if (!IsE164(command.called_number)) {
    return fail(EndReason::kNumberUnknown, 404, "Not an E.164 Number");
  }
  if (dialogs_.size() >= options_.limits.calls_max) {
    return fail(EndReason::kRejected, 503, "Too Many Calls");
  }
  if (command.sdp_offer.empty()) return fail(EndReason::kMediaUnacceptable, 488, "No SDP Offer");
  const absl::string_view proxy =
      absl::string_view(options_.outbound_proxy).substr(options_.outbound_proxy.find(':') + 1);
  const std::string host =
      options_.advertised_host.empty() ? options_.listen_address : options_.advertised_host;
  const std::string target = absl::StrCat("sip:", command.called_number, "@", proxy);
  const std::string to =
      absl::StrCat("<sip:", command.called_number, "@", proxy.substr(0, proxy.find(';')), ">");
  const bool has_number = IsE164(command.calling_number);
  const std::string from =
      has_number ? absl::StrCat("<sip:", command.calling_number, "@", InUri(host), ">")
                 : "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
  nua_handle_t* handle =
      nua_handle(nua_, nullptr, NUTAG_URL(target.c_str()), SIPTAG_TO_STR(to.c_str()),
                 SIPTAG_FROM_STR(from.c_str()), TAG_END());
  if (handle == nullptr) return fail(EndReason::kRejected, 500, "Out of Memory");
  Dialog& dialog = AddDialog(call_id, handle, Stage::kDialing);
  dialog.is_ours = true;
  metrics_.CallDialled();
  LOG_INFO("call {} dials {}", call_id, MaskedNumber(command.called_number));
  const absl::Duration ring_timeout =
      command.ring_timeout > absl::ZeroDuration() ? command.ring_timeout : kRingTimeout;
  dialog.timer = loop_.After(ring_timeout, [this, &dialog] {
    dialog.timer = 0;
    dialog.is_cancelled = true;
    dialog.is_rung_out = true;
    nua_cancel(dialog.handle, TAG_END());
  });
  const std::string identity = absl::StrCat("P-Asserted-Identity: ", from, "\r\n");
  nua_invite(handle, SIPTAG_CONTENT_TYPE_STR(kSdpType),
             SIPTAG_PAYLOAD_STR(command.sdp_offer.c_str()),
             TAG_IF(has_number, SIPTAG_HEADER_STR(identity.c_str())), TAG_END());
  return true;
}

bool UserAgent::Do(Dialog& dialog, const CancelDial&) {
  if (dialog.stage != Stage::kDialing || dialog.is_cancelled) return false;
  dialog.is_cancelled = true;
  loop_.Cancel(std::exchange(dialog.timer, 0));
  nua_cancel(dialog.handle, TAG_END());
  return true;
}

void UserAgent::ShutDown(std::function<void()> done) {
  shut_down_ = std::move(done);
  for (const std::string& id : CallIds()) {
    Carry({id, HangupCall{HangupReason::kDrained}});
  }
  CloseWhenQuiet(kFarewellTries);
}

void UserAgent::CloseWhenQuiet(int tries) {
  // The stack, once told to shut down, answers no INVITE with 503 any more: those that are on their
  // way get a moment, and so do the answers to our BYEs.
  loop_.After(kFarewellPause, [this, tries] {
    if (dialogs_.empty() || tries == 0) {
      nua_shutdown(nua_);
    } else {
      CloseWhenQuiet(tries - 1);
    }
  });
}

}  // namespace narada::sip
