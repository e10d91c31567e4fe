#include "control/service/contact_service.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/rpc/rpc_status.h"
#include "base/status.h"
#include "control/model/phone_number.h"
#include "control/service/convert.h"
#include "control/service/requester.h"
#include "control/storage/contact_table.h"

namespace narada::control::service {
namespace {

using storage::ContactRow;
using storage::Transaction;

constexpr int kContactsMax = 5000;  // Of one book.
constexpr size_t kTextBytesMax = 128;

// Whose book the requester may use. PERMISSION_DENIED / NOT_MODERATOR for those without one.
absl::StatusOr<std::string> BookOf(const Requester& requester, const std::string& asked) {
  if (requester.IsOperator()) return asked;
  if (requester.tenant_id.empty() || !requester.conference_id.empty()) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "NOT_MODERATOR",
                           "an address book needs an account of a tenant");
  }
  return requester.tenant_id;
}

v1::Contact ToProto(const ContactRow& row) {
  v1::Contact proto;
  proto.set_contact_id(row.id);
  proto.set_name(row.name);
  proto.set_number(row.number);
  proto.set_group(row.group);
  return proto;
}

absl::StatusOr<ContactRow> FromProto(const v1::Contact& proto, const std::string& book) {
  const std::optional<PhoneNumber> number = PhoneNumber::FromE164(proto.number());
  if (!number) {
    return InvalidField("contact.number", "FIELD_INVALID", "number is not E.164");
  }
  if (proto.name().size() > kTextBytesMax) {
    return InvalidField("contact.name", "FIELD_INVALID", "name has more than 128 bytes");
  }
  if (proto.group().size() > kTextBytesMax) {
    return InvalidField("contact.group", "FIELD_INVALID", "group has more than 128 bytes");
  }
  return ContactRow{
      .tenant_id = book, .name = proto.name(), .number = number->e164(), .group = proto.group()};
}

}  // namespace

grpc::Status ContactService::ListContacts(grpc::ServerContext* context,
                                          const v1::ListContactsRequest* request,
                                          v1::ListContactsResponse* response) {
  const absl::StatusOr<std::string> book = BookOf(RequesterOf(*context), request->tenant_id());
  if (!book.ok()) return ToGrpcStatus(book.status());
  const absl::StatusOr<int> page_size = PageSize(request->page_size());
  if (!page_size.ok()) return ToGrpcStatus(page_size.status());
  std::string after;
  if (!request->page_token().empty()) {
    const absl::StatusOr<PagePlace> place = FromPageToken(request->page_token());
    if (!place.ok()) return ToGrpcStatus(place.status());
    after = place->id;
  }
  const auto rows =
      services_.database.Query<std::vector<ContactRow>>([&](Transaction& transaction) {
        return absl::StatusOr<std::vector<ContactRow>>(
            storage::ListContacts(transaction, *book, after, *page_size + 1));
      });
  if (!rows.ok()) return ToGrpcStatus(rows.status());
  for (const ContactRow& row : *rows) {
    if (response->contacts_size() == *page_size) {
      const std::string& last = response->contacts(*page_size - 1).contact_id();
      response->set_next_page_token(ToPageToken({absl::UnixEpoch(), last}));
      break;
    }
    *response->add_contacts() = ToProto(row);
  }
  return grpc::Status::OK;
}

grpc::Status ContactService::PutContact(grpc::ServerContext* context,
                                        const v1::PutContactRequest* request,
                                        v1::PutContactResponse* response) {
  const absl::StatusOr<std::string> book = BookOf(RequesterOf(*context), request->tenant_id());
  if (!book.ok()) return ToGrpcStatus(book.status());
  absl::StatusOr<ContactRow> row = FromProto(request->contact(), *book);
  if (!row.ok()) return ToGrpcStatus(row.status());
  row->id = absl::StrCat("contact-", absl::Hex(services_.random.Next(), absl::kZeroPad16));
  row->created_at = services_.clock.Now();
  const auto id = services_.database.Query<std::string>(
      [&](Transaction& transaction) -> absl::StatusOr<std::string> {
        if (storage::CountContacts(transaction, *book) >= kContactsMax) {
          return ErrorWithReason(absl::StatusCode::kResourceExhausted, "CONTACTS_FULL",
                                 "the address book is full: delete somebody");
        }
        return storage::PutContact(transaction, *row);
      });
  if (!id.ok()) return ToGrpcStatus(id.status());
  row->id = *id;
  *response->mutable_contact() = ToProto(*row);
  return grpc::Status::OK;
}

grpc::Status ContactService::DeleteContact(grpc::ServerContext* context,
                                           const v1::DeleteContactRequest* request,
                                           v1::DeleteContactResponse*) {
  const absl::StatusOr<std::string> book = BookOf(RequesterOf(*context), request->tenant_id());
  if (!book.ok()) return ToGrpcStatus(book.status());
  return ToGrpcStatus(services_.database.Run([&](Transaction& transaction) {
    if (storage::DeleteContact(transaction, *book, request->contact_id())) return absl::OkStatus();
    return ErrorWithReason(absl::StatusCode::kNotFound, "CONTACT_UNKNOWN",
                           "no such contact is in this address book");
  }));
}

}  // namespace narada::control::service
