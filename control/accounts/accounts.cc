#include "control/accounts/accounts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"
#include "control/accounts/account_rules.h"
#include "control/storage/access_number_table.h"
#include "control/storage/account_table.h"
#include "control/storage/reservation_table.h"
#include "control/storage/session_table.h"
#include "control/storage/user_table.h"

namespace narada::control::accounts {
namespace {

using storage::RoomPinRow;
using storage::Transaction;

constexpr absl::string_view kPinPurpose = "permanent-pin";
// Draws before a space is taken for full; each fails with the share of it that is taken.
constexpr int kDrawsMax = 64;

absl::Status Unknown(absl::string_view reason, absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kNotFound, reason,
                         absl::StrCat("there is no such ", what));
}
absl::Status UnknownTenant() { return Unknown("TENANT_UNKNOWN", "tenant"); }
absl::Status UnknownRoom() { return Unknown("PERMANENT_ROOM_UNKNOWN", "permanent room"); }
absl::Status UnknownNumber() { return Unknown("ACCESS_NUMBER_UNKNOWN", "access number"); }
absl::Status UnknownUser() { return Unknown("USER_UNKNOWN", "user"); }

// SQL keeps microseconds; what is returned is what is kept.
absl::Time ToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

// PINs may begin with zeros: they are keyed, not counted.
std::string DrawDigits(Random& random, int digits) {
  std::string text;
  while (digits-- > 0) text.push_back(static_cast<char>('0' + random.Below(10)));
  return text;
}

}  // namespace

Accounts::Accounts(storage::Database& database, const storage::SecretBox& secrets,
                   const Clock& clock, Random& random, PasswordHasher& passwords,
                   const AccountSettings& settings)
    : database_(database),
      secrets_(secrets),
      clock_(clock),
      settings_(settings),
      passwords_(passwords),
      random_(random) {
  CHECK(settings_.pin_digits >= 4 && settings_.pin_digits <= static_cast<int>(Pin::kDigitsMax))
      << "no PIN has " << settings_.pin_digits << " digits";
}

std::string Accounts::NewId(absl::string_view prefix) {
  return absl::StrCat(prefix, absl::Hex(random_.Next(), absl::kZeroPad16),
                      absl::Hex(random_.Next(), absl::kZeroPad16));
}

// ---- Tenants ------------------------------------------------------------------------------

void Accounts::CreateTenant(std::string request_id, Tenant tenant, Done<Tenant> done) {
  database_.SubmitQuery<Tenant>(
      [this, request_id = std::move(request_id),
       wished = std::move(tenant)](Transaction& transaction) -> absl::StatusOr<Tenant> {
        if (!request_id.empty()) {
          std::optional<Tenant> earlier = storage::FindTenantByRequest(transaction, request_id);
          if (earlier) return *std::move(earlier);
        }
        Tenant tenant = wished;
        if (tenant.id.empty()) tenant.id = NewId("");
        RETURN_IF_ERROR(CheckTenant(tenant));
        if (storage::FindTenant(transaction, tenant.id)) {
          return ErrorWithReason(absl::StatusCode::kAlreadyExists, "TENANT_EXISTS",
                                 absl::StrCat("there is a tenant ", tenant.id, " already"));
        }
        tenant.created_at = ToMicroseconds(clock_.Now());
        storage::InsertTenant(transaction, tenant, request_id);
        return tenant;
      },
      std::move(done));
}

void Accounts::GetTenant(std::string id, Done<Tenant> done) {
  database_.SubmitQuery<Tenant>(
      [id = std::move(id)](Transaction& transaction) -> absl::StatusOr<Tenant> {
        std::optional<Tenant> tenant = storage::FindTenant(transaction, id);
        if (!tenant) return UnknownTenant();
        return *std::move(tenant);
      },
      std::move(done));
}

void Accounts::ListTenants(std::string after, int tenants_max, Done<std::vector<Tenant>> done) {
  database_.SubmitQuery<std::vector<Tenant>>(
      [after = std::move(after),
       tenants_max](Transaction& transaction) -> absl::StatusOr<std::vector<Tenant>> {
        return storage::ListTenants(transaction, after, tenants_max);
      },
      std::move(done));
}

