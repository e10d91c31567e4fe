#include "control/sms/smpp_client.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/model/phone_number.h"
#include "control/sms/fake_smsc.h"
#include "control/sms/sms_counters.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

const char kPolish[] =
    "Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem +48 608 608 608. Proszę "
    "podać numer pokoju konferencyjnego: 12345 i PIN: 678901";

class SeenEvents final : public SenderEvents {
 public:
  void OnPartAccepted(absl::string_view, absl::string_view message_id,
                      const AcceptedPart& part) override {
    accepted.push_back(absl::StrCat(message_id, "/", part.number, "=", part.provider_id));
  }
  void OnReceipt(Receipt receipt, absl::AnyInvocable<void(bool)> noted) override {
    receipts.push_back(std::move(receipt));
    noted(can_note);
  }
  void OnRouteBack(absl::string_view) override { ++back; }

  std::vector<std::string> accepted;
  std::vector<Receipt> receipts;
  bool can_note = true;
  int back = 0;
};

class SmppClientTest : public testing::Test {
 protected:
  SmppClientTest() {
    settings_.system_id = "narada";
    settings_.password = "secret";
    settings_.window = 4;
    NewClient();
  }

  void NewClient() {
    client_ =
        std::make_unique<SmppClient>("smpp", settings_, events_, counters_,
                                     [this](uint64_t connection, uint32_t sequence, bool is_noted) {
                                       client_->AnswerReceipt(connection, sequence, is_noted);
                                     });
  }

  void Bind() {
    client_->OnConnected(now_);
    smsc_.Read(client_->output());
    Say(FakeSmsc::Answer(smsc_.Take().at(0), kSmppOk, "smsc"));
    ASSERT_TRUE(client_->is_bound());
  }

  void Say(const std::string& bytes) {
    client_->OnBytes(bytes, now_);
    Tick();
  }

  void Tick() {
    wake_at_ = client_->Tick(now_);
    smsc_.Read(client_->output());
  }

  void Wait(absl::Duration duration) {
    now_ += duration;
    Tick();
  }

  void Send(const std::string& id, const std::string& text, std::vector<AcceptedPart> had = {}) {
    client_->Add(
        {.id = id,
         .to = *PhoneNumber::FromE164("+48601234567"),
         .from = "Narada",
         .text = text,
         .accepted_route = "smpp",
         .accepted_parts = std::move(had)},
        [this, id](SendResult result) { results_.emplace(id, std::move(result)); }, now_);
    Tick();
  }

  const Sent* SentOf(const std::string& id) { return std::get_if<Sent>(&results_.at(id)); }
  const TryAgain* AgainOf(const std::string& id) { return std::get_if<TryAgain>(&results_.at(id)); }

