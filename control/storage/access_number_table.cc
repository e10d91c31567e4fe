#include "control/storage/access_number_table.h"

#include <soci/soci.h>

#include <array>
#include <utility>

#include "base/check.h"
#include "control/storage/rows.h"

namespace narada::control::storage {
namespace {

constexpr char kColumns[] =
    "number, tenant_id, language, tariff, country, entry, greeting, room_digits_min, pin_digits";

constexpr std::array<std::pair<TariffKind, const char*>, 4> kTariffs = {
    {{TariffKind::kLocal, "local"},
     {TariffKind::kTollFree, "toll_free"},
     {TariffKind::kSharedCost, "shared_cost"},
     {TariffKind::kMobile, "mobile"}}};
constexpr std::array<std::pair<EntryKind, const char*>, 3> kEntries = {
    {{EntryKind::kMenu, "menu"},
     {EntryKind::kRoomAndPin, "room_and_pin"},
     {EntryKind::kPin, "pin"}}};

template <typename Names, typename Value>
std::string NameOf(const Names& names, Value value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  CHECK(false) << "a kind without a name";
  return "";
}

// A name that a newer program may have written means the first of them.
template <typename Names>
auto Named(const Names& names, const std::string& name) {
  for (const auto& [value, known] : names) {
    if (name == known) return value;
  }
  return names.front().first;
}

AccessNumber FromRow(const soci::row& row) {
  const std::optional<PhoneNumber> number = PhoneNumber::FromE164(row.get<std::string>(0));
  CHECK(number.has_value()) << "the database holds an access number that is none";
  return {.number = *number,
          .language = LanguageFromTag(row.get<std::string>(2)).value_or(Language::kPolish),
          .entry = Named(kEntries, row.get<std::string>(5)),
          .tariff = Named(kTariffs, row.get<std::string>(3)),
          .country = row.get<std::string>(4),
          .tenant = OptionalTextAt(row, 1).value_or(""),
          .greeting = row.get<std::string>(6),
          .room_digits_min = row.get<int>(7),
          .pin_digits = row.get<int>(8)};
}

}  // namespace

void PutAccessNumber(Transaction& transaction, const AccessNumber& number) {
  Nullable<std::string> tenant =
      ToSql(number.tenant.empty() ? std::nullopt : std::optional<std::string>(number.tenant));
  const std::string language(LanguageTag(number.language));
  const std::string tariff = NameOf(kTariffs, number.tariff);
  const std::string entry = NameOf(kEntries, number.entry);
  transaction.sql()
      << "INSERT INTO access_numbers (number, tenant_id, language, tariff, country, entry, "
         "greeting, room_digits_min, pin_digits) VALUES (:number, :tenant, :language, :tariff, "
         ":country, :entry, :greeting, :room_digits, :pin_digits) "
         "ON CONFLICT (number) DO UPDATE SET tenant_id = excluded.tenant_id, "
         "language = excluded.language, tariff = excluded.tariff, country = excluded.country, "
         "entry = excluded.entry, greeting = excluded.greeting, "
         "room_digits_min = excluded.room_digits_min, pin_digits = excluded.pin_digits",
      soci::use(number.number.e164()), soci::use(tenant.value, tenant.indicator),
      soci::use(language), soci::use(tariff), soci::use(number.country), soci::use(entry),
      soci::use(number.greeting), soci::use(number.room_digits_min), soci::use(number.pin_digits);
}

bool DeleteAccessNumber(Transaction& transaction, const std::string& number) {
  soci::statement erase =
      (transaction.sql().prepare << "DELETE FROM access_numbers WHERE number = :number",
       soci::use(number));
  erase.execute(true);
  return erase.get_affected_rows() == 1;
}

std::optional<AccessNumber> FindAccessNumber(Transaction& transaction, const std::string& number) {
  soci::row row;
  transaction.sql() << "SELECT " << kColumns << " FROM access_numbers WHERE number = :number",
      soci::use(number), soci::into(row);
  if (!transaction.sql().got_data()) return std::nullopt;
  return FromRow(row);
}

std::vector<AccessNumber> ListAccessNumbers(Transaction& transaction,
                                            const std::optional<std::string>& tenant_id,
                                            const std::string& after, int rows_max) {
  const int is_all = !tenant_id;
  const std::string tenant = tenant_id.value_or("");
  const soci::rowset<soci::row> rows =
      (transaction.sql().prepare
           << "SELECT " << kColumns
           << " FROM access_numbers WHERE number > :after AND "
              "(:all = 1 OR coalesce(tenant_id, '') = :tenant) ORDER BY number LIMIT :rows",
       soci::use(after), soci::use(is_all), soci::use(tenant), soci::use(rows_max));
  std::vector<AccessNumber> result;
  for (const soci::row& row : rows) result.push_back(FromRow(row));
  return result;
}

}  // namespace narada::control::storage
