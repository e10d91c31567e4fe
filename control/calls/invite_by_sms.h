// Invitations to a running conference by SMS: finds the participants' PIN of the room and lets control/sms
// write and send them.

#ifndef NARADA_CONTROL_CALLS_INVITE_BY_SMS_H_
#define NARADA_CONTROL_CALLS_INVITE_BY_SMS_H_

#include "control/accounts/accounts.h"
#include "control/calls/call_services.h"
#include "control/reservations/reservations.h"
#include "control/sms/invitations.h"

namespace narada::control::calls {

// All outlive the inviter.
Inviter InviteBySms(reservations::Reservations& reservations, accounts::Accounts& accounts,
                    sms::Invitations& invitations);

}  // namespace narada::control::calls

#endif  // NARADA_CONTROL_CALLS_INVITE_BY_SMS_H_
