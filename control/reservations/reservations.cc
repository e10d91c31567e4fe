#include "control/reservations/reservations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "control/storage/message_table.h"
#include "control/storage/settings_table.h"

namespace narada::control::reservations {
namespace {

using storage::ReservationRow;
using storage::Transaction;

constexpr absl::string_view kPinPurpose = "pin";
// Draws before a length is given up; each fails with a chance of one in `room_sparseness`.
constexpr int kDrawsMax = 64;
// Of the database: how long the longest PIN is that was ever given out.
constexpr char kPinDigitsSetting[] = "pin_digits_max";

absl::Status UnknownReservation() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "RESERVATION_UNKNOWN",
                         "no live reservation has this room number and PIN");
}

// SQL keeps microseconds; an expiry is exactly a week after what it keeps.
absl::Time ToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::string NewId(Random& random) {
  return absl::StrCat(absl::Hex(random.Next(), absl::kZeroPad16),
                      absl::Hex(random.Next(), absl::kZeroPad16));
}

std::optional<PhoneNumber> NumberFromRow(const std::string& e164) {
  return PhoneNumber::FromE164(e164);
}

ReservationRecord FromRow(const ReservationRow& row) {
  const std::optional<RoomNumber> room = RoomNumber::Parse(row.room_number);
  CHECK(room.has_value()) << "the database holds a room number that is none";
  return {.id = row.id,
          .room = *room,
          .language = LanguageFromTag(row.language).value_or(Language::kPolish),
          .organiser = NumberFromRow(row.organiser_number),
          .access_number = NumberFromRow(row.access_number),
          .created_at = row.created_at,
          .expires_at = row.expires_at,
          .cancelled_at = row.cancelled_at,
          .extensions = row.extensions,
          .message_id = row.message_id.value_or("")};
}

absl::StatusOr<Pin> OpenPin(const storage::SecretBox& secrets, const ReservationRow& row) {
  if (row.pin_sealed.empty()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "PIN_FORGOTTEN",
                           "the reservation is over and its PIN has been forgotten");
  }
  ASSIGN_OR_RETURN(const std::string digits, secrets.Open(kPinPurpose, row.id, row.pin_sealed));
  const std::optional<Pin> pin = Pin::Parse(digits);
  CHECK(pin.has_value()) << "a sealed PIN is not made of digits";
  return *pin;
}

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

}  // namespace

Reservations::Reservations(storage::Database& database, const storage::SecretBox& secrets,
                           const Clock& clock, Random& random, const ReservationSettings& settings,
                           InvitationWriter write_invitation)
    : database_(database),
      secrets_(secrets),
      clock_(clock),
      settings_(settings),
      decoy_mac_(secrets.Mac("decoy", {})),
      room_digits_max_(settings.room_digits_min),
      pin_digits_max_(settings.pin_digits),
      random_(random),
      write_invitation_(std::move(write_invitation)) {
  CHECK(settings_.room_digits_min >= 1 &&
        settings_.room_digits_min <= static_cast<int>(RoomNumber::kDigitsMax))
      << "no room number has " << settings_.room_digits_min << " digits";
  CHECK(settings_.pin_digits >= 1 && settings_.pin_digits <= static_cast<int>(Pin::kDigitsMax))
      << "no PIN has " << settings_.pin_digits << " digits";
}

void Reservations::Make(MakeRequest request, Done<MadeReservation> done) {
  database_.SubmitQuery<MadeReservation>(
      [this, request = std::move(request)](Transaction& transaction) {
        return MakeIn(transaction, request);
      },
      [this, done = std::move(done)](absl::StatusOr<MadeReservation> made) mutable {
        if (made.ok() && !made->record.message_id.empty()) message_bell_();
        if (made.ok() && made->is_sms_limited) limit_bell_();
        done(std::move(made));
      });
}

absl::StatusOr<ReservationRecord> Reservations::FindIn(Transaction& transaction,
                                                       const RoomNumber& room, const Pin& pin,
                                                       absl::Duration grace) {
  ASSIGN_OR_RETURN(const ReservationRow row, FindRow(transaction, room, pin, grace, clock_.Now()));
  return FromRow(row);
}

absl::StatusOr<Extension> Reservations::ExtendIn(Transaction& transaction,
                                                 const std::string& request_id,
                                                 const RoomNumber& room, const Pin& pin) {
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const ReservationRow row,
                   FindRow(transaction, room, pin, absl::ZeroDuration(), now));
  if (!request_id.empty() && storage::HasExtensionRequest(transaction, request_id)) {
    return Extension{FromRow(row)};
  }
  ASSIGN_OR_RETURN(Extension extension, ExtendRow(transaction, row, ExtensionFrom::kMenu, now));
  // A refusal is not remembered: repeating the request asks anew.
  if (!request_id.empty() && !extension.is_too_far_ahead) {
    storage::InsertExtensionRequest(transaction, request_id, row.id, now);
  }
  return extension;
}

std::optional<ReservationRecord> Reservations::FindByRoomIn(Transaction& transaction,
                                                            const RoomNumber& room) {
  const std::optional<ReservationRow> row =
      storage::FindReservationByRoom(transaction, room.digits());
  if (!row) return std::nullopt;
  return FromRow(*row);
}

