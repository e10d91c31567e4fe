// Tenants, their permanent rooms, access numbers and users: who may hold moderated conferences, by
// which numbers they are reached, and which PIN opens what.
//
//   accounts.CreatePermanentRoom("", room, [](absl::StatusOr<RoomWithPins> made) { ... });
//   accounts.FindEntryIn(transaction, {.tenant_id = "acme", .pin = pin});   // room and role
//   absl::StatusOr<User> user = accounts.CheckPassword("anna", password);   // blocks
//
// PINs are drawn here, 8 digits each. A tenant has each PIN once, and an access number has one
// tenant, so on every number a PIN alone says which room and which role. What is kept of a PIN is an
// HMAC, by which it is found, and a sealed copy, by which invitations repeat it; the key of both lies
// outside the database (control/storage/secret_box.h). A PIN that was replaced is not drawn again for
// the quarantine time, so that an old invitation never opens another room. Of a password only its
// argon2id hash is kept.
//
// Who guesses is not noticed here: what a caller keys goes through calls::Door, which counts.
//
// Any thread. `done` runs on the database's thread and returns at once. Errors, besides the
// database's own: INVALID_ARGUMENT / FIELD_INVALID with the field, NOT_FOUND / TENANT_UNKNOWN |
// PERMANENT_ROOM_UNKNOWN | ACCESS_NUMBER_UNKNOWN | USER_UNKNOWN, ALREADY_EXISTS / TENANT_EXISTS |
// ACCESS_NUMBER_EXISTS, FAILED_PRECONDITION / IN_USE.

#ifndef NARADA_CONTROL_ACCOUNTS_ACCOUNTS_H_
#define NARADA_CONTROL_ACCOUNTS_ACCOUNTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/accounts/password_hasher.h"
#include "control/model/access_number.h"
#include "control/model/account.h"
#include "control/model/conference.h"
#include "control/model/pin.h"
#include "control/model/room_number.h"
#include "control/storage/database.h"
#include "control/storage/secret_box.h"

namespace narada::control::accounts {

struct AccountSettings {
  int pin_digits = 8;
  int room_digits = 6;  // Of numbers that are drawn for permanent rooms.
  absl::Duration pin_quarantine = absl::Hours(30 * 24);
  // Access numbers of the configuration file: they cannot be changed or deleted here.
  std::vector<AccessNumber> fixed_numbers;
};

// A room with the two secrets that open it, for who made it.
struct RoomWithPins {
  PermanentRoom room;
  Pin participant_pin;
  Pin moderator_pin;
};

// What a caller keyed. With a room number the PIN must be that room's.
struct EntryKey {
  std::optional<std::string> tenant_id;  // Nothing: of any tenant; then a room number is needed.
  std::optional<RoomNumber> room;
  Pin pin;
};

// What it opens.
struct Entry {
  Tenant tenant;
  PermanentRoom room;
  Role role = Role::kParticipant;  // kParticipant or kModerator.
};

class Accounts {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;
  using Deleted = absl::AnyInvocable<void(absl::Status)>;
  // Changes a copy of what is there; an error leaves it as it was. May be called more than once.
  template <typename T>
  using Change = absl::AnyInvocable<absl::Status(T&)>;

  // All references outlive this object and every `done`.
  Accounts(storage::Database& database, const storage::SecretBox& secrets, const Clock& clock,
           Random& random, PasswordHasher& passwords, const AccountSettings& settings);
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  // ---- Tenants. Without an id one is drawn; the same non-empty request id creates once.
  void CreateTenant(std::string request_id, Tenant tenant, Done<Tenant> done);
  void GetTenant(std::string id, Done<Tenant> done);
  // By id; a page begins behind `after`.
  void ListTenants(std::string after, int tenants_max, Done<std::vector<Tenant>> done);
  void UpdateTenant(std::string id, Change<Tenant> change, Done<Tenant> done);
  // IN_USE while it has rooms, numbers or users.
  void DeleteTenant(std::string id, Deleted done);