void Accounts::UpdateTenant(std::string id, Change<Tenant> change, Done<Tenant> done) {
  database_.SubmitQuery<Tenant>(
      [id = std::move(id),
       change = std::move(change)](Transaction& transaction) mutable -> absl::StatusOr<Tenant> {
        const std::optional<Tenant> old = storage::FindTenant(transaction, id);
        if (!old) return UnknownTenant();
        Tenant tenant = *old;
        RETURN_IF_ERROR(change(tenant));
        tenant.id = old->id;
        tenant.created_at = old->created_at;
        RETURN_IF_ERROR(CheckTenant(tenant));
        storage::UpdateTenant(transaction, tenant);
        return tenant;
      },
      std::move(done));
}

void Accounts::DeleteTenant(std::string id, Deleted done) {
  database_.Submit(
      [id = std::move(id)](Transaction& transaction) -> absl::Status {
        if (!storage::FindTenant(transaction, id)) return UnknownTenant();
        if (storage::CountOfTenant(transaction, id) > 0) {
          return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "IN_USE",
                                 "the tenant has permanent rooms, access numbers or users; delete "
                                 "these first");
        }
        storage::DeleteTenant(transaction, id);
        return absl::OkStatus();
      },
      std::move(done));
}

// ---- Permanent rooms ----------------------------------------------------------------------

void Accounts::CreatePermanentRoom(std::string request_id, NewRoom room, Done<RoomWithPins> done) {
  database_.SubmitQuery<RoomWithPins>(
      [this, request_id = std::move(request_id), room = std::move(room)](Transaction& transaction) {
        return CreateRoomIn(transaction, request_id, room);
      },
      std::move(done));
}

absl::StatusOr<RoomWithPins> Accounts::CreateRoomIn(Transaction& transaction,
                                                    const std::string& request_id,
                                                    const NewRoom& wished) {
  if (!request_id.empty()) {
    std::optional<PermanentRoom> earlier =
        storage::FindPermanentRoomByRequest(transaction, request_id);
    if (earlier) return OpenPins(transaction, *std::move(earlier));
  }
  RETURN_IF_ERROR(CheckRoomSettings(wished.settings));
  if (!storage::FindTenant(transaction, wished.tenant_id)) return UnknownTenant();
  const absl::Time now = ToMicroseconds(clock_.Now());
  ASSIGN_OR_RETURN(RoomNumber number, ChooseRoomNumber(transaction, wished.number, now));
  PermanentRoom room{.id = NewId("room-"),
                     .tenant_id = wished.tenant_id,
                     .room = std::move(number),
                     .settings = wished.settings,
                     .created_at = now};
  storage::InsertPermanentRoom(transaction, room, request_id);
  ASSIGN_OR_RETURN(Pin participant, DrawPin(transaction, room, Role::kParticipant, now));
  ASSIGN_OR_RETURN(Pin moderator, DrawPin(transaction, room, Role::kModerator, now));
  return RoomWithPins{std::move(room), std::move(participant), std::move(moderator)};
}

absl::StatusOr<RoomNumber> Accounts::ChooseRoomNumber(Transaction& transaction,
                                                      const std::optional<RoomNumber>& wished,
                                                      absl::Time now) {
  if (!wished) return DrawRoomNumber(transaction, now);
  RETURN_IF_ERROR(CheckRoomNumber(*wished));
  if (!storage::IsRoomNumberFree(transaction, wished->digits(), now)) {
    return WithField(ErrorWithReason(absl::StatusCode::kFailedPrecondition, "IN_USE",
                                     "another room has this number, or had it a short while ago"),
                     "permanent_room.room_number");
  }
  return *wished;
}

absl::StatusOr<RoomNumber> Accounts::DrawRoomNumber(Transaction& transaction, absl::Time now) {
  // Longer ones where the space fills up, as for reservations.
  for (int digits = settings_.room_digits; digits <= static_cast<int>(RoomNumber::kDigitsMax);
       ++digits) {
    for (int draw = 0; draw < kDrawsMax; ++draw) {
      std::string number = DrawDigits(random_, digits);
      if (number.front() == '0') number.front() = static_cast<char>('1' + random_.Below(9));
      if (storage::IsRoomNumberFree(transaction, number, now)) return *RoomNumber::Parse(number);
    }
  }
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "ROOMS_EXHAUSTED",
                         "no room number is free");
}

