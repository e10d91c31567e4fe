// SMPP 3.4 on the wire: the PDUs that a transceiver needs, from and to bytes. Nothing here remembers.
//
//   while (true) {
//     Result<std::optional<Pdu>, PduError> pdu = TakePdu(bytes);   // off the front of what has arrived
//     if (!pdu.ok()) Disconnect();
//     if (!*pdu) break;                                              // the rest is still on its way
//     ...
//   }
//
// What an SMSC sends is read with suspicion: a length that lies is an error, and a field that we do not
// need is skipped, not interpreted. Numbers in brackets are sections of the SMPP 3.4 specification.
#ifndef NARADA_CONTROL_SMS_SMPP_PDU_H_
#define NARADA_CONTROL_SMS_SMPP_PDU_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/result.h"

namespace narada::control::sms {

// [5.1.2.1] A response is its request with the highest bit set.
enum class SmppCommand : uint32_t {
  kGenericNack = 0x80000000,
  kSubmitSm = 0x00000004,
  kSubmitSmResp = 0x80000004,
  kDeliverSm = 0x00000005,
  kDeliverSmResp = 0x80000005,
  kUnbind = 0x00000006,
  kUnbindResp = 0x80000006,
  kBindTransceiver = 0x00000009,
  kBindTransceiverResp = 0x80000009,
  kEnquireLink = 0x00000015,
  kEnquireLinkResp = 0x80000015,
};
inline constexpr uint32_t kSmppResponseBit = 0x80000000;

// [5.1.3] Those that we tell apart or give.
inline constexpr uint32_t kSmppOk = 0x00;
inline constexpr uint32_t kSmppInvalidCommandId = 0x03;
inline constexpr uint32_t kSmppInvalidBindStatus = 0x04;
inline constexpr uint32_t kSmppMessageQueueFull = 0x14;
inline constexpr uint32_t kSmppThrottled = 0x58;
inline constexpr uint32_t kSmppTemporaryAppError = 0x64;  // Give it to us again, later.

// As the specification writes it, such as "ESME_RTHROTTLED"; "0x00000400" for one that it lacks.
std::string SmppStatusName(uint32_t status);
// True if no later attempt at the same message can succeed: its recipient or its text is at fault.
bool IsPermanentSmppStatus(uint32_t status);

struct Pdu {
  uint32_t command = 0;
  uint32_t status = kSmppOk;
  uint32_t sequence = 0;
  std::string body;
};

enum class PduError { kLength };

// Larger ones end the connection: no PDU that we know comes near.
inline constexpr size_t kPduOctetsMax = 16384;

// Takes the first whole PDU off `bytes`; nothing if it is not whole yet.
Result<std::optional<Pdu>, PduError> TakePdu(std::string& bytes);

std::string Encode(const Pdu& pdu);
// One without a body.
std::string EncodeEmpty(SmppCommand command, uint32_t status, uint32_t sequence);

// [4.1.5]
struct BindTransceiver {
  std::string system_id;    // At most 15 octets.
  std::string password;     // At most 8.
  std::string system_type;  // At most 12.
};
std::string EncodeBind(const BindTransceiver& bind, uint32_t sequence);

// [4.4.1] An address is E.164 without "+", or a name.
struct SubmitSm {
  std::string source;
  bool is_source_name = false;
  std::string destination;
  bool has_header = false;  // `message` begins with the header of a part.
  bool wants_receipt = true;
  uint8_t data_coding = 0;  // [5.2.19] 0: the SMSC's default alphabet; 8: UCS-2.
  std::string message;      // At most 254 octets.
};
std::string Encode(const SubmitSm& submit, uint32_t sequence);
// The SMSC's id of the message [4.4.2]; nothing if there is none.
std::optional<std::string> MessageIdOf(const Pdu& submit_sm_resp);

// [4.6.1] What an SMSC hands us: a receipt, or a message that somebody sent to our number.
struct DeliverSm {
  std::string source;
  std::string destination;
  uint8_t esm_class = 0;
  uint8_t data_coding = 0;
  std::string message;  // short_message, or message_payload where that is empty.
  std::optional<std::string> receipted_id;  // [5.3.2.12]
  std::optional<uint8_t> message_state;     // [5.3.2.35]

  // [5.2.12] "Short Message contains SMSC Delivery Receipt".
  bool IsReceipt() const { return (esm_class & 0x3C) == 0x04; }
};
// Nothing if the body is not one.
std::optional<DeliverSm> ParseDeliverSm(absl::string_view body);

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_SMPP_PDU_H_
