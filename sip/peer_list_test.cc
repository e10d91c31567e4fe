#include "sip/peer_list.h"

#include <gtest/gtest.h>

namespace narada::sip {
namespace {

PeerList Of(std::initializer_list<const char*> entries) {
  PeerList peers;
  for (const char* entry : entries) EXPECT_TRUE(peers.Add(entry).ok()) << entry;
  return peers;
}

TEST(PeerList, HoldsAddressesAndNetworksOfBothFamilies) {
  const PeerList peers = Of({"192.0.2.7", "10.0.0.0/8", "2001:db8::/33", "172.16.0.0/12"});
  EXPECT_TRUE(peers.Contains("192.0.2.7"));
  EXPECT_FALSE(peers.Contains("192.0.2.8"));
  EXPECT_TRUE(peers.Contains("10.255.1.2"));
  EXPECT_FALSE(peers.Contains("11.0.0.1"));
  EXPECT_TRUE(peers.Contains("172.31.255.255"));
  EXPECT_FALSE(peers.Contains("172.32.0.0"));
  EXPECT_TRUE(peers.Contains("2001:db8:7fff::1"));
  EXPECT_FALSE(peers.Contains("2001:db8:8000::1"));
}

TEST(PeerList, MappedAddressIsTheSameAddress) {
  EXPECT_TRUE(Of({"192.0.2.7"}).Contains("::ffff:192.0.2.7"));
}

TEST(PeerList, ZeroBitsHoldAllOfTheFamily) {
  EXPECT_TRUE(Of({"0.0.0.0/0"}).Contains("203.0.113.9"));
  EXPECT_FALSE(Of({"0.0.0.0/0"}).Contains("2001:db8::1"));
  EXPECT_TRUE(Of({"::/0"}).Contains("2001:db8::1"));
}

TEST(PeerList, WrongEntriesAreNamed) {
  PeerList peers;
  for (const char* entry : {"", "trunk.example", "10.0.0.0/33", "10.0.0.0/", "::/129", "1.2.3"}) {
    EXPECT_FALSE(peers.Add(entry).ok()) << entry;
  }
  EXPECT_TRUE(peers.is_empty());
  EXPECT_FALSE(peers.Contains("nonsense"));
}

}  // namespace
}  // namespace narada::sip