  absl::Time now_ = absl::FromUnixSeconds(1'770'000'000);
  absl::Time wake_at_;
  SmppSettings settings_;
  SeenEvents events_;
  SmsCounters counters_;
  FakeSmsc smsc_;
  std::unique_ptr<SmppClient> client_;
  std::map<std::string, SendResult> results_;
};

TEST_F(SmppClientTest, ShortMessageIsOneSubmitWithItsIdForReceipts) {
  Bind();
  EXPECT_EQ(events_.back, 1);
  Send("m1", "Room 12345 {PIN} 678901 €");
  const std::vector<Pdu> submits = smsc_.TakeSubmits();
  ASSERT_EQ(submits.size(), 1u);
  const SeenSubmit seen = ReadSubmit(submits[0]);
  EXPECT_EQ(seen.source, "Narada");
  EXPECT_EQ(seen.source_ton, 5);
  EXPECT_EQ(seen.destination, "48601234567");
  EXPECT_EQ(seen.esm_class, 0);
  EXPECT_EQ(seen.registered_delivery, 1);
  EXPECT_EQ(seen.data_coding, 0);
  EXPECT_EQ(seen.message, "Room 12345 \x1b(PIN\x1b) 678901 \x1b\x65");
  Say(FakeSmsc::Answer(submits[0], kSmppOk, "00AbC"));
  ASSERT_NE(SentOf("m1"), nullptr);
  EXPECT_EQ(SentOf("m1")->parts.at(0).provider_id, "abc");
  EXPECT_EQ(SentOf("m1")->route, "smpp");
}

TEST_F(SmppClientTest, PolishInvitationGoesInThreePartsOfOneReference) {
  Bind();
  Send("m1", kPolish);
  const std::vector<Pdu> submits = smsc_.TakeSubmits();
  ASSERT_EQ(submits.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const SeenSubmit seen = ReadSubmit(submits[i]);
    EXPECT_EQ(seen.esm_class, 0x40);
    EXPECT_EQ(seen.data_coding, 8);
    EXPECT_EQ(seen.message.substr(0, 3), std::string("\x05\0\x03", 3));
    EXPECT_EQ(seen.message[3], ReadSubmit(submits[0]).message[3]);
    EXPECT_EQ(seen.message[4], 3);
    EXPECT_EQ(seen.message[5], i + 1);
    EXPECT_LE(seen.message.size(), 140u);
    Say(FakeSmsc::Answer(submits[i], kSmppOk, absl::StrCat("id", i)));
  }
  ASSERT_NE(SentOf("m1"), nullptr);
  EXPECT_EQ(SentOf("m1")->parts.size(), 3u);
  EXPECT_EQ(events_.accepted, (std::vector<std::string>{"m1/1=id0", "m1/2=id1"}));
}

TEST_F(SmppClientTest, NoMoreThanTheWindowIsUnanswered) {
  Bind();
  Send("m1", kPolish);
  Send("m2", kPolish);
  std::vector<Pdu> submits = smsc_.TakeSubmits();
  EXPECT_EQ(submits.size(), 4u);
  Say(FakeSmsc::Answer(submits[0], kSmppOk, "a"));
  EXPECT_EQ(smsc_.TakeSubmits().size(), 1u);
}

TEST_F(SmppClientTest, ThrottledPartWaitsAndGoesAgain) {
  for (const uint32_t status : {kSmppThrottled, kSmppMessageQueueFull}) {
    results_.clear();
    NewClient();
    Bind();
    Send("m1", "text");
    Say(FakeSmsc::Answer(smsc_.TakeSubmits().at(0), status));
    EXPECT_TRUE(smsc_.TakeSubmits().empty()) << "no pause";
    EXPECT_TRUE(results_.empty());
    now_ = wake_at_;
    Tick();
    const std::vector<Pdu> again = smsc_.TakeSubmits();
    ASSERT_EQ(again.size(), 1u);
    Say(FakeSmsc::Answer(again[0], kSmppOk, "a"));
    EXPECT_NE(SentOf("m1"), nullptr);
  }
  EXPECT_EQ(counters_.throttled, 2);
}

TEST_F(SmppClientTest, SmscThatThrottlesForMinutesGetsTheMessageLater) {
  Bind();
  Send("m1", "text");
  for (int i = 0; i < 100 && results_.empty(); ++i) {
    for (const Pdu& submit : smsc_.TakeSubmits()) Say(FakeSmsc::Answer(submit, kSmppThrottled));
    now_ = wake_at_;
    Tick();
  }
  ASSERT_NE(AgainOf("m1"), nullptr);
  EXPECT_EQ(AgainOf("m1")->unanswered, 0);
}

TEST_F(SmppClientTest, RefusalOfTheRecipientIsForGoodAndOtherErrorsAreNot) {
  Bind();
  Send("m1", "text");
  Say(FakeSmsc::Answer(smsc_.TakeSubmits().at(0), 0x0B));
  const Refused* refused = std::get_if<Refused>(&results_.at("m1"));
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->reason, "the SMSC answered ESME_RINVDSTADR");
  Send("m2", "text");
  Say(FakeSmsc::Answer(smsc_.TakeSubmits().at(0), 0x45));
  EXPECT_NE(AgainOf("m2"), nullptr);
}

TEST_F(SmppClientTest, LostAnswerHandsTheMessageBackAndALateOneIsTold) {
  Bind();
  Send("m1", "text");
  const Pdu submit = smsc_.TakeSubmits().at(0);
  Wait(settings_.response_timeout - absl::Milliseconds(1));
  for (const Pdu& pdu : smsc_.Take()) Say(FakeSmsc::Answer(pdu));  // enquire_link
  EXPECT_TRUE(results_.empty());
  Wait(absl::Milliseconds(1));
  ASSERT_NE(AgainOf("m1"), nullptr);
  EXPECT_EQ(AgainOf("m1")->unanswered, 1);
  EXPECT_FALSE(client_->wants_close());
  Say(FakeSmsc::Answer(submit, kSmppOk, "late"));
  EXPECT_EQ(events_.accepted, (std::vector<std::string>{"m1/1=late"}));
}

TEST_F(SmppClientTest, BreakInMidWindowLosesNothingAndOnlyTheUnansweredIsRepeated) {
  Bind();
  Send("m1", kPolish);
  const std::vector<Pdu> submits = smsc_.TakeSubmits();
  Say(FakeSmsc::Answer(submits[1], kSmppOk, "b"));
  client_->OnClosed("the SMSC closed the connection");
  ASSERT_NE(AgainOf("m1"), nullptr);
  EXPECT_EQ(AgainOf("m1")->unanswered, 2);
  EXPECT_EQ(counters_.connections_lost, 1);
  results_.clear();
  Bind();
  Send("m1", kPolish, {{2, "b"}});
  const std::vector<Pdu> again = smsc_.TakeSubmits();
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(ReadSubmit(again[0]).message[5], 1);
  EXPECT_EQ(ReadSubmit(again[1]).message[5], 3);
  EXPECT_EQ(ReadSubmit(again[0]).message, ReadSubmit(submits[0]).message);
  Say(FakeSmsc::Answer(again[0], kSmppOk, "a"));
  Say(FakeSmsc::Answer(again[1], kSmppOk, "c"));
  EXPECT_EQ(SentOf("m1")->parts.size(), 3u);
}

