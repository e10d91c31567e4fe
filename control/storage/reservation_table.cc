#include "control/storage/reservation_table.h"

#include <soci/soci.h>

#include <limits>

#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] =
    "r.id, r.request_id, r.room_number, r.pin_mac, r.pin_sealed, r.organiser_number, "
    "r.access_number, r.language, r.created_at, r.expires_at, r.cancelled_at, "
    "r.extensions, r.message_id";

ReservationRow FromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .request_id = OptionalTextAt(row, 1),
          .room_number = row.get<std::string>(2),
          .pin_mac = row.get<std::string>(3),
          .pin_sealed = row.get<std::string>(4),
          .organiser_number = row.get<std::string>(5),
          .access_number = row.get<std::string>(6),
          .language = row.get<std::string>(7),
          .created_at = TimeAt(row, 8),
          .expires_at = TimeAt(row, 9),
          .cancelled_at = OptionalTimeAt(row, 10),
          .extensions = row.get<int>(11),
          .message_id = OptionalTextAt(row, 12)};
}

std::optional<ReservationRow> FindOne(Transaction& transaction, const std::string& from_and_where,
                                      const std::string& value) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM " << from_and_where, soci::use(value),
      soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

void MoveExpiry(Transaction& transaction, const ReservationRow& row, absl::Time expires_at,
                absl::Time free_at) {
  const long long expires_at_sql = ToSql(expires_at);
  const long long free_at_sql = ToSql(free_at);
  transaction.sql() << "UPDATE reservations SET expires_at = :expires WHERE id = :id",
      soci::use(expires_at_sql), soci::use(row.id);
  transaction.sql() << "UPDATE room_numbers SET free_at = :free_at WHERE room_number = :room AND "
                       "reservation_id = :id",
      soci::use(free_at_sql), soci::use(row.room_number), soci::use(row.id);
}

}  // namespace

bool ClaimRoomNumber(Transaction& transaction, const std::string& room_number,
                     const std::string& reservation_id, absl::Time free_at, absl::Time now) {
  const int length = static_cast<int>(room_number.size());
  const long long free_at_sql = ToSql(free_at);
  const long long now_sql = ToSql(now);
  soci::statement claim =
      (transaction.sql().prepare
           << "INSERT INTO room_numbers (room_number, length, reservation_id, free_at) "
              "SELECT CAST(:room AS TEXT), CAST(:length AS INTEGER), CAST(:id AS TEXT), "
              "CAST(:free_at AS BIGINT) WHERE NOT EXISTS "
              "(SELECT 1 FROM permanent_rooms WHERE room_number = :permanent) "
              "ON CONFLICT (room_number) DO UPDATE SET reservation_id = excluded.reservation_id, "
              "free_at = excluded.free_at WHERE room_numbers.free_at <= :now",
       soci::use(room_number), soci::use(length), soci::use(reservation_id), soci::use(free_at_sql),
       soci::use(room_number), soci::use(now_sql));
  claim.execute(true);
  return claim.get_affected_rows() == 1;
}

bool IsRoomNumberFree(Transaction& transaction, const std::string& room_number, absl::Time now) {
  const long long now_sql = ToSql(now);
  long long count = 0;
  transaction.sql()
      << "SELECT (SELECT count(*) FROM room_numbers WHERE room_number = :room AND free_at > :now) "
         "+ (SELECT count(*) FROM permanent_rooms WHERE room_number = :permanent)",
      soci::use(room_number), soci::use(now_sql), soci::use(room_number), soci::into(count);
  return count == 0;
}

int64_t CountTakenRoomNumbers(Transaction& transaction, int length, absl::Time now) {
  const long long now_sql = ToSql(now);
  long long count = 0;
  transaction.sql()
      << "SELECT count(*) FROM room_numbers WHERE length = :length AND free_at > :now",
      soci::use(length), soci::use(now_sql), soci::into(count);
  return count;
}

