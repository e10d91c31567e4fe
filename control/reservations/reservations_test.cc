#include "control/reservations/reservations.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "control/storage/await.h"
#include "control/storage/message_table.h"
#include "control/storage/secret_box.h"
#include "control/storage/test_database.h"
#include "gtest/gtest.h"

namespace narada::control::reservations {
namespace {

using storage::Await;

const PhoneNumber kAccess = *PhoneNumber::FromE164("+48608608608");
const PhoneNumber kMobile = *PhoneNumber::FromE164("+48601234567");

storage::SecretBox TestSecrets() {
  storage::SecretBox::Key key;
  key.fill(7);
  return storage::SecretBox(key);
}

absl::Time Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

class ReservationsTest : public testing::Test {
 protected:
  explicit ReservationsTest(ReservationSettings settings = {}) { Restart(settings); }

  // As after a new start of the program, on the same database.
  void Restart(ReservationSettings settings = {}) {
    reservations_.reset();
    database_.Reopen();
    reservations_ = std::make_unique<Reservations>(
        database_.database(), secrets_, clock_, random_, settings,
        [](Language language, const PhoneNumber& number, const RoomNumber& room, const Pin& pin) {
          return absl::StrCat(std::string(LanguageTag(language)), " ", number.e164(), " ",
                              room.digits(), " ", pin.Reveal());
        });
  }

