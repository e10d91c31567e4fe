#include "control/service/sms_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/calls/conference_actor.h"
#include "control/model/account.h"
#include "control/model/conference.h"
#include "control/model/phone_number.h"
#include "control/model/pin.h"
#include "control/model/requester.h"
#include "control/model/room_number.h"
#include "control/service/convert.h"
#include "control/service/requester.h"
#include "control/sms/invitations.h"
#include "control/sms/sms_text.h"
#include "control/storage/await.h"
#include "control/storage/message_part_table.h"
#include "control/storage/message_table.h"

namespace narada::control::service {
namespace {

using storage::MessageRow;
using storage::Transaction;

struct MessageWithParts {
  MessageRow row;
  std::vector<storage::PartRow> parts;
};

v1::SmsAlphabet AlphabetOf(absl::string_view name) {
  if (name == sms::AlphabetName(sms::Alphabet::kGsm7)) return v1::SMS_ALPHABET_GSM7;
  return name == sms::AlphabetName(sms::Alphabet::kUcs2) ? v1::SMS_ALPHABET_UCS2
                                                         : v1::SMS_ALPHABET_UNSPECIFIED;
}

v1::Sms ToProto(const MessageWithParts& message) {
  const MessageRow& row = message.row;
  v1::Sms proto;
  proto.set_sms_id(row.id);
  proto.set_to_number(row.recipient);
  proto.set_from(row.sender);
  proto.set_state(service::ToProto(row.state));
  proto.set_attempts(row.attempts);
  SetTime(row.created_at, *proto.mutable_create_time());
  if (row.sent_at) SetTime(*row.sent_at, *proto.mutable_send_time());
  if (row.delivered_at) SetTime(*row.delivered_at, *proto.mutable_delivery_time());
  if (row.route) proto.set_dispatcher(*row.route);
  for (const storage::PartRow& part : message.parts) proto.add_message_ids(part.provider_id);
  if (row.last_error) proto.set_failure(*row.last_error);
  proto.set_alphabet(AlphabetOf(row.alphabet.value_or("")));
  proto.set_parts(row.part_count);
  proto.set_possible_duplicates(row.possible_duplicates);
  return proto;
}

absl::StatusOr<MessageWithParts> Find(Transaction& transaction, const std::string& id) {
  std::optional<MessageRow> found = storage::FindMessage(transaction, id);
  if (!found) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "SMS_UNKNOWN", "no such message");
  }
  return MessageWithParts{*std::move(found), storage::ListParts(transaction, id)};
}

// What an invitation to the conference says: whose words, and what they are about.
absl::Status FillFrom(const Requester& requester, const calls::CallServices& services,
                      calls::Switchboard& switchboard, const std::string& conference_id,
                      sms::Invitations::PreviewOrder& order) {
  const auto conference = switchboard.FindConference(conference_id);
  if (conference == nullptr || !requester.MaySteer(conference->id(), conference->tenant_id())) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "CONFERENCE_UNKNOWN",
                           "no conference of this id is running");
  }
  ASSIGN_OR_RETURN(const Conference snapshot, storage::Await<Conference>([&](auto done) {
                     conference->Get([done = std::move(done)](Conference found) mutable {
                       done(std::move(found));
                     });
                   }));
  const ConferenceTerms& terms = snapshot.terms;
  order.room = terms.room;
  order.access_number = PhoneNumber::FromE164(terms.access_number);
  // Of the PIN only its length is wanted.
  if (!terms.is_permanent()) {
    ASSIGN_OR_RETURN(const Pin pin, storage::Await<Pin>([&](auto done) {
                       services.reservations.RevealPin(terms.id, std::move(done));
                     }));
    order.pin_digits = static_cast<int>(pin.Reveal().size());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const accounts::RoomWithPins room,
                   storage::Await<accounts::RoomWithPins>([&](auto done) {
                     services.accounts.RevealPins(terms.id, std::move(done));
                   }));
  order.pin_digits = static_cast<int>(room.participant_pin.Reveal().size());
  ASSIGN_OR_RETURN(order.tenant, storage::Await<Tenant>([&](auto done) {
                     services.accounts.GetTenant(terms.tenant_id, std::move(done));
                   }));
  return absl::OkStatus();
}

}  // namespace