absl::StatusOr<Pin> Accounts::DrawPin(Transaction& transaction, const PermanentRoom& room,
                                      Role role, absl::Time now) {
  for (int draw = 0; draw < kDrawsMax; ++draw) {
    Pin pin = *Pin::Parse(DrawDigits(random_, settings_.pin_digits));
    const RoomPinRow row{.pin_mac = PinMac(room.tenant_id, pin),
                         .room_id = room.id,
                         .role = role,
                         .pin_sealed = secrets_.Seal(kPinPurpose, room.id, pin.Reveal()),
                         .free_at = std::nullopt};
    if (storage::ClaimPin(transaction, row, now)) return pin;
  }
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "PINS_EXHAUSTED",
                         "no PIN is free: the tenant has too many rooms for this length");
}

absl::StatusOr<Pin> Accounts::OpenPin(Transaction& transaction, const std::string& room_id,
                                      Role role) const {
  const std::optional<RoomPinRow> row = storage::FindPinOfRoom(transaction, room_id, role);
  CHECK(row.has_value()) << "a permanent room is without a PIN";
  ASSIGN_OR_RETURN(const std::string digits, secrets_.Open(kPinPurpose, room_id, row->pin_sealed));
  const std::optional<Pin> pin = Pin::Parse(digits);
  CHECK(pin.has_value()) << "a sealed PIN is not made of digits";
  return *pin;
}

absl::StatusOr<RoomWithPins> Accounts::OpenPins(Transaction& transaction,
                                                PermanentRoom room) const {
  ASSIGN_OR_RETURN(Pin participant, OpenPin(transaction, room.id, Role::kParticipant));
  ASSIGN_OR_RETURN(Pin moderator, OpenPin(transaction, room.id, Role::kModerator));
  return RoomWithPins{std::move(room), std::move(participant), std::move(moderator)};
}

void Accounts::GetPermanentRoom(std::string id, Done<PermanentRoom> done) {
  database_.SubmitQuery<PermanentRoom>(
      [id = std::move(id)](Transaction& transaction) -> absl::StatusOr<PermanentRoom> {
        std::optional<PermanentRoom> room = storage::FindPermanentRoom(transaction, id);
        if (!room) return UnknownRoom();
        return *std::move(room);
      },
      std::move(done));
}

void Accounts::ListPermanentRooms(std::string tenant_id, std::string after, int rooms_max,
                                  Done<std::vector<PermanentRoom>> done) {
  database_.SubmitQuery<std::vector<PermanentRoom>>(
      [tenant_id = std::move(tenant_id), after = std::move(after),
       rooms_max](Transaction& transaction) -> absl::StatusOr<std::vector<PermanentRoom>> {
        if (!tenant_id.empty() && !storage::FindTenant(transaction, tenant_id)) {
          return UnknownTenant();
        }
        return storage::ListPermanentRooms(transaction, tenant_id, after, rooms_max);
      },
      std::move(done));
}

void Accounts::UpdatePermanentRoom(std::string id, Change<PermanentRoomSettings> change,
                                   Done<PermanentRoom> done) {
  database_.SubmitQuery<PermanentRoom>(
      [id = std::move(id), change = std::move(change)](
          Transaction& transaction) mutable -> absl::StatusOr<PermanentRoom> {
        std::optional<PermanentRoom> room = storage::FindPermanentRoom(transaction, id);
        if (!room) return UnknownRoom();
        RETURN_IF_ERROR(change(room->settings));
        RETURN_IF_ERROR(CheckRoomSettings(room->settings));
        storage::UpdatePermanentRoom(transaction, *room);
        return *std::move(room);
      },
      std::move(done));
}

void Accounts::DeletePermanentRoom(std::string id, Deleted done) {
  database_.Submit(
      [this, id = std::move(id)](Transaction& transaction) -> absl::Status {
        if (!storage::FindPermanentRoom(transaction, id)) return UnknownRoom();
        storage::RetirePins(transaction, id, clock_.Now() + settings_.pin_quarantine);
        storage::DeletePermanentRoom(transaction, id);
        return absl::OkStatus();
      },
      std::move(done));
}