  absl::StatusOr<MadeReservation> TryMake(std::optional<PhoneNumber> sms_to = std::nullopt,
                                          const std::string& request_id = "") {
    return Await<MadeReservation>([&](auto done) {
      reservations_->Make({.request_id = request_id,
                           .language = Language::kEnglish,
                           .organiser = kMobile,
                           .sms_to = sms_to,
                           .access_number = kAccess},
                          std::move(done));
    });
  }
  MadeReservation Make() {
    auto made = TryMake();
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  absl::StatusOr<ReservationRecord> Find(const RoomNumber& room, const Pin& pin,
                                         absl::Duration grace = absl::ZeroDuration()) {
    return database_.database().Query<ReservationRecord>([&](storage::Transaction& transaction) {
      return reservations_->FindIn(transaction, room, pin, grace);
    });
  }
  absl::StatusOr<Extension> Extend(const MadeReservation& made,
                                   const std::string& request_id = "") {
    return database_.database().Query<Extension>([&](storage::Transaction& transaction) {
      return reservations_->ExtendIn(transaction, request_id, made.record.room, made.pin);
    });
  }
  absl::StatusOr<Extension> ExtendFromInside(const MadeReservation& made) {
    return Await<Extension>(
        [&](auto done) { reservations_->ExtendFromInside(made.record.id, std::move(done)); });
  }
  absl::StatusOr<ReservationRecord> Get(const std::string& id) {
    return Await<ReservationRecord>([&](auto done) { reservations_->Get(id, std::move(done)); });
  }
  bool IsUnknown(const absl::Status& status) {
    return status.code() == absl::StatusCode::kNotFound &&
           ReasonOf(status) == "RESERVATION_UNKNOWN";
  }

  storage::TestDatabase database_{/*connections=*/8};
  storage::SecretBox secrets_ = TestSecrets();
  ManualClock clock_{Utc("2026-03-25T10:00:00Z")};
  SecureRandom random_;
  std::unique_ptr<Reservations> reservations_;
};

TEST_F(ReservationsTest, RoomHasFiveDigitsAndPinSix) {
  const MadeReservation made = Make();
  EXPECT_EQ(made.record.room.digits().size(), 5u);
  EXPECT_NE(made.record.room.digits()[0], '0');
  EXPECT_EQ(made.pin.Reveal().size(), 6u);
}

TEST_F(ReservationsTest, RoomAndPinTogetherFindIt) {
  const MadeReservation made = Make();
  const auto found = Find(made.record.room, made.pin);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->id, made.record.id);
  EXPECT_EQ(found->organiser, kMobile);
  EXPECT_EQ(found->access_number, kAccess);
  EXPECT_EQ(found->language, Language::kEnglish);
}

TEST_F(ReservationsTest, UnknownRoomExpiredRoomAndWrongPinGiveOneAnswer) {
  const MadeReservation made = Make();
  const Pin wrong = *Pin::Parse(made.pin.Reveal() == "111111" ? "222222" : "111111");
  const RoomNumber other =
      *RoomNumber::Parse(made.record.room.digits() == "11111" ? "22222" : "11111");
  const absl::Status wrong_pin = Find(made.record.room, wrong).status();
  const absl::Status unknown_room = Find(other, made.pin).status();
  clock_.Advance(absl::Hours(7 * 24));
  const absl::Status expired = Find(made.record.room, made.pin).status();
  EXPECT_TRUE(IsUnknown(wrong_pin)) << wrong_pin;
  EXPECT_EQ(wrong_pin.ToString(), unknown_room.ToString());
  EXPECT_EQ(wrong_pin.ToString(), expired.ToString());
}

TEST_F(ReservationsTest, ItExpiresExactlySevenTimesTwentyFourHoursLater) {
  const absl::Time made_at = clock_.Now();
  const MadeReservation made = Make();
  EXPECT_EQ(made.record.expires_at, made_at + absl::Hours(168));
  clock_.Set(made_at + absl::Hours(168) - absl::Microseconds(1));
  EXPECT_TRUE(Find(made.record.room, made.pin).ok());
  clock_.Set(made_at + absl::Hours(168));
  EXPECT_FALSE(Find(made.record.room, made.pin).ok());
}

// Poland goes from 02:00 to 03:00 on 2026-03-29: the clock on the wall shows an hour more, and the week
// is 168 hours all the same. In October the other way round; 2028 has a 29th of February.
TEST_F(ReservationsTest, SummerTimeAndLeapDaysMoveNothing) {
  for (const char* start : {"2026-03-25T10:00:00Z", "2026-10-23T21:59:59Z", "2028-02-25T00:00:00Z",
                            "2026-12-31T23:59:59Z"}) {
    clock_.Set(Utc(start));
    const MadeReservation made = Make();
    EXPECT_EQ(absl::ToInt64Seconds(made.record.expires_at - Utc(start)), 604800) << start;
    const auto extension = Extend(made);
    ASSERT_TRUE(extension.ok());
    EXPECT_EQ(absl::ToInt64Seconds(extension->record.expires_at - Utc(start)), 2 * 604800) << start;
  }
}

TEST_F(ReservationsTest, ExtensionAddsExactlyAWeekToTheExpiry) {
  const MadeReservation made = Make();
  clock_.Advance(absl::Hours(100) + absl::Seconds(1));
  const auto extension = Extend(made);
  ASSERT_TRUE(extension.ok()) << extension.status();
  EXPECT_EQ(extension->record.expires_at, made.record.expires_at + absl::Hours(168));
  EXPECT_EQ(extension->record.extensions, 1);
  EXPECT_EQ(Get(made.record.id)->expires_at, made.record.expires_at + absl::Hours(168));
  clock_.Set(made.record.expires_at + absl::Hours(168) - absl::Microseconds(1));
  EXPECT_TRUE(Find(made.record.room, made.pin).ok());
}

TEST_F(ReservationsTest, ExtensionReachesThirtyFiveDaysAheadAndNoFurther) {
  const MadeReservation made = Make();
  for (int week = 2; week <= 5; ++week) {
    EXPECT_FALSE(Extend(made)->is_too_far_ahead) << week;
  }
  const auto sixth = Extend(made);
  ASSERT_TRUE(sixth.ok());
  EXPECT_TRUE(sixth->is_too_far_ahead);
  EXPECT_EQ(sixth->record.expires_at, made.record.created_at + absl::Hours(35 * 24));
  EXPECT_EQ(Get(made.record.id)->extensions, 4);
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_FALSE(Extend(made)->is_too_far_ahead);
}

TEST_F(ReservationsTest, AfterTheExpiryOnlyPeopleInsideExtend) {
  const MadeReservation made = Make();
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_TRUE(IsUnknown(Extend(made).status()));
  const auto inside = ExtendFromInside(made);
  ASSERT_TRUE(inside.ok()) << inside.status();
  EXPECT_EQ(inside->record.expires_at, made.record.expires_at + absl::Hours(168));
  EXPECT_TRUE(Find(made.record.room, made.pin).ok());
}

TEST_F(ReservationsTest, RepeatedExtensionRequestExtendsOnce) {
  const MadeReservation made = Make();
  ASSERT_TRUE(Extend(made, "request-1").ok());
  const auto again = Extend(made, "request-1");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->record.expires_at, made.record.expires_at + absl::Hours(168));
  EXPECT_EQ(Extend(made, "request-2")->record.expires_at,
            made.record.expires_at + absl::Hours(336));
}

TEST_F(ReservationsTest, RefusedExtensionRequestIsRefusedAgainWhenItIsRepeated) {
  const MadeReservation made = Make();
  for (int week = 2; week <= 5; ++week) ASSERT_TRUE(Extend(made).ok());
  EXPECT_TRUE(Extend(made, "too-far")->is_too_far_ahead);
  EXPECT_TRUE(Extend(made, "too-far")->is_too_far_ahead);
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_FALSE(Extend(made, "too-far")->is_too_far_ahead);
  EXPECT_EQ(Get(made.record.id)->extensions, 5);
}

TEST_F(ReservationsTest, WrongPinDoesNotExtend) {
  MadeReservation made = Make();
  const std::string id = made.record.id;
  made.pin = *Pin::Parse(made.pin.Reveal() == "111111" ? "222222" : "111111");
  EXPECT_TRUE(IsUnknown(Extend(made).status()));
  EXPECT_EQ(Get(id)->extensions, 0);
}

TEST_F(ReservationsTest, GraceFindsItForWhoReturnsAfterTheExpiry) {
  const MadeReservation made = Make();
  clock_.Advance(absl::Hours(168) + absl::Minutes(4));
  const auto found = Find(made.record.room, made.pin, absl::Minutes(5));
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->IsOpen(clock_.Now()));
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Find(made.record.room, made.pin, absl::Minutes(5)).ok());
}

