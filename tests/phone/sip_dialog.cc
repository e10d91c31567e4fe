#include "tests/phone/sip_dialog.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace narada::phone {
namespace {

// RFC 3261 §17.1.1.1.
constexpr absl::Duration kT1 = absl::Milliseconds(500);
constexpr absl::Duration kT2 = absl::Seconds(4);
constexpr absl::Duration kGiveUp = absl::Seconds(32);  // 64 T1
constexpr absl::Duration kRingMax = absl::Minutes(3);
constexpr size_t kTraceMax = 1000;

}  // namespace

SipDialog::SipDialog(PhoneLoop& loop, const Phone::Options& options, MediaStream& media)
    : loop_(loop),
      options_(options),
      media_(media),
      channel_(
          loop, options.transport == SipTransport::kTcp, options.local_address,
          [this](absl::string_view text, const SipChannel::Peer& peer) { Receive(text, peer); }),
      random_state_(std::random_device()()) {
  random_state_ = random_state_ << 32 | std::random_device()();
}

SipDialog::~SipDialog() {
  for (auto& [key, transaction] : transactions_) loop_.Cancel(transaction.timer);
  loop_.Cancel(repeat_timer_);
}

std::string SipDialog::TransactionKey(absl::string_view branch, absl::string_view method) {
  return absl::StrCat(branch, "/", method);
}

absl::Status SipDialog::Open() { return channel_.Open(options_.sip_port); }

std::string SipDialog::NewTag() {
  // splitmix64: distinct is all that is asked for.
  random_state_ += 0x9E3779B97F4A7C15u;
  uint64_t z = random_state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return absl::StrFormat("%016x", z ^ (z >> 31));
}

std::string SipDialog::NewBranch() { return absl::StrCat("z9hG4bK", NewTag()); }

std::string SipDialog::Via(absl::string_view branch) const {
  return absl::StrCat("SIP/2.0/", channel_.is_tcp() ? "TCP" : "UDP", " ", options_.local_address,
                      ":", channel_.local_port(), ";rport;branch=", branch);
}

std::string SipDialog::uri() const {
  return absl::StrCat("sip:", options_.number, "@", options_.local_address, ":",
                      channel_.local_port(), channel_.is_tcp() ? ";transport=tcp" : "");
}

absl::string_view SipDialog::Allow() const {
  return options_.allows_update ? "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"
                                : "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO";
}

std::string SipDialog::Contact() const { return absl::StrCat("<", uri(), ">"); }

std::pair<std::string, uint16_t> SipDialog::NextHop() const {
  return HostPortOf(routes_.empty() ? remote_target_ : UriOf(routes_.front()));
}

absl::Status SipDialog::Call(absl::string_view uri) {
  if (!call_id_.empty()) return absl::FailedPreconditionError("this phone has had its call");
  if (!absl::StartsWith(uri, "sip:")) return absl::InvalidArgumentError("not a sip: URI");
  remote_target_ = std::string(uri);
  if (channel_.is_tcp() && !absl::StrContains(uri, ";transport=")) {
    absl::StrAppend(&remote_target_, ";transport=tcp");
  }
  const auto [host, port] = NextHop();
  if (absl::Status prepared = channel_.Prepare(host, port); !prepared.ok()) return prepared;
  began_ = PhoneLoop::Now();
  call_id_ = absl::StrCat(NewTag(), "@", options_.local_address);
  const bool is_anonymous = options_.identity == CallerIdentity::kAnonymous;
  const std::string own = absl::StrCat("<sip:", options_.number, "@", options_.local_address, ">");
  local_ = is_anonymous ? "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
                        : absl::StrCat(options_.display_name.empty()
                                           ? ""
                                           : absl::StrCat("\"", options_.display_name, "\" "),
                                       own);
  absl::StrAppend(&local_, ";tag=", NewTag());
  remote_ = absl::StrCat("<", uri, ">");

  SipMessage invite = NewRequest("INVITE");
  if (options_.identity != CallerIdentity::kFrom) invite.Add("P-Asserted-Identity", own);
  if (is_anonymous) invite.Add("Privacy", "id");
  for (const auto& [name, value] : options_.headers) invite.Add(name, value);
  if (!options_.late_offer) {
    invite.Add("Content-Type", "application/sdp");
    invite.body = options_.sdp.empty() ? media_.LocalSdp("sendrecv") : options_.sdp;
  }
  invite_ = invite;
  SendRequest(std::move(invite), [this](const SipMessage& response) { InviteDone(response); });
  return absl::OkStatus();
}

