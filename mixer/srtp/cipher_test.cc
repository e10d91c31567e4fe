// The RFCs' own vectors: derivation of session keys, key streams, AEAD packets.
#include "mixer/srtp/cipher.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"
#include "mixer/srtp/hex.h"
#include "mixer/srtp/key_derivation.h"

namespace narada::mixer::srtp {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes First(std::span<const uint8_t> bytes, size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)};
}

SrtpKeys Master(SrtpSuite suite, absl::string_view key, absl::string_view salt) {
  Bytes bytes = Hex(key);
  const Bytes behind = Hex(salt);
  bytes.insert(bytes.end(), behind.begin(), behind.end());
  EXPECT_EQ(bytes.size(), SrtpKeys::SizeFor(TraitsOf(suite)));
  return SrtpKeys(suite, bytes);
}

TEST(KeyDerivation, OfAes128IsThatOfRfc3711AppendixB3) {
  const SessionKeys keys =
      DeriveSessionKeys(Master(SrtpSuite::kAesCm128HmacSha1Tag80,
                               "E1F97A0D3E018BE0D64FA32C06DE4139", "0EC675AD498AFEEBB6960B3AABE6"),
                        Protocol::kRtp);
  EXPECT_EQ(First(keys.encryption, 16), Hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(First(keys.salt, 14), Hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(First(keys.authentication, 20), Hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST(KeyDerivation, OfAes256IsThatOfRfc6188Section7) {
  const SessionKeys keys =
      DeriveSessionKeys(Master(SrtpSuite::kAesCm256HmacSha1Tag80,
                               "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
                               "3b04803de51ee7c96423ab5b78d2"),
                        Protocol::kRtp);
  EXPECT_EQ(First(keys.encryption, 32),
            Hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
  EXPECT_EQ(First(keys.salt, 14), Hex("fa31791685ca444a9e07c6c64e93"));
  EXPECT_EQ(First(keys.authentication, 20), Hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
}

TEST(KeyDerivation, GivesRtcpOtherKeys) {
  const SrtpKeys master =
      Master(SrtpSuite::kAesCm128HmacSha1Tag80, "E1F97A0D3E018BE0D64FA32C06DE4139",
             "0EC675AD498AFEEBB6960B3AABE6");
  const SessionKeys rtp = DeriveSessionKeys(master, Protocol::kRtp);
  const SessionKeys rtcp = DeriveSessionKeys(master, Protocol::kRtcp);
  EXPECT_NE(rtp.encryption, rtcp.encryption);
  EXPECT_NE(rtp.authentication, rtcp.authentication);
  EXPECT_NE(rtp.salt, rtcp.salt);
}

// The key stream is what zeroes are encrypted to.
Bytes KeyStream(SrtpSuite suite, absl::string_view key, size_t size) {
  SessionKeys keys;
  const Bytes encryption = Hex(key);
  std::copy(encryption.begin(), encryption.end(), keys.encryption.begin());
  const Bytes salt = Hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  std::copy(salt.begin(), salt.end(), keys.salt.begin());
  Bytes stream(size);
  Bytes tag(10);
  const Bytes header(12);
  MakeCipher(suite, keys)
      ->Seal({Ssrc(0), 0}, {.header = header, .body = stream, .trailer = header}, stream.data(),
             tag);
  return stream;
}

TEST(Cipher, KeyStreamOfAes128IsThatOfRfc3711AppendixB2) {
  const Bytes stream =
      KeyStream(SrtpSuite::kAesCm128HmacSha1Tag80, "2B7E151628AED2A6ABF7158809CF4F3C", 0xff02 * 16);
  EXPECT_EQ(First(stream, 48), Hex("E03EAD0935C95E80E166B16DD92B4EB4"
                                   "D23513162B02D0F72A43A2FE4A5F97AB"
                                   "41E95B3BB0A2E8DD477901E4FCA894C0"));
  EXPECT_EQ(First(std::span(stream).subspan(0xfeff * 16), 48),
            Hex("EC8CDF7398607CB0F2D21675EA9EA1E4"
                "362B7C3C6773516318A077D7FC5073AE"
                "6A2CC3787889374FBEB4C81B17BA6C44"));
}

TEST(Cipher, KeyStreamOfAes256IsThatOfRfc6188Section7) {
  EXPECT_EQ(KeyStream(SrtpSuite::kAesCm256HmacSha1Tag80,
                      "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98", 48),
            Hex("92bdd28a93c3f52511c677d08b5515a4"
                "9da71b2378a854f67050756ded165bac"
                "63c4868b7096d88421b563b8c94c9a31"));
}

struct AeadVector {
  SrtpSuite suite;
  const char* key;
  const char* sealed;
};

class AeadCipher : public testing::TestWithParam<AeadVector> {};

// RFC 7714 §16.1.1 and §16.2.1.
TEST_P(AeadCipher, SealsAndOpensTheRtpPacketOfRfc7714) {
  SessionKeys keys;
  const Bytes key = Hex(GetParam().key);
  std::copy(key.begin(), key.end(), keys.encryption.begin());
  const Bytes salt = Hex("51756964 2070726f 2071756f");
  std::copy(salt.begin(), salt.end(), keys.salt.begin());
  const Bytes header = Hex("8040f17b 8041f8d3 5501a0b2");
  const Bytes body =
      Hex("47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573");
  const PacketId id = {Ssrc(0x5501a0b2), 0xf17b};

  const std::unique_ptr<Cipher> cipher = MakeCipher(GetParam().suite, keys);
  Bytes sealed(body.size() + 16);
  const std::span<uint8_t> tag = std::span(sealed).subspan(body.size());
  cipher->Seal(id, {.header = header, .body = body, .trailer = {}}, sealed.data(), tag);
  EXPECT_EQ(sealed, Hex(GetParam().sealed));

  Bytes opened(body.size());
  const PacketParts parts = {
      .header = header, .body = std::span(sealed).first(body.size()), .trailer = {}};
  EXPECT_TRUE(cipher->Open(id, parts, tag, opened.data()));
  EXPECT_EQ(opened, body);
  tag[0] ^= 1;
  EXPECT_FALSE(cipher->Open(id, parts, tag, opened.data()));
  EXPECT_EQ(opened, Bytes(body.size())) << "forged text must not be left behind";
}

INSTANTIATE_TEST_SUITE_P(
    Rfc7714, AeadCipher,
    testing::Values(
        AeadVector{SrtpSuite::kAeadAes128Gcm, "000102030405060708090a0b0c0d0e0f",
                   "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b "
                   "36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce"},
        AeadVector{SrtpSuite::kAeadAes256Gcm,
                   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f "
                   "1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13"}));

}  // namespace
}  // namespace narada::mixer::srtp
