#include "control/accounts/accounts.h"

#include <soci/soci.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "control/accounts/number_book.h"
#include "control/storage/account_table.h"
#include "control/storage/await.h"
#include "control/storage/reservation_table.h"
#include "control/storage/session_table.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::accounts {
namespace {

using storage::Await;

const PhoneNumber kFixed = *PhoneNumber::FromE164("+48608608608");
const PhoneNumber kSales = *PhoneNumber::FromE164("+48225550001");

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(9);
  return storage::SecretBox(key);
}

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() { Restart({}); }

  void Restart(AccountSettings settings) {
    settings.fixed_numbers = {{.number = kFixed}};
    accounts_ = std::make_unique<Accounts>(test_.database(), secrets_, clock_, random_, passwords_,
                                           settings);
  }

  template <typename T, typename Start>
  absl::StatusOr<T> Ask(Start start) {
    return Await<T>([&](auto done) { start(std::move(done)); });
  }
  absl::StatusOr<Tenant> CreateTenant(Tenant tenant, const std::string& request_id = "") {
    return Ask<Tenant>([&](auto done) {
      accounts_->CreateTenant(request_id, std::move(tenant), std::move(done));
    });
  }
  absl::StatusOr<RoomWithPins> CreateRoom(const std::string& tenant,
                                          const std::string& request_id = "",
                                          const std::string& number = "") {
    return Ask<RoomWithPins>([&](auto done) {
      accounts_->CreatePermanentRoom(
          request_id,
          {.tenant_id = tenant,
           .settings = {.display_name = "Board"},
           .number = number.empty() ? std::nullopt : RoomNumber::Parse(number)},
          std::move(done));
    });
  }
  absl::StatusOr<Entry> Find(const std::string& tenant, const Pin& pin) {
    return test_.database().Query<Entry>([&](storage::Transaction& transaction) {
      return accounts_->FindEntryIn(transaction,
                                    {.tenant_id = tenant, .room = std::nullopt, .pin = pin});
    });
  }
  absl::StatusOr<AccessNumber> PutNumber(AccessNumber number) {
    return Ask<AccessNumber>(
        [&](auto done) { accounts_->PutAccessNumber(std::move(number), std::move(done)); });
  }
  absl::StatusOr<User> PutUser(User user, std::optional<std::string> password) {
    return Ask<User>([&](auto done) {
      accounts_->PutUser(std::move(user), std::move(password), std::move(done));
    });
  }
  template <typename Start>
  absl::Status AskStatus(Start start) {
    absl::Notification answered;
    absl::Status answer;
    start([&](absl::Status status) {
      answer = std::move(status);
      answered.Notify();
    });
    answered.WaitForNotification();
    return answer;
  }

  storage::TestDatabase test_;
  const storage::SecretBox secrets_ = TestSecrets();
  ManualClock clock_{absl::FromUnixSeconds(1'770'000'000)};
  SeededRandom random_{7};
  PasswordHasher passwords_{PasswordHasher::Cost::kLeast};
  std::unique_ptr<Accounts> accounts_;
};

// ---- Tenants

TEST_F(AccountsTest, ATenantIsKeptWhole) {
  const Tenant acme{.id = "acme",
                    .display_name = "Acme sp. z o.o.",
                    .languages = {Language::kEnglish, Language::kPolish},
                    .limits = {.participants_max = 50,
                               .is_recording_allowed = true,
                               .call_out_prefixes = {"+48", "+4930"},
                               .call_outs_max = 4,
                               .sms_per_day_max = 100},
                    .prompt_set = "acme_voice",
                    .sms_templates = {{Language::kPolish, "{number} {room} {pin}"}},
                    .created_at = clock_.Now()};
  ASSERT_TRUE(CreateTenant(acme).ok());
  test_.Reopen();
  Restart({});
  const auto kept = Ask<Tenant>([&](auto done) { accounts_->GetTenant("acme", std::move(done)); });
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(*kept, acme);
}

TEST_F(AccountsTest, CreatingWithOneRequestIdCreatesOnce) {
  const auto first = CreateTenant({.display_name = "One"}, "request-1");
  const auto second = CreateTenant({.display_name = "Two"}, "request-1");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(second->display_name, "One");
  const auto room = CreateRoom(first->id, "request-2");
  const auto again = CreateRoom(first->id, "request-2");
  ASSERT_TRUE(room.ok() && again.ok());
  EXPECT_EQ(room->room, again->room);
  EXPECT_EQ(room->participant_pin, again->participant_pin);
  EXPECT_EQ(room->moderator_pin, again->moderator_pin);
}

TEST_F(AccountsTest, WhatIsWrongIsNamed) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  EXPECT_EQ(ReasonOf(CreateTenant({.id = "acme"}).status()), "TENANT_EXISTS");
  EXPECT_EQ(FieldOf(CreateTenant({.id = "Acme!"}).status()), "tenant.tenant_id");
  EXPECT_EQ(FieldOf(CreateTenant({.id = "b", .languages = {}}).status()), "tenant.languages");
  EXPECT_EQ(FieldOf(CreateTenant({.id = "b", .limits = {.call_out_prefixes = {"48"}}}).status()),
            "tenant.limits.call_out_prefixes");
  EXPECT_EQ(
      FieldOf(
          CreateTenant({.id = "b", .sms_templates = {{Language::kEnglish, "{room}"}}}).status()),
      "tenant.sms_templates[en]");
  EXPECT_EQ(FieldOf(CreateTenant({.id = "b", .prompt_set = "../other"}).status()),
            "tenant.prompt_set");
  EXPECT_EQ(ReasonOf(CreateRoom("nobody").status()), "TENANT_UNKNOWN");
}