SipMessage SipDialog::NewRequest(absl::string_view method) {
  SipMessage request;
  request.method = std::string(method);
  request.request_uri = remote_target_;
  request.Add("Via", Via(NewBranch()));
  request.Add("Max-Forwards", "70");
  for (const std::string& route : routes_) request.Add("Route", route);
  request.Add("From", local_);
  request.Add("To", remote_);
  request.Add("Call-ID", call_id_);
  request.Add("CSeq", absl::StrCat(++cseq_, " ", method));
  request.Add("Contact", Contact());
  request.Add("Allow", Allow());
  request.Add("User-Agent", "narada-phone");
  return request;
}

SipMessage SipDialog::NewResponse(const SipMessage& request, int status,
                                  absl::string_view reason) const {
  SipMessage response;
  response.is_request = false;
  response.method = request.method;
  response.status = status;
  response.reason = std::string(reason);
  for (const std::string& via : request.Headers("Via")) response.Add("Via", via);
  for (const std::string& route : request.Headers("Record-Route")) {
    response.Add("Record-Route", route);
  }
  response.Add("From", request.Header("From"));
  std::string to(request.Header("To"));
  if (HeaderParameter(to, "tag").empty() && status > 100) {
    const std::string tag = HeaderParameter(local_, "tag");
    absl::StrAppend(&to, ";tag=", tag.empty() ? "stateless" : tag);
  }
  response.Add("To", to);
  response.Add("Call-ID", request.Header("Call-ID"));
  response.Add("CSeq", request.Header("CSeq"));
  if (status < 300 && status > 100) {
    response.Add("Contact", Contact());
    response.Add("Allow", Allow());
  }
  return response;
}

void SipDialog::SendRequest(SipMessage request, std::function<void(const SipMessage&)> done) {
  const std::string key = TransactionKey(request.Branch(), request.method);
  ClientTransaction& transaction = transactions_[key];
  std::tie(transaction.host, transaction.port) = NextHop();
  transaction.interval = kT1;
  transaction.give_up = PhoneLoop::Now() + kGiveUp;
  transaction.done = std::move(done);
  Trace(true, request);
  (void)channel_.SendTo(transaction.host, transaction.port, request.Serialize());
  transaction.request = std::move(request);
  transaction.timer = loop_.At(PhoneLoop::Now() + kT1, [this, key] { Retransmit(key); });
}

void SipDialog::Retransmit(const std::string& key) {
  auto found = transactions_.find(key);
  if (found == transactions_.end()) return;
  ClientTransaction& transaction = found->second;
  const bool is_invite = transaction.request.method == "INVITE";
  if (PhoneLoop::Now() >= transaction.give_up) {
    SipMessage timeout = NewResponse(transaction.request, 408, "Request Timeout (by the phone)");
    auto done = std::move(transaction.done);
    transactions_.erase(found);
    done(timeout);
    return;
  }
  if (!channel_.is_tcp() && !(is_invite && transaction.has_provisional)) {
    ++report_.retransmissions;
    Trace(true, transaction.request);
    (void)channel_.SendTo(transaction.host, transaction.port, transaction.request.Serialize());
  }
  transaction.interval =
      is_invite ? transaction.interval * 2 : std::min(transaction.interval * 2, kT2);
  transaction.timer =
      loop_.At(std::min(PhoneLoop::Now() + transaction.interval, transaction.give_up),
               [this, key] { Retransmit(key); });
}

