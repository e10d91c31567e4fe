#include "sip/user_agent.h"

#include <arpa/inet.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport_tag.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "sip/caller.h"
#include "sip/digits.h"
#include "sip/host.h"
#include "sip/message_body.h"

namespace narada::sip {
namespace {

constexpr char kAllow[] = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK";
constexpr char kSdpType[] = "application/sdp";
constexpr unsigned kMessageBytesMax = 64 * 1024;
constexpr absl::Duration kMinSessionExpires = absl::Seconds(90);  // RFC 4028 §5.
// A caller hears ringing if control takes longer than this, and 480 if it never decides.
constexpr absl::Duration kRingAfter = absl::Seconds(1);
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kOfferTriesMax = 4;

// Whether SDP may be sent back: no Accept at all means that it may (RFC 3261 §20.1).
bool AcceptsSdp(const sip_t& sip) {
  if (sip.sip_accept == nullptr) return true;
  for (const sip_accept_t* accept = sip.sip_accept; accept != nullptr; accept = accept->ac_next) {
    if (accept->ac_type == nullptr) continue;
    for (const char* type : {"application/sdp", "application/*", "*/*"}) {
      if (absl::EqualsIgnoreCase(accept->ac_type, type)) return true;
    }
  }
  return false;
}

// Whether a session timer (RFC 4028) can be kept with this caller: it refreshes, or it takes our
// UPDATE. A re-INVITE of ours would need SDP, which the stack does not have.
bool CanKeepSessionTimer(const sip_t& sip) {
  if (sip.sip_allow != nullptr && sip_is_allowed(sip.sip_allow, sip_method_update, "UPDATE") != 0) {
    return true;
  }
  const bool wants_us_to_refresh =
      sip.sip_session_expires != nullptr && sip.sip_session_expires->x_refresher != nullptr &&
      absl::EqualsIgnoreCase(sip.sip_session_expires->x_refresher, "uas");
  return sip_has_feature(sip.sip_supported, "timer") != 0 && !wants_us_to_refresh;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UserAgent>> UserAgent::Create(
    EventLoop& loop, Options options, SipMetrics& metrics, std::function<void(CallEvent)> events) {
  std::unique_ptr<UserAgent> agent(
      new UserAgent(loop, std::move(options), metrics, std::move(events)));
  RETURN_IF_ERROR(agent->Start());
  return agent;
}

UserAgent::UserAgent(EventLoop& loop, Options options, SipMetrics& metrics,
                     std::function<void(CallEvent)> events)
    : loop_(loop),
      options_(std::move(options)),
      metrics_(metrics),
      events_(std::move(events)),
      id_prefix_(absl::StrFormat("sip-%08x-", static_cast<uint32_t>(SecureRandom().Next()))),
      admission_(options_.limits) {}

UserAgent::~UserAgent() {
  if (nua_ != nullptr) nua_destroy(nua_);
}

absl::Status UserAgent::Start() {
  RETURN_IF_ERROR(TryPort(options_.listen_address, options_.port, SOCK_DGRAM, "SIP UDP"));
  RETURN_IF_ERROR(TryPort(options_.listen_address, options_.port, SOCK_STREAM, "SIP TCP"));
  std::string url = absl::StrCat("sip:", InUri(options_.listen_address), ":", options_.port);
  if (!options_.advertised_host.empty() && options_.advertised_host != options_.listen_address) {
    // maddr is where it binds; the host before it goes into Via and Contact.
    url = absl::StrCat("sip:", InUri(options_.advertised_host), ":", options_.port,
                       ";maddr=", InUri(options_.listen_address));
  }
  nua_ = nua_create(
      loop_.root(), &UserAgent::OnNuaEvent, this,  //
      NUTAG_URL(url.c_str()),                      //
      NUTAG_MEDIA_ENABLE(0),                       //
      NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0), NUTAG_AUTOACK(1), NUTAG_EARLY_MEDIA(0),
      NUTAG_ENABLEMESSAGE(0), NUTAG_AUTO302(0),  // A redirect is followed by no one.
      SIPTAG_ALLOW_STR(kAllow), SIPTAG_SUPPORTED_STR("timer, 100rel"), NUTAG_APPL_METHOD("OPTIONS"),
      NUTAG_APPL_METHOD("INFO"), NUTAG_APPL_METHOD("UPDATE"),
      NUTAG_SESSION_TIMER(static_cast<unsigned>(absl::ToInt64Seconds(options_.session_expires))),
      NUTAG_MIN_SE(static_cast<unsigned>(absl::ToInt64Seconds(kMinSessionExpires))),
      NUTAG_UPDATE_REFRESH(1),  // The stack has no SDP to re-INVITE with.
      SIPTAG_USER_AGENT_STR("Narada"), NTATAG_MAXSIZE(kMessageBytesMax), TAG_END());
  if (nua_ == nullptr) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "ADDRESS_UNUSABLE",
                           absl::StrCat("the SIP stack cannot listen on ", url,
                                        " by UDP and TCP: another program may hold the port"));
  }
  return absl::OkStatus();
}

