#include "control/sms/invitations.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "control/storage/message_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

using storage::MessageRow;
using storage::Transaction;
using Ids = absl::StatusOr<std::vector<std::string>>;

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(9);
  return storage::SecretBox(key);
}

class InvitationsTest : public testing::Test {
 protected:
  InvitationsTest() {
    for (const Language language : kLanguages) {
      settings_.words.emplace(language, prompts::InvitationTemplate::Default(language));
    }
    NewInvitations();
  }

  void NewInvitations() {
    invitations_ = std::make_unique<Invitations>(database_.database(), secrets_, clock_, random_,
                                                 counters_, settings_);
    invitations_->SetMessageBell([this] { ++rings_; });
  }

  InvitationOrder Order(std::vector<std::string> numbers) {
    InvitationOrder order{.language = Language::kEnglish,
                          .access_number = PhoneNumber::FromE164("+48608608608"),
                          .room = RoomNumber::Parse("12345"),
                          .pin = Pin::Parse("678901")};
    for (const std::string& number : numbers) {
      order.numbers.push_back(*PhoneNumber::FromE164(number));
    }
    return order;
  }

  Ids Send(InvitationOrder order) {
    Ids sent = absl::UnknownError("not told");
    invitations_->Send(std::move(order), [&](Ids ids) { sent = std::move(ids); });
    Messages();  // A commit behind it: it has been told.
    return sent;
  }

  std::vector<MessageRow> Messages() {
    return *database_.database().Query<std::vector<MessageRow>>([](Transaction& transaction) {
      return absl::StatusOr<std::vector<MessageRow>>(
          storage::ListMessages(transaction, std::nullopt, 1000));
    });
  }

  std::string TextOf(const MessageRow& row) {
    return *secrets_.Open(storage::kMessageTextPurpose, row.id, row.text_sealed);
  }

  storage::TestDatabase database_;
  storage::SecretBox secrets_ = TestSecrets();
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  SeededRandom random_{1};
  SmsCounters counters_;
  InvitationSettings settings_;
  std::unique_ptr<Invitations> invitations_;
  int rings_ = 0;
};

TEST_F(InvitationsTest, EachNumberGetsOneMessageWithTheWordsOfTheLanguage) {
  const Ids ids = Send(Order({"+48601234567", "+48601234568", "+48601234567"}));
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_EQ(ids->size(), 2u);
  const std::vector<MessageRow> messages = Messages();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(TextOf(messages[0]),
            "You are invited to a teleconference on DD/MM at hh:mm, number +48 608 608 608. Please "
            "enter conference room number: 12345 and PIN: 678901");
  EXPECT_EQ(rings_, 1);
}

TEST_F(InvitationsTest, RepeatedOrderSendsOnce) {
  InvitationOrder order = Order({"+48601234567", "+48601234568"});
  order.request_id = "r1";
  const Ids first = Send(order);
  const Ids second = Send(order);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(std::set<std::string>(first->begin(), first->end()),
            std::set<std::string>(second->begin(), second->end()));
  EXPECT_EQ(Messages().size(), 2u);
  order.tenant = Tenant{.id = "acme"};  // Another's order of the same name.
  EXPECT_TRUE(Send(order).ok());
  EXPECT_EQ(Messages().size(), 4u);
}

TEST_F(InvitationsTest, TenantsHaveTheirOwnWordsAndLimit) {
  InvitationOrder order = Order({"+48601234567", "+48601234568"});
  order.tenant = Tenant{.id = "acme",
                        .limits = {.sms_per_day_max = 3},
                        .sms_templates = {{Language::kEnglish, "ACME {number} {room} {pin}"}}};
  ASSERT_TRUE(Send(order).ok());
  EXPECT_EQ(TextOf(Messages()[0]), "ACME +48 608 608 608 12345 678901");
  const Ids over = Send(order);
  EXPECT_EQ(ReasonOf(over.status()), "SMS_LIMIT");
  EXPECT_TRUE(RetryAfterOf(over.status()).has_value());
  EXPECT_EQ(Messages().size(), 2u) << "half of an order was sent";
  EXPECT_EQ(counters_.messages_limited, 1);
  order.tenant = Tenant{.id = "other", .limits = {.sms_per_day_max = 3}};
  EXPECT_TRUE(Send(order).ok());
  clock_.Advance(absl::Hours(24));
  order.tenant->id = "acme";
  EXPECT_TRUE(Send(order).ok());
}