TEST_F(ReservationsTest, CancelledRoomIsClosedAtOnceAndStaysInQuarantine) {
  const MadeReservation made = Make();
  const auto cancelled = Await<ReservationRecord>(
      [&](auto done) { reservations_->Cancel(made.record.id, std::move(done)); });
  ASSERT_TRUE(cancelled.ok());
  EXPECT_FALSE(Find(made.record.room, made.pin).ok());
  EXPECT_FALSE(Find(made.record.room, made.pin, absl::Minutes(5)).ok());
  EXPECT_TRUE(IsUnknown(ExtendFromInside(made).status()));
  const auto again = Await<ReservationRecord>(
      [&](auto done) { reservations_->Cancel(made.record.id, std::move(done)); });
  EXPECT_EQ(ReasonOf(again.status()), "RESERVATION_EXPIRED");
}

TEST_F(ReservationsTest, RepeatedRequestReturnsTheReservationMadeFirst) {
  const auto first = TryMake(kMobile, "client-1");
  const auto second = TryMake(kMobile, "client-1");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->record.id, second->record.id);
  EXPECT_EQ(first->pin, second->pin);
  EXPECT_EQ(first->record.message_id, second->record.message_id);
  EXPECT_NE(TryMake(kMobile, "client-2")->record.id, first->record.id);
}

TEST_F(ReservationsTest, InvitationCommitsWithTheReservation) {
  const auto made = TryMake(kMobile);
  ASSERT_TRUE(made.ok());
  Restart();
  const auto message = database_.database().Query<storage::MessageRow>(
      [&](storage::Transaction& transaction) -> absl::StatusOr<storage::MessageRow> {
        const auto row = storage::FindMessage(transaction, made->record.message_id);
        if (!row) return absl::NotFoundError("no message");
        return *row;
      });
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->recipient, kMobile.e164());
  EXPECT_EQ(message->sender, "Narada");
  EXPECT_EQ(message->state, storage::MessageState::kPending);
  EXPECT_EQ(*secrets_.Open(storage::kMessageTextPurpose, message->id, message->text_sealed),
            absl::StrCat("en +48608608608 ", made->record.room.digits(), " ", made->pin.Reveal()));
}

TEST_F(ReservationsTest, LimitOnMessagesNeverCostsTheReservation) {
  Restart({.sms_limits = {.per_destination_day_max = 2}});
  int limited = 0;
  reservations_->SetLimitBell([&] { ++limited; });
  for (int i = 0; i < 2; ++i) EXPECT_NE(TryMake(kMobile)->record.message_id, "");
  const auto over = TryMake(kMobile);
  ASSERT_TRUE(over.ok()) << over.status();
  EXPECT_EQ(over->record.message_id, "");
  EXPECT_TRUE(over->is_sms_limited);
  EXPECT_EQ(limited, 1);
  EXPECT_TRUE(Find(over->record.room, over->pin).ok());
  clock_.Advance(absl::Hours(24));
  EXPECT_NE(TryMake(kMobile)->record.message_id, "");
}

