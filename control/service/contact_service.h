// narada.control.v1.ContactService over the address books of the database. Handlers wait there.

#ifndef NARADA_CONTROL_SERVICE_CONTACT_SERVICE_H_
#define NARADA_CONTROL_SERVICE_CONTACT_SERVICE_H_

#include "control/calls/call_services.h"
#include "narada/control/v1/contact.grpc.pb.h"

namespace narada::control::service {

class ContactService final : public v1::ContactService::Service {
 public:
  explicit ContactService(const calls::CallServices& services) : services_(services) {}

  grpc::Status ListContacts(grpc::ServerContext* context, const v1::ListContactsRequest* request,
                            v1::ListContactsResponse* response) override;
  grpc::Status PutContact(grpc::ServerContext* context, const v1::PutContactRequest* request,
                          v1::PutContactResponse* response) override;
  grpc::Status DeleteContact(grpc::ServerContext* context, const v1::DeleteContactRequest* request,
                             v1::DeleteContactResponse* response) override;

 private:
  const calls::CallServices& services_;
};

}  // namespace narada::control::service

#endif  // NARADA_CONTROL_SERVICE_CONTACT_SERVICE_H_