std::string UserAgent::NewCallId() { return absl::StrCat(id_prefix_, next_id_++); }

std::vector<std::string> UserAgent::CallIds() const {
  std::vector<std::string> ids;
  for (const auto& [id, dialog] : dialogs_) {
    if (!dialog->is_ended) ids.push_back(id);
  }
  return ids;
}

Dialog& UserAgent::AddDialog(std::string call_id, nua_handle_t* handle, Stage stage) {
  auto dialog = std::make_unique<Dialog>();
  dialog->call_id = call_id;
  dialog->handle = handle;
  dialog->stage = stage;
  Dialog& added = *dialog;
  nua_handle_bind(handle, &added);
  dialogs_[std::move(call_id)] = std::move(dialog);
  metrics_.SetCalls(dialogs_.size());
  return added;
}

void UserAgent::Remove(Dialog& dialog) {
  loop_.Cancel(dialog.timer);
  if (dialog.exchange == MediaExchange::kTheirUpdate) nua_destroy_event(dialog.saved_update);
  nua_handle_bind(dialog.handle, nullptr);
  nua_handle_destroy(dialog.handle);
  dialogs_.erase(std::string(dialog.call_id));
  metrics_.SetCalls(dialogs_.size());
}

void UserAgent::Publish(const Dialog& dialog, decltype(CallEvent::what) what) {
  events_(CallEvent{dialog.call_id, std::move(what)});
}

void UserAgent::End(Dialog& dialog, EndReason reason, int status) {
  dialog.stage = Stage::kEnding;
  if (std::exchange(dialog.is_ended, true)) return;
  LOG_INFO("call {} ended, reason {}, status {}", dialog.call_id, static_cast<int>(reason), status);
  Publish(dialog, CallEnded{reason, status});
}

void UserAgent::Fail(Dialog& dialog, EndReason reason, int status, absl::string_view phrase) {
  dialog.stage = Stage::kEnding;
  if (std::exchange(dialog.is_ended, true)) return;
  metrics_.CallRefused(status);
  LOG_INFO("call {} did not come about: {} {}", dialog.call_id, status, HeaderText(phrase));
  Publish(dialog, CallFailed{reason, status, HeaderText(phrase)});
}

void UserAgent::Refuse(nua_handle_t* handle, const Refusal& refusal) {
  metrics_.CallRefused(refusal.status);
  nua_respond(
      handle, refusal.status, refusal.phrase,
      TAG_IF(!refusal.warning.empty(), SIPTAG_WARNING_STR(refusal.warning.c_str())),
      TAG_IF(!refusal.retry_after.empty(), SIPTAG_RETRY_AFTER_STR(refusal.retry_after.c_str())),
      TAG_IF(refusal.status == 415, SIPTAG_ACCEPT_STR(kSdpType)), TAG_END());
}

std::string UserAgent::PeerAddress() const {
  msg_t* message = nua_current_request(nua_);
  if (message == nullptr) return "";
  const su_sockaddr_t* address = msg_addr(message);
  char text[INET6_ADDRSTRLEN] = "";
  if (address->su_family == AF_INET) {
    inet_ntop(AF_INET, &address->su_sin.sin_addr, text, sizeof(text));
  } else if (address->su_family == AF_INET6) {
    inet_ntop(AF_INET6, &address->su_sin6.sin6_addr, text, sizeof(text));
  }
  constexpr absl::string_view kMapped = "::ffff:";
  absl::string_view plain(text);
  if (absl::StartsWith(plain, kMapped) && absl::StrContains(plain, '.')) {
    plain.remove_prefix(kMapped.size());
  }
  return std::string(plain);
}

std::string UserAgent::SignalingAddress() const {
  return MediaPeer(options_.listen_address, PeerAddress());
}

// ---- What the stack says.

void UserAgent::OnNuaEvent(nua_event_t event, int status, char const* phrase, nua_t*,
                           nua_magic_t* magic, nua_handle_t* handle, nua_hmagic_t* hmagic,
                           sip_t const* sip, tagi_t tags[]) {
  static_cast<UserAgent*>(magic)->OnEvent(event, status, phrase, handle,
                                          static_cast<Dialog*>(hmagic), sip, tags);
}

