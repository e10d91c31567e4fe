#include "control/storage/account_table.h"

#include <soci/soci.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kTenantColumns[] =
    "id, display_name, languages, participants_max, is_recording_allowed, call_out_prefixes, "
    "call_outs_max, sms_per_day_max, prompt_set, created_at";
constexpr char kRoomColumns[] =
    "id, tenant_id, display_name, room_number, participants_max, waits_for_moderator, "
    "ends_without_moderator, is_announced_by_name, is_lecture, created_at";
constexpr char kPinColumns[] = "pin_mac, room_id, role, pin_sealed, free_at";

std::string JoinLanguages(const std::vector<Language>& languages) {
  return absl::StrJoin(languages, ",", [](std::string* out, Language language) {
    absl::string_view tag = LanguageTag(language);
    out->append(tag.data(), tag.size());
  });
}

std::vector<Language> SplitLanguages(const std::string& text) {
  std::vector<Language> languages;
  for (absl::string_view tag : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::optional<Language> language = LanguageFromTag(tag);
    if (language) languages.push_back(*language);
  }
  return languages;
}

std::string RoleName(Role role) {
  CHECK(role != Role::kPresenter) << "no PIN makes a presenter";
  return role == Role::kModerator ? "moderator" : "participant";
}

Tenant TenantFromRow(const soci::row& row) {
  return {.id = row.get<std::string>(0),
          .display_name = row.get<std::string>(1),
          .languages = SplitLanguages(row.get<std::string>(2)),
          .limits = {.participants_max = row.get<int>(3),
                     .is_recording_allowed = row.get<int>(4) != 0,
                     .call_out_prefixes =
                         absl::StrSplit(row.get<std::string>(5), ',', absl::SkipEmpty()),
                     .call_outs_max = row.get<int>(6),
                     .sms_per_day_max = row.get<int>(7)},
          .prompt_set = row.get<std::string>(8),
          .sms_templates = {},
          .created_at = TimeAt(row, 9)};
}

PermanentRoom RoomFromRow(const soci::row& row) {
  const std::optional<RoomNumber> number = RoomNumber::Parse(row.get<std::string>(3));
  CHECK(number.has_value()) << "the database holds a room number that is none";
  return {.id = row.get<std::string>(0),
          .tenant_id = row.get<std::string>(1),
          .room = *number,
          .settings = {.display_name = row.get<std::string>(2),
                       .participants_max = row.get<int>(4),
                       .waits_for_moderator = row.get<int>(5) != 0,
                       .ends_without_moderator = row.get<int>(6) != 0,
                       .is_announced_by_name = row.get<int>(7) != 0,
                       .is_lecture = row.get<int>(8) != 0},
          .created_at = TimeAt(row, 9)};
}

RoomPinRow PinFromRow(const soci::row& row) {
  return {.pin_mac = row.get<std::string>(0),
          .room_id = row.get<std::string>(1),
          .role = row.get<std::string>(2) == "moderator" ? Role::kModerator : Role::kParticipant,
          .pin_sealed = row.get<std::string>(3),
          .free_at = OptionalTimeAt(row, 4)};
}

void ReadTemplates(Transaction& transaction, Tenant& tenant) {
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT language, template FROM tenant_sms_templates WHERE tenant_id = :tenant",
       soci::use(tenant.id));
  for (const soci::row& row : rows) {
    const std::optional<Language> language = LanguageFromTag(row.get<std::string>(0));
    if (language) tenant.sms_templates[*language] = row.get<std::string>(1);
  }
}

void DeleteTemplates(Transaction& transaction, const std::string& tenant_id) {
  transaction.sql() << "DELETE FROM tenant_sms_templates WHERE tenant_id = :tenant",
      soci::use(tenant_id);
}

void InsertTemplates(Transaction& transaction, const Tenant& tenant) {
  for (const auto& [language, text] : tenant.sms_templates) {
    const std::string tag(LanguageTag(language));
    transaction.sql() << "INSERT INTO tenant_sms_templates (tenant_id, language, template) VALUES "
                         "(:tenant, :language, :template)",
        soci::use(tenant.id), soci::use(tag), soci::use(text);
  }
}

std::optional<Tenant> FindOneTenant(Transaction& transaction, const std::string& column,
                                    const std::string& value) {
  soci::row row;
  transaction.sql() << "SELECT " << kTenantColumns << " FROM tenants WHERE " << column
                    << " = :value",
      soci::use(value), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  Tenant tenant = TenantFromRow(row);
  ReadTemplates(transaction, tenant);
  return tenant;
}

std::optional<PermanentRoom> FindOneRoom(Transaction& transaction, const std::string& column,
                                         const std::string& value) {
  soci::row row;
  transaction.sql() << "SELECT " << kRoomColumns << " FROM permanent_rooms WHERE " << column
                    << " = :value",
      soci::use(value), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return RoomFromRow(row);
}