grpc::Status SmsService::GetSms(grpc::ServerContext*, const v1::GetSmsRequest* request,
                                v1::GetSmsResponse* response) {
  const auto message = database_.Query<MessageWithParts>(
      [&](Transaction& transaction) { return Find(transaction, request->sms_id()); });
  if (!message.ok()) return ToGrpcStatus(message.status());
  *response->mutable_sms() = ToProto(*message);
  return grpc::Status::OK;
}

grpc::Status SmsService::RetrySms(grpc::ServerContext*, const v1::RetrySmsRequest* request,
                                  v1::RetrySmsResponse* response) {
  const auto message = database_.Query<MessageWithParts>(
      [&](Transaction& transaction) -> absl::StatusOr<MessageWithParts> {
        ASSIGN_OR_RETURN(const MessageWithParts before, Find(transaction, request->sms_id()));
        if (storage::ReviveMessage(transaction, request->sms_id(), services_.clock.Now())) {
          return Find(transaction, request->sms_id());
        }
        const bool has_failed = before.row.state == storage::MessageState::kFailed ||
                                before.row.state == storage::MessageState::kUndelivered;
        if (has_failed) {
          return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SMS_TEXT_FORGOTTEN",
                                 "the message is too old: its text has been forgotten");
        }
        return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SMS_NOT_FAILED",
                               "the message has not failed");
      });
  if (!message.ok()) return ToGrpcStatus(message.status());
  services_.invitations.RingMessageBell();
  *response->mutable_sms() = ToProto(*message);
  return grpc::Status::OK;
}

grpc::Status SmsService::PreviewSms(grpc::ServerContext* context,
                                    const v1::PreviewSmsRequest* request,
                                    v1::PreviewSmsResponse* response) {
  sms::Invitations::PreviewOrder order{
      .text = request->template_(),
      .language = FromProto(request->language()).value_or(Language::kPolish)};
  if (!request->access_number().empty()) {
    order.access_number = PhoneNumber::FromE164(request->access_number());
    if (!order.access_number) {
      return ToGrpcStatus(
          InvalidField("access_number", "FIELD_INVALID", "access_number must be E.164 with \"+\""));
    }
  }
  if (!request->room_number().empty()) {
    order.room = RoomNumber::Parse(request->room_number());
    if (!order.room) {
      return ToGrpcStatus(
          InvalidField("room_number", "FIELD_INVALID", "room_number must be digits"));
    }
  }
  if (!request->conference_id().empty()) {
    const absl::Status filled =
        FillFrom(RequesterOf(*context), services_, switchboard_, request->conference_id(), order);
    if (!filled.ok()) return ToGrpcStatus(filled);
  }
  const auto preview = services_.invitations.Preview(order);
  if (!preview.ok()) return ToGrpcStatus(WithField(preview.status(), "template"));
  response->set_text(preview->text);
  response->set_alphabet(AlphabetOf(sms::AlphabetName(preview->alphabet)));
  response->set_parts(preview->parts);
  response->set_remaining_characters(preview->remaining);
  return grpc::Status::OK;
}

grpc::Status SmsService::ListSms(grpc::ServerContext*, const v1::ListSmsRequest* request,
                                 v1::ListSmsResponse* response) {
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::optional<storage::MessagePlace> after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = {place->created_at, place->id};
  }
  while (response->messages_size() < *page_size) {
    const auto messages =
        database_.Query<std::vector<MessageWithParts>>([&](Transaction& transaction) {
          std::vector<MessageWithParts> found;
          for (MessageRow& row : storage::ListMessages(transaction, after, *page_size)) {
            std::vector<storage::PartRow> parts = storage::ListParts(transaction, row.id);
            found.push_back({std::move(row), std::move(parts)});
          }
          return absl::StatusOr<std::vector<MessageWithParts>>(std::move(found));
        });
    if (!messages.ok()) return ToGrpcStatus(messages.status());
    for (const MessageWithParts& message : *messages) {
      if (response->messages_size() == *page_size) break;
      after = {message.row.created_at, message.row.id};
      v1::Sms proto = ToProto(message);
      const bool is_wished =
          request->state() == v1::SMS_STATE_UNSPECIFIED || request->state() == proto.state();
      if (is_wished) *response->add_messages() = std::move(proto);
    }
    if (static_cast<int>(messages->size()) < *page_size) return grpc::Status::OK;
  }
  response->set_next_page_token(ToPageToken({after->created_at, after->id}));
  return grpc::Status::OK;
}

}  // namespace narada::control::service
