// What is kept about one number outside of the records of calls: reservations that it made, messages that
// went to it or that it caused, and entries of address books. Functions run in a Transaction (database thread) and may throw SOCI's exceptions, which
// Database catches.

#ifndef NARADA_CONTROL_STORAGE_PERSON_TABLE_H_
#define NARADA_CONTROL_STORAGE_PERSON_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "control/model/phone_number.h"
#include "control/storage/database.h"

namespace narada::control::storage {

struct PersonReservation {
  std::string id;
  std::string room_number;
  absl::Time created_at;
  absl::Time expires_at;
};
struct PersonMessage {
  std::string id;
  std::string state;
  absl::Time created_at;
  std::optional<absl::Time> sent_at;
};

std::vector<PersonReservation> ReservationsOf(Transaction& transaction, const PhoneNumber& number);
std::vector<PersonMessage> MessagesTo(Transaction& transaction, const PhoneNumber& number);

// Takes the number out of all of it; the reservations stay valid. A message that has not left yet keeps
// its recipient until it has: whoever reserved a minute ago waits for it. Returns how many rows.
int ErasePerson(Transaction& transaction, const PhoneNumber& number);

}  // namespace narada::control::storage

#endif  // NARADA_CONTROL_STORAGE_PERSON_TABLE_H_
