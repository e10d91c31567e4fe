#ifndef NARADA_TESTS_PHONE_SIP_DIALOG_H_
#define NARADA_TESTS_PHONE_SIP_DIALOG_H_

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tests/phone/media_stream.h"
#include "tests/phone/phone.h"
#include "tests/phone/phone_loop.h"
#include "tests/phone/sip_channel.h"
#include "tests/phone/sip_message.h"

namespace narada::phone {

// The SIP side of one Phone: its transactions (RFC 3261 §17) and one dialog (§12) at a time.
// Every function requires the loop's mutex.
class SipDialog {
 public:
  SipDialog(PhoneLoop& loop, const Phone::Options& options, MediaStream& media);
  ~SipDialog();
  SipDialog(const SipDialog&) = delete;
  SipDialog& operator=(const SipDialog&) = delete;

  absl::Status Open();

  // The calling side.
  absl::Status Call(absl::string_view uri);
  // The called side.
  absl::Status Ring();
  absl::Status Answer();
  absl::Status Reject(int status, absl::string_view reason);
  // Both.
  void HangUp();
  // `done` gets the final status (408 without any), later.
  absl::Status Reinvite(absl::string_view direction, std::function<void(int)> done);
  absl::Status Request(absl::string_view method, absl::string_view uri,
                       absl::string_view content_type, absl::string_view body,
                       std::function<void(int)> done);

  bool is_incoming() const { return incoming_invite_.has_value(); }
  bool is_up() const { return report_.is_answered && !report_.has_ended; }
  bool is_over() const { return report_.has_ended; }
  // Nothing is under way, so the sockets may close.
  bool is_quiet() const { return transactions_.empty() && !unacknowledged_.has_value(); }
  std::string uri() const;
  const absl::optional<SipMessage>& incoming_invite() const { return incoming_invite_; }
  CallReport Report() const;

 private:
  // A request of ours that has no final response yet. Kept for retransmission (UDP only).
  struct ClientTransaction {
    SipMessage request;
    std::string host;
    uint16_t port = 0;
    absl::Duration interval;
    absl::Duration give_up;
    bool has_provisional = false;
    PhoneLoop::TimerId timer = 0;
    std::function<void(const SipMessage&)> done;  // A final response; made up (408) on time-out.
  };

  static std::string TransactionKey(absl::string_view branch, absl::string_view method);

  void Receive(absl::string_view text, const SipChannel::Peer& peer);
  void ReceiveResponse(const SipMessage& response);
  void ReceiveRequest(const SipMessage& request, const SipChannel::Peer& peer);
  void ReceiveInvite(const SipMessage& request, const SipChannel::Peer& peer);
  void ReceiveReinvite(const SipMessage& request, const SipChannel::Peer& peer);
  void ReceiveAck(const SipMessage& request);
  void InviteDone(const SipMessage& response);

  SipMessage NewRequest(absl::string_view method);  // Within the dialog.
  SipMessage NewResponse(const SipMessage& request, int status, absl::string_view reason) const;
  std::string Via(absl::string_view branch) const;
  std::string Contact() const;
  absl::string_view Allow() const;  // What the phone serves.
  std::string NewBranch();
  std::string NewTag();
  // Where requests of the dialog go: the first route, else the remote target.
  std::pair<std::string, uint16_t> NextHop() const;

  void SendRequest(SipMessage request, std::function<void(const SipMessage&)> done);
  void Retransmit(const std::string& key);
  void SendAckFor(const SipMessage& invite, const SipMessage& response, absl::string_view body);
  void SendResponse(const SipMessage& response, const SipChannel::Peer& peer);
  void SendFinalToInvite(SipMessage response, const SipChannel::Peer& peer);
  void RepeatFinal();
  void LearnRemote(const SipMessage& message, bool is_caller);
  void MarkAnswered();
  void MarkEnded(bool by_peer);
  void Trace(bool is_sent, const SipMessage& message);

  PhoneLoop& loop_;
  const Phone::Options& options_;
  MediaStream& media_;
  SipChannel channel_;
  uint64_t random_state_;

  // The dialog.
  std::string call_id_;
  std::string local_;   // The From or To header that is ours, with tag.
  std::string remote_;  // The other one; its tag comes with the first response.
  std::string remote_target_;
  std::vector<std::string> routes_;
  uint32_t cseq_ = 0;

  // Calling.
  absl::optional<SipMessage> invite_;  // Our last INVITE, for its ACK.
  absl::optional<SipMessage> last_ack_;
  bool wants_cancel_ = false;
  bool is_cancelled_ = false;

  // Being called.
  absl::optional<SipMessage> incoming_invite_;
  SipChannel::Peer incoming_peer_;
  bool has_final_ = false;
  bool awaits_answer_in_ack_ = false;
  absl::optional<SipMessage> unacknowledged_;  // Our final response to an INVITE, until its ACK.
  SipChannel::Peer unacknowledged_peer_;
  absl::Duration repeat_interval_;
  absl::Duration repeat_until_;
  PhoneLoop::TimerId repeat_timer_ = 0;

  std::map<std::string, ClientTransaction> transactions_;  // By branch and method.
  std::map<std::string, std::string> responses_;  // To requests seen, by branch and method.

  absl::Duration began_;
  absl::Duration answered_;
  absl::Duration ended_;
  CallReport report_;
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SIP_DIALOG_H_