void InsertReservation(Transaction& transaction, const ReservationRow& row) {
  Nullable<std::string> request_id = ToSql(row.request_id);
  Nullable<long long> cancelled_at = ToSql(row.cancelled_at);
  Nullable<std::string> message_id = ToSql(row.message_id);
  const long long created_at = ToSql(row.created_at);
  const long long expires_at = ToSql(row.expires_at);
  transaction.sql()
      << "INSERT INTO reservations (id, request_id, room_number, pin_mac, pin_sealed, "
         "organiser_number, access_number, language, created_at, expires_at, cancelled_at, "
         "extensions, message_id) VALUES "
         "(:id, :request, :room, :mac, :sealed, :organiser, :access, :language, :created, "
         ":expires, "
         ":cancelled, :extensions, :message)",
      soci::use(row.id), soci::use(request_id.value, request_id.indicator),
      soci::use(row.room_number), soci::use(row.pin_mac), soci::use(row.pin_sealed),
      soci::use(row.organiser_number), soci::use(row.access_number), soci::use(row.language),
      soci::use(created_at), soci::use(expires_at),
      soci::use(cancelled_at.value, cancelled_at.indicator), soci::use(row.extensions),
      soci::use(message_id.value, message_id.indicator);
}

std::optional<ReservationRow> FindReservationByRoom(Transaction& transaction,
                                                    const std::string& room_number) {
  return FindOne(transaction,
                 "room_numbers n JOIN reservations r ON r.id = n.reservation_id "
                 "WHERE n.room_number = :room",
                 room_number);
}

std::optional<ReservationRow> FindReservationById(Transaction& transaction, const std::string& id) {
  return FindOne(transaction, "reservations r WHERE r.id = :id", id);
}

std::optional<ReservationRow> FindReservationByRequest(Transaction& transaction,
                                                       const std::string& request_id) {
  return FindOne(transaction, "reservations r WHERE r.request_id = :request", request_id);
}

std::vector<ReservationRow> ListReservations(Transaction& transaction,
                                             const std::optional<ReservationPlace>& after,
                                             int rows_max) {
  // The first page begins after the end of time.
  const long long created_at =
      after ? ToSql(after->created_at) : std::numeric_limits<long long>::max();
  const std::string id = after ? after->id : "";
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare << "SELECT " << kColumns
                                 << " FROM reservations r WHERE r.created_at < :created_1 "
                                    "OR (r.created_at = :created_2 AND r.id > :id) "
                                    "ORDER BY r.created_at DESC, r.id LIMIT :rows",
       soci::use(created_at), soci::use(created_at), soci::use(id), soci::use(rows_max));
  std::vector<ReservationRow> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

void ExtendReservation(Transaction& transaction, const ReservationRow& row, absl::Time expires_at,
                       absl::Time free_at) {
  MoveExpiry(transaction, row, expires_at, free_at);
  transaction.sql() << "UPDATE reservations SET extensions = extensions + 1 WHERE id = :id",
      soci::use(row.id);
}

bool HasExtensionRequest(Transaction& transaction, const std::string& request_id) {
  int count = 0;
  transaction.sql() << "SELECT count(*) FROM extension_requests WHERE request_id = :request",
      soci::use(request_id), soci::into(count);
  return count > 0;
}

void InsertExtensionRequest(Transaction& transaction, const std::string& request_id,
                            const std::string& reservation_id, absl::Time now) {
  const long long now_sql = ToSql(now);
  transaction.sql() << "INSERT INTO extension_requests (request_id, reservation_id, extended_at) "
                       "VALUES (:request, :reservation, :now)",
      soci::use(request_id), soci::use(reservation_id), soci::use(now_sql);
}

void CancelReservation(Transaction& transaction, const ReservationRow& row, absl::Time now,
                       absl::Time free_at) {
  const long long now_sql = ToSql(now);
  transaction.sql() << "UPDATE reservations SET cancelled_at = :now WHERE id = :id",
      soci::use(now_sql), soci::use(row.id);
  MoveExpiry(transaction, row, now, free_at);
}

int64_t WipeSealedPins(Transaction& transaction, absl::Time expired_before) {
  const long long before = ToSql(expired_before);
  soci::statement wipe =
      (transaction.sql().prepare << "UPDATE reservations SET pin_sealed = '' "
                                    "WHERE expires_at < :before AND pin_sealed <> ''",
       soci::use(before));
  wipe.execute(true);
  return wipe.get_affected_rows();
}

}  // namespace narada::control::storage