void SipDialog::Receive(absl::string_view text, const SipChannel::Peer& peer) {
  absl::StatusOr<SipMessage> message = SipMessage::Parse(text);
  if (!message.ok()) return;
  Trace(false, *message);
  if (message->is_request) {
    ReceiveRequest(*message, peer);
  } else {
    ReceiveResponse(*message);
  }
}

void SipDialog::ReceiveResponse(const SipMessage& response) {
  auto found = transactions_.find(TransactionKey(response.Branch(), response.method));
  if (found == transactions_.end()) {
    // A 2xx comes again until its ACK arrives (§13.2.2.4).
    if (response.method == "INVITE" && response.status / 100 == 2 && last_ack_.has_value() &&
        last_ack_->CSeqNumber() == response.CSeqNumber()) {
      const auto [host, port] = NextHop();
      Trace(true, *last_ack_);
      (void)channel_.SendTo(host, port, last_ack_->Serialize());
    }
    return;
  }
  ClientTransaction& transaction = found->second;
  if (response.status < 200) {
    transaction.has_provisional = true;
    transaction.give_up = PhoneLoop::Now() + kRingMax;
    if (response.method != "INVITE" || report_.is_answered) return;
    report_.last_provisional = std::max(report_.last_provisional, response.status);
    if (wants_cancel_) HangUp();
    return;
  }
  if (response.method == "INVITE" && response.status >= 300) {
    SendAckFor(transaction.request, response, "");
  }
  loop_.Cancel(transaction.timer);
  auto done = std::move(transaction.done);
  transactions_.erase(found);
  done(response);
}

void SipDialog::InviteDone(const SipMessage& response) {
  report_.status = response.status;
  report_.reason = response.reason;
  report_.warning = std::string(response.Header("Warning"));
  report_.session_expires = std::string(response.Header("Session-Expires"));
  (void)absl::SimpleAtoi(response.Header("Retry-After"), &report_.retry_after_s);
  if (response.status >= 300) {
    MarkEnded(!is_cancelled_);
    return;
  }
  LearnRemote(response, true);
  std::string answer;
  absl::Status media;
  if (options_.late_offer) {
    media = media_.Start(response.body);
    answer = media_.LocalSdp(AnswerDirection(media_.remote().direction));
  } else {
    media = media_.Start(response.body);
  }
  SendAckFor(*invite_, response, answer);
  MarkAnswered();
  media_.SetOrigin(answered_);
  if (wants_cancel_ || !media.ok()) {
    if (!media.ok()) report_.warning = absl::StrCat("phone: ", media.message());
    HangUp();
  }
}

void SipDialog::SendAckFor(const SipMessage& invite, const SipMessage& response,
                           absl::string_view body) {
  SipMessage ack;
  ack.method = "ACK";
  const bool is_success = response.status < 300;
  ack.request_uri = is_success ? remote_target_ : invite.request_uri;
  ack.Add("Via", is_success ? Via(NewBranch()) : std::string(invite.Header("Via")));
  ack.Add("Max-Forwards", "70");
  for (const std::string& route : is_success ? routes_ : invite.Headers("Route")) {
    ack.Add("Route", route);
  }
  ack.Add("From", invite.Header("From"));
  ack.Add("To", response.Header("To"));
  ack.Add("Call-ID", call_id_);
  ack.Add("CSeq", absl::StrCat(invite.CSeqNumber(), " ACK"));
  if (!body.empty()) {
    ack.Add("Content-Type", "application/sdp");
    ack.body = std::string(body);
  }
  if (is_success) last_ack_ = ack;
  const auto [host, port] = is_success ? NextHop() : HostPortOf(invite.request_uri);
  Trace(true, ack);
  (void)channel_.SendTo(host, port, ack.Serialize());
}

void SipDialog::LearnRemote(const SipMessage& message, bool is_caller) {
  remote_ = std::string(message.Header(is_caller ? "To" : "From"));
  if (!message.Header("Contact").empty()) remote_target_ = UriOf(message.Header("Contact"));
  routes_ = message.Headers("Record-Route");
  if (is_caller) std::reverse(routes_.begin(), routes_.end());
}