void Reservations::ExtendFromInside(std::string id, Done<Extension> done) {
  database_.SubmitQuery<Extension>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<Extension> {
        const std::optional<ReservationRow> row = storage::FindReservationById(transaction, id);
        if (!row || row->cancelled_at) return UnknownReservation();
        return ExtendRow(transaction, *row, ExtensionFrom::kInside, clock_.Now());
      },
      std::move(done));
}

void Reservations::Get(std::string id, Done<ReservationRecord> done) {
  database_.SubmitQuery<ReservationRecord>(
      [id = std::move(id)](Transaction& transaction) -> absl::StatusOr<ReservationRecord> {
        const std::optional<ReservationRow> row = storage::FindReservationById(transaction, id);
        if (!row) return UnknownReservation();
        return FromRow(*row);
      },
      std::move(done));
}

void Reservations::GetByRoom(RoomNumber room, Done<ReservationRecord> done) {
  database_.SubmitQuery<ReservationRecord>(
      [room = std::move(room)](Transaction& transaction) -> absl::StatusOr<ReservationRecord> {
        const std::optional<ReservationRow> row =
            storage::FindReservationByRoom(transaction, room.digits());
        if (!row) return UnknownReservation();
        return FromRow(*row);
      },
      std::move(done));
}

void Reservations::RevealPin(std::string id, Done<Pin> done) {
  database_.SubmitQuery<Pin>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<Pin> {
        const std::optional<ReservationRow> row = storage::FindReservationById(transaction, id);
        if (!row) return UnknownReservation();
        return OpenPin(secrets_, *row);
      },
      std::move(done));
}

void Reservations::Cancel(std::string id, Done<ReservationRecord> done) {
  database_.SubmitQuery<ReservationRecord>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<ReservationRecord> {
        const absl::Time now = ToMicroseconds(clock_.Now());
        std::optional<ReservationRow> row = storage::FindReservationById(transaction, id);
        if (!row) return UnknownReservation();
        if (now >= row->expires_at) {
          return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RESERVATION_EXPIRED",
                                 "the reservation is over already");
        }
        storage::CancelReservation(transaction, *row, now, now + settings_.terms.quarantine);
        row->cancelled_at = now;
        row->expires_at = now;
        return FromRow(*row);
      },
      std::move(done));
}

void Reservations::List(std::optional<storage::ReservationPlace> after, int reservations_max,
                        Done<std::vector<ReservationRecord>> done) {
  database_.SubmitQuery<std::vector<ReservationRecord>>(
      [after = std::move(after), reservations_max](
          Transaction& transaction) -> absl::StatusOr<std::vector<ReservationRecord>> {
        std::vector<ReservationRecord> records;
        for (const ReservationRow& row :
             storage::ListReservations(transaction, after, reservations_max)) {
          records.push_back(FromRow(row));
        }
        return records;
      },
      std::move(done));
}

void Reservations::WipeOldPins(absl::AnyInvocable<void(absl::Status)> done) {
  database_.Submit(
      [this](Transaction& transaction) {
        storage::WipeSealedPins(transaction, clock_.Now() - settings_.terms.quarantine);
        return absl::OkStatus();
      },
      std::move(done));
}

absl::Status Reservations::LoadDigitsMax() {
  return database_.Run([this](Transaction& transaction) { return ReadDigitsMax(transaction); });
}

void Reservations::RefreshDigitsMax(absl::AnyInvocable<void(absl::Status)> done) {
  database_.Submit([this](Transaction& transaction) { return ReadDigitsMax(transaction); },
                   std::move(done));
}

absl::Status Reservations::ReadDigitsMax(Transaction& transaction) {
  const absl::Time now = clock_.Now();
  for (int digits = RoomNumber::kDigitsMax; digits > room_digits_max_; --digits) {
    if (storage::CountTakenRoomNumbers(transaction, digits, now) > 0) {
      room_digits_max_ = digits;
      break;
    }
  }
  NotePinDigits(transaction, settings_.pin_digits);
  return absl::OkStatus();
}

void Reservations::NotePinDigits(Transaction& transaction, int digits) {
  int known = 0;
  const std::optional<std::string> setting = storage::FindSetting(transaction, kPinDigitsSetting);
  if (setting && !absl::SimpleAtoi(*setting, &known)) known = 0;
  if (digits > known) {
    storage::PutSetting(transaction, kPinDigitsSetting, absl::StrCat(digits));
  }
  pin_digits_max_ = std::max(known, digits);
}