std::optional<std::string> NotEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

// ---- Tenants

void InsertTenant(Transaction& transaction, const Tenant& tenant, const std::string& request_id) {
  Nullable<std::string> request = ToSql(NotEmpty(request_id));
  const std::string languages = JoinLanguages(tenant.languages);
  const int is_recording_allowed = tenant.limits.is_recording_allowed;
  const std::string prefixes = absl::StrJoin(tenant.limits.call_out_prefixes, ",");
  const long long created_at = ToSql(tenant.created_at);
  transaction.sql()
      << "INSERT INTO tenants (id, request_id, display_name, languages, participants_max, "
         "is_recording_allowed, call_out_prefixes, call_outs_max, sms_per_day_max, prompt_set, "
         "created_at) VALUES (:id, :request, :name, :languages, :participants, :recording, "
         ":prefixes, :call_outs, :sms, :prompts, :created)",
      soci::use(tenant.id), soci::use(request.value, request.indicator),
      soci::use(tenant.display_name), soci::use(languages),
      soci::use(tenant.limits.participants_max), soci::use(is_recording_allowed),
      soci::use(prefixes), soci::use(tenant.limits.call_outs_max),
      soci::use(tenant.limits.sms_per_day_max), soci::use(tenant.prompt_set), soci::use(created_at);
  InsertTemplates(transaction, tenant);
}

void UpdateTenant(Transaction& transaction, const Tenant& tenant) {
  const std::string languages = JoinLanguages(tenant.languages);
  const int is_recording_allowed = tenant.limits.is_recording_allowed;
  const std::string prefixes = absl::StrJoin(tenant.limits.call_out_prefixes, ",");
  transaction.sql()
      << "UPDATE tenants SET display_name = :name, languages = :languages, "
         "participants_max = :participants, is_recording_allowed = :recording, "
         "call_out_prefixes = :prefixes, call_outs_max = :call_outs, sms_per_day_max = :sms, "
         "prompt_set = :prompts WHERE id = :id",
      soci::use(tenant.display_name), soci::use(languages),
      soci::use(tenant.limits.participants_max), soci::use(is_recording_allowed),
      soci::use(prefixes), soci::use(tenant.limits.call_outs_max),
      soci::use(tenant.limits.sms_per_day_max), soci::use(tenant.prompt_set), soci::use(tenant.id);
  DeleteTemplates(transaction, tenant.id);
  InsertTemplates(transaction, tenant);
}

void DeleteTenant(Transaction& transaction, const std::string& id) {
  DeleteTemplates(transaction, id);
  transaction.sql() << "DELETE FROM tenants WHERE id = :id", soci::use(id);
}

std::optional<Tenant> FindTenant(Transaction& transaction, const std::string& id) {
  return FindOneTenant(transaction, "id", id);
}

std::optional<Tenant> FindTenantByRequest(Transaction& transaction, const std::string& request_id) {
  return FindOneTenant(transaction, "request_id", request_id);
}

std::vector<Tenant> ListTenants(Transaction& transaction, const std::string& after, int rows_max) {
  std::vector<Tenant> result;
  {
    const soci::rowset<soci::row> rows =
        (transaction.sql().prepare << "SELECT " << kTenantColumns
                                   << " FROM tenants WHERE id > :after ORDER BY id LIMIT :rows",
         soci::use(after), soci::use(rows_max));
    for (const soci::row& row : rows) result.push_back(TenantFromRow(row));
  }
  for (Tenant& tenant : result) ReadTemplates(transaction, tenant);
  return result;
}

int64_t CountOfTenant(Transaction& transaction, const std::string& tenant_id) {
  long long count = 0;
  transaction.sql() << "SELECT (SELECT count(*) FROM permanent_rooms WHERE tenant_id = :t1) + "
                       "(SELECT count(*) FROM access_numbers WHERE tenant_id = :t2) + "
                       "(SELECT count(*) FROM users WHERE tenant_id = :t3)",
      soci::use(tenant_id), soci::use(tenant_id), soci::use(tenant_id), soci::into(count);
  return count;
}

// ---- Permanent rooms

void InsertPermanentRoom(Transaction& transaction, const PermanentRoom& room,
                         const std::string& request_id) {
  Nullable<std::string> request = ToSql(NotEmpty(request_id));
  const int waits = room.settings.waits_for_moderator;
  const int ends = room.settings.ends_without_moderator;
  const int is_by_name = room.settings.is_announced_by_name;
  const int is_lecture = room.settings.is_lecture;
  const long long created_at = ToSql(room.created_at);
  transaction.sql()
      << "INSERT INTO permanent_rooms (id, request_id, tenant_id, display_name, room_number, "
         "participants_max, waits_for_moderator, ends_without_moderator, is_announced_by_name, "
         "is_lecture, created_at) VALUES (:id, :request, :tenant, :name, :room, :participants, "
         ":waits, :ends, :by_name, :lecture, :created)",
      soci::use(room.id), soci::use(request.value, request.indicator), soci::use(room.tenant_id),
      soci::use(room.settings.display_name), soci::use(room.room.digits()),
      soci::use(room.settings.participants_max), soci::use(waits), soci::use(ends),
      soci::use(is_by_name), soci::use(is_lecture), soci::use(created_at);
}

