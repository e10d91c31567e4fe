#include "mixer/sdp/crypto_negotiation.h"

#include <nettle/hmac.h>

#include <algorithm>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace narada::mixer::sdp {
namespace {

constexpr absl::string_view kPurpose = "narada srtp master key";

absl::Status Unacceptable(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "MEDIA_UNACCEPTABLE", what);
}

std::string WhyNoneIsUsable(const AudioDescription& remote) {
  if (remote.is_dtls) {
    return "DTLS-SRTP is offered, which this mixer does not have: offer RTP/SAVP with a=crypto";
  }
  if (remote.crypto.empty()) return "RTP/SAVP is offered without an a=crypto line";
  return absl::StrCat(
      "no a=crypto line can be used: ",
      absl::StrJoin(remote.crypto, "; ", [](std::string* out, const CryptoLine& line) {
        absl::StrAppend(out, line.suite, ": ",
                        line.refusal.empty() ? "not among the suites of this mixer"
                                             : absl::string_view(line.refusal));
      }));
}

absl::Status EncryptionIsMissing(const LocalSrtp& local) {
  return Unacceptable(local.agreed.has_value()
                          ? "the call is encrypted and stays so: RTP without keys is not accepted"
                          : "this mixer demands SRTP: offer RTP/SAVP with a=crypto");
}

// Whoever sends us our own key back is a mirror, or has us both use one key stream.
bool IsReflected(const SrtpKeys& remote, const SrtpKeys& own) {
  return remote.suite() == own.suite() &&
         std::equal(remote.key_and_salt().begin(), remote.key_and_salt().end(),
                    own.key_and_salt().begin(), own.key_and_salt().end());
}

absl::Status Reflected() {
  return Unacceptable("the far end's key is ours: each side has to draw its own");
}

}  // namespace

SrtpKeys DeriveOwnKeys(const KeySecret& secret, uint32_t generation, SrtpSuite suite) {
  std::array<uint8_t, 2 * SHA256_DIGEST_SIZE> bytes;
  hmac_sha256_ctx hmac;
  hmac_sha256_set_key(&hmac, secret.bytes.size(), secret.bytes.data());
  for (uint8_t half = 0; half < 2; ++half) {
    const absl::string_view name = TraitsOf(suite).name;
    const std::array<uint8_t, 5> counter = {
        static_cast<uint8_t>(generation >> 24), static_cast<uint8_t>(generation >> 16),
        static_cast<uint8_t>(generation >> 8), static_cast<uint8_t>(generation), half};
    hmac_sha256_update(&hmac, kPurpose.size(), reinterpret_cast<const uint8_t*>(kPurpose.data()));
    hmac_sha256_update(&hmac, counter.size(), counter.data());
    hmac_sha256_update(&hmac, name.size(), reinterpret_cast<const uint8_t*>(name.data()));
    hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, bytes.data() + half * SHA256_DIGEST_SIZE);
  }
  const SrtpKeys keys(suite, std::span(bytes).first(SrtpKeys::SizeFor(TraitsOf(suite))));
  Wipe(bytes);
  Wipe({reinterpret_cast<uint8_t*>(&hmac), sizeof(hmac)});
  return keys;
}

absl::StatusOr<std::optional<AgreedSrtp>> AnswerCrypto(const AudioDescription& remote,
                                                       const LocalSrtp& local) {
  const bool has_given_keys =
      remote.given_send_keys.has_value() && remote.given_receive_keys.has_value();
  if (local.policy == SrtpPolicy::kOff) {
    if (!remote.is_secure && !has_given_keys) return std::optional<AgreedSrtp>();
    return Unacceptable(
        "only SRTP (RTP/SAVP) is offered for audio, which is switched off here: offer RTP/AVP");
  }
  if (has_given_keys) {
    if (IsReflected(*remote.given_receive_keys, *remote.given_send_keys)) return Reflected();
    return std::optional<AgreedSrtp>(
        {.tag = 1, .send = *remote.given_send_keys, .receive = *remote.given_receive_keys});
  }
  const auto usable =
      std::find_if(remote.crypto.begin(), remote.crypto.end(), [&](const CryptoLine& line) {
        return line.keys.has_value() && std::find(local.suites.begin(), local.suites.end(),
                                                  line.keys->suite()) != local.suites.end();
      });
  if (remote.is_dtls || usable == remote.crypto.end()) {
    if (remote.is_secure) return Unacceptable(WhyNoneIsUsable(remote));
    if (local.policy == SrtpPolicy::kRequired || local.agreed.has_value()) {
      return EncryptionIsMissing(local);
    }
    return std::optional<AgreedSrtp>();
  }
  AgreedSrtp agreed{.tag = usable->tag, .send = {}, .receive = *usable->keys};
  // The same key again changes nothing (RFC 4568 §7.1.4); a new one is answered by a new one of ours,
  // so that both directions begin anew.
  const bool is_unchanged = local.agreed.has_value() && local.agreed->receive == agreed.receive;
  agreed.send = is_unchanged
                    ? local.agreed->send
                    : DeriveOwnKeys(local.secret, local.generation, agreed.receive.suite());
  if (IsReflected(agreed.receive, agreed.send) ||
      (local.agreed.has_value() && IsReflected(agreed.receive, local.agreed->send))) {
    return Reflected();
  }
  return std::optional<AgreedSrtp>(std::move(agreed));
}

std::vector<OfferedKeys> OfferCrypto(const LocalSrtp& local) {
  if (local.agreed.has_value()) return {{.tag = local.agreed->tag, .keys = local.agreed->send}};
  const bool stays_plain = local.policy == SrtpPolicy::kOptional && local.has_plain_media;
  if (local.policy == SrtpPolicy::kOff || stays_plain) return {};
  std::vector<OfferedKeys> offered;
  for (const SrtpSuite suite : local.suites) {
    offered.push_back({.tag = static_cast<uint32_t>(offered.size() + 1),
                       .keys = DeriveOwnKeys(local.secret, local.generation, suite)});
  }
  return offered;
}

absl::StatusOr<std::optional<AgreedSrtp>> AcceptCrypto(const AudioDescription& remote,
                                                       const LocalSrtp& local,
                                                       const std::vector<OfferedKeys>& offered) {
  if (remote.crypto.empty() || offered.empty()) {
    if (remote.is_secure) return Unacceptable(WhyNoneIsUsable(remote));
    if (local.policy == SrtpPolicy::kRequired || local.agreed.has_value()) {
      return EncryptionIsMissing(local);
    }
    return std::optional<AgreedSrtp>();
  }
  // RFC 4568 §5.1.2: the one line that was chosen, under our tag and with our suite.
  const CryptoLine& line = remote.crypto.front();
  if (!line.keys.has_value()) return Unacceptable(WhyNoneIsUsable(remote));
  for (const OfferedKeys& own : offered) {
    if (own.tag != line.tag || own.keys.suite() != line.keys->suite()) continue;
    if (IsReflected(*line.keys, own.keys)) return Reflected();
    return std::optional<AgreedSrtp>({.tag = own.tag, .send = own.keys, .receive = *line.keys});
  }
  return Unacceptable(
      "the answer chooses an a=crypto line that was not offered: its tag and suite have to be "
      "those of one offered line");
}

}  // namespace narada::mixer::sdp
