#include "control/sms/sender_chain.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "control/model/phone_number.h"
#include "control/sms/fake_sms_sender.h"
#include "gtest/gtest.h"

namespace narada::control::sms {
namespace {

class SenderChainTest : public testing::Test {
 protected:
  SenderChainTest() : chain_(clock_, {.failures_max = 3, .rest = absl::Seconds(30)}) {
    std::vector<std::unique_ptr<SmsSender>> senders;
    for (FakeSmsSender** sender : {&first_, &second_}) {
      auto made = std::make_unique<FakeSmsSender>();
      *sender = made.get();
      senders.push_back(std::move(made));
    }
    chain_.SetSenders(std::move(senders));
    first_->SetAnswer(Sent{.route = "first"});
    second_->SetAnswer(Sent{.route = "second"});
  }

  // The route by which a message went; what it said instead otherwise.
  std::string Send() {
    // Outlives this call: an answer may come later.
    auto said = std::make_shared<std::string>("no answer");
    chain_.Send({.id = "m1", .to = *PhoneNumber::FromE164("+48601234567")},
                [said](SendResult result) {
                  if (const Sent* sent = std::get_if<Sent>(&result)) *said = sent->route;
                  if (const Refused* refused = std::get_if<Refused>(&result)) {
                    *said = refused->reason;
                  }
                  if (const TryAgain* again = std::get_if<TryAgain>(&result)) *said = again->reason;
                });
    return *said;
  }

  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  SenderChain chain_;
  FakeSmsSender* first_ = nullptr;   // The chain's.
  FakeSmsSender* second_ = nullptr;  // The chain's.
};

TEST_F(SenderChainTest, FirstSenderIsUsedWhileItWorks) {
  EXPECT_EQ(Send(), "first");
  EXPECT_TRUE(second_->messages().empty());
}

TEST_F(SenderChainTest, WhatTheFirstCannotTakeGoesToTheNext) {
  first_->SetAnswer(TryAgain{"away"});
  EXPECT_EQ(Send(), "second");
}

TEST_F(SenderChainTest, RefusedMessageIsNotPassedOn) {
  first_->SetAnswer(Refused{"no such subscriber"});
  EXPECT_EQ(Send(), "no such subscriber");
  EXPECT_TRUE(second_->messages().empty());
}

TEST_F(SenderChainTest, MessageThatMayHaveArrivedIsNotPassedOn) {
  first_->SetAnswer(TryAgain{.reason = "no answer", .unanswered = 1});
  EXPECT_EQ(Send(), "no answer");
  EXPECT_TRUE(second_->messages().empty());
}

TEST_F(SenderChainTest, WhereAllFailTheLastReasonIsTold) {
  first_->SetAnswer(TryAgain{"the SMSC is away"});
  second_->SetAnswer(TryAgain{"the disk is full"});
  EXPECT_EQ(Send(), "the disk is full");
}

TEST_F(SenderChainTest, SenderThatFailsAgainAndAgainRestsAndIsThenTriedByOne) {
  first_->SetAnswer(TryAgain{"away"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(), "second");
  EXPECT_EQ(first_->messages().size(), 3u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Send(), "second");
  EXPECT_EQ(first_->messages().size(), 3u);
  clock_.Advance(absl::Seconds(30));
  first_->SetAnswer(std::nullopt);
  EXPECT_EQ(Send(), "no answer");  // The one that tries.
  EXPECT_EQ(Send(), "second");     // Those beside it go past.
  first_->Answer(Sent{.route = "first"});
  first_->SetAnswer(Sent{.route = "first"});
  EXPECT_EQ(Send(), "first");
}

TEST_F(SenderChainTest, AfterTheEndEverythingIsHandedBack) {
  first_->SetAnswer(std::nullopt);
  chain_.Stop();
  EXPECT_EQ(Send(), "no sms route can be tried now");
}

TEST(SenderChain, SingleSenderNeverRests) {
  ManualClock clock{absl::FromUnixSeconds(1'770'000'000)};
  SenderChain chain(clock, {.failures_max = 3, .rest = absl::Seconds(30)});
  auto made = std::make_unique<FakeSmsSender>();
  FakeSmsSender& only = *made;
  std::vector<std::unique_ptr<SmsSender>> senders;
  senders.push_back(std::move(made));
  chain.SetSenders(std::move(senders));
  only.SetAnswer(TryAgain{"away"});
  for (int i = 0; i < 10; ++i) {
    chain.Send({.id = "m1", .to = *PhoneNumber::FromE164("+48601234567")}, [](SendResult) {});
  }
  EXPECT_EQ(only.messages().size(), 10u);
}

}  // namespace
}  // namespace narada::control::sms