void Accounts::RotatePins(std::string id, Done<RoomWithPins> done) {
  database_.SubmitQuery<RoomWithPins>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<RoomWithPins> {
        std::optional<PermanentRoom> room = storage::FindPermanentRoom(transaction, id);
        if (!room) return UnknownRoom();
        const absl::Time now = clock_.Now();
        storage::RetirePins(transaction, id, now + settings_.pin_quarantine);
        ASSIGN_OR_RETURN(Pin participant, DrawPin(transaction, *room, Role::kParticipant, now));
        ASSIGN_OR_RETURN(Pin moderator, DrawPin(transaction, *room, Role::kModerator, now));
        return RoomWithPins{*std::move(room), std::move(participant), std::move(moderator)};
      },
      std::move(done));
}

void Accounts::FindRoom(std::string id, Done<Entry> done) {
  database_.SubmitQuery<Entry>(
      [id = std::move(id)](Transaction& transaction) -> absl::StatusOr<Entry> {
        std::optional<PermanentRoom> room = storage::FindPermanentRoom(transaction, id);
        if (!room) return UnknownRoom();
        std::optional<Tenant> tenant = storage::FindTenant(transaction, room->tenant_id);
        CHECK(tenant.has_value()) << "a permanent room is without its tenant";
        return Entry{*std::move(tenant), *std::move(room), Role::kParticipant};
      },
      std::move(done));
}

void Accounts::RevealPins(std::string id, Done<RoomWithPins> done) {
  database_.SubmitQuery<RoomWithPins>(
      [this, id = std::move(id)](Transaction& transaction) -> absl::StatusOr<RoomWithPins> {
        std::optional<PermanentRoom> room = storage::FindPermanentRoom(transaction, id);
        if (!room) return UnknownRoom();
        return OpenPins(transaction, *std::move(room));
      },
      std::move(done));
}

// ---- Access numbers -----------------------------------------------------------------------

void Accounts::PutAccessNumber(AccessNumber number, Done<AccessNumber> done) {
  const bool is_fixed =
      std::any_of(settings_.fixed_numbers.begin(), settings_.fixed_numbers.end(),
                  [&](const AccessNumber& fixed) { return fixed.number == number.number; });
  database_.SubmitQuery<AccessNumber>(
      [number = std::move(number),
       is_fixed](Transaction& transaction) -> absl::StatusOr<AccessNumber> {
        if (is_fixed) {
          return ErrorWithReason(absl::StatusCode::kAlreadyExists, "ACCESS_NUMBER_EXISTS",
                                 "this number stands in the configuration file, which alone "
                                 "changes it");
        }
        RETURN_IF_ERROR(CheckAccessNumber(number));
        if (!number.tenant.empty() && !storage::FindTenant(transaction, number.tenant)) {
          return UnknownTenant();
        }
        storage::PutAccessNumber(transaction, number);
        return number;
      },
      std::move(done));
}

void Accounts::DeleteAccessNumber(PhoneNumber number, Deleted done) {
  database_.Submit(
      [number = std::move(number)](Transaction& transaction) -> absl::Status {
        const bool was_there = storage::DeleteAccessNumber(transaction, number.e164());
        return was_there ? absl::OkStatus() : UnknownNumber();
      },
      std::move(done));
}

// ---- Users --------------------------------------------------------------------------------

void Accounts::PutUser(User user, std::optional<std::string> password, Done<User> done) {
  absl::Status valid = CheckUser(user);
  if (valid.ok() && password) valid = CheckPasswordRules(*password);
  if (!valid.ok()) return done(std::move(valid));
  // Before the transaction: it takes a tenth of a second, in which nobody else could reserve.
  const std::string hash = password ? passwords_.Hash(*password) : "";
  database_.SubmitQuery<User>(
      [this, wished = std::move(user), hash](Transaction& transaction) -> absl::StatusOr<User> {
        User user = wished;
        if (!user.tenant_id.empty() && !storage::FindTenant(transaction, user.tenant_id)) {
          return UnknownTenant();
        }
        const std::optional<storage::UserRow> old = storage::FindUser(transaction, user.name);
        if (!old && hash.empty()) {
          return InvalidField("user.password", "FIELD_INVALID", "a new user needs a password");
        }
        user.created_at = old ? old->user.created_at : ToMicroseconds(clock_.Now());
        storage::PutUser(transaction, {user, hash.empty() ? old->password_hash : hash});
        // Who is logged in is so with the rights and the password of then.
        const bool is_as_before = old && hash.empty() && old->user.role == user.role &&
                                  old->user.tenant_id == user.tenant_id;
        if (!is_as_before) storage::DeleteSessionsOf(transaction, user.name);
        return user;
      },
      std::move(done));
}