TEST_F(AccountsTest, AnUpdateThatFailsChangesNothing) {
  ASSERT_TRUE(CreateTenant({.id = "acme", .display_name = "Acme"}).ok());
  const auto failed = Ask<Tenant>([&](auto done) {
    accounts_->UpdateTenant(
        "acme",
        [](Tenant& tenant) {
          tenant.display_name = "Changed";
          tenant.languages.clear();
          return absl::OkStatus();
        },
        std::move(done));
  });
  EXPECT_EQ(FieldOf(failed.status()), "tenant.languages");
  const auto kept = Ask<Tenant>([&](auto done) { accounts_->GetTenant("acme", std::move(done)); });
  EXPECT_EQ(kept->display_name, "Acme");
}

TEST_F(AccountsTest, ATenantThatHasSomethingStays) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto room = CreateRoom("acme");
  ASSERT_TRUE(room.ok());
  const auto delete_tenant = [&] {
    return AskStatus([&](auto done) { accounts_->DeleteTenant("acme", std::move(done)); });
  };
  EXPECT_EQ(ReasonOf(delete_tenant()), "IN_USE");
  ASSERT_TRUE(AskStatus([&](auto done) {
                accounts_->DeletePermanentRoom(room->room.id, std::move(done));
              }).ok());
  EXPECT_TRUE(delete_tenant().ok());
  EXPECT_EQ(ReasonOf(delete_tenant()), "TENANT_UNKNOWN");
}

TEST_F(AccountsTest, ListsComeInPages) {
  for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(CreateTenant({.id = id}).ok());
  const auto page = [&](const std::string& after) {
    std::string ids;
    const auto tenants = Ask<std::vector<Tenant>>(
        [&](auto done) { accounts_->ListTenants(after, 2, std::move(done)); });
    EXPECT_TRUE(tenants.ok());
    for (const Tenant& tenant : *tenants) ids += tenant.id;
    return ids;
  };
  EXPECT_EQ(page(""), "ab");
  EXPECT_EQ(page("b"), "c");
  EXPECT_EQ(page("c"), "");
}

// ---- Permanent rooms and their PINs

TEST_F(AccountsTest, PinsAreDrawnAndFindRoomAndRole) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto made = CreateRoom("acme");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->participant_pin.Reveal().size(), 8u);
  EXPECT_EQ(made->room.room.digits().size(), 6u);
  EXPECT_TRUE(IsPermanentRoomId(made->room.id));
  const auto participant = Find("acme", made->participant_pin);
  const auto moderator = Find("acme", made->moderator_pin);
  ASSERT_TRUE(participant.ok() && moderator.ok());
  EXPECT_EQ(participant->room, made->room);
  EXPECT_EQ(participant->role, Role::kParticipant);
  EXPECT_EQ(moderator->role, Role::kModerator);
  EXPECT_EQ(ReasonOf(Find("other", made->participant_pin).status()), "PERMANENT_ROOM_UNKNOWN");
}

TEST_F(AccountsTest, NoPinOfATenantIsDrawnTwiceEvenWhereTheSpaceIsNearlyFull) {
  // PINs of 4 digits, so that draws collide; several thousand of 10,000.
  Restart({.pin_digits = 4});
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  std::set<std::string> pins;
  for (int n = 0; n < 1'000; ++n) {
    const auto made = CreateRoom("acme");
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(pins.insert(made->participant_pin.Reveal()).second);
    EXPECT_TRUE(pins.insert(made->moderator_pin.Reveal()).second);
  }
}

