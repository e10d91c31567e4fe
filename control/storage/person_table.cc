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

int ErasePerson(Transaction& transaction, const PhoneNumber& number) {
  int erased = 0;
  for (
      const char* statement :
      {"UPDATE reservations SET organiser_number = '' WHERE organiser_number = :number",
       // The client's key of an order is unique with its recipient, and nobody repeats this one now.
       "UPDATE sms_messages SET recipient = '', request_id = NULL WHERE recipient = :number "
       "AND state NOT IN ('pending', 'sending')",
       "UPDATE sms_messages SET caller = '' WHERE caller = :number",
       "DELETE FROM contacts WHERE number = :number"}) {
    soci::statement erase = (transaction.sql().prepare << statement, soci::use(number.e164()));
    erase.execute(true);
    erased += static_cast<int>(erase.get_affected_rows());
  }
  return erased;
}

}  // namespace narada::control::storage
