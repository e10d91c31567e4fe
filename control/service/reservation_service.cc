#include "control/service/reservation_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/service/convert.h"
#include "control/storage/await.h"

namespace narada::control::service {
namespace {

using reservations::Extension;
using reservations::MadeReservation;
using reservations::ReservationRecord;
using storage::Await;

constexpr size_t kRequestIdBytesMax = 128;

absl::StatusOr<PhoneNumber> ParseNumber(const std::string& text, absl::string_view field) {
  std::optional<PhoneNumber> number = PhoneNumber::FromE164(text);
  if (!number) {
    return InvalidField(field, "FIELD_INVALID",
                        absl::StrCat(std::string(field), " must be E.164 with \"+\""));
  }
  return *std::move(number);
}

absl::Status CheckRequestId(const std::string& request_id) {
  if (request_id.size() <= kRequestIdBytesMax) return absl::OkStatus();
  return InvalidField("request_id", "FIELD_INVALID", "request_id has at most 128 bytes");
}

struct RoomAndPin {
  RoomNumber room;
  Pin pin;
};

absl::StatusOr<RoomAndPin> ParseRoomAndPin(const std::string& room_text,
                                           const std::string& pin_text) {
  std::optional<RoomNumber> room = RoomNumber::Parse(room_text);
  if (!room) return InvalidField("room_number", "FIELD_INVALID", "room_number must be digits");
  std::optional<Pin> pin = Pin::Parse(pin_text);
  if (!pin) return InvalidField("pin", "FIELD_INVALID", "pin must be digits");
  return RoomAndPin{*std::move(room), *std::move(pin)};
}

// Whom a try counts against that names nobody.
Caller ApiCaller() { return {.number = std::nullopt, .is_withheld = false, .trunk = "api"}; }

// Of reservations alone: this service knows no other rooms.
calls::DoorKey ToDoorKey(RoomAndPin key, Caller caller) {
  return {.caller = std::move(caller),
          .reach = calls::DoorKey::Reach::kReservations,
          .dialled = std::nullopt,
          .room = std::move(key.room),
          .pin = std::move(key.pin),
          .may_return = nullptr};
}

absl::StatusOr<reservations::MakeRequest> ToMakeRequest(const v1::CreateReservationRequest& request,
                                                        const accounts::NumberBook& numbers) {
  RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  AccessNumber access = numbers.front();
  if (!request.access_number().empty()) {
    ASSIGN_OR_RETURN(const PhoneNumber wished,
                     ParseNumber(request.access_number(), "access_number"));
    const std::optional<accounts::Dialled> known = numbers.Find(wished);
    if (!known) {
      return InvalidField("access_number", "FIELD_INVALID", "access_number is not one of ours");
    }
    access = known->number;
  }
  reservations::MakeRequest make{
      .request_id = request.request_id(),
      .language = FromProto(request.language()).value_or(access.language),
      .organiser = std::nullopt,
      .sms_to = std::nullopt,
      .access_number = access.number,
      .room_digits_min = access.room_digits_min,
      .pin_digits = access.pin_digits};
  if (!request.organiser_number().empty()) {
    ASSIGN_OR_RETURN(make.organiser, ParseNumber(request.organiser_number(), "organiser_number"));
    make.sms_to = make.organiser;
  }
  return make;
}

}  // namespace

grpc::Status ReservationService::CreateReservation(grpc::ServerContext*,
                                                   const v1::CreateReservationRequest* request,
                                                   v1::CreateReservationResponse* response) {
  absl::StatusOr<reservations::MakeRequest> make = ToMakeRequest(*request, services_.numbers);
  if (!make.ok()) return ToGrpcStatus(make.status());
  const auto made = Await<MadeReservation>(
      [&](auto done) { services_.reservations.Make(*std::move(make), std::move(done)); });
  if (!made.ok()) return ToGrpcStatus(made.status());
  *response->mutable_reservation() = ToProto(made->record, services_.clock.Now());
  response->mutable_reservation()->set_pin(made->pin.Reveal());
  return grpc::Status::OK;
}

grpc::Status ReservationService::GetReservation(grpc::ServerContext*,
                                                const v1::GetReservationRequest* request,
                                                v1::GetReservationResponse* response) {
  absl::StatusOr<ReservationRecord> record = absl::UnknownError("not asked");
  if (request->key_case() == v1::GetReservationRequest::kRoomNumber) {
    std::optional<RoomNumber> room = RoomNumber::Parse(request->room_number());
    if (!room) {
      return ToGrpcStatus(
          InvalidField("room_number", "FIELD_INVALID", "room_number must be digits"));
    }
    record = Await<ReservationRecord>(
        [&](auto done) { services_.reservations.GetByRoom(*std::move(room), std::move(done)); });
  } else if (!request->reservation_id().empty()) {
    record = Await<ReservationRecord>(
        [&](auto done) { services_.reservations.Get(request->reservation_id(), std::move(done)); });
  } else {
    record = InvalidField("reservation_id", "FIELD_INVALID",
                          "reservation_id or room_number must be given");
  }
  if (!record.ok()) return ToGrpcStatus(record.status());
  *response->mutable_reservation() = ToProto(*record, services_.clock.Now());
  if (request->reveal_pin()) {
    const auto pin = Await<Pin>(
        [&](auto done) { services_.reservations.RevealPin(record->id, std::move(done)); });
    if (!pin.ok()) return ToGrpcStatus(pin.status());
    response->mutable_reservation()->set_pin(pin->Reveal());
  }
  return grpc::Status::OK;
}

grpc::Status ReservationService::ListReservations(grpc::ServerContext*,
                                                  const v1::ListReservationsRequest* request,
                                                  v1::ListReservationsResponse* response) {
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::optional<storage::ReservationPlace> after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = {place->created_at, place->id};
  }
  const absl::Time now = services_.clock.Now();
  // A state is filtered page by page, until the page is full or the list ends.
  while (response->reservations_size() < *page_size) {
    const auto records = Await<std::vector<ReservationRecord>>(
        [&](auto done) { services_.reservations.List(after, *page_size, std::move(done)); });
    if (!records.ok()) return ToGrpcStatus(records.status());
    for (const ReservationRecord& record : *records) {
      if (response->reservations_size() == *page_size) break;
      after = {record.created_at, record.id};
      v1::Reservation proto = ToProto(record, now);
      const bool is_wished = request->state() == v1::RESERVATION_STATE_UNSPECIFIED ||
                             request->state() == proto.state();
      if (is_wished) *response->add_reservations() = std::move(proto);
    }
    if (static_cast<int>(records->size()) < *page_size) return grpc::Status::OK;
  }
  response->set_next_page_token(ToPageToken({after->created_at, after->id}));
  return grpc::Status::OK;
}

