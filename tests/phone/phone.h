#ifndef NARADA_TESTS_PHONE_PHONE_H_
#define NARADA_TESTS_PHONE_PHONE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/phone/media_session.h"
#include "tests/phone/phone_loop.h"

namespace narada::phone {

class SipDialog;

enum class SipTransport { kUdp, kTcp };

// How the phone presents its own number (RFC 3325).
enum class CallerIdentity {
  kFrom,       // From has the number.
  kAsserted,   // From has it, and P-Asserted-Identity too, as a trusted trunk sends it.
  kAnonymous,  // From is anonymous, Privacy: id; P-Asserted-Identity has the number.
};

// A line of the SIP trace: when, which way, the start line.
struct SipTraceLine {
  absl::Duration at;  // Since the call began (INVITE out or in).
  bool is_sent;
  std::string start_line;
};

struct CallReport {
  bool is_answered = false;
  bool has_ended = false;
  bool ended_by_peer = false;
  int status = 0;                 // Final status of the INVITE; 0 while there is none.
  std::string reason;             // Its reason phrase.
  std::string warning;            // Its Warning header, if any.
  int retry_after_s = 0;          // Its Retry-After, 0 if none.
  int last_provisional = 0;       // 100, 180, ...
  std::string bye_reason;         // The Reason header of the peer's BYE.
  absl::Duration answered_after;  // From INVITE to 200.
  absl::Duration talked;          // From the answer to the end, or to now.
  int retransmissions = 0;        // Of our requests.
  std::string peer_contact;       // URI of the peer's Contact, once the call was answered.
  std::string session_expires;    // The Session-Expires of its answer; empty: no timer.
  std::vector<SipTraceLine> trace;
};

// A SIP phone (RFC 3261 user agent for one call at a time, UDP or TCP) with a MediaSession, for
// tests, the demo and load.
//   PhoneLoop loop;
//   auto phone = Phone::Create(loop, {.number = "+48601000001"}).value();
//   phone->Call("sip:+48608608608@127.0.0.1:5060");
//   CHECK_OK(phone->WaitAnswered(absl::Seconds(5)));
//   phone->media().Press("3");
//   phone->HangUp();
// Any thread but the loop's; waits block the caller. Answers re-INVITE, UPDATE, OPTIONS, INFO and
// BYE of the peer by itself. Ends a call that is still up in its destructor.
class Phone {
 public:
  struct Options {
    std::string number = "+48601000001";  // The user part of its own address.
    std::string display_name;
    CallerIdentity identity = CallerIdentity::kFrom;
    SipTransport transport = SipTransport::kUdp;
    std::string local_address = "127.0.0.1";
    uint16_t sip_port = 0;         // 0: any free port. A TCP phone listens only if this is set.
    bool late_offer = false;       // INVITE without SDP: the answer travels in the ACK.
    bool answers_at_once = false;  // Incoming calls: 200 without waiting.
    std::vector<std::pair<std::string, std::string>> headers;  // Added to the INVITE.
    int reinvite_status = 200;  // Answers the peer's re-INVITE and UPDATE; 200 accepts.
    bool allows_update = true;  // Whether Allow names UPDATE.
    std::string sdp;            // Sent instead of the true offer: for bad SDP.
    MediaSession::Options media;
  };

  static absl::StatusOr<std::unique_ptr<Phone>> Create(PhoneLoop& loop, Options options);
  ~Phone();

  // Sends the INVITE to `uri` ("sip:USER@HOST:PORT", ";transport=tcp" is implied by the options).
  absl::Status Call(absl::string_view uri);
  // OK when answered. ABORTED "486 Busy Here" when refused; DEADLINE_EXCEEDED.
  absl::Status WaitAnswered(absl::Duration timeout);
  // OK when a provisional response of at least `status` came.
  absl::Status WaitProvisional(int status, absl::Duration timeout);
  // OK when the call is over, whoever ended it.
  absl::Status WaitEnded(absl::Duration timeout);

  // For calls to this phone, at uri().
  absl::Status WaitIncoming(absl::Duration timeout);
  std::string uri() const;               // "sip:NUMBER@127.0.0.1:PORT"
  std::string incoming_from() const;     // The From header of the call that came in.
  std::string incoming_to_user() const;  // The user part of its Request-URI.
  absl::Status Ring();                   // 180
  absl::Status Answer();                 // 200 with the answer; media starts.
  absl::Status Reject(int status, absl::string_view reason);

  void HangUp();  // BYE, or CANCEL before the answer. Returns at once.
  // re-INVITE with a=sendonly (or a=inactive), and back. Waits for its final response.
  absl::Status Hold(bool is_inactive = false);
  absl::Status Resume();
  // SIP INFO with application/dtmf-relay, or application/dtmf if `is_plain`. Waits for each 200.
  absl::Status PressByInfo(absl::string_view digits, bool is_plain = false);
  // Any request within the call (with body) or outside of it (`uri`): the status of its final
  // response. For OPTIONS, UPDATE, MESSAGE and the like.
  absl::StatusOr<int> Request(absl::string_view method, absl::string_view uri = "",
                              absl::string_view content_type = "", absl::string_view body = "",
                              absl::Duration timeout = absl::Seconds(5));

  MediaSession& media() { return *media_; }
  const MediaSession& media() const { return *media_; }
  CallReport Report() const;

 private:
  Phone(PhoneLoop& loop, Options options);

  absl::Status Reinvite(absl::string_view direction);

  PhoneLoop& loop_;
  const Options options_;
  std::unique_ptr<MediaSession> media_;
  std::unique_ptr<SipDialog> dialog_;  // Guarded by the loop's mutex; uses media_.
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_PHONE_H_
