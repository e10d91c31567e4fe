#include "mixer/units/socket_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace narada::mixer {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::1", "fe80::1%3"}) {
    const std::optional<IpAddress> ip = IpAddress::Parse(text);
    ASSERT_TRUE(ip.has_value()) << text;
    EXPECT_EQ(ip->ToString(), text);
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text :
       {"", "example.org", "192.0.2", "192.0.2.256", "192.0.2.1 ", "1.2.3.4%1", "[::1]", "::g",
        "fe80::1%eth0", "1.2.3.4.5", "::1%", "::1%99999999999"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(absl::string_view("1.2.3.4\0", 8)).has_value());
}

TEST(IpAddress, TakesAMappedAddressForIpv4) {
  EXPECT_EQ(*IpAddress::Parse("::ffff:192.0.2.1"), IpAddress::V4(192, 0, 2, 1));
}

TEST(IpAddress, KnowsSpecialAddresses) {
  EXPECT_TRUE(IpAddress::Parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::Parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::Parse("::1")->is_unspecified());
  EXPECT_TRUE(IpAddress::Parse("127.1.2.3")->is_loopback());
  EXPECT_TRUE(IpAddress::Parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::Parse("10.0.0.1")->is_loopback());
  EXPECT_TRUE(IpAddress::Parse("224.0.0.1")->is_multicast());
  EXPECT_TRUE(IpAddress::Parse("255.255.255.255")->is_multicast());
  EXPECT_TRUE(IpAddress::Parse("ff02::1")->is_multicast());
  EXPECT_FALSE(IpAddress::Parse("223.255.255.255")->is_multicast());
}

TEST(IpAddress, UnsetIsNeitherFamily) {
  const IpAddress unset;
  EXPECT_FALSE(unset.is_set());
  EXPECT_FALSE(unset.is_v4());
  EXPECT_NE(unset, *IpAddress::Parse("0.0.0.0"));
  EXPECT_NE(*IpAddress::Parse("::"), *IpAddress::Parse("0.0.0.0"));
}

TEST(SocketAddress, ReadsAndWritesItsPort) {
  for (const char* text : {"192.0.2.1:5004", "[2001:db8::1]:65535", "[fe80::1%3]:1", "0.0.0.0:0"}) {
    const std::optional<SocketAddress> address = SocketAddress::Parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(SocketAddress, RefusesEverythingElse) {
  for (const char* text : {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
                           "192.0.2.1:+1", "192.0.2.1: 1", "::1:5004", "[::1]", "[::1]5004",
                           "[192.0.2.1]:5004", "host:5004", "[]:5004", "192.0.2.1:5004x"}) {
    EXPECT_FALSE(SocketAddress::Parse(text).has_value()) << text;
  }
}

TEST(SocketAddress, SurvivesTheKernelsForm) {
  for (const char* text : {"192.0.2.1:5004", "[2001:db8::1]:5004", "[fe80::1%3]:5004"}) {
    const SocketAddress address = *SocketAddress::Parse(text);
    sockaddr_storage storage;
    const socklen_t length = address.ToSockaddr(&storage);
    ASSERT_GT(length, 0u);
    EXPECT_EQ(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length), address);
  }
}

TEST(SocketAddress, IsTheSameOnADualStackSocket) {
  const SocketAddress address = *SocketAddress::Parse("192.0.2.1:5004");
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(&storage, /*as_v6=*/true);
  EXPECT_EQ(storage.ss_family, AF_INET6);
  EXPECT_EQ(length, sizeof(sockaddr_in6));
  EXPECT_EQ(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), length), address);
}

TEST(SocketAddress, RefusesForeignAndCutOffForms) {
  sockaddr_storage storage = {};
  storage.ss_family = AF_UNIX;
  EXPECT_FALSE(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof(storage)));
  storage.ss_family = AF_INET;
  EXPECT_FALSE(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), 8));
  EXPECT_FALSE(SocketAddress::FromSockaddr(reinterpret_cast<sockaddr*>(&storage), 0));
  EXPECT_EQ(SocketAddress().ToSockaddr(&storage), 0u);
}

TEST(SocketAddress, ComparesAddressAndPort) {
  const SocketAddress address = *SocketAddress::Parse("192.0.2.1:5004");
  EXPECT_NE(address, address.WithPort(5006));
  EXPECT_EQ(address.ip(), address.WithPort(5006).ip());
}

}  // namespace
}  // namespace narada::mixer
