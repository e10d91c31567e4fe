#include "control/calls/invite_by_sms.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace narada::control::calls {
namespace {

using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)>;

// A tenant's messages count for the tenant, those of an on-demand conference for its organiser.
void Send(sms::Invitations& invitations, InvitationOrder order, std::optional<Tenant> tenant,
          std::string organiser, const Pin& pin, Done done) {
  invitations.Send({.request_id = std::move(order.request_id),
                    .tenant = std::move(tenant),
                    .actor = std::move(organiser),
                    .language = order.language,
                    .access_number = PhoneNumber::FromE164(order.terms.access_number),
                    .room = order.terms.room,
                    .pin = pin,
                    .numbers = std::move(order.numbers)},
                   std::move(done));
}

}  // namespace

Inviter InviteBySms(reservations::Reservations& reservations, accounts::Accounts& accounts,
                    sms::Invitations& invitations) {
  return [&reservations, &accounts, &invitations](InvitationOrder order, Done done) {
    const std::string id = order.terms.id;
    if (!order.terms.is_permanent()) {
      reservations.Get(
          id, [&reservations, &invitations, id, order = std::move(order), done = std::move(done)](
                  absl::StatusOr<reservations::ReservationRecord> found) mutable {
            if (!found.ok()) return done(found.status());
            std::string organiser = found->organiser ? found->organiser->e164() : "";
            reservations.RevealPin(
                id, [&invitations, order = std::move(order), organiser = std::move(organiser),
                     done = std::move(done)](absl::StatusOr<Pin> pin) mutable {
                  if (!pin.ok()) return done(pin.status());
                  Send(invitations, std::move(order), std::nullopt, std::move(organiser), *pin,
                       std::move(done));
                });
          });
      return;
    }
    accounts.RevealPins(
        id, [&accounts, &invitations, order = std::move(order),
             done = std::move(done)](absl::StatusOr<accounts::RoomWithPins> room) mutable {
          if (!room.ok()) return done(room.status());
          const std::string tenant_id = order.terms.tenant_id;
          accounts.GetTenant(tenant_id,
                             [&invitations, pin = room->participant_pin, order = std::move(order),
                              done = std::move(done)](absl::StatusOr<Tenant> tenant) mutable {
                               if (!tenant.ok()) return done(tenant.status());
                               Send(invitations, std::move(order), *std::move(tenant),
                                    /*organiser=*/"", pin, std::move(done));
                             });
        });
  };
}

}  // namespace narada::control::calls
