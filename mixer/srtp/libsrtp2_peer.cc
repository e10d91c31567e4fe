#include "mixer/srtp/libsrtp2_peer.h"

#include <srtp2/srtp.h>

#include "base/check.h"

namespace narada::mixer::srtp {
namespace {

void SetPolicy(SrtpSuite suite, srtp_policy_t& policy) {
  switch (suite) {
    case SrtpSuite::kAesCm128HmacSha1Tag80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      break;
    case SrtpSuite::kAesCm128HmacSha1Tag32:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      break;
    case SrtpSuite::kAesCm256HmacSha1Tag80:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      break;
    case SrtpSuite::kAesCm256HmacSha1Tag32:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
      break;
    case SrtpSuite::kAeadAes128Gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      break;
    case SrtpSuite::kAeadAes256Gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      break;
  }
}

template <typename F>
bool InPlace(F f, srtp_t session, std::vector<uint8_t>& packet) {
  int size = static_cast<int>(packet.size());
  packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
  const bool ok = f(session, packet.data(), &size) == srtp_err_status_ok;
  packet.resize(static_cast<size_t>(size));
  return ok;
}

}  // namespace

Libsrtp2Peer::Libsrtp2Peer(const SrtpKeys& keys, Direction direction, Ssrc ssrc) {
  // Refused where another part of the process has done it; srtp_create() tells whether it is ready.
  [[maybe_unused]] static const srtp_err_status_t status = srtp_init();
  std::vector<uint8_t> bytes(keys.key_and_salt().begin(), keys.key_and_salt().end());
  srtp_policy_t policy = {};
  SetPolicy(keys.suite(), policy);
  const bool is_sending = direction == Direction::kSending;
  policy.ssrc.type = is_sending ? ssrc_specific : ssrc_any_inbound;
  policy.ssrc.value = ssrc.value();
  policy.key = bytes.data();
  policy.window_size = 128;
  CHECK(srtp_create(&session_, &policy) == srtp_err_status_ok) << "libsrtp2 refuses the policy";
}

Libsrtp2Peer::~Libsrtp2Peer() { srtp_dealloc(session_); }

bool Libsrtp2Peer::Protect(std::vector<uint8_t>& packet) {
  return InPlace([](auto... args) { return srtp_protect(args...); }, session_, packet);
}
bool Libsrtp2Peer::ProtectReport(std::vector<uint8_t>& packet) {
  return InPlace([](auto... args) { return srtp_protect_rtcp(args...); }, session_, packet);
}
bool Libsrtp2Peer::Unprotect(std::vector<uint8_t>& packet) {
  return InPlace([](auto... args) { return srtp_unprotect(args...); }, session_, packet);
}
bool Libsrtp2Peer::UnprotectReport(std::vector<uint8_t>& packet) {
  return InPlace([](auto... args) { return srtp_unprotect_rtcp(args...); }, session_, packet);
}
bool Libsrtp2Peer::Protect(uint8_t* bytes, int* size) {
  return srtp_protect(session_, bytes, size) == srtp_err_status_ok;
}
bool Libsrtp2Peer::Unprotect(uint8_t* bytes, int* size) {
  return srtp_unprotect(session_, bytes, size) == srtp_err_status_ok;
}

}  // namespace narada::mixer::srtp
