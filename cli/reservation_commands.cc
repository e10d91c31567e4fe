#include <memory>
#include <string>

#include "base/status.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/message_options.h"
#include "cli/secret_input.h"
#include "narada/control/v1/reservation.grpc.pb.h"

namespace narada::cli {

namespace v1 = control::v1;
using Reservation = v1::ReservationService::Stub;

namespace {

absl::StatusOr<v1::ExtendReservationResponse> ExtendReservation(
    Session& session, v1::ExtendReservationRequest request, const std::string& pin_file) {
  ASSIGN_OR_RETURN(*request.mutable_pin(), ReadSecret(pin_file, "PIN: "));
  return session.Call(&Reservation::ExtendReservation, request);
}

}  // namespace

void AddReservationCommands(CLI::App& app, Session& session) {
  CLI::App& reservations = AddNoun(app, "reservations", "on-demand conferences");

  CLI::App& list = *reservations.add_subcommand("list", "reservations, the newest first");
  const auto listed = std::make_shared<v1::ListReservationsRequest>();
  AddMessageOptions(list, *listed, {.without = {"page_size", "page_token"}});
  AddList(list, session, listed, &Reservation::ListReservations, "reservations",
          {{"ID", "reservation_id"},
           {"ROOM", "room_number"},
           {"STATE", "state"},
           {"CREATED", "create_time"},
           {"UNTIL", "expire_time"},
           {"EXTENDED", "extension_count"},
           {"ORGANISER", "organiser_number"}});

  CLI::App& show = *reservations.add_subcommand("show", "one reservation");
  const auto shown = std::make_shared<v1::GetReservationRequest>();
  show.add_option_function<std::string>(
          "room", [shown](const std::string& room) { shown->set_room_number(room); },
          "its room number")
      ->type_name("NUMBER");
  show.add_option_function<std::string>(
      "--id", [shown](const std::string& id) { shown->set_reservation_id(id); },
      "its id, instead of the room number");
  show.add_flag_function(
      "--reveal-pin", [shown](int64_t) { shown->set_reveal_pin(true); }, "the PIN, too; audited");
  AddCall(show, session, shown, &Reservation::GetReservation);

  CLI::App& create = *reservations.add_subcommand(
      "create", "draw a room number and a PIN; an organiser's number gets the SMS");
  const auto created = std::make_shared<v1::CreateReservationRequest>();
  AddMessageOptions(create, *created);
  AddCall(create, session, created, &Reservation::CreateReservation);

  CLI::App& extend = *reservations.add_subcommand("extend", "add a week to the expiry");
  const auto extended = std::make_shared<v1::ExtendReservationRequest>();
  const auto pin_file = std::make_shared<std::string>("-");
  AddArgument(extend, "room", extended->mutable_room_number(), "its room number");
  extend.add_option("--pin-file", *pin_file, "file with the PIN (default: standard input)");
  AddMessageOptions(extend, *extended, {.without = {"room_number", "pin"}});
  extend.callback([&session, extended, pin_file] {
    const auto response = ExtendReservation(session, *extended, *pin_file);
    if (response.ok()) session.Show(*response);
    session.Finish(response.status());
  });

  CLI::App& cancel =
      *reservations.add_subcommand("cancel", "end it now; people inside stay, nobody new enters");
  const auto cancelled = std::make_shared<v1::CancelReservationRequest>();
  AddArgument(cancel, "id", cancelled->mutable_reservation_id(), "of the reservation");
  AddCall(cancel, session, cancelled, &Reservation::CancelReservation);
}

}  // namespace narada::cli
