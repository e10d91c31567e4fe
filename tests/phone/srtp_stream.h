#ifndef NARADA_TESTS_PHONE_SRTP_STREAM_H_
#define NARADA_TESTS_PHONE_SRTP_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct srtp_ctx_t_;

namespace narada::phone {

// A crypto suite and a master key with its salt, as a=crypto carries them (RFC 4568).
struct SrtpKey {
  std::string suite;   // "AES_CM_128_HMAC_SHA1_80"
  std::string master;  // Bytes.

  // A key of random bytes. Errors name the suites there are.
  static absl::StatusOr<SrtpKey> Random(absl::string_view suite);
  // "TAG SUITE inline:BASE64", what follows a=crypto:, and back. Lifetime and MKI are not read.
  static absl::StatusOr<SrtpKey> Parse(absl::string_view line);
  std::string ToLine(size_t tag) const;
};

// One direction of SRTP and SRTCP by libsrtp2, for any SSRC: not the mixer's own, so that each
// proves the other.
class SrtpStream {
 public:
  enum class Direction { kSending, kReceiving };
  static absl::StatusOr<std::unique_ptr<SrtpStream>> Create(const SrtpKey& key,
                                                            Direction direction);
  ~SrtpStream();

  // Turns a packet into its protected form, or back, in place. False, and the packet is of no use:
  // forged, a replay, or not protected at all.
  bool Protect(std::vector<uint8_t>& packet, bool is_rtcp);
  bool Unprotect(std::vector<uint8_t>& packet, bool is_rtcp);

 private:
  explicit SrtpStream(srtp_ctx_t_* context) : context_(context) {}

  srtp_ctx_t_* const context_;
};

}  // namespace narada::phone

#endif  // NARADA_TESTS_PHONE_SRTP_STREAM_H_