void SipDialog::MarkAnswered() {
  report_.is_answered = true;
  answered_ = PhoneLoop::Now();
}

void SipDialog::MarkEnded(bool by_peer) {
  if (report_.has_ended) return;
  report_.has_ended = true;
  report_.ended_by_peer = by_peer;
  ended_ = PhoneLoop::Now();
  loop_.Cancel(repeat_timer_);
  media_.Finish();
}

void SipDialog::HangUp() {
  if (report_.has_ended || call_id_.empty()) return;
  if (is_incoming() && !has_final_) {
    (void)Reject(486, "Busy Here");
    return;
  }
  if (is_up()) {
    // Over for us now; the BYE goes on by itself. The media says goodbye first, while the other
    // end still listens.
    MarkEnded(false);
    SendRequest(NewRequest("BYE"), [](const SipMessage&) {});
    return;
  }
  wants_cancel_ = true;
  if (is_cancelled_ || !invite_.has_value()) return;
  auto pending = transactions_.find(TransactionKey(invite_->Branch(), "INVITE"));
  // §9.1: no CANCEL before a provisional response; ReceiveResponse comes back here.
  if (pending == transactions_.end() || !pending->second.has_provisional) return;
  is_cancelled_ = true;
  SipMessage cancel;
  cancel.method = "CANCEL";
  cancel.request_uri = invite_->request_uri;
  for (const char* name : {"Via", "Max-Forwards", "From", "To", "Call-ID"}) {
    cancel.Add(name, invite_->Header(name));
  }
  cancel.Add("CSeq", absl::StrCat(invite_->CSeqNumber(), " CANCEL"));
  SendRequest(std::move(cancel), [](const SipMessage&) {});
}

absl::Status SipDialog::Reinvite(absl::string_view direction, std::function<void(int)> done) {
  if (!is_up()) return absl::FailedPreconditionError("no call is up");
  SipMessage invite = NewRequest("INVITE");
  invite.Add("Content-Type", "application/sdp");
  invite.body = media_.LocalSdp(direction);
  invite_ = invite;
  SendRequest(std::move(invite), [this, done = std::move(done)](const SipMessage& response) {
    int status = response.status;
    if (status < 300) {
      SendAckFor(*invite_, response, "");
      if (!media_.Start(response.body).ok()) status = 488;
    }
    done(status);
  });
  return absl::OkStatus();
}

absl::Status SipDialog::Request(absl::string_view method, absl::string_view uri,
                                absl::string_view content_type, absl::string_view body,
                                std::function<void(int)> done) {
  SipMessage request;
  if (uri.empty()) {
    if (!is_up()) return absl::FailedPreconditionError("no call is up");
    request = NewRequest(method);
  } else {
    if (!call_id_.empty()) return absl::FailedPreconditionError("this phone has had its call");
    remote_target_ = std::string(uri);
    const auto [host, port] = NextHop();
    if (absl::Status prepared = channel_.Prepare(host, port); !prepared.ok()) return prepared;
    call_id_ = absl::StrCat(NewTag(), "@", options_.local_address);
    local_ =
        absl::StrCat("<sip:", options_.number, "@", options_.local_address, ">;tag=", NewTag());
    remote_ = absl::StrCat("<", uri, ">");
    request = NewRequest(method);
    call_id_.clear();
  }
  if (!content_type.empty()) request.Add("Content-Type", content_type);
  request.body = std::string(body);
  SendRequest(std::move(request),
              [done = std::move(done)](const SipMessage& response) { done(response.status); });
  return absl::OkStatus();
}

void SipDialog::Trace(bool is_sent, const SipMessage& message) {
  if (report_.trace.size() >= kTraceMax) return;
  report_.trace.push_back({PhoneLoop::Now() - began_, is_sent, message.StartLine()});
}

CallReport SipDialog::Report() const {
  CallReport report = report_;
  if (report.is_answered) {
    report.peer_contact = remote_target_;
    report.answered_after = answered_ - began_;
    report.talked = (report.has_ended ? ended_ : PhoneLoop::Now()) - answered_;
  }
  return report;
}

}  // namespace narada::phone
