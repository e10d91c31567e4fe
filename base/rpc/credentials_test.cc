#include "base/rpc/credentials.h"

#include <fstream>

#include "base/status.h"
#include "gtest/gtest.h"

namespace narada {
namespace {

TEST(Credentials, LoopbackIsToldFromEverythingElse) {
  for (const char* address :
       {"127.0.0.1:50061", "127.1.2.3:1", "localhost:50061", "[::1]:50061", "unix:/tmp/x"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:50061", "10.0.0.1:50061", "[::]:50061", "example.com:1",
                              "127.0.0.1.example.com:1", "128.0.0.1:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(Credentials, PlaintextStaysOnLoopback) {
  EXPECT_TRUE(MakeServerCredentials("127.0.0.1:0", {}).ok());
  EXPECT_TRUE(MakeChannelCredentials("localhost:1", {}).ok());
  EXPECT_EQ(ReasonOf(MakeServerCredentials("0.0.0.0:1", {}).status()), "TLS_REQUIRED");
  EXPECT_EQ(ReasonOf(MakeChannelCredentials("10.0.0.1:1", {}).status()), "TLS_REQUIRED");
}

TEST(Credentials, HalfASetOfFilesIsRefusedEvenOnLoopback) {
  EXPECT_EQ(ReasonOf(MakeServerCredentials("127.0.0.1:1", {.certificate = "c.pem"}).status()),
            "TLS_INCOMPLETE");
}

TEST(Credentials, FilesThatAreNotPemAreNamed) {
  const std::string path = testing::TempDir() + "/not.pem";
  std::ofstream(path) << "hello";
  const absl::Status status = MakeServerCredentials("127.0.0.1:1", {path, path, path}).status();
  EXPECT_EQ(ReasonOf(status), "TLS_UNREADABLE");
  EXPECT_NE(std::string(status.message()).find(path), std::string::npos);
  EXPECT_EQ(ReasonOf(MakeServerCredentials("127.0.0.1:1", {"/no/a", "/no/b", "/no/c"}).status()),
            "TLS_UNREADABLE");
}

}  // namespace
}  // namespace narada
