// narada.control.v1.ReservationService over reservations::Reservations. Handlers run on gRPC's threads
// and wait there for the database.

#ifndef NARADA_CONTROL_SERVICE_RESERVATION_SERVICE_H_
#define NARADA_CONTROL_SERVICE_RESERVATION_SERVICE_H_

#include "base/clock.h"
#include "control/calls/call_services.h"
#include "control/calls/switchboard.h"
#include "control/reservations/reservations.h"
#include "narada/control/v1/reservation.grpc.pb.h"

namespace narada::control::service {

class ReservationService final : public v1::ReservationService::Service {
 public:
  // `switchboard` is told of extensions, so that a running conference knows.
  ReservationService(const calls::CallServices& services, calls::Switchboard& switchboard)
      : services_(services), switchboard_(switchboard) {}

  grpc::Status CreateReservation(grpc::ServerContext* context,
                                 const v1::CreateReservationRequest* request,
                                 v1::CreateReservationResponse* response) override;
  grpc::Status GetReservation(grpc::ServerContext* context,
                              const v1::GetReservationRequest* request,
                              v1::GetReservationResponse* response) override;
  grpc::Status ListReservations(grpc::ServerContext* context,
                                const v1::ListReservationsRequest* request,
                                v1::ListReservationsResponse* response) override;
  grpc::Status ExtendReservation(grpc::ServerContext* context,
                                 const v1::ExtendReservationRequest* request,
                                 v1::ExtendReservationResponse* response) override;
  grpc::Status CancelReservation(grpc::ServerContext* context,
                                 const v1::CancelReservationRequest* request,
                                 v1::CancelReservationResponse* response) override;
  grpc::Status CheckPin(grpc::ServerContext* context, const v1::CheckPinRequest* request,
                        v1::CheckPinResponse* response) override;

 private:
  const calls::CallServices& services_;
  calls::Switchboard& switchboard_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_RESERVATION_SERVICE_H_
