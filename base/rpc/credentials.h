// How a program's gRPC ports are protected: mutual TLS from three files, or plaintext on loopback.
//   RpcTlsFiles tls{.certificate = "cert.pem", .key = "key.pem", .client_ca = "ca.pem"};
//   ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials("127.0.0.1:50061", tls));
//   builder.AddListeningPort("127.0.0.1:50061", credentials, &port);
// Why no plaintext elsewhere: gRPC 1.51 is brought down by any stranger who can open a connection, and
// its calls carry PINs and commands. A peer is whoever shows a certificate of `client_ca`.
#ifndef NARADA_BASE_RPC_CREDENTIALS_H_
#define NARADA_BASE_RPC_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace narada {

// Paths of PEM files; all three or none.
struct RpcTlsFiles {
  std::string certificate;  // Ours, shown to the peer: as a server and as a client.
  std::string key;          // Its private key.
  std::string client_ca;    // Whose certificates we accept from the peer.

  bool IsEmpty() const { return certificate.empty() && key.empty() && client_ca.empty(); }
};

// True if only this machine can reach the "host:port": 127.0.0.0/8, [::1], localhost, unix:.
bool IsLoopback(absl::string_view address);

// Errors: FAILED_PRECONDITION / TLS_REQUIRED (not loopback and no files), INVALID_ARGUMENT /
// TLS_INCOMPLETE (one or two of three), TLS_UNREADABLE.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    absl::string_view address, const RpcTlsFiles& files);

// The same rules for the side that calls.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    absl::string_view address, const RpcTlsFiles& files);

}  // namespace narada

#endif  // NARADA_BASE_RPC_CREDENTIALS_H_