// V22: SMS pumping.
TEST_F(InvitationsTest, V22LimitsHoldPerDestinationRangeCallerAndAltogether) {
  settings_.limits = {.destination_prefixes = {"+48"}, .per_destination_day_max = 2};
  NewInvitations();
  EXPECT_TRUE(Send(Order({"+48601234567"})).ok());
  EXPECT_TRUE(Send(Order({"+48601234567"})).ok());
  const Ids over = Send(Order({"+48601234567"}));
  EXPECT_EQ(ReasonOf(over.status()), "SMS_LIMIT");
  EXPECT_FALSE(absl::StrContains(over.status().message(), "601234567")) << over.status();
  EXPECT_FALSE(Send(Order({"+882161234567"})).ok());

  settings_.limits = {.per_range_day_max = 5};
  NewInvitations();
  EXPECT_FALSE(Send(Order({"+48601234001", "+48601234002", "+48601234003", "+48601234999"})).ok());
  EXPECT_TRUE(Send(Order({"+48601235001", "+48601235002", "+48601235003"})).ok());

  settings_.limits = {.per_caller_day_max = 2};
  NewInvitations();
  InvitationOrder order = Order({"+48602000001", "+48603000002", "+48604000003"});
  order.actor = "+48605000001";
  EXPECT_FALSE(Send(order).ok());
  order.actor = "";
  EXPECT_TRUE(Send(order).ok());

  settings_.limits = {.day_max = static_cast<int>(Messages().size()) + 1};
  NewInvitations();
  EXPECT_TRUE(Send(Order({"+48607000001"})).ok());
  EXPECT_FALSE(Send(Order({"+48608000001"})).ok());
}

TEST_F(InvitationsTest, OrderThatLacksSomethingIsRefused) {
  EXPECT_EQ(ReasonOf(Send(Order({})).status()), "FIELD_INVALID");
  InvitationOrder order = Order({"+48601234567"});
  order.pin.reset();
  EXPECT_EQ(ReasonOf(Send(order).status()), "FIELD_INVALID");
}

TEST_F(InvitationsTest, PreviewShowsNoPinAndSaysWhatItTakes) {
  const auto polish = invitations_->Preview({.language = Language::kPolish});
  ASSERT_TRUE(polish.ok());
  EXPECT_TRUE(absl::StrContains(polish->text, "PIN: ******"));
  EXPECT_EQ(polish->alphabet, Alphabet::kUcs2);
  EXPECT_EQ(polish->parts, 3);
  EXPECT_EQ(ReasonOf(invitations_->Preview({.text = "nothing"}).status()), "TEMPLATE_INVALID");
  settings_.is_transliterated = true;
  NewInvitations();
  const auto plain = invitations_->Preview({.language = Language::kPolish});
  EXPECT_EQ(plain->alphabet, Alphabet::kGsm7);
  EXPECT_EQ(plain->parts, 1);
  EXPECT_TRUE(absl::StrContains(plain->text, "Prosze podac"));
}

TEST_F(InvitationsTest, WhateverIsTransliteratedFitsTheGsmAlphabet) {
  const std::string odd = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ „”“’–— … ` € £ Ω 日本 \xff";
  EXPECT_EQ(SplitSms(prompts::TransliteratedToGsm7(odd)).alphabet, Alphabet::kGsm7);
}

}  // namespace
}  // namespace narada::control::sms
