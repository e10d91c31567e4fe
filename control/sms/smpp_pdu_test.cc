#include "control/sms/smpp_pdu.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

// The body of a deliver_sm with a receipt, as appendix B of the specification words it, and both
// parameters.
std::string ReceiptBody() {
  const std::string text = "id:7718 sub:001 stat:DELIVRD err:000 text:";
  return absl::StrCat(absl::HexStringToBytes("00010134383630313233343536370005004e617261646100"),
                      absl::HexStringToBytes("040000000000000000"),
                      std::string(1, static_cast<char>(text.size())), text,
                      absl::HexStringToBytes("001e0005373731380004270001"
                                             "02"));
}

TEST(SmppPdu, BindIsTheSpecificationsBytes) {
  EXPECT_EQ(
      Hex(EncodeBind({.system_id = "narada", .password = "secret08", .system_type = "VMA"}, 1)),
      "00000028000000090000000000000001"
      "6e617261646100"
      "736563726574303800"
      "564d4100"
      "34000000");
}

TEST(SmppPdu, BindFieldsThatAreTooLongAreCutNotOverrun) {
  const std::string bind = EncodeBind({.system_id = std::string(99, 's'),
                                       .password = std::string(99, 'p'),
                                       .system_type = std::string(99, 't')},
                                      1);
  EXPECT_EQ(bind.size(), 16u + 16 + 9 + 13 + 4);
}

TEST(SmppPdu, SubmitIsTheSpecificationsBytes) {
  const SubmitSm submit{.source = "Narada",
                        .is_source_name = true,
                        .destination = "48601234567",
                        .has_header = true,
                        .wants_receipt = true,
                        .data_coding = 8,
                        .message = std::string("\x05\0\x03\xAB\x02\x01\x01\x19", 8)};
  EXPECT_EQ(Hex(Encode(submit, 7)),
            "0000003a000000040000000000000007"
            "00"
            "05004e617261646100"
            "01013438363031323334353637"
            "00"
            "40"
            "0000"
            "00"
            "00"
            "01"
            "00"
            "08"
            "00"
            "08"
            "050003ab02010119");
}

TEST(SmppPdu, TakesOnePduAfterTheOtherHoweverTheyArrive) {
  const std::string two = EncodeEmpty(SmppCommand::kEnquireLink, kSmppOk, 1) +
                          EncodeEmpty(SmppCommand::kUnbind, kSmppOk, 2);
  std::string bytes;
  std::vector<uint32_t> taken;
  for (const char byte : two) {
    bytes.push_back(byte);
    const auto pdu = TakePdu(bytes);
    ASSERT_TRUE(pdu.ok());
    if (*pdu) taken.push_back((*pdu)->sequence);
  }
  EXPECT_EQ(taken, (std::vector<uint32_t>{1, 2}));
  EXPECT_TRUE(bytes.empty());
}

TEST(SmppPdu, LengthsThatCannotBeAreErrors) {
  for (const char* length : {"00000000", "0000000f", "00004001", "ffffffff"}) {
    std::string bytes = absl::HexStringToBytes(length);
    EXPECT_FALSE(TakePdu(bytes).ok()) << length;
  }
  std::string largest = absl::HexStringToBytes("00004000");
  EXPECT_TRUE(TakePdu(largest).ok());
}

TEST(SmppPdu, ReceiptIsReadWithItsParameters) {
  const auto deliver = ParseDeliverSm(ReceiptBody());
  ASSERT_TRUE(deliver);
  EXPECT_TRUE(deliver->IsReceipt());
  EXPECT_EQ(deliver->source, "48601234567");
  EXPECT_EQ(deliver->message, "id:7718 sub:001 stat:DELIVRD err:000 text:");
  EXPECT_EQ(deliver->receipted_id, "7718");
  EXPECT_EQ(deliver->message_state, 2);
}

TEST(SmppPdu, CutAnywhereABodyIsRefusedOrStillWhole) {
  const std::string whole = ReceiptBody();
  int refused = 0;
  for (size_t length = 0; length < whole.size(); ++length) {
    if (!ParseDeliverSm(absl::string_view(whole).substr(0, length))) ++refused;
  }
  // Two cuts leave a whole PDU: before the first and between the parameters.
  EXPECT_EQ(refused, static_cast<int>(whole.size()) - 2);
}

TEST(SmppPdu, AnswerWithoutABodyHasNoId) {
  EXPECT_FALSE(MessageIdOf({.command = 0x80000004, .status = kSmppThrottled}));
  EXPECT_EQ(MessageIdOf({.body = std::string("a1b2\0", 5)}), "a1b2");
  EXPECT_FALSE(MessageIdOf({.body = "never ends"}));
  EXPECT_FALSE(MessageIdOf({.body = std::string(70, 'x') + std::string(1, '\0')}));
}

TEST(SmppPdu, StatusesHaveTheirNames) {
  EXPECT_EQ(SmppStatusName(kSmppThrottled), "ESME_RTHROTTLED");
  EXPECT_EQ(SmppStatusName(0x400), "0x00000400");
  EXPECT_TRUE(IsPermanentSmppStatus(0x0B));
  EXPECT_FALSE(IsPermanentSmppStatus(kSmppThrottled));
  EXPECT_FALSE(IsPermanentSmppStatus(0x400));
}

}  // namespace
}  // namespace narada::control::sms
