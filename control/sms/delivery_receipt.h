// A delivery receipt as SMSCs word it: by optional parameters, by a text, or by both (SMPP 3.4, sections
// 5.2.28, 5.3.2 and appendix B).
//
//   std::optional<SmscReceipt> receipt = ParseReceipt(deliver);
//   NormalizedMessageId(receipt->message_id, form) == NormalizedMessageId(answered_id, form);
#ifndef NARADA_CONTROL_SMS_DELIVERY_RECEIPT_H_
#define NARADA_CONTROL_SMS_DELIVERY_RECEIPT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "control/sms/smpp_pdu.h"
#include "control/sms/sms_sender.h"

namespace narada::control::sms {

struct SmscReceipt {
  std::string message_id;
  Receipt::State state = Receipt::State::kUnderway;
  std::string detail;  // "DELIVRD", "UNDELIV 045".
};

// Nothing if it names no message. Where parameters and text differ, the parameters are right.
std::optional<SmscReceipt> ParseReceipt(const DeliverSm& deliver);

// Some SMSCs answer with a hexadecimal id and write the same number as decimal into the receipt.
enum class ReceiptIds { kAsAnswered, kDecimalOfHex };

// How an id is compared: letters small, no zeros in front.
std::string NormalizedMessageId(absl::string_view answered_id);
// The same of a receipt's id, which becomes hexadecimal first where `ids` says so.
std::string NormalizedReceiptId(absl::string_view receipt_id, ReceiptIds ids);

}  // namespace narada::control::sms

#endif  // NARADA_CONTROL_SMS_DELIVERY_RECEIPT_H_