absl::StatusOr<MadeReservation> Reservations::MakeIn(Transaction& transaction,
                                                     const MakeRequest& request) {
  if (!request.request_id.empty()) {
    const std::optional<ReservationRow> earlier =
        storage::FindReservationByRequest(transaction, request.request_id);
    if (earlier) {
      ASSIGN_OR_RETURN(Pin pin, OpenPin(secrets_, *earlier));
      return MadeReservation{FromRow(*earlier), std::move(pin)};
    }
  }
  const absl::Time now = ToMicroseconds(clock_.Now());
  ReservationRow row{.id = NewId(random_),
                     .organiser_number = request.organiser ? request.organiser->e164() : "",
                     .access_number = request.access_number.e164(),
                     .language = std::string(LanguageTag(request.language)),
                     .created_at = now,
                     .expires_at = FirstExpiry(now, settings_.terms)};
  if (!request.request_id.empty()) row.request_id = request.request_id;
  const bool is_sms_allowed =
      request.sms_to &&
      storage::WithinLimits(
          transaction, settings_.sms_limits,
          {.recipient = request.sms_to->e164(), .caller = row.organiser_number, .tenant = ""}, now);
  if (is_sms_allowed) row.message_id = NewId(random_);
  const int pin_digits = request.pin_digits > 0 ? request.pin_digits : settings_.pin_digits;
  const int room_digits_min =
      request.room_digits_min > 0 ? request.room_digits_min : settings_.room_digits_min;
  const Pin pin = *Pin::Parse(DrawDigits(pin_digits));
  ASSIGN_OR_RETURN(row.room_number,
                   ClaimRoom(transaction, row.id, room_digits_min, row.expires_at, now));
  const RoomNumber room = *RoomNumber::Parse(row.room_number);
  if (pin_digits > pin_digits_max_) NotePinDigits(transaction, pin_digits);
  row.pin_mac = PinMac(row.room_number, pin.Reveal());
  row.pin_sealed = secrets_.Seal(kPinPurpose, row.id, pin.Reveal());
  storage::InsertReservation(transaction, row);
  if (is_sms_allowed) {
    const std::string text = write_invitation_(request.language, request.access_number, room, pin);
    storage::InsertMessage(transaction, {.id = *row.message_id,
                                         .reservation_id = row.id,
                                         .recipient = request.sms_to->e164(),
                                         .sender = settings_.sms_sender,
                                         .caller = row.organiser_number,
                                         .text_sealed = secrets_.Seal(storage::kMessageTextPurpose,
                                                                      *row.message_id, text),
                                         .created_at = now,
                                         .due_at = now});
  }
  return MadeReservation{FromRow(row), pin, request.sms_to && !is_sms_allowed};
}

absl::StatusOr<std::string> Reservations::ClaimRoom(Transaction& transaction, const std::string& id,
                                                    int digits_min, absl::Time expires_at,
                                                    absl::Time now) {
  const absl::Time free_at = expires_at + settings_.terms.quarantine;
  for (int digits = digits_min; digits <= static_cast<int>(RoomNumber::kDigitsMax); ++digits) {
    // No leading zero: people drop it when they write a number down.
    const int64_t lowest = PowerOfTen(digits - 1);
    const int64_t space = 9 * lowest;
    const int64_t taken = storage::CountTakenRoomNumbers(transaction, digits, now);
    if ((taken + 1) * settings_.room_sparseness >= space) continue;
    for (int draw = 0; draw < kDrawsMax; ++draw) {
      const std::string room = absl::StrCat(lowest + static_cast<int64_t>(random_.Below(space)));
      if (!storage::ClaimRoomNumber(transaction, room, id, free_at, now)) continue;
      if (digits > room_digits_max_) room_digits_max_ = digits;
      return room;
    }
  }
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOMS_EXHAUSTED",
                         "no room number is free");
}

absl::StatusOr<ReservationRow> Reservations::FindRow(Transaction& transaction,
                                                     const RoomNumber& room, const Pin& pin,
                                                     absl::Duration grace, absl::Time now) {
  const std::optional<ReservationRow> row =
      storage::FindReservationByRoom(transaction, room.digits());
  // The same work whether or not there is such a room.
  const bool is_right = storage::EqualInConstantTime(PinMac(room.digits(), pin.Reveal()),
                                                     row ? row->pin_mac : decoy_mac_);
  const bool is_open = row && !row->cancelled_at && now < row->expires_at + grace;
  if (!is_right || !is_open) return UnknownReservation();
  return *row;
}

absl::StatusOr<Extension> Reservations::ExtendRow(Transaction& transaction, ReservationRow row,
                                                  ExtensionFrom from, absl::Time now) {
  const ExtensionOutcome outcome = control::Extend(row.expires_at, now, from, settings_.terms);
  if (outcome.refusal == ExtensionRefusal::kExpired) return UnknownReservation();
  if (outcome.refusal == ExtensionRefusal::kTooFarAhead) {
    return Extension{FromRow(row), /*is_too_far_ahead=*/true};
  }
  storage::ExtendReservation(transaction, row, outcome.expires_at,
                             outcome.expires_at + settings_.terms.quarantine);
  row.expires_at = outcome.expires_at;
  ++row.extensions;
  return Extension{FromRow(row)};
}

std::string Reservations::PinMac(absl::string_view room, absl::string_view pin) const {
  return secrets_.Mac(kPinPurpose, {room, pin});
}

std::string Reservations::DrawDigits(int digits) {
  // A PIN may begin with zeros: it is keyed, not counted.
  std::string text;
  while (digits-- > 0) text.push_back(static_cast<char>('0' + random_.Below(10)));
  return text;
}

}  // namespace narada::control::reservations
