#include "control/storage/secret_box.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"

namespace narada::control::storage {
namespace {

static_assert(SecretBox::kKeyBytes == SHA256_DIGEST_SIZE);
static_assert(SecretBox::kKeyBytes == AES256_KEY_SIZE);

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

void FillRandom(uint8_t* bytes, size_t size) {
  CHECK(getrandom(bytes, size, 0) == static_cast<ssize_t>(size))
      << "the kernel gives no randomness";
}

SecretBox::Key Derive(const SecretBox::Key& key, absl::string_view label) {
  // The key is uniformly random already, so HKDF's expand step is enough (RFC 5869 §3.3).
  hmac_sha256_ctx hmac;
  hmac_sha256_set_key(&hmac, key.size(), key.data());
  SecretBox::Key derived;
  hkdf_expand(&hmac, reinterpret_cast<nettle_hash_update_func*>(hmac_sha256_update),
              reinterpret_cast<nettle_hash_digest_func*>(hmac_sha256_digest), SHA256_DIGEST_SIZE,
              label.size(), Bytes(label), derived.size(), derived.data());
  return derived;
}

// What a sealed secret is bound to: AES-GCM's additional data.
std::string Binding(absl::string_view purpose, absl::string_view context) {
  return absl::StrCat(purpose.size(), ":", purpose, context);
}

std::string ErrnoText() { return std::error_code(errno, std::generic_category()).message(); }

absl::Status WriteNewKey(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_UNREADABLE",
                           absl::StrCat("cannot make the folder ", folder.string(),
                                        " for the PIN key: ", ErrnoText()));
  }
  SecretBox::Key key;
  FillRandom(key.data(), key.size());
  // Written beside and renamed: a start that is cut off leaves no half key that later starts
  // refuse.
  const std::string draft = absl::StrCat(path, ".new");
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool is_written = file >= 0 &&
                    write(file, key.data(), key.size()) == ssize_t{SecretBox::kKeyBytes} &&
                    fsync(file) == 0;
  std::string problem = is_written ? "" : ErrnoText();
  if (file >= 0) close(file);
  if (is_written && rename(draft.c_str(), path.c_str()) != 0) {
    is_written = false;
    problem = ErrnoText();
  }
  if (!is_written) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_UNREADABLE",
                           absl::StrCat("cannot write the PIN key ", path, ": ", problem));
  }
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);  // The name must last as long as the database that needs the key.
    close(directory);
  }
  return absl::OkStatus();
}

}  // namespace

SecretBox::SecretBox(const Key& key)
    : mac_key_(Derive(key, "narada mac")), seal_key_(Derive(key, "narada seal")) {
  const Key fingerprint = Derive(key, "narada fingerprint");
  fingerprint_ = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(fingerprint.data()), 8));
}

absl::StatusOr<SecretBox> SecretBox::FromFile(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) RETURN_IF_ERROR(WriteNewKey(path));
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_UNREADABLE",
                           absl::StrCat("cannot read the PIN key ", path, ": ", ErrnoText()));
  }
  struct stat about;
  Key key;
  uint8_t extra;
  const bool is_whole = fstat(file, &about) == 0 &&
                        read(file, key.data(), key.size()) == ssize_t{kKeyBytes} &&
                        read(file, &extra, 1) == 0;
  close(file);
  if (!is_whole) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_DAMAGED",
                           absl::StrCat("the PIN key ", path, " is not ", kKeyBytes,
                                        " bytes long; restore it from a backup"));
  }
  // Root's file that our group may read is how an orchestrator hands a secret to a program without rights.
  const bool is_handed_out = about.st_uid == 0 && geteuid() != 0 && (about.st_mode & 0037) == 0;
  if ((about.st_mode & 0077) != 0 && !is_handed_out) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "KEY_EXPOSED",
                           absl::StrCat("others may read the PIN key ", path, "; chmod 600 it"));
  }
  return SecretBox(key);
}

std::string SecretBox::Mac(absl::string_view purpose,
                           absl::Span<const absl::string_view> parts) const {
  hmac_sha256_ctx hmac;
  hmac_sha256_set_key(&hmac, mac_key_.size(), mac_key_.data());
  const auto add = [&hmac](absl::string_view part) {
    const std::string length = absl::StrCat(part.size(), ":");
    hmac_sha256_update(&hmac, length.size(), Bytes(length));
    hmac_sha256_update(&hmac, part.size(), Bytes(part));
  };
  add(purpose);
  for (const absl::string_view part : parts) add(part);
  uint8_t digest[SHA256_DIGEST_SIZE];
  hmac_sha256_digest(&hmac, sizeof(digest), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

std::string SecretBox::Seal(absl::string_view purpose, absl::string_view context,
                            absl::string_view secret) const {
  gcm_aes256_ctx gcm;
  gcm_aes256_set_key(&gcm, seal_key_.data());
  // A random 96-bit nonce: safe for 2^32 secrets under one key, which is more than will be made.
  std::string sealed(GCM_IV_SIZE + secret.size() + GCM_DIGEST_SIZE, '\0');
  uint8_t* const nonce = reinterpret_cast<uint8_t*>(sealed.data());
  FillRandom(nonce, GCM_IV_SIZE);
  gcm_aes256_set_iv(&gcm, GCM_IV_SIZE, nonce);
  const std::string binding = Binding(purpose, context);
  gcm_aes256_update(&gcm, binding.size(), Bytes(binding));
  gcm_aes256_encrypt(&gcm, secret.size(), nonce + GCM_IV_SIZE, Bytes(secret));
  gcm_aes256_digest(&gcm, GCM_DIGEST_SIZE, nonce + GCM_IV_SIZE + secret.size());
  return absl::BytesToHexString(sealed);
}

absl::StatusOr<std::string> SecretBox::Open(absl::string_view purpose, absl::string_view context,
                                            absl::string_view sealed) const {
  const absl::Status unreadable = ErrorWithReason(
      absl::StatusCode::kDataLoss, "SECRET_UNREADABLE",
      absl::StrCat("a sealed ", purpose, " does not open: other key, other row, or damaged"));
  if (sealed.size() % 2 != 0) return unreadable;
  for (const char digit : sealed) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit))) return unreadable;
  }
  const std::string bytes = absl::HexStringToBytes(sealed);
  if (bytes.size() < GCM_IV_SIZE + GCM_DIGEST_SIZE) return unreadable;
  const size_t size = bytes.size() - GCM_IV_SIZE - GCM_DIGEST_SIZE;
  gcm_aes256_ctx gcm;
  gcm_aes256_set_key(&gcm, seal_key_.data());
  gcm_aes256_set_iv(&gcm, GCM_IV_SIZE, Bytes(bytes));
  const std::string binding = Binding(purpose, context);
  gcm_aes256_update(&gcm, binding.size(), Bytes(binding));
  std::string secret(size, '\0');
  gcm_aes256_decrypt(&gcm, size, reinterpret_cast<uint8_t*>(secret.data()),
                     Bytes(bytes) + GCM_IV_SIZE);
  uint8_t digest[GCM_DIGEST_SIZE];
  gcm_aes256_digest(&gcm, GCM_DIGEST_SIZE, digest);
  if (!memeql_sec(digest, Bytes(bytes) + GCM_IV_SIZE + size, GCM_DIGEST_SIZE)) return unreadable;
  return secret;
}

std::string SecretBox::Fingerprint() const { return fingerprint_; }

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && memeql_sec(a.data(), b.data(), a.size()) != 0;
}

}  // namespace narada::control::storage
