#include "mixer/sdp/crypto_attribute.h"

#include <array>
#include <span>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace narada::mixer::sdp {
namespace {

constexpr uint32_t kTagMax = 999'999'999;  // Nine digits (RFC 4568 §9.1).
constexpr uint64_t kLifetimeMax = uint64_t{1} << 48;
constexpr absl::string_view kInline = "inline:";

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// "2^20" or "1048576".
bool IsLifetime(absl::string_view text) {
  uint64_t value;
  if (absl::ConsumePrefix(&text, "2^")) {
    return IsNumber(text) && absl::SimpleAtoi(text, &value) && value <= 48;
  }
  return IsNumber(text) && absl::SimpleAtoi(text, &value) && value > 0 && value <= kLifetimeMax;
}

// "1:4" into `keys`: the value 1 in four bytes. Returns why not, or nothing.
std::string ReadIdentifier(absl::string_view text, SrtpKeys& keys) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  uint64_t value;
  uint64_t size;
  if (parts.size() != 2 || !IsNumber(parts[0]) || !IsNumber(parts[1]) ||
      !absl::SimpleAtoi(parts[0], &value) || !absl::SimpleAtoi(parts[1], &size) || size == 0) {
    return "its MKI is no number and length";
  }
  if (size > SrtpKeys::kIdentifierSizeMax) return "its MKI is longer than 4 bytes";
  if (size < 8 && value >> (8 * size) != 0) return "its MKI does not fit into its length";
  std::array<uint8_t, SrtpKeys::kIdentifierSizeMax> bytes;
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
  keys.SetIdentifier(std::span(bytes).first(size));
  return "";
}

// "inline:KEY|LIFETIME|MKI:LENGTH" into `keys`. Returns why not, or nothing.
std::string ReadKeyParameters(absl::string_view text, SrtpSuite suite,
                              std::optional<SrtpKeys>& keys) {
  if (absl::StrContains(text, ";")) return "it gives several keys";
  if (!absl::StartsWithIgnoreCase(text, kInline)) return "its key is not given inline";
  const std::vector<absl::string_view> parts = absl::StrSplit(text.substr(kInline.size()), '|');
  std::string bytes;
  const bool is_base64 = absl::Base64Unescape(parts[0], &bytes);
  const bool has_size = bytes.size() == SrtpKeys::SizeFor(TraitsOf(suite));
  SrtpKeys read;
  if (is_base64 && has_size) {
    read = SrtpKeys(suite, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  WipeText(bytes);
  if (!is_base64) return "its key is no base64";
  if (!has_size) return "its key has not the size that the suite demands";
  size_t next = 1;
  if (next < parts.size() && !absl::StrContains(parts[next], ":")) {
    if (!IsLifetime(parts[next])) return "its lifetime is none that a key can have";
    ++next;
  }
  if (next < parts.size()) {
    if (std::string why = ReadIdentifier(parts[next], read); !why.empty()) return why;
    ++next;
  }
  if (next != parts.size()) return "its key has parameters that RFC 4568 does not know";
  keys = read;
  return "";
}

// RFC 4568 §6.3. Returns why the line cannot be used, or nothing.
std::string CheckSessionParameter(absl::string_view parameter) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(parameter, absl::MaxSplits('=', 1));
  const std::string name = absl::AsciiStrToUpper(parts.first);
  if (name == "KDR") {
    uint32_t rate;
    if (absl::SimpleAtoi(parts.second, &rate) && rate == 0) return "";
    return "it asks for a key derivation rate (KDR)";
  }
  if (name == "UNENCRYPTED_SRTP" || name == "UNENCRYPTED_SRTCP" || name == "UNAUTHENTICATED_SRTP") {
    return absl::StrCat("it takes protection off (", name, ")");
  }
  if (name == "FEC_ORDER" || name == "FEC_KEY") {
    return absl::StrCat("it asks for forward error correction (", name, ")");
  }
  // The window is ours to choose, and a parameter after "-" may be ignored.
  if (name == "WSH" || absl::StartsWith(name, "-")) return "";
  return "it has a session parameter that RFC 4568 does not know";
}

}  // namespace

std::optional<CryptoLine> ParseCryptoAttribute(absl::string_view value) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  CryptoLine line;
  if (words.size() < 3 || !IsNumber(words[0]) || !absl::SimpleAtoi(words[0], &line.tag) ||
      line.tag > kTagMax) {
    return std::nullopt;
  }
  line.suite = std::string(words[1].substr(0, 64));
  const std::optional<SrtpSuite> suite = FindSrtpSuite(words[1]);
  if (!suite.has_value()) {
    line.refusal = "the mixer has no such suite";
    return line;
  }
  for (size_t i = 3; i < words.size() && line.refusal.empty(); ++i) {
    line.refusal = CheckSessionParameter(words[i]);
  }
  if (line.refusal.empty()) line.refusal = ReadKeyParameters(words[2], *suite, line.keys);
  return line;
}

std::string FormatCryptoAttribute(uint32_t tag, const SrtpKeys& keys) {
  const std::span<const uint8_t> bytes = keys.key_and_salt();
  std::string key = absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::string text = absl::StrCat(tag, " ", TraitsOf(keys.suite()).name, " ", kInline, key);
  WipeText(key);
  return text;
}

void WipeText(std::string& text) {
  Wipe({reinterpret_cast<uint8_t*>(text.data()), text.size()});
  text.clear();
}

}  // namespace narada::mixer::sdp