grpc::Status ReservationService::ExtendReservation(grpc::ServerContext*,
                                                   const v1::ExtendReservationRequest* request,
                                                   v1::ExtendReservationResponse* response) {
  if (const absl::Status valid = CheckRequestId(request->request_id()); !valid.ok()) {
    return ToGrpcStatus(valid);
  }
  absl::StatusOr<RoomAndPin> key = ParseRoomAndPin(request->room_number(), request->pin());
  if (!key.ok()) return ToGrpcStatus(key.status());
  calls::DoorKey tried = ToDoorKey(*std::move(key), ApiCaller());
  const auto extension = Await<Extension>([&](auto done) {
    services_.door.Extend(request->request_id(), std::move(tried), std::move(done));
  });
  if (!extension.ok()) return ToGrpcStatus(extension.status());
  if (extension->is_too_far_ahead) {
    return ToGrpcStatus(ErrorWithReason(absl::StatusCode::kFailedPrecondition, "EXTENSION_LIMIT",
                                        "an extension may not reach that far ahead"));
  }
  switchboard_.NoteExpiry(extension->record);
  *response->mutable_reservation() = ToProto(extension->record, services_.clock.Now());
  return grpc::Status::OK;
}

grpc::Status ReservationService::CancelReservation(grpc::ServerContext*,
                                                   const v1::CancelReservationRequest* request,
                                                   v1::CancelReservationResponse* response) {
  const auto record = Await<ReservationRecord>([&](auto done) {
    services_.reservations.Cancel(request->reservation_id(), std::move(done));
  });
  if (!record.ok()) return ToGrpcStatus(record.status());
  switchboard_.NoteExpiry(*record);
  *response->mutable_reservation() = ToProto(*record, services_.clock.Now());
  return grpc::Status::OK;
}

grpc::Status ReservationService::CheckPin(grpc::ServerContext*, const v1::CheckPinRequest* request,
                                          v1::CheckPinResponse* response) {
  absl::StatusOr<RoomAndPin> key = ParseRoomAndPin(request->room_number(), request->pin());
  if (!key.ok()) return ToGrpcStatus(key.status());
  Caller caller = ApiCaller();
  if (!request->calling_number().empty()) {
    absl::StatusOr<PhoneNumber> number = ParseNumber(request->calling_number(), "calling_number");
    if (!number.ok()) return ToGrpcStatus(number.status());
    caller.number = *std::move(number);
  }
  if (!request->trunk().empty()) caller.trunk = request->trunk();
  calls::DoorKey tried = ToDoorKey(*std::move(key), std::move(caller));
  const auto opened = Await<calls::Opened>(
      [&](auto done) { services_.door.Try(std::move(tried), std::move(done)); });
  if (!opened.ok()) return ToGrpcStatus(opened.status());
  *response->mutable_reservation() = ToProto(*opened->reservation, services_.clock.Now());
  return grpc::Status::OK;
}

}  // namespace narada::control::service