TEST_F(AccountsTest, AReplacedPinOpensNothingAndIsNotDrawnAgainForItsQuarantine) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto made = CreateRoom("acme");
  const auto rotated =
      Ask<RoomWithPins>([&](auto done) { accounts_->RotatePins(made->room.id, std::move(done)); });
  ASSERT_TRUE(rotated.ok());
  EXPECT_FALSE(Find("acme", made->participant_pin).ok());
  EXPECT_TRUE(Find("acme", rotated->participant_pin).ok());
  const auto claim = [&] {
    const std::string mac = secrets_.Mac("permanent-pin", {"acme", made->participant_pin.Reveal()});
    return *test_.database().Query<bool>([&](storage::Transaction& transaction) {
      return absl::StatusOr<bool>(storage::ClaimPin(
          transaction, {.pin_mac = mac, .room_id = "room-x", .pin_sealed = "sealed"},
          clock_.Now()));
    });
  };
  EXPECT_FALSE(claim());
  clock_.Advance(accounts_->settings().pin_quarantine);
  EXPECT_TRUE(claim());
}

TEST_F(AccountsTest, AStolenDatabaseFileHoldsNoPinAndNoPassword) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto made = CreateRoom("acme");
  ASSERT_TRUE(PutUser({.name = "anna", .tenant_id = "acme"}, "correct horse").ok());
  std::string dump;
  const absl::Status dumped = test_.database().Run([&](storage::Transaction& transaction) {
    for (const char* column : {"pin_mac", "pin_sealed", "room_id"}) {
      const soci::rowset<std::string> values =
          (transaction.sql().prepare << "SELECT " << column << " FROM room_pins");
      for (const std::string& value : values) absl::StrAppend(&dump, value, "\n");
    }
    std::string hash;
    transaction.sql() << "SELECT password_hash FROM users", soci::into(hash);
    EXPECT_EQ(hash.substr(0, 10), "$argon2id$");
    absl::StrAppend(&dump, hash);
    return absl::OkStatus();
  });
  ASSERT_TRUE(dumped.ok());
  for (const std::string& secret :
       {made->participant_pin.Reveal(), made->moderator_pin.Reveal(), std::string("horse")}) {
    EXPECT_EQ(dump.find(secret), std::string::npos);
  }
}

TEST_F(AccountsTest, ARoomNumberIsOneRoomsAlone) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto made = CreateRoom("acme", "", "4711");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->room.room.digits(), "4711");
  const auto second = CreateRoom("acme", "", "4711");
  EXPECT_EQ(ReasonOf(second.status()), "IN_USE");
  EXPECT_EQ(FieldOf(second.status()), "permanent_room.room_number");
  EXPECT_EQ(FieldOf(CreateRoom("acme", "", "123").status()), "permanent_room.room_number");
  // Nor is it given to a reservation.
  const bool claimed = *test_.database().Query<bool>([&](storage::Transaction& transaction) {
    return absl::StatusOr<bool>(storage::ClaimRoomNumber(
        transaction, "4711", "r1", clock_.Now() + absl::Hours(1), clock_.Now()));
  });
  EXPECT_FALSE(claimed);
}

// ---- Access numbers

TEST_F(AccountsTest, NumbersOfTheFileAndOfTheDatabaseAreAnsweredAlike) {
  NumberBook book(test_.database(), NumberingPlan(), {{.number = kFixed}});
  ASSERT_TRUE(CreateTenant({.id = "acme", .prompt_set = "voice"}).ok());
  ASSERT_TRUE(PutNumber({.number = kSales, .entry = EntryKind::kPin, .tenant = "acme"}).ok());
  EXPECT_FALSE(book.Find("225550001").has_value());
  ASSERT_TRUE(book.Load().ok());
  const std::optional<Dialled> dialled = book.Find("225550001");
  ASSERT_TRUE(dialled.has_value());
  EXPECT_EQ(dialled->number.entry, EntryKind::kPin);
  ASSERT_TRUE(dialled->tenant.has_value());
  EXPECT_EQ(dialled->tenant->prompt_set, "voice");
  EXPECT_TRUE(book.Find("+48608608608").has_value());
  EXPECT_FALSE(book.Find("+48608608609").has_value());
  EXPECT_EQ(book.Page(std::nullopt, "", 10).size(), 2u);
  EXPECT_EQ(book.Page("acme", "", 10).size(), 1u);
  EXPECT_EQ(book.Page(std::nullopt, kSales.e164(), 10).size(), 1u);
}

TEST_F(AccountsTest, ANumberStandsInOnePlace) {
  EXPECT_EQ(ReasonOf(PutNumber({.number = kFixed}).status()), "ACCESS_NUMBER_EXISTS");
  ASSERT_TRUE(PutNumber({.number = kSales}).ok());
  NumberBook book(test_.database(), NumberingPlan(), {{.number = kSales}});
  EXPECT_EQ(ReasonOf(book.Load()), "ACCESS_NUMBER_EXISTS");
}

