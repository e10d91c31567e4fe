#include "tests/phone/srtp_stream.h"

#include <srtp2/srtp.h>

#include <array>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace narada::phone {
namespace {

using SetPolicy = void (*)(srtp_crypto_policy_t*);

struct Suite {
  absl::string_view name;
  size_t master_size;  // Key and salt.
  SetPolicy set_rtp;
  SetPolicy set_rtcp;  // Of the suites with a tag of 32 bits, 80 bits (RFC 4568 §6.2.2).
};

constexpr std::array<Suite, 6> kSuites = {{
    {"AES_CM_128_HMAC_SHA1_80", 30, srtp_crypto_policy_set_rtp_default,
     srtp_crypto_policy_set_rtp_default},
    {"AES_CM_128_HMAC_SHA1_32", 30, srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
     srtp_crypto_policy_set_rtp_default},
    {"AES_256_CM_HMAC_SHA1_80", 46, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {"AES_256_CM_HMAC_SHA1_32", 46, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {"AEAD_AES_128_GCM", 28, srtp_crypto_policy_set_aes_gcm_128_16_auth,
     srtp_crypto_policy_set_aes_gcm_128_16_auth},
    {"AEAD_AES_256_GCM", 44, srtp_crypto_policy_set_aes_gcm_256_16_auth,
     srtp_crypto_policy_set_aes_gcm_256_16_auth},
}};

absl::StatusOr<const Suite*> FindSuite(absl::string_view name) {
  for (const Suite& suite : kSuites) {
    if (suite.name == name) return &suite;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is no SRTP suite of this phone; it has ",
                   absl::StrJoin(kSuites, ", ", [](std::string* out, const Suite& suite) {
                     absl::StrAppend(out, suite.name);
                   })));
}

}  // namespace

absl::StatusOr<SrtpKey> SrtpKey::Random(absl::string_view suite) {
  const absl::StatusOr<const Suite*> found = FindSuite(suite);
  if (!found.ok()) return found.status();
  SrtpKey key{.suite = std::string(suite), .master = ""};
  std::random_device random;
  for (size_t i = 0; i < (*found)->master_size; ++i) {
    key.master.push_back(static_cast<char>(random()));
  }
  return key;
}

absl::StatusOr<SrtpKey> SrtpKey::Parse(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (words.size() < 3) return absl::InvalidArgumentError(absl::StrCat("bad crypto line: ", line));
  const absl::StatusOr<const Suite*> suite = FindSuite(words[1]);
  if (!suite.ok()) return suite.status();
  absl::string_view inline_key = words[2];
  SrtpKey key{.suite = std::string(words[1]), .master = ""};
  if (!absl::ConsumePrefix(&inline_key, "inline:") ||
      !absl::Base64Unescape(inline_key.substr(0, inline_key.find('|')), &key.master) ||
      key.master.size() != (*suite)->master_size) {
    return absl::InvalidArgumentError(absl::StrCat("bad key for ", words[1]));
  }
  return key;
}

std::string SrtpKey::ToLine(size_t tag) const {
  return absl::StrCat(tag, " ", suite, " inline:", absl::Base64Escape(master));
}

absl::StatusOr<std::unique_ptr<SrtpStream>> SrtpStream::Create(const SrtpKey& key,
                                                               Direction direction) {
  static const srtp_err_status_t kInitialised = srtp_init();
  if (kInitialised != srtp_err_status_ok) return absl::InternalError("libsrtp2 does not start");
  const absl::StatusOr<const Suite*> suite = FindSuite(key.suite);
  if (!suite.ok()) return suite.status();
  std::string master = key.master;
  srtp_policy_t policy{};
  (*suite)->set_rtp(&policy.rtp);
  (*suite)->set_rtcp(&policy.rtcp);
  policy.ssrc.type = direction == Direction::kSending ? ssrc_any_outbound : ssrc_any_inbound;
  policy.key = reinterpret_cast<unsigned char*>(master.data());
  policy.window_size = 128;
  srtp_t context = nullptr;
  const srtp_err_status_t created = srtp_create(&context, &policy);
  if (created != srtp_err_status_ok) {
    return absl::InternalError(absl::StrCat("libsrtp2 refuses ", key.suite, ": ", created));
  }
  return std::unique_ptr<SrtpStream>(new SrtpStream(context));
}

SrtpStream::~SrtpStream() { srtp_dealloc(context_); }

bool SrtpStream::Protect(std::vector<uint8_t>& packet, bool is_rtcp) {
  int size = static_cast<int>(packet.size());
  packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
  const srtp_err_status_t status = is_rtcp ? srtp_protect_rtcp(context_, packet.data(), &size)
                                           : srtp_protect(context_, packet.data(), &size);
  packet.resize(static_cast<size_t>(size));
  return status == srtp_err_status_ok;
}

bool SrtpStream::Unprotect(std::vector<uint8_t>& packet, bool is_rtcp) {
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = is_rtcp ? srtp_unprotect_rtcp(context_, packet.data(), &size)
                                           : srtp_unprotect(context_, packet.data(), &size);
  if (status == srtp_err_status_ok) packet.resize(static_cast<size_t>(size));
  return status == srtp_err_status_ok;
}

}  // namespace narada::phone
