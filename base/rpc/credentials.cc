#include "base/rpc/credentials.h"

#include <errno.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace narada {
namespace {

struct TlsContents {
  std::string certificate, key, client_ca;
};

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (!file.good() && !file.eof()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "TLS_UNREADABLE",
                           absl::StrCat("cannot read ", path, ": ",
                                        std::error_code(errno, std::generic_category()).message()));
  }
  if (!absl::StrContains(content, "-----BEGIN ")) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "TLS_UNREADABLE",
                           absl::StrCat(path, " is not a PEM file"));
  }
  return content;
}

absl::StatusOr<TlsContents> ReadFiles(const RpcTlsFiles& files) {
  if (files.certificate.empty() || files.key.empty() || files.client_ca.empty()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "TLS_INCOMPLETE",
                           "mutual TLS needs --tls_cert, --tls_key and --tls_client_ca together");
  }
  TlsContents contents;
  ASSIGN_OR_RETURN(contents.certificate, ReadPem(files.certificate));
  ASSIGN_OR_RETURN(contents.key, ReadPem(files.key));
  ASSIGN_OR_RETURN(contents.client_ca, ReadPem(files.client_ca));
  return contents;
}

absl::Status TlsRequired(absl::string_view address) {
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, "TLS_REQUIRED",
      absl::StrCat("gRPC at ", address,
                   " can be reached from other machines, and without mutual TLS anyone there could "
                   "command this program; give --tls_cert, --tls_key and --tls_client_ca, or use a "
                   "loopback address"));
}

}  // namespace

bool IsLoopback(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const absl::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]" || host == "::1") return true;
  // Digits and dots only: "127.0.0.1.example.com" is a name that anyone can own.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    absl::string_view address, const RpcTlsFiles& files) {
  if (files.IsEmpty()) {
    if (!IsLoopback(address)) return TlsRequired(address);
    return grpc::InsecureServerCredentials();
  }
  ASSIGN_OR_RETURN(const TlsContents contents, ReadFiles(files));
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({contents.key, contents.certificate});
  options.pem_root_certs = contents.client_ca;
  return grpc::SslServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    absl::string_view address, const RpcTlsFiles& files) {
  if (files.IsEmpty()) {
    if (!IsLoopback(address)) return TlsRequired(address);
    return grpc::InsecureChannelCredentials();
  }
  ASSIGN_OR_RETURN(const TlsContents contents, ReadFiles(files));
  grpc::SslCredentialsOptions options;
  options.pem_private_key = contents.key;
  options.pem_cert_chain = contents.certificate;
  options.pem_root_certs = contents.client_ca;
  return grpc::SslCredentials(options);
}

}  // namespace narada