TEST_F(SmppClientTest, MessageThatHasArrivedWholeIsNotSentAgain) {
  Bind();
  Send("m1", "text", {{1, "a"}});
  EXPECT_TRUE(smsc_.TakeSubmits().empty());
  EXPECT_EQ(SentOf("m1")->parts.at(0).provider_id, "a");
}

TEST_F(SmppClientTest, WithoutAConnectionMessagesAreHandedBackAtOnce) {
  client_->OnClosed("the SMSC cannot be reached");
  Send("m1", "text");
  ASSERT_NE(AgainOf("m1"), nullptr);
  EXPECT_EQ(AgainOf("m1")->unanswered, 0);
}

TEST_F(SmppClientTest, MessageWaitsAMomentForTheFirstBind) {
  client_->OnConnected(now_);
  Send("m1", "text");
  EXPECT_TRUE(results_.empty());
  Say(FakeSmsc::Answer(smsc_.Take().at(0), kSmppOk, "smsc"));
  EXPECT_EQ(smsc_.TakeSubmits().size(), 1u);
}

TEST_F(SmppClientTest, RefusedBindIsNamed) {
  client_->OnConnected(now_);
  smsc_.Read(client_->output());
  Say(FakeSmsc::Answer(smsc_.Take().at(0), 0x0E));
  EXPECT_TRUE(client_->wants_close());
  EXPECT_EQ(client_->close_reason(), "the SMSC refused the bind: ESME_RINVPASWD");
}

TEST_F(SmppClientTest, SilentSmscIsAskedAndThenLeft) {
  Bind();
  Wait(settings_.enquire_link);
  std::vector<Pdu> asked = smsc_.Take();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].command, static_cast<uint32_t>(SmppCommand::kEnquireLink));
  Say(FakeSmsc::Answer(asked[0]));
  Wait(settings_.enquire_link);
  EXPECT_EQ(smsc_.Take().size(), 1u);
  Wait(settings_.response_timeout);
  EXPECT_TRUE(client_->wants_close());
  EXPECT_EQ(client_->close_reason(), "the SMSC does not answer any more");
}

TEST_F(SmppClientTest, EnquiriesOfTheSmscAreAnswered) {
  Bind();
  Say(EncodeEmpty(SmppCommand::kEnquireLink, kSmppOk, 77));
  const std::vector<Pdu> answers = smsc_.Take();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command, static_cast<uint32_t>(SmppCommand::kEnquireLinkResp));
  EXPECT_EQ(answers[0].sequence, 77u);
}

TEST_F(SmppClientTest, ReceiptIsToldAndAnswered) {
  Bind();
  Say(FakeSmsc::Receipt(9, "id:00ABC sub:001 stat:DELIVRD err:000"));
  ASSERT_EQ(events_.receipts.size(), 1u);
  EXPECT_EQ(events_.receipts[0].provider_id, "abc");
  EXPECT_EQ(events_.receipts[0].state, Receipt::State::kDelivered);
  const std::vector<Pdu> answers = smsc_.Take();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command, static_cast<uint32_t>(SmppCommand::kDeliverSmResp));
  EXPECT_EQ(answers[0].status, kSmppOk);
  EXPECT_EQ(answers[0].sequence, 9u);
}

TEST_F(SmppClientTest, ReceiptThatCannotBeKeptIsToComeAgain) {
  Bind();
  events_.can_note = false;
  Say(FakeSmsc::ReceiptByParameters(9, "abc", 5));
  EXPECT_EQ(events_.receipts.at(0).state, Receipt::State::kUndelivered);
  EXPECT_EQ(smsc_.Take().at(0).status, kSmppTemporaryAppError);
}

TEST_F(SmppClientTest, UnknownRequestIsRefusedAndNonsenseEndsTheConnection) {
  Bind();
  Say(Encode({.command = 0x00000103, .sequence = 5}));
  const std::vector<Pdu> answers = smsc_.Take();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].command, static_cast<uint32_t>(SmppCommand::kGenericNack));
  EXPECT_EQ(answers[0].status, kSmppInvalidCommandId);
  Say("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_TRUE(client_->wants_close());
}

TEST_F(SmppClientTest, UnbindOfTheSmscIsAnsweredAndEndsTheConnection) {
  Bind();
  Say(EncodeEmpty(SmppCommand::kUnbind, kSmppOk, 3));
  EXPECT_EQ(smsc_.Take().at(0).command, static_cast<uint32_t>(SmppCommand::kUnbindResp));
  EXPECT_TRUE(client_->wants_close());
}

TEST_F(SmppClientTest, EndHandsBackWhatIsOpen) {
  Bind();
  Send("m1", "text");
  client_->GiveUp();
  ASSERT_NE(AgainOf("m1"), nullptr);
  EXPECT_EQ(AgainOf("m1")->unanswered, 1);
}

}  // namespace
}  // namespace narada::control::sms
