// The rows of tenants, their permanent rooms and what their PINs open. What they mean is decided in
// control/accounts. Database thread.

#ifndef NARADA_CONTROL_STORAGE_ACCOUNT_TABLE_H_
#define NARADA_CONTROL_STORAGE_ACCOUNT_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/account.h"
#include "control/model/conference.h"
#include "control/storage/database.h"

namespace narada::control::storage {

// ---- Tenants
void InsertTenant(Transaction& transaction, const Tenant& tenant, const std::string& request_id);
void UpdateTenant(Transaction& transaction, const Tenant& tenant);
void DeleteTenant(Transaction& transaction, const std::string& id);
std::optional<Tenant> FindTenant(Transaction& transaction, const std::string& id);
std::optional<Tenant> FindTenantByRequest(Transaction& transaction, const std::string& request_id);
// By id, those behind `after`.
std::vector<Tenant> ListTenants(Transaction& transaction, const std::string& after, int rows_max);
// How many rooms, numbers and users are the tenant's.
int64_t CountOfTenant(Transaction& transaction, const std::string& tenant_id);

// ---- Permanent rooms
void InsertPermanentRoom(Transaction& transaction, const PermanentRoom& room,
                         const std::string& request_id);
void UpdatePermanentRoom(Transaction& transaction, const PermanentRoom& room);
void DeletePermanentRoom(Transaction& transaction, const std::string& id);
std::optional<PermanentRoom> FindPermanentRoom(Transaction& transaction, const std::string& id);
std::optional<PermanentRoom> FindPermanentRoomByNumber(Transaction& transaction,
                                                       const std::string& room_number);
std::optional<PermanentRoom> FindPermanentRoomByRequest(Transaction& transaction,
                                                        const std::string& request_id);
// By id, those behind `after`; `tenant_id` empty: of all tenants.
std::vector<PermanentRoom> ListPermanentRooms(Transaction& transaction,
                                              const std::string& tenant_id,
                                              const std::string& after, int rows_max);

// The length of the longest number; 0 if there is no room.
int LongestPermanentRoomNumber(Transaction& transaction);

// ---- Their PINs
struct RoomPinRow {
  std::string pin_mac;
  std::string room_id;
  Role role = Role::kParticipant;
  std::string pin_sealed;
  std::optional<absl::Time> free_at;  // Nothing while the PIN opens the room.
};
// False if the tenant has the PIN already, or it is in quarantine at `now`.
bool ClaimPin(Transaction& transaction, const RoomPinRow& row, absl::Time now);
std::optional<RoomPinRow> FindPin(Transaction& transaction, const std::string& pin_mac);
std::optional<RoomPinRow> FindPinOfRoom(Transaction& transaction, const std::string& room_id,
                                        Role role);
// Both PINs of the room open nothing from now on, and are free again at `free_at`.
void RetirePins(Transaction& transaction, const std::string& room_id, absl::Time free_at);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_ACCOUNT_TABLE_H_
