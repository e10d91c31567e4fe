#include "control/web/status_page.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "control/model/phone_number.h"
#include "control/storage/await.h"

namespace narada::control::web {
namespace {

using reservations::ReservationRecord;
using storage::MessageRow;
using storage::Transaction;

constexpr int kRowsMax = 50;
constexpr char kHtml[] = "text/html; charset=utf-8";

constexpr char kStyle[] =
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ccc}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}\n";

std::string Moment(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string Row(const std::vector<std::string>& cells) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) absl::StrAppend(&row, "<td>", EscapeHtml(cell), "</td>");
  return absl::StrCat(row, "</tr>\n");
}

}  // namespace

std::string EscapeHtml(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HttpResponse StatusPage::Handle(absl::string_view path) {
  if (path == "/healthz") return {200, "text/plain; charset=utf-8", "alive\n"};
  if (path == "/readyz") {
    if (is_ready_()) return {200, "text/plain; charset=utf-8", "ready\n"};
    return {503, "text/plain; charset=utf-8", "no mixer is connected\n"};
  }
  if (path == "/style.css") return {200, "text/css; charset=utf-8", kStyle};
  if (path != "/") return {404, "text/plain; charset=utf-8", "there is no such page\n"};
  const absl::StatusOr<std::string> messages = Messages();
  const absl::StatusOr<std::string> reservations = ReservationRows();
  if (!messages.ok() || !reservations.ok()) {
    LOG_ERROR("the status page cannot be made: {} {}", messages.status(), reservations.status());
    return {503, "text/plain; charset=utf-8", "the database does not answer\n"};
  }
  return {200, kHtml,
          absl::StrCat("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width\">"
                       "<title>Narada</title><link rel=\"stylesheet\" href=\"/style.css\"></head>"
                       "<body><h1>Narada</h1><h2>Messages</h2><table><tr><th>Made<th>To<th>State"
                       "<th>Text</tr>\n",
                       *messages,
                       "</table><h2>Reservations</h2><table><tr><th>Made<th>Room<th>Expires"
                       "<th>State</tr>\n",
                       *reservations, "</table></body></html>\n")};
}

absl::StatusOr<std::string> StatusPage::Messages() {
  const auto rows = database_.Query<std::vector<MessageRow>>([](Transaction& transaction) {
    return absl::StatusOr<std::vector<MessageRow>>(
        storage::ListMessages(transaction, std::nullopt, kRowsMax));
  });
  if (!rows.ok()) return rows.status();
  std::string html;
  for (const MessageRow& row : *rows) {
    absl::StrAppend(&html, Row({Moment(row.created_at), Recipient(row),
                                std::string(storage::MessageStateName(row.state)), Text(row)}));
  }
  return html;
}

std::string StatusPage::Recipient(const MessageRow& row) const {
  if (is_private_) return row.recipient;
  const std::optional<PhoneNumber> number = PhoneNumber::FromE164(row.recipient);
  return number ? number->Masked() : "";
}

std::string StatusPage::Text(const MessageRow& row) const {
  if (!is_private_) return "(shown on loopback only)";
  if (row.text_sealed.empty()) return "(no longer kept)";
  const absl::StatusOr<std::string> text =
      secrets_.Open(storage::kMessageTextPurpose, row.id, row.text_sealed);
  return text.ok() ? *text : "(unreadable)";
}

absl::StatusOr<std::string> StatusPage::ReservationRows() {
  const auto records = storage::Await<std::vector<ReservationRecord>>(
      [&](auto done) { reservations_.List(std::nullopt, kRowsMax, std::move(done)); });
  if (!records.ok()) return records.status();
  const absl::Time now = clock_.Now();
  std::string html;
  for (const ReservationRecord& record : *records) {
    const char* state = record.cancelled_at ? "cancelled" : record.IsOpen(now) ? "live" : "expired";
    absl::StrAppend(&html, Row({Moment(record.created_at), record.room.digits(),
                                Moment(record.expires_at), state}));
  }
  return html;
}

}  // namespace narada::control::web