TEST_F(ReservationsTest, PinIsToldAgainUntilItIsWiped) {
  const MadeReservation made = Make();
  const auto reveal = [&] {
    return Await<Pin>(
        [&](auto done) { reservations_->RevealPin(made.record.id, std::move(done)); });
  };
  EXPECT_EQ(*reveal(), made.pin);
  clock_.Advance(absl::Hours((7 + 30) * 24 + 1));
  absl::Notification wiped;
  reservations_->WipeOldPins([&](absl::Status status) {
    EXPECT_TRUE(status.ok()) << status;
    wiped.Notify();
  });
  wiped.WaitForNotification();
  EXPECT_EQ(ReasonOf(reveal().status()), "PIN_FORGOTTEN");
}

TEST_F(ReservationsTest, DatabaseFilesShowNoPin) {
  if (storage::IsPostgresqlTested())
    GTEST_SKIP() << "its files are the server's; the rows are the same";
  std::vector<std::string> pins;
  for (int i = 0; i < 50; ++i) pins.push_back(TryMake(kMobile)->pin.Reveal());
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(database_.folder().path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_GT(bytes.size(), 10000u);
  // Hex digits of MACs hold many runs of six digits by chance; a PIN that stood there as text would
  // stand beside nothing but other characters.
  for (const std::string& pin : pins) {
    for (size_t at = bytes.find(pin); at != std::string::npos; at = bytes.find(pin, at + 1)) {
      const auto is_hex = [&](size_t i) { return absl::ascii_isxdigit(bytes[i]); };
      EXPECT_TRUE(is_hex(at - 1) || is_hex(at + 6)) << "PIN found at " << at;
    }
  }
}

TEST_F(ReservationsTest, HundredReserversAtOnceGetHundredRooms) {
  std::vector<std::thread> threads;
  absl::Mutex mutex;
  std::set<std::string> rooms;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&] {
      const MadeReservation made = Make();
      absl::MutexLock lock(&mutex);
      rooms.insert(made.record.room.digits());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rooms.size(), 100u);
}

// Two replicas: 50 callers at each, and a request that comes to both at once.
TEST_F(ReservationsTest, ReplicasNeverGiveOneRoomTwiceNorAnswerOneRequestTwice) {
  if (!storage::IsPostgresqlTested()) GTEST_SKIP() << "SQLite has one process";
  const auto second = storage::Database::Open(database_.options());
  ASSERT_TRUE(second.ok()) << second.status();
  Reservations other(**second, secrets_, clock_, random_, {}, [](auto&&...) { return "text"; });
  const auto make = [&](Reservations& reservations, const std::string& request_id) {
    const auto made = Await<MadeReservation>([&](auto done) {
      reservations.Make({.request_id = request_id, .sms_to = kMobile, .access_number = kAccess},
                        std::move(done));
    });
    EXPECT_TRUE(made.ok()) << made.status();
    return made->record;
  };
  std::vector<std::thread> threads;
  absl::Mutex mutex;
  std::set<std::string> rooms, answers;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&, i] {
      Reservations& replica = i % 2 == 0 ? *reservations_ : other;
      const std::string room = make(replica, "").room.digits();
      const std::string answer = make(replica, "the same").id;
      absl::MutexLock lock(&mutex);
      rooms.insert(room);
      answers.insert(answer);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rooms.size(), 100u);
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(ReservationsTest, ListIsNewestFirstAndContinuesBehindItsLastRow) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), Make().record.id);
    clock_.Advance(absl::Seconds(1));
  }
  std::optional<storage::ReservationPlace> place;
  std::vector<std::string> listed;
  for (int page = 0; page < 4; ++page) {
    const auto records = Await<std::vector<ReservationRecord>>(
        [&](auto done) { reservations_->List(place, 2, std::move(done)); });
    ASSERT_TRUE(records.ok());
    for (const ReservationRecord& record : *records) {
      listed.push_back(record.id);
      place = {record.created_at, record.id};
    }
  }
  EXPECT_EQ(listed, ids);
}

