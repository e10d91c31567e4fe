#include "control/sms/delivery_receipt.h"

#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

using State = Receipt::State;

DeliverSm WithText(const std::string& text) { return {.esm_class = 0x04, .message = text}; }

TEST(DeliveryReceipt, TextFormNamesMessageAndState) {
  const auto receipt = ParseReceipt(
      WithText("id:7220bb6bd0be98fa sub:001 dlvrd:001 submit date:2601021405 done date:2601021406 "
               "stat:DELIVRD err:000 text:Zapraszam"));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->message_id, "7220bb6bd0be98fa");
  EXPECT_EQ(receipt->state, State::kDelivered);
  EXPECT_EQ(receipt->detail, "DELIVRD");
}

TEST(DeliveryReceipt, EveryStateOfTheSpecification) {
  const auto state = [](const std::string& word) {
    return ParseReceipt(WithText("id:1 stat:" + word))->state;
  };
  EXPECT_EQ(state("DELIVRD"), State::kDelivered);
  for (const char* word : {"EXPIRED", "DELETED", "UNDELIV", "REJECTD"}) {
    EXPECT_EQ(state(word), State::kUndelivered) << word;
  }
  for (const char* word : {"ENROUTE", "ACCEPTD", "UNKNOWN", "SOMETHING", ""}) {
    EXPECT_EQ(state(word), State::kUnderway) << word;
  }
}

TEST(DeliveryReceipt, ErrorCodeIsToldWithAFailure) {
  EXPECT_EQ(ParseReceipt(WithText("id:1 stat:UNDELIV err:045"))->detail, "UNDELIV 045");
}

TEST(DeliveryReceipt, ParametersAreRightWhereTheTextDiffers) {
  DeliverSm deliver = WithText("id:17 stat:DELIVRD err:000");
  deliver.receipted_id = "11";
  deliver.message_state = 5;
  const auto receipt = ParseReceipt(deliver);
  EXPECT_EQ(receipt->message_id, "11");
  EXPECT_EQ(receipt->state, State::kUndelivered);
}

TEST(DeliveryReceipt, ParametersAloneAreEnough) {
  const auto receipt = ParseReceipt({.esm_class = 4, .receipted_id = "A1", .message_state = 2});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->state, State::kDelivered);
}

TEST(DeliveryReceipt, KeysInCapitalsAndOtherOrderAreRead) {
  const auto receipt = ParseReceipt(WithText("STAT:DELIVRD Err:0 ID:99"));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->message_id, "99");
  EXPECT_EQ(receipt->state, State::kDelivered);
}

TEST(DeliveryReceipt, NothingIsReadOutOfTheMessagesOwnText) {
  const auto receipt = ParseReceipt(WithText("id:1 stat:UNDELIV err:001 text:x stat:DELIVRD id:2"));
  EXPECT_EQ(receipt->message_id, "1");
  EXPECT_EQ(receipt->state, State::kUndelivered);
  EXPECT_FALSE(ParseReceipt(WithText("paid:1 stat:DELIVRD")));
  EXPECT_FALSE(ParseReceipt(WithText("")));
}

TEST(DeliveryReceipt, IdsAreComparedWithoutCaseAndLeadingZeros) {
  EXPECT_EQ(NormalizedMessageId("00AbC"), "abc");
  EXPECT_EQ(NormalizedMessageId("0000"), "0");
  EXPECT_EQ(NormalizedMessageId(""), "");
  EXPECT_EQ(NormalizedReceiptId("0ABC", ReceiptIds::kAsAnswered), "abc");
}

TEST(DeliveryReceipt, DecimalReceiptMeetsItsHexadecimalAnswer) {
  EXPECT_EQ(NormalizedReceiptId("0305419896", ReceiptIds::kDecimalOfHex),
            NormalizedMessageId("12345678"));
  EXPECT_EQ(NormalizedReceiptId("b-17", ReceiptIds::kDecimalOfHex), "b-17");
}

}  // namespace
}  // namespace narada::control::sms