TEST_F(AccountsTest, APinAloneNeedsATenant) {
  EXPECT_EQ(FieldOf(PutNumber({.number = kSales, .entry = EntryKind::kPin}).status()),
            "access_number.tenant_id");
  EXPECT_EQ(ReasonOf(PutNumber({.number = kSales, .tenant = "nobody"}).status()), "TENANT_UNKNOWN");
}

// ---- Users

TEST_F(AccountsTest, APasswordIsCheckedAndKeptWhereNoneIsGiven) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  ASSERT_TRUE(PutUser({.name = "anna", .tenant_id = "acme"}, "correct horse").ok());
  const auto anna = accounts_->CheckPassword("anna", "correct horse");
  ASSERT_TRUE(anna.ok()) << anna.status();
  EXPECT_EQ(anna->tenant_id, "acme");
  ASSERT_TRUE(
      PutUser({.name = "anna", .tenant_id = "acme", .role = UserRole::kTenantManager}, std::nullopt)
          .ok());
  EXPECT_EQ(accounts_->CheckPassword("anna", "correct horse")->role, UserRole::kTenantManager);
  const absl::Status wrong = accounts_->CheckPassword("anna", "wrong horse").status();
  const absl::Status unknown = accounts_->CheckPassword("berta", "correct horse").status();
  EXPECT_EQ(ReasonOf(wrong), "CREDENTIALS_WRONG");
  EXPECT_EQ(wrong.ToString(), unknown.ToString());
}

TEST_F(AccountsTest, WhoIsDeletedOrGetsOtherRightsOrAnotherPasswordIsLoggedOut) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  const auto put = [&](UserRole role, std::optional<std::string> password) {
    return PutUser({.name = "anna", .tenant_id = "acme", .role = role}, std::move(password)).ok();
  };
  const auto log_in = [&](const std::string& name, const std::string& conference) {
    ASSERT_TRUE(test_.database()
                    .Run([&](storage::Transaction& transaction) {
                      storage::InsertSession(transaction,
                                             {.token_mac = name + conference,
                                              .user_name = name,
                                              .role = "moderator",
                                              .tenant_id = "acme",
                                              .conference_id = conference,
                                              .created_at = clock_.Now(),
                                              .expires_at = clock_.Now() + absl::Hours(1)});
                      return absl::OkStatus();
                    })
                    .ok());
  };
  const auto is_in = [&](const std::string& token) {
    using Found = std::optional<storage::SessionRow>;
    return test_.database()
        .Query<Found>([&](storage::Transaction& transaction) {
          return absl::StatusOr<Found>(storage::FindSession(transaction, token));
        })
        ->has_value();
  };
  ASSERT_TRUE(put(UserRole::kModerator, "correct horse"));
  log_in("ben", "");
  log_in("anna", "conf-1");  // By a PIN: the name is only words.
  log_in("anna", "");
  ASSERT_TRUE(put(UserRole::kModerator, std::nullopt));
  EXPECT_TRUE(is_in("anna"));
  ASSERT_TRUE(put(UserRole::kTenantManager, std::nullopt));
  EXPECT_FALSE(is_in("anna"));
  log_in("anna", "");
  ASSERT_TRUE(put(UserRole::kTenantManager, "battery staple"));
  EXPECT_FALSE(is_in("anna"));
  log_in("anna", "");
  absl::Notification deleted;
  accounts_->DeleteUser("anna", [&](absl::Status status) {
    EXPECT_TRUE(status.ok()) << status;
    deleted.Notify();
  });
  deleted.WaitForNotification();
  EXPECT_FALSE(is_in("anna"));
  EXPECT_TRUE(is_in("annaconf-1"));
  EXPECT_TRUE(is_in("ben"));
}

TEST_F(AccountsTest, AUserNeedsAPasswordAndARoleThatFits) {
  ASSERT_TRUE(CreateTenant({.id = "acme"}).ok());
  EXPECT_EQ(FieldOf(PutUser({.name = "anna", .tenant_id = "acme"}, std::nullopt).status()),
            "user.password");
  EXPECT_EQ(FieldOf(PutUser({.name = "anna", .tenant_id = "acme"}, "short").status()),
            "user.password");
  EXPECT_EQ(FieldOf(PutUser({.name = "anna"}, "correct horse").status()), "user.tenant_id");
  EXPECT_EQ(FieldOf(PutUser({.name = "anna", .tenant_id = "acme", .role = UserRole::kOperator},
                            "correct horse")
                        .status()),
            "user.tenant_id");
}

}  // namespace
}  // namespace narada::control::accounts