// A room of one digit has nine numbers; with one in two allowed, four may be taken.
class ShortRoomsTest : public ReservationsTest {
 protected:
  static ReservationSettings Settings() { return {.room_digits_min = 1, .room_sparseness = 2}; }
  ShortRoomsTest() : ReservationsTest(Settings()) {}
};

TEST_F(ShortRoomsTest, NumbersGrowWhenALengthFillsUp) {
  std::map<size_t, int> rooms_by_length;
  std::set<std::string> rooms;
  for (int i = 0; i < 20; ++i) {
    const std::string room = Make().record.room.digits();
    ++rooms_by_length[room.size()];
    rooms.insert(room);
  }
  EXPECT_EQ(rooms.size(), 20u);
  EXPECT_EQ(rooms_by_length[1], 4);  // 4 of 9 are less than a half, 5 are not.
  EXPECT_EQ(rooms_by_length[2], 16);
  EXPECT_EQ(reservations_->room_digits_max(), 2);
  Restart(Settings());
  EXPECT_EQ(reservations_->room_digits_max(), 1);
  ASSERT_TRUE(reservations_->LoadDigitsMax().ok());
  EXPECT_EQ(reservations_->room_digits_max(), 2);
}

TEST_F(ShortRoomsTest, NumberIsGivenOutAgainOnlyAfterItsQuarantine) {
  std::set<std::string> first;
  for (int i = 0; i < 4; ++i) first.insert(Make().record.room.digits());
  // Expired, but in quarantine: one digit is still full.
  clock_.Advance(absl::Hours((7 + 30) * 24) - absl::Microseconds(1));
  EXPECT_EQ(Make().record.room.digits().size(), 2u);
  clock_.Advance(absl::Microseconds(1));
  std::set<std::string> second;
  for (int i = 0; i < 4; ++i) second.insert(Make().record.room.digits());
  for (const std::string& room : second) EXPECT_EQ(room.size(), 1u);
}

TEST_F(ShortRoomsTest, OldPinDoesNotOpenTheNumbersNextReservation) {
  std::map<std::string, Pin> old_pins;
  for (int i = 0; i < 4; ++i) {
    const MadeReservation made = Make();
    old_pins.emplace(made.record.room.digits(), made.pin);
  }
  clock_.Advance(absl::Hours(37 * 24));
  int reused = 0;
  for (int i = 0; i < 4; ++i) {
    const MadeReservation made = Make();
    const auto old_pin = old_pins.find(made.record.room.digits());
    if (old_pin == old_pins.end()) continue;
    ++reused;
    EXPECT_FALSE(Find(made.record.room, old_pin->second).ok());
    EXPECT_TRUE(Find(made.record.room, made.pin).ok());
  }
  // 4 of 9 are drawn twice: none in common has a chance of 1 in 25, so this is said and not asserted.
  RecordProperty("reused", reused);
}

TEST(ReservationsDraw, DigitsAndNumbersAreUniform) {
  if (storage::IsPostgresqlTested()) GTEST_SKIP() << "the database has no part in drawing";
  storage::TestDatabase database;
  const storage::SecretBox secrets = TestSecrets();
  ManualClock clock(Utc("2026-01-01T00:00:00Z"));
  SeededRandom random(42);
  Reservations reservations(database.database(), secrets, clock, random, {.room_sparseness = 10},
                            [](auto&&...) { return ""; });
  constexpr int kCount = 3000;
  std::array<int, 10> pin_digits{};
  std::array<int, 9> room_ninths{};
  for (int i = 0; i < kCount; ++i) {
    const auto made = Await<MadeReservation>(
        [&](auto done) { reservations.Make({.access_number = kAccess}, std::move(done)); });
    ASSERT_TRUE(made.ok());
    for (const char digit : made->pin.Reveal()) ++pin_digits[digit - '0'];
    ++room_ninths[made->record.room.digits()[0] - '1'];
  }
  double chi_squared = 0;
  for (const int count : pin_digits) {
    const double expected = kCount * 6 / 10.0;
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 27.9);  // 9 degrees of freedom, one in a thousand.
  chi_squared = 0;
  for (const int count : room_ninths) {
    const double expected = kCount / 9.0;
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 26.1);  // 8 degrees of freedom.
}

}  // namespace
}  // namespace narada::control::reservations