void UserAgent::OnEvent(nua_event_t event, int status, char const* phrase, nua_handle_t* handle,
                        Dialog* dialog, sip_t const* sip, tagi_t tags[]) {
  // A status of 200 or more: the stack has answered the request by itself.
  const bool is_ours_to_answer = status < 200 && sip != nullptr;
  switch (event) {
    case nua_i_invite:
      if (dialog != nullptr) {
        if (is_ours_to_answer) OnReinvite(*dialog, *sip);
        return;
      }
      if (is_ours_to_answer && handle != nullptr) {
        OnInvite(handle, *sip);
        return;
      }
      break;
    case nua_i_ack:
      if (dialog != nullptr) OnAck(*dialog, sip);
      return;
    case nua_i_cancel:
      if (dialog != nullptr) OnCancel(*dialog);
      return;
    case nua_i_bye:
      if (dialog != nullptr) End(*dialog, EndReason::kHungUp, 200);
      return;
    case nua_i_info:
      if (is_ours_to_answer) OnInfo(handle, dialog, *sip);
      break;
    case nua_i_update:
      if (is_ours_to_answer && dialog != nullptr) OnUpdate(*dialog, *sip);
      break;
    case nua_i_options:
      if (is_ours_to_answer) OnOptions(handle);
      break;
    case nua_i_state:
      if (dialog != nullptr) OnState(*dialog, status, tags);
      return;
    case nua_r_invite:
      if (dialog != nullptr) OnInviteResponse(*dialog, status, phrase, sip);
      return;
    case nua_r_shutdown:
      // 100 and 101 report progress.
      if (status >= 200 && shut_down_) std::exchange(shut_down_, nullptr)();
      return;
    default:
      break;
  }
  // A handle that the stack made for a request outside of any call is not needed any more.
  if (dialog == nullptr && handle != nullptr && nua_event_is_incoming_request(event)) {
    nua_handle_destroy(handle);
  }
}

void UserAgent::OnInvite(nua_handle_t* handle, const sip_t& sip) {
  const std::string peer = PeerAddress();
  const auto refuse = [&](Refusal refusal) {
    Refuse(handle, refusal);
    nua_handle_destroy(handle);
  };
  if (!options_.allowed_peers.is_empty() && !options_.allowed_peers.Contains(peer)) {
    return refuse({403, "Forbidden", "", ""});
  }
  if (shut_down_) return refuse({503, "Service Unavailable", "", "5"});
  if (!admission_.Admit(peer, dialogs_.size(), absl::Now())) {
    return refuse({503, "Service Unavailable", "", "1"});
  }
  if (sip.sip_request->rq_url->url_headers != nullptr) {
    return refuse({400, "Escaped Headers in Request-URI", "", ""});  // RFC 3261 §19.1.1
  }
  if (!AcceptsSdp(sip)) return refuse({406, "Not Acceptable", "", ""});
  SdpBody body = ReadSdp(sip);
  if (body.refusal_status != 0) return refuse({body.refusal_status, body.refusal_phrase, "", ""});

  const bool is_trusted = options_.trusted_peers.Contains(peer);
  Caller caller = ReadCaller(sip, is_trusted, options_.numbering);
  Dialog& dialog = AddDialog(NewCallId(), handle, Stage::kOffered);
  dialog.signaling_address = SignalingAddress();
  dialog.is_late_offer = body.sdp.empty();
  if (!CanKeepSessionTimer(sip)) {
    nua_set_hparams(handle, NUTAG_SESSION_TIMER(0), SIPTAG_SUPPORTED_STR("100rel"), TAG_END());
  }
  metrics_.CallOffered();
  CallOffered offered;
  offered.called_number = ReadCalledNumber(sip, options_.numbering);
  offered.calling_number = std::move(caller.number);
  offered.is_calling_number_withheld = caller.is_withheld;
  offered.calling_name = std::move(caller.name);
  offered.sdp_offer = std::move(body.sdp);
  offered.signaling_address = dialog.signaling_address;
  offered.trunk = peer;
  LOG_INFO("call {} from {}{} to {} by {}{}", dialog.call_id, MaskedNumber(offered.calling_number),
           offered.is_calling_number_withheld ? " (withheld)" : "",
           MaskedNumber(offered.called_number), peer, dialog.is_late_offer ? ", late offer" : "");
  dialog.timer = loop_.After(kRingAfter, [this, &dialog] {
    nua_respond(dialog.handle, SIP_180_RINGING, TAG_END());
    dialog.timer = loop_.After(kPatience, [this, &dialog] {
      dialog.timer = 0;
      LOG_WARNING("call {}: control did not decide within {} s", dialog.call_id,
                  absl::ToInt64Seconds(kPatience + kRingAfter));
      Do(dialog, RejectCall{});
    });
  });
  Publish(dialog, std::move(offered));
}

