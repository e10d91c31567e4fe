// The one page of the first days: which messages are in the outbox and which reservations there are. The
// console takes its place.
//   StatusPage page(database, secrets, reservations, clock, is_ready, is_private);
//   HttpServer::Start(options, [&](absl::string_view path) { return page.Handle(path); });
// Paths: / (the page), /style.css, /healthz (the process lives), /readyz (it can take calls). There is no
// log-in yet, and the texts of messages hold PINs: they, and whole phone numbers, are shown only where
// nobody but this machine can reach the page (`is_private`).

#ifndef NARADA_CONTROL_WEB_STATUS_PAGE_H_
#define NARADA_CONTROL_WEB_STATUS_PAGE_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "control/reservations/reservations.h"
#include "control/storage/database.h"
#include "control/storage/message_table.h"
#include "control/storage/secret_box.h"
#include "control/web/http_server.h"

namespace narada::control::web {

// Makes any text harmless inside HTML, in elements and in quoted attributes.
std::string EscapeHtml(absl::string_view text);

class StatusPage {
 public:
  // References outlive the page.
  StatusPage(storage::Database& database, const storage::SecretBox& secrets,
             reservations::Reservations& reservations, const Clock& clock,
             std::function<bool()> is_ready, bool is_private)
      : database_(database),
        secrets_(secrets),
        reservations_(reservations),
        clock_(clock),
        is_ready_(std::move(is_ready)),
        is_private_(is_private) {}

  // Waits for the database; one thread at a time.
  HttpResponse Handle(absl::string_view path);

 private:
  absl::StatusOr<std::string> Messages();
  absl::StatusOr<std::string> ReservationRows();
  std::string Recipient(const storage::MessageRow& row) const;
  std::string Text(const storage::MessageRow& row) const;

  storage::Database& database_;
  const storage::SecretBox& secrets_;
  reservations::Reservations& reservations_;
  const Clock& clock_;
  const std::function<bool()> is_ready_;
  const bool is_private_;
};

}  // namespace narada::control::web

#endif  // NARADA_CONTROL_WEB_STATUS_PAGE_H_
