#include "control/sms/fake_smsc.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace narada::control::sms {
namespace {

std::string DeliverBody(absl::string_view text) {
  std::string body(1, '\0');                          // service_type
  absl::StrAppend(&body, "\x01\x01", "48601234567");  // source
  body.push_back('\0');
  absl::StrAppend(&body, "\x05");
  body.push_back('\0');
  absl::StrAppend(&body, "Narada");  // destination
  body.push_back('\0');
  body.push_back('\x04');  // esm_class: a receipt
  body.append(8, '\0');    // protocol_id to sm_default_msg_id, two texts and a number among them
  body.push_back(static_cast<char>(text.size()));
  absl::StrAppend(&body, text);
  return body;
}

void AppendTlv(std::string& body, uint16_t tag, absl::string_view value) {
  for (const size_t number : {size_t{tag}, value.size()}) {
    body.push_back(static_cast<char>(number >> 8));
    body.push_back(static_cast<char>(number & 0xFF));
  }
  absl::StrAppend(&body, value);
}

std::string TakeText(absl::string_view& rest) {
  const size_t end = rest.find('\0');
  CHECK(end != absl::string_view::npos) << "a text without its end";
  std::string text(rest.substr(0, end));
  rest.remove_prefix(end + 1);
  return text;
}

uint8_t TakeOctet(absl::string_view& rest) {
  CHECK(!rest.empty()) << "a field is missing";
  const uint8_t octet = static_cast<uint8_t>(rest[0]);
  rest.remove_prefix(1);
  return octet;
}

}  // namespace

void FakeSmsc::Read(std::string& client_output) {
  while (true) {
    Result<std::optional<Pdu>, PduError> pdu = TakePdu(client_output);
    CHECK(pdu.ok()) << "the client wrote what is no SMPP";
    if (!*pdu) break;
    pdus_.push_back(**pdu);
  }
  CHECK(client_output.empty()) << "the client wrote half a PDU";
}

std::vector<Pdu> FakeSmsc::Take() { return std::exchange(pdus_, {}); }

std::vector<Pdu> FakeSmsc::TakeSubmits() {
  std::vector<Pdu> submits;
  for (const Pdu& pdu : Take()) {
    if (pdu.command == static_cast<uint32_t>(SmppCommand::kSubmitSm)) submits.push_back(pdu);
  }
  return submits;
}

std::string FakeSmsc::Answer(const Pdu& request, uint32_t status, absl::string_view message_id) {
  Pdu answer{.command = request.command | kSmppResponseBit,
             .status = status,
             .sequence = request.sequence};
  if (status == kSmppOk) answer.body = absl::StrCat(message_id, std::string(1, '\0'));
  return Encode(answer);
}

std::string FakeSmsc::Receipt(uint32_t sequence, absl::string_view text) {
  return Encode({.command = static_cast<uint32_t>(SmppCommand::kDeliverSm),
                 .sequence = sequence,
                 .body = DeliverBody(text)});
}

std::string FakeSmsc::ReceiptByParameters(uint32_t sequence, absl::string_view message_id,
                                          uint8_t state) {
  std::string body = DeliverBody("");
  AppendTlv(body, 0x001E, absl::StrCat(message_id, std::string(1, '\0')));
  AppendTlv(body, 0x0427, std::string(1, static_cast<char>(state)));
  return Encode({.command = static_cast<uint32_t>(SmppCommand::kDeliverSm),
                 .sequence = sequence,
                 .body = body});
}

SeenSubmit ReadSubmit(const Pdu& submit) {
  absl::string_view rest = submit.body;
  SeenSubmit seen;
  TakeText(rest);
  seen.source_ton = TakeOctet(rest);
  TakeOctet(rest);
  seen.source = TakeText(rest);
  TakeOctet(rest);
  TakeOctet(rest);
  seen.destination = TakeText(rest);
  seen.esm_class = TakeOctet(rest);
  TakeOctet(rest);
  TakeOctet(rest);
  TakeText(rest);
  TakeText(rest);
  seen.registered_delivery = TakeOctet(rest);
  TakeOctet(rest);
  seen.data_coding = TakeOctet(rest);
  TakeOctet(rest);
  const size_t length = TakeOctet(rest);
  CHECK_EQ(length, rest.size()) << "sm_length is not the message's";
  seen.message = std::string(rest);
  return seen;
}

}  // namespace narada::control::sms