void UserAgent::OnReinvite(Dialog& dialog, const sip_t& sip) {
  if (dialog.stage != Stage::kUp || dialog.exchange != MediaExchange::kNone) {
    // Glare or impatience; the far end tries again (RFC 3261 §14.2).
    nua_respond(dialog.handle, SIP_491_REQUEST_PENDING, TAG_END());
    return;
  }
  SdpBody body = ReadSdp(sip);
  if (body.refusal_status != 0) {
    Refuse(dialog.handle, {body.refusal_status, body.refusal_phrase, "", ""});
    return;
  }
  dialog.signaling_address = SignalingAddress();
  dialog.exchange = MediaExchange::kTheirInvite;
  dialog.is_our_answer_offer = body.sdp.empty();
  Publish(dialog, MediaOffered{std::move(body.sdp), dialog.signaling_address});
}

void UserAgent::OnUpdate(Dialog& dialog, const sip_t& sip) {
  SdpBody body = ReadSdp(sip);
  if (body.refusal_status != 0) {
    nua_respond(dialog.handle, body.refusal_status, body.refusal_phrase, NUTAG_WITH_THIS(nua_),
                TAG_END());
    return;
  }
  if (body.sdp.empty()) {  // A session refresh (RFC 4028 §7.4), or a new Contact.
    nua_respond(dialog.handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), TAG_END());
    return;
  }
  if (dialog.stage != Stage::kUp || dialog.exchange != MediaExchange::kNone) {
    nua_respond(dialog.handle, SIP_491_REQUEST_PENDING, NUTAG_WITH_THIS(nua_), TAG_END());
    return;
  }
  if (!nua_save_event(nua_, dialog.saved_update)) {
    nua_respond(dialog.handle, SIP_500_INTERNAL_SERVER_ERROR, NUTAG_WITH_THIS(nua_), TAG_END());
    return;
  }
  dialog.signaling_address = SignalingAddress();
  dialog.exchange = MediaExchange::kTheirUpdate;
  dialog.is_our_answer_offer = false;
  Publish(dialog, MediaOffered{std::move(body.sdp), dialog.signaling_address});
}

void UserAgent::OnAck(Dialog& dialog, const sip_t* sip) {
  SdpBody body;
  if (sip != nullptr) body = ReadSdp(*sip);
  if (dialog.stage == Stage::kAnswered) {
    if (dialog.is_late_offer && body.sdp.empty()) {
      LOG_WARNING("call {}: the ACK has no answer to our offer", dialog.call_id);
      nua_bye(dialog.handle, SIPTAG_REASON_STR("SIP;cause=488;text=\"No answer in ACK\""),
              TAG_END());
      End(dialog, EndReason::kMediaUnacceptable, 488);
      return;
    }
    dialog.stage = Stage::kUp;
    metrics_.CallConfirmed();
    if (dialog.is_late_offer) {
      Publish(dialog, CallAnswered{std::move(body.sdp), SignalingAddress()});
    }
    Publish(dialog, CallConfirmed{});
    MediaSettled(dialog);
    return;
  }
  if (dialog.stage == Stage::kUp && dialog.exchange == MediaExchange::kTheirInvite &&
      dialog.is_our_answer_offer) {
    dialog.is_our_answer_offer = false;
    const bool is_refused = body.sdp.empty();
    Publish(dialog, MediaAnswered{std::move(body.sdp), is_refused, SignalingAddress()});
    MediaSettled(dialog);
  }
}

void UserAgent::OnCancel(Dialog& dialog) {
  if (dialog.stage == Stage::kOffered) {
    metrics_.CallRefused(487);
    End(dialog, EndReason::kCancelled, 487);
  } else if (dialog.exchange == MediaExchange::kTheirInvite) {
    // A re-INVITE was taken back: the call goes on as it was.
    MediaSettled(dialog);
  }
}