void UpdatePermanentRoom(Transaction& transaction, const PermanentRoom& room) {
  const int waits = room.settings.waits_for_moderator;
  const int ends = room.settings.ends_without_moderator;
  const int is_by_name = room.settings.is_announced_by_name;
  const int is_lecture = room.settings.is_lecture;
  transaction.sql()
      << "UPDATE permanent_rooms SET display_name = :name, participants_max = :participants, "
         "waits_for_moderator = :waits, ends_without_moderator = :ends, "
         "is_announced_by_name = :by_name, is_lecture = :lecture WHERE id = :id",
      soci::use(room.settings.display_name), soci::use(room.settings.participants_max),
      soci::use(waits), soci::use(ends), soci::use(is_by_name), soci::use(is_lecture),
      soci::use(room.id);
}

void DeletePermanentRoom(Transaction& transaction, const std::string& id) {
  transaction.sql() << "DELETE FROM permanent_rooms WHERE id = :id", soci::use(id);
}

std::optional<PermanentRoom> FindPermanentRoom(Transaction& transaction, const std::string& id) {
  return FindOneRoom(transaction, "id", id);
}

std::optional<PermanentRoom> FindPermanentRoomByNumber(Transaction& transaction,
                                                       const std::string& room_number) {
  return FindOneRoom(transaction, "room_number", room_number);
}

std::optional<PermanentRoom> FindPermanentRoomByRequest(Transaction& transaction,
                                                        const std::string& request_id) {
  return FindOneRoom(transaction, "request_id", request_id);
}

std::vector<PermanentRoom> ListPermanentRooms(Transaction& transaction,
                                              const std::string& tenant_id,
                                              const std::string& after, int rows_max) {
  const int is_all = tenant_id.empty();
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kRoomColumns
           << " FROM permanent_rooms WHERE id > :after AND (:all = 1 OR tenant_id = :tenant) "
              "ORDER BY id LIMIT :rows",
       soci::use(after), soci::use(is_all), soci::use(tenant_id), soci::use(rows_max));
  std::vector<PermanentRoom> result;
  for (const soci::row& row : rows) result.push_back(RoomFromRow(row));
  return result;
}

int LongestPermanentRoomNumber(Transaction& transaction) {
  int length = 0;
  transaction.sql() << "SELECT coalesce(max(length(room_number)), 0) FROM permanent_rooms",
      soci::into(length);
  return length;
}

// ---- Their PINs

bool ClaimPin(Transaction& transaction, const RoomPinRow& row, absl::Time now) {
  const std::string role = RoleName(row.role);
  const long long now_sql = ToSql(now);
  soci::statement claim =
      (transaction.sql().prepare
           << "INSERT INTO room_pins (pin_mac, room_id, role, pin_sealed, free_at) "
              "VALUES (:mac, :room, :role, :sealed, NULL) "
              "ON CONFLICT (pin_mac) DO UPDATE SET room_id = excluded.room_id, "
              "role = excluded.role, pin_sealed = excluded.pin_sealed, free_at = NULL "
              "WHERE room_pins.free_at <= :now",
       soci::use(row.pin_mac), soci::use(row.room_id), soci::use(role), soci::use(row.pin_sealed),
       soci::use(now_sql));
  claim.execute(true);
  return claim.get_affected_rows() == 1;
}

std::optional<RoomPinRow> FindPin(Transaction& transaction, const std::string& pin_mac) {
  soci::row row;
  transaction.sql() << "SELECT " << kPinColumns << " FROM room_pins WHERE pin_mac = :mac",
      soci::use(pin_mac), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return PinFromRow(row);
}

std::optional<RoomPinRow> FindPinOfRoom(Transaction& transaction, const std::string& room_id,
                                        Role role) {
  const std::string role_name = RoleName(role);
  soci::row row;
  transaction.sql() << "SELECT " << kPinColumns
                    << " FROM room_pins WHERE room_id = :room AND role = :role AND free_at IS NULL",
      soci::use(room_id), soci::use(role_name), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return PinFromRow(row);
}

void RetirePins(Transaction& transaction, const std::string& room_id, absl::Time free_at) {
  const long long free_at_sql = ToSql(free_at);
  transaction.sql() << "UPDATE room_pins SET free_at = :free_at, pin_sealed = '' "
                       "WHERE room_id = :room AND free_at IS NULL",
      soci::use(free_at_sql), soci::use(room_id);
}

}  // namespace narada::control::storage
