#include "mixer/srtp/cipher.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

#include <array>

#include "mixer/srtp/bytes.h"

namespace narada::mixer::srtp {
namespace {

struct Aes128 {
  using Context = aes128_ctx;
  using GcmContext = gcm_aes128_ctx;
  static constexpr auto kSetKey = aes128_set_encrypt_key;
  static constexpr auto kEncrypt = aes128_encrypt;
  static constexpr auto kGcmSetKey = gcm_aes128_set_key;
  static constexpr auto kGcmSetIv = gcm_aes128_set_iv;
  static constexpr auto kGcmUpdate = gcm_aes128_update;
  static constexpr auto kGcmEncrypt = gcm_aes128_encrypt;
  static constexpr auto kGcmDecrypt = gcm_aes128_decrypt;
  static constexpr auto kGcmDigest = gcm_aes128_digest;
};

struct Aes256 {
  using Context = aes256_ctx;
  using GcmContext = gcm_aes256_ctx;
  static constexpr auto kSetKey = aes256_set_encrypt_key;
  static constexpr auto kEncrypt = aes256_encrypt;
  static constexpr auto kGcmSetKey = gcm_aes256_set_key;
  static constexpr auto kGcmSetIv = gcm_aes256_set_iv;
  static constexpr auto kGcmUpdate = gcm_aes256_update;
  static constexpr auto kGcmEncrypt = gcm_aes256_encrypt;
  static constexpr auto kGcmDecrypt = gcm_aes256_decrypt;
  static constexpr auto kGcmDigest = gcm_aes256_digest;
};

template <typename T>
void WipeObject(T& object) noexcept {
  Wipe({reinterpret_cast<uint8_t*>(&object), sizeof(object)});
}

template <typename Aes>
class CounterModeCipher final : public Cipher {
 public:
  explicit CounterModeCipher(const SessionKeys& keys) : salt_(keys.salt) {
    Aes::kSetKey(&aes_, keys.encryption.data());
    hmac_sha1_set_key(&hmac_, keys.authentication.size(), keys.authentication.data());
  }
  ~CounterModeCipher() override {
    WipeObject(aes_);
    WipeObject(hmac_);
    WipeObject(salt_);
  }

  void Seal(const PacketId& id, const PacketParts& parts, uint8_t* out,
            std::span<uint8_t> tag) noexcept override {
    Crypt(id, parts.body, out);
    Authenticate({parts.header, {out, parts.body.size()}, parts.trailer}, tag);
  }

  bool Open(const PacketId& id, const PacketParts& parts, std::span<const uint8_t> tag,
            uint8_t* out) noexcept override {
    std::array<uint8_t, SHA1_DIGEST_SIZE> expected;
    Authenticate(parts, std::span(expected).first(tag.size()));
    if (memeql_sec(expected.data(), tag.data(), tag.size()) == 0) return false;
    Crypt(id, parts.body, out);
    return true;
  }

 private:
  // RFC 3711 §4.1.1: the salt, the SSRC and the index, and a block counter of 16 bits behind them.
  void Crypt(const PacketId& id, std::span<const uint8_t> in, uint8_t* out) noexcept {
    std::array<uint8_t, AES_BLOCK_SIZE> counter = {};
    memcpy(counter.data(), salt_.data(), salt_.size());
    XorU32(&counter[4], id.ssrc.value());
    XorU48(&counter[8], id.index);
    ctr_crypt(&aes_, reinterpret_cast<nettle_cipher_func*>(Aes::kEncrypt), counter.size(),
              counter.data(), in.size(), out, in.data());
  }

  void Authenticate(const PacketParts& parts, std::span<uint8_t> tag) noexcept {
    hmac_sha1_update(&hmac_, parts.header.size(), parts.header.data());
    hmac_sha1_update(&hmac_, parts.body.size(), parts.body.data());
    hmac_sha1_update(&hmac_, parts.trailer.size(), parts.trailer.data());
    hmac_sha1_digest(&hmac_, tag.size(), tag.data());
  }

  typename Aes::Context aes_;
  hmac_sha1_ctx hmac_;
  std::array<uint8_t, kSaltSizeMax> salt_;
};

template <typename Aes>
class GcmCipher final : public Cipher {
 public:
  explicit GcmCipher(const SessionKeys& keys) {
    memcpy(salt_.data(), keys.salt.data(), salt_.size());
    Aes::kGcmSetKey(&gcm_, keys.encryption.data());
  }
  ~GcmCipher() override {
    WipeObject(gcm_);
    WipeObject(salt_);
  }

  void Seal(const PacketId& id, const PacketParts& parts, uint8_t* out,
            std::span<uint8_t> tag) noexcept override {
    Begin(id, parts);
    Aes::kGcmEncrypt(&gcm_, parts.body.size(), out, parts.body.data());
    Aes::kGcmDigest(&gcm_, tag.size(), tag.data());
  }

  bool Open(const PacketId& id, const PacketParts& parts, std::span<const uint8_t> tag,
            uint8_t* out) noexcept override {
    Begin(id, parts);
    Aes::kGcmDecrypt(&gcm_, parts.body.size(), out, parts.body.data());
    std::array<uint8_t, GCM_DIGEST_SIZE> expected;
    Aes::kGcmDigest(&gcm_, expected.size(), expected.data());
    if (memeql_sec(expected.data(), tag.data(), tag.size()) != 0) return true;
    memset(out, 0, parts.body.size());
    return false;
  }

 private:
  // RFC 7714 §8.1 and §9.1. Header and trailer are the associated data; there is room for them as
  // one, for nettle takes it in pieces of whole blocks but for the last.
  void Begin(const PacketId& id, const PacketParts& parts) noexcept {
    std::array<uint8_t, GCM_IV_SIZE> iv = salt_;
    XorU32(&iv[2], id.ssrc.value());
    XorU48(&iv[6], id.index);
    Aes::kGcmSetIv(&gcm_, iv.size(), iv.data());
    if (parts.trailer.empty()) {
      Aes::kGcmUpdate(&gcm_, parts.header.size(), parts.header.data());
      return;
    }
    // Of SRTCP alone: 8 bytes of header and 4 of index.
    std::array<uint8_t, 16> associated;
    const size_t size = parts.header.size() + parts.trailer.size();
    memcpy(associated.data(), parts.header.data(), parts.header.size());
    memcpy(associated.data() + parts.header.size(), parts.trailer.data(), parts.trailer.size());
    Aes::kGcmUpdate(&gcm_, size, associated.data());
  }

  typename Aes::GcmContext gcm_;
  std::array<uint8_t, GCM_IV_SIZE> salt_;
};

}  // namespace

std::unique_ptr<Cipher> MakeCipher(SrtpSuite suite, const SessionKeys& keys) {
  const SrtpSuiteTraits& traits = TraitsOf(suite);
  const bool is_256 = traits.key_size == AES256_KEY_SIZE;
  if (traits.is_aead) {
    if (is_256) return std::make_unique<GcmCipher<Aes256>>(keys);
    return std::make_unique<GcmCipher<Aes128>>(keys);
  }
  if (is_256) return std::make_unique<CounterModeCipher<Aes256>>(keys);
  return std::make_unique<CounterModeCipher<Aes128>>(keys);
}

}  // namespace narada::mixer::srtp