void UserAgent::OnInfo(nua_handle_t* handle, Dialog* dialog, const sip_t& sip) {
  const auto respond = [&](int status, const char* phrase) {
    nua_respond(handle, status, phrase, NUTAG_WITH_THIS(nua_), TAG_END());
  };
  if (dialog == nullptr || dialog->is_ended) return respond(SIP_481_NO_TRANSACTION);
  const absl::string_view body = BodyOf(sip);
  if (body.empty()) return respond(SIP_200_OK);  // Some phones ask like this whether we live.
  const absl::string_view type = ContentTypeOf(sip);
  if (!IsDigitInfo(type)) return respond(SIP_415_UNSUPPORTED_MEDIA);
  const absl::optional<char> digit = DigitFromInfo(type, body);
  if (!digit.has_value()) return respond(400, "Not a Telephone Key");
  if (!is_serving_) return respond(SIP_503_SERVICE_UNAVAILABLE);  // Rather than lose the key.
  respond(SIP_200_OK);
  if (dialog->stage != Stage::kUp) return;  // Keys are for an answered call.
  metrics_.DigitReceived();
  Publish(*dialog, DigitsPressed{std::string(1, *digit)});
}

void UserAgent::OnOptions(nua_handle_t* handle) {
  if (is_serving_ && !shut_down_) {
    nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), SIPTAG_ALLOW_STR(kAllow),
                SIPTAG_ACCEPT_STR(kSdpType), TAG_END());
  } else {
    nua_respond(handle, SIP_503_SERVICE_UNAVAILABLE, NUTAG_WITH_THIS(nua_),
                SIPTAG_RETRY_AFTER_STR("5"), TAG_END());
  }
}

void UserAgent::OnInviteResponse(Dialog& dialog, int status, char const* phrase, const sip_t* sip) {
  if (dialog.stage == Stage::kDialing) {
    OnDialResponse(dialog, status, phrase, sip);
  } else if (dialog.exchange == MediaExchange::kOurInvite && status >= 200) {
    OnOfferResponse(dialog, status, sip);
  }
}

void UserAgent::OnDialResponse(Dialog& dialog, int status, char const* phrase, const sip_t* sip) {
  if (status < 200) {
    // Early media is not passed: what a network plays before the answer never enters a room.
    if (status > 100 && !dialog.is_cancelled) Publish(dialog, CallProgressed{status});
    return;
  }
  loop_.Cancel(std::exchange(dialog.timer, 0));
  if (status >= 300) {
    const EndReason reason = dialog.is_rung_out ? EndReason::kNoAnswer : EndReasonForStatus(status);
    Fail(dialog, reason, status, phrase == nullptr ? "" : phrase);
    return;
  }
  if (dialog.is_cancelled) {  // It was picked up just as we gave up.
    nua_bye(dialog.handle, TAG_END());
    Fail(dialog, dialog.is_rung_out ? EndReason::kNoAnswer : EndReason::kCancelled, 487,
         "Given Up");
    return;
  }
  SdpBody body = sip == nullptr ? SdpBody{} : ReadSdp(*sip);
  if (body.sdp.empty()) {
    nua_bye(dialog.handle, SIPTAG_REASON_STR("SIP;cause=488;text=\"No SDP in the answer\""),
            TAG_END());
    Fail(dialog, EndReason::kMediaUnacceptable, 488, "No SDP in the Answer");
    return;
  }
  dialog.stage = Stage::kUp;
  dialog.signaling_address = SignalingAddress();
  metrics_.CallConfirmed();
  Publish(dialog, CallAnswered{std::move(body.sdp), dialog.signaling_address});
}

void UserAgent::OnOfferResponse(Dialog& dialog, int status, const sip_t* sip) {
  if (status == 491 && dialog.offer_tries < kOfferTriesMax) {
    // Glare: both sides wait, each within its own range, so that they do not meet again (§14.1).
    const bool owns_call_id = dialog.is_ours;
    const absl::Duration wait = absl::Milliseconds(
        10 * (owns_call_id ? random_.Between(210, 400) : random_.Between(0, 200)));
    dialog.exchange = MediaExchange::kNone;
    dialog.timer = loop_.After(wait, [this, &dialog] {
      dialog.timer = 0;
      SendOffer(dialog);
    });
    return;
  }
  dialog.wanted_offer.clear();
  SdpBody body;
  if (status < 300 && sip != nullptr) body = ReadSdp(*sip);
  const bool is_refused = body.sdp.empty();
  if (!is_refused) dialog.signaling_address = SignalingAddress();
  Publish(dialog, MediaAnswered{std::move(body.sdp), is_refused, dialog.signaling_address});
  MediaSettled(dialog);
}

void UserAgent::OnState(Dialog& dialog, int status, tagi_t tags[]) {
  int state = nua_callstate_init;
  tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
  if (state != nua_callstate_terminated) return;
  if (dialog.stage == Stage::kDialing) {
    Fail(dialog, EndReasonForStatus(status), status, "");
  } else {
    End(dialog, EndReason::kLost, status);
  }
  Remove(dialog);
}

}  // namespace narada::sip
