// Reservations and the room numbers they hold, as rows. What a reservation may do is decided in
// control/reservations; here it is only kept. Functions run in a Transaction (database thread) and
// may throw SOCI's exceptions, which Database catches.

#ifndef NARADA_CONTROL_STORAGE_RESERVATION_TABLE_H_
#define NARADA_CONTROL_STORAGE_RESERVATION_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct ReservationRow {
  std::string id;
  std::optional<std::string> request_id;
  std::string room_number;
  std::string pin_mac;
  std::string pin_sealed;  // Empty once wiped.
  std::string organiser_number;
  std::string access_number;
  std::string language;
  absl::Time created_at;
  absl::Time expires_at;
  std::optional<absl::Time> cancelled_at;
  int extensions = 0;
  std::optional<std::string> message_id;
};

// Takes the number for the reservation until `free_at`. False if somebody has it, a permanent room
// too, or its quarantine is not over, at `now`.
bool ClaimRoomNumber(Transaction& transaction, const std::string& room_number,
                     const std::string& reservation_id, absl::Time free_at, absl::Time now);

// Whether no permanent room has the number, and no reservation has it or had it a short while ago.
bool IsRoomNumberFree(Transaction& transaction, const std::string& room_number, absl::Time now);

// How many numbers of this length are taken or in quarantine.
int64_t CountTakenRoomNumbers(Transaction& transaction, int length, absl::Time now);

void InsertReservation(Transaction& transaction, const ReservationRow& row);

// The reservation that holds this room number now, or held it last.
std::optional<ReservationRow> FindReservationByRoom(Transaction& transaction,
                                                    const std::string& room_number);
std::optional<ReservationRow> FindReservationById(Transaction& transaction, const std::string& id);
std::optional<ReservationRow> FindReservationByRequest(Transaction& transaction,
                                                       const std::string& request_id);

// Newest first. `after` is the row that the page before ended with.
struct ReservationPlace {
  absl::Time created_at;
  std::string id;
};
std::vector<ReservationRow> ListReservations(Transaction& transaction,
                                             const std::optional<ReservationPlace>& after,
                                             int rows_max);

// Moves the expiry and, with it, the end of the quarantine, and counts the extension.
void ExtendReservation(Transaction& transaction, const ReservationRow& row, absl::Time expires_at,
                       absl::Time free_at);

// Whether this request has extended a reservation already; and notes that it has.
bool HasExtensionRequest(Transaction& transaction, const std::string& request_id);
void InsertExtensionRequest(Transaction& transaction, const std::string& request_id,
                            const std::string& reservation_id, absl::Time now);

// Ends it at once; the number stays in quarantine until `free_at`.
void CancelReservation(Transaction& transaction, const ReservationRow& row, absl::Time now,
                       absl::Time free_at);

// Forgets the repeatable copies of PINs that nobody may hear any more: of reservations that expired
// before `expired_before`. Returns how many.
int64_t WipeSealedPins(Transaction& transaction, absl::Time expired_before);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_RESERVATION_TABLE_H_
