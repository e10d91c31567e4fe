#include "control/sms/sms_text.h"

#include <array>
#include <map>
#include <utility>

#include "base/check.h"

namespace narada::control::sms {
namespace {

constexpr char32_t kNone = 0xFFFFFFFF;
constexpr uint8_t kEscape = 0x1B;

// The default alphabet, by septet (3GPP TS 23.038 §6.2.1); 0x1B leads into the extension.
constexpr std::array<char32_t, 128> kBasic = {
    U'@', U'£', U'$', U'¥', U'è', U'é', U'ù', U'ì', U'ò', U'Ç',  U'\n', U'Ø', U'ø',  U'\r', U'Å',
    U'å', U'Δ', U'_', U'Φ', U'Γ', U'Λ', U'Ω', U'Π', U'Ψ', U'Σ',  U'Θ',  U'Ξ', kNone, U'Æ',  U'æ',
    U'ß', U'É', U' ', U'!', U'"', U'#', U'¤', U'%', U'&', U'\'', U'(',  U')', U'*',  U'+',  U',',
    U'-', U'.', U'/', U'0', U'1', U'2', U'3', U'4', U'5', U'6',  U'7',  U'8', U'9',  U':',  U';',
    U'<', U'=', U'>', U'?', U'¡', U'A', U'B', U'C', U'D', U'E',  U'F',  U'G', U'H',  U'I',  U'J',
    U'K', U'L', U'M', U'N', U'O', U'P', U'Q', U'R', U'S', U'T',  U'U',  U'V', U'W',  U'X',  U'Y',
    U'Z', U'Ä', U'Ö', U'Ñ', U'Ü', U'§', U'¿', U'a', U'b', U'c',  U'd',  U'e', U'f',  U'g',  U'h',
    U'i', U'j', U'k', U'l', U'm', U'n', U'o', U'p', U'q', U'r',  U's',  U't', U'u',  U'v',  U'w',
    U'x', U'y', U'z', U'ä', U'ö', U'ñ', U'ü', U'à',
};

// Behind an escape (3GPP TS 23.038 §6.2.1.1).
constexpr std::array<std::pair<char32_t, uint8_t>, 10> kExtension = {{
    {U'\f', 0x0A},
    {U'^', 0x14},
    {U'{', 0x28},
    {U'}', 0x29},
    {U'\\', 0x2F},
    {U'[', 0x3C},
    {U'~', 0x3D},
    {U']', 0x3E},
    {U'|', 0x40},
    {U'€', 0x65},
}};

const std::map<char32_t, std::string>& Gsm7() {
  static const auto& table = *[] {
    auto* built = new std::map<char32_t, std::string>();
    for (size_t septet = 0; septet < kBasic.size(); ++septet) {
      if (kBasic[septet] != kNone) built->emplace(kBasic[septet], std::string(1, char(septet)));
    }
    for (const auto& [character, septet] : kExtension) {
      built->emplace(character, std::string{char(kEscape), char(septet)});
    }
    return built;
  }();
  return table;
}

// Takes the first character off; '?' for what is none.
char32_t TakeCharacter(absl::string_view& utf8) {
  const auto octet = [&](size_t i) { return static_cast<uint8_t>(utf8[i]); };
  const uint8_t lead = octet(0);
  const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  bool is_whole = length > 0 && lead < 0xF5 && length <= utf8.size();
  for (size_t i = 1; is_whole && i < length; ++i) is_whole = (octet(i) & 0xC0) == 0x80;
  if (!is_whole) {
    utf8.remove_prefix(1);
    return U'?';
  }
  char32_t character = length == 1 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) character = character << 6 | (octet(i) & 0x3F);
  utf8.remove_prefix(length);
  const bool is_surrogate = character >= 0xD800 && character < 0xE000;
  const bool is_overlong =
      (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
  return is_surrogate || is_overlong || character > 0x10FFFF ? U'?' : character;
}

std::string Ucs2(char32_t character) {
  const auto unit = [](char32_t value) {
    return std::string{static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
  };
  if (character < 0x10000) return unit(character);
  // Phones read UTF-16.
  character -= 0x10000;
  return unit(0xD800 | character >> 10) + unit(0xDC00 | (character & 0x3FF));
}

}  // namespace

absl::string_view AlphabetName(Alphabet alphabet) {
  return alphabet == Alphabet::kGsm7 ? "gsm7" : "ucs2";
}

SplitText SplitSms(absl::string_view utf8) {
  std::vector<std::string> gsm7, ucs2;  // By character.
  bool is_gsm7 = true;
  size_t octets = 0;
  while (!utf8.empty()) {
    const char32_t character = TakeCharacter(utf8);
    ucs2.push_back(Ucs2(character));
    const auto found = Gsm7().find(character);
    if (found == Gsm7().end()) {
      is_gsm7 = false;
    } else if (is_gsm7) {
      gsm7.push_back(found->second);
      octets += found->second.size();
    }
  }
  const std::vector<std::string>& characters = is_gsm7 ? gsm7 : ucs2;
  const size_t unit = is_gsm7 ? 1 : 2;  // Octets of a septet or unit.
  if (!is_gsm7) {
    octets = 0;
    for (const std::string& character : characters) octets += character.size();
  }
  const size_t single_max = is_gsm7 ? kGsm7Single : kUcs2Single * unit;
  const size_t part_max =
      octets <= single_max ? single_max : (is_gsm7 ? kGsm7Part : kUcs2Part * unit);
  SplitText split{.alphabet = is_gsm7 ? Alphabet::kGsm7 : Alphabet::kUcs2, .parts = {""}};
  for (const std::string& character : characters) {
    if (split.parts.back().size() + character.size() > part_max) split.parts.emplace_back();
    split.parts.back() += character;
  }
  split.remaining = static_cast<int>((part_max - split.parts.back().size()) / unit);
  return split;
}

std::string PartHeader(uint8_t reference, int parts, int number) {
  DCHECK(number >= 1 && number <= parts && parts <= static_cast<int>(kPartsMax))
      << "a part that cannot be numbered";
  return {0x05,
          0x00,
          0x03,
          static_cast<char>(reference),
          static_cast<char>(parts),
          static_cast<char>(number)};
}

}  // namespace narada::control::sms
