#include "control/storage/person_table.h"

#include <soci/soci.h>

#include "control/storage/rows.h"

namespace narada::control::storage {

std::vector<PersonReservation> ReservationsOf(Transaction& transaction, const PhoneNumber& number) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT id, room_number, created_at, expires_at FROM "
                                    "reservations WHERE organiser_number = :number "
                                    "ORDER BY created_at, id",
       soci::use(number.e164()));
  std::vector<PersonReservation> reservations;
  for (const soci::row& row : rows) {
    reservations.push_back({.id = row.get<std::string>(0),
                            .room_number = row.get<std::string>(1),
                            .created_at = TimeAt(row, 2),
                            .expires_at = TimeAt(row, 3)});
  }
  return reservations;
}

std::vector<PersonMessage> MessagesTo(Transaction& transaction, const PhoneNumber& number) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT id, state, created_at, sent_at FROM sms_messages "
                                    "WHERE recipient = :number ORDER BY created_at, id",
       soci::use(number.e164()));
  std::vector<PersonMessage> messages;
  for (const soci::row& row : rows) {
    messages.push_back({.id = row.get<std::string>(0),
                        .state = row.get<std::string>(1),
                        .created_at = TimeAt(row, 2),
                        .sent_at = OptionalTimeAt(row, 3)});
  }
  return messages;
}

int EraseReservationsAndMessagesOf(Transaction& transaction, const PhoneNumber& number) {
  soci::statement reservations =
      (transaction.sql().prepare
           << "UPDATE reservations SET organiser_number = '' WHERE organiser_number = :number",
       soci::use(number.e164()));
  reservations.execute(true);
  soci::statement messages =
      (transaction.sql().prepare << "UPDATE sms_messages SET recipient = '' WHERE "
                                    "recipient = :number AND state NOT IN ('pending', 'sending')",
       soci::use(number.e164()));
  messages.execute(true);
  return static_cast<int>(reservations.get_affected_rows() + messages.get_affected_rows());
}

}  // namespace narada::control::storage