  // ---- Permanent rooms
  struct NewRoom {
    std::string tenant_id;
    PermanentRoomSettings settings;
    std::optional<RoomNumber> number;  // Nothing: one is drawn.
  };
  void CreatePermanentRoom(std::string request_id, NewRoom room, Done<RoomWithPins> done);
  void GetPermanentRoom(std::string id, Done<PermanentRoom> done);
  // By id; `tenant_id` empty: of all tenants.
  void ListPermanentRooms(std::string tenant_id, std::string after, int rooms_max,
                          Done<std::vector<PermanentRoom>> done);
  void UpdatePermanentRoom(std::string id, Change<PermanentRoomSettings> change,
                           Done<PermanentRoom> done);
  void DeletePermanentRoom(std::string id, Deleted done);
  // New PINs; the old ones end at once.
  void RotatePins(std::string id, Done<RoomWithPins> done);
  // The room with its tenant, for a conference that is taken up; the role is not looked at.
  void FindRoom(std::string id, Done<Entry> done);
  // For an invitation.
  void RevealPins(std::string id, Done<RoomWithPins> done);

  // ---- Access numbers, which number_book.h lists. One of the configuration file is not ours to change:
  // ACCESS_NUMBER_EXISTS.
  void PutAccessNumber(AccessNumber number, Done<AccessNumber> done);
  void DeleteAccessNumber(PhoneNumber number, Deleted done);

  // ---- Users. Without a password the old one is kept; a new user needs one. Whoever is deleted, or gets
  // another password, role or tenant, is logged out of the console.
  void PutUser(User user, std::optional<std::string> password, Done<User> done);
  void GetUser(std::string name, Done<User> done);
  void ListUsers(std::optional<std::string> tenant_id, std::string after, int users_max,
                 Done<std::vector<User>> done);
  void DeleteUser(std::string name, Deleted done);
  // Blocks for about 0.1 s; takes as long for a name that nobody has. UNAUTHENTICATED /
  // CREDENTIALS_WRONG for both. Never on the database's thread or an actor's.
  absl::StatusOr<User> CheckPassword(const std::string& name, const std::string& password);

  // ---- The door (control/calls/door.h), in the transaction that counts tries.
  // NOT_FOUND / PERMANENT_ROOM_UNKNOWN, after the same work whatever is wrong.
  absl::StatusOr<Entry> FindEntryIn(storage::Transaction& transaction, const EntryKey& key);
  // Whoever has the number, whatever the PIN.
  std::optional<PermanentRoom> FindByRoomIn(storage::Transaction& transaction,
                                            const RoomNumber& room);

  const AccountSettings& settings() const { return settings_; }

 private:
  absl::StatusOr<RoomWithPins> CreateRoomIn(storage::Transaction& transaction,
                                            const std::string& request_id, const NewRoom& wished);
  absl::StatusOr<RoomNumber> ChooseRoomNumber(storage::Transaction& transaction,
                                              const std::optional<RoomNumber>& wished,
                                              absl::Time now);
  absl::StatusOr<RoomNumber> DrawRoomNumber(storage::Transaction& transaction, absl::Time now);
  absl::StatusOr<Pin> DrawPin(storage::Transaction& transaction, const PermanentRoom& room,
                              Role role, absl::Time now);
  absl::StatusOr<Pin> OpenPin(storage::Transaction& transaction, const std::string& room_id,
                              Role role) const;
  absl::StatusOr<RoomWithPins> OpenPins(storage::Transaction& transaction,
                                        PermanentRoom room) const;
  std::string PinMac(const std::string& tenant_id, const Pin& pin) const;
  std::string NewId(absl::string_view prefix);

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  const Clock& clock_;
  const AccountSettings settings_;
  PasswordHasher& passwords_;
  Random& random_;  // Database thread.
};

}  // namespace narada::control::accounts

#endif  // NARADA_CONTROL_ACCOUNTS_ACCOUNTS_H_