void Accounts::GetUser(std::string name, Done<User> done) {
  database_.SubmitQuery<User>(
      [name = std::move(name)](Transaction& transaction) -> absl::StatusOr<User> {
        const std::optional<storage::UserRow> row = storage::FindUser(transaction, name);
        if (!row) return UnknownUser();
        return row->user;
      },
      std::move(done));
}

void Accounts::ListUsers(std::optional<std::string> tenant_id, std::string after, int users_max,
                         Done<std::vector<User>> done) {
  database_.SubmitQuery<std::vector<User>>(
      [tenant_id = std::move(tenant_id), after = std::move(after),
       users_max](Transaction& transaction) -> absl::StatusOr<std::vector<User>> {
        std::vector<User> users;
        for (storage::UserRow& row : storage::ListUsers(transaction, tenant_id, after, users_max)) {
          users.push_back(std::move(row.user));
        }
        return users;
      },
      std::move(done));
}

void Accounts::DeleteUser(std::string name, Deleted done) {
  database_.Submit(
      [name = std::move(name)](Transaction& transaction) -> absl::Status {
        const bool was_there = storage::DeleteUser(transaction, name);
        storage::DeleteSessionsOf(transaction, name);
        return was_there ? absl::OkStatus() : UnknownUser();
      },
      std::move(done));
}

absl::StatusOr<User> Accounts::CheckPassword(const std::string& name, const std::string& password) {
  using Found = std::optional<storage::UserRow>;
  ASSIGN_OR_RETURN(const Found row, database_.Query<Found>([&](Transaction& transaction) {
    return absl::StatusOr<Found>(storage::FindUser(transaction, name));
  }));
  // Longer than any that can have been set: hashing it would only be work for an attacker's sake.
  const bool is_password = password.size() <= PasswordHasher::kPasswordMax;
  if (row && is_password && passwords_.Matches(password, row->password_hash)) return row->user;
  if (!row && is_password) passwords_.PretendToMatch(password);
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "CREDENTIALS_WRONG",
                         "the name or the password is not right");
}

// ---- The door -----------------------------------------------------------------------------

absl::StatusOr<Entry> Accounts::FindEntryIn(Transaction& transaction, const EntryKey& key) {
  const std::optional<PermanentRoom> asked =
      key.room ? storage::FindPermanentRoomByNumber(transaction, key.room->digits()) : std::nullopt;
  const std::string tenant_id = key.tenant_id.value_or(asked ? asked->tenant_id : "");
  const std::optional<RoomPinRow> row = storage::FindPin(transaction, PinMac(tenant_id, key.pin));
  // The same questions whether or not there is such a PIN.
  std::optional<PermanentRoom> room =
      storage::FindPermanentRoom(transaction, row ? row->room_id : "");
  std::optional<Tenant> tenant = storage::FindTenant(transaction, tenant_id);
  const bool is_open = row && !row->free_at && room && tenant;
  const bool is_room_right = !key.room || (asked && room && asked->id == room->id);
  if (!is_open || !is_room_right) return UnknownRoom();
  return Entry{*std::move(tenant), *std::move(room), row->role};
}

std::optional<PermanentRoom> Accounts::FindByRoomIn(Transaction& transaction,
                                                    const RoomNumber& room) {
  return storage::FindPermanentRoomByNumber(transaction, room.digits());
}

std::string Accounts::PinMac(const std::string& tenant_id, const Pin& pin) const {
  return secrets_.Mac(kPinPurpose, {tenant_id, pin.Reveal()});
}

}  // namespace narada::control::accounts
