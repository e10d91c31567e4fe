#include "control/prompts/invitation.h"

#include <array>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"

namespace narada::control::prompts {
namespace {

constexpr absl::string_view kReason = "TEMPLATE_INVALID";
constexpr std::array<absl::string_view, 3> kBlanks = {"{number}", "{room}", "{pin}"};
// More would not fit the parts that phones put together reliably (7 of 67 UCS-2 letters).
constexpr size_t kCharactersMax = 480;

constexpr absl::string_view kPolish =
    "Zapraszam na telekonferencję dnia DD/MM o godzinie gg:mm pod numerem {number}. Proszę podać "
    "numer pokoju konferencyjnego: {room} i PIN: {pin}";
constexpr absl::string_view kEnglish =
    "You are invited to a teleconference on DD/MM at hh:mm, number {number}. Please enter "
    "conference room number: {room} and PIN: {pin}";

absl::Status Invalid(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, kReason, why);
}

// Length of the UTF-8 sequence that `lead` begins; 0 if it begins none.
size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

// Characters of well-formed UTF-8; -1 if it is not.
int CharactersOf(absl::string_view utf8) {
  int characters = 0;
  while (!utf8.empty()) {
    const size_t length = SequenceLength(static_cast<unsigned char>(utf8[0]));
    if (length == 0 || length > utf8.size()) return -1;
    for (size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(utf8[i]) & 0xC0) != 0x80) return -1;
    }
    utf8.remove_prefix(length);
    ++characters;
  }
  return characters;
}

}  // namespace

absl::StatusOr<InvitationTemplate> InvitationTemplate::Make(absl::string_view text) {
  const int characters = CharactersOf(text);
  if (characters < 0) return Invalid("is not UTF-8");
  if (static_cast<size_t>(characters) > kCharactersMax) {
    return Invalid(absl::StrCat("has ", characters, " characters, more than ", kCharactersMax));
  }
  for (absl::string_view blank : kBlanks) {
    if (!absl::StrContains(text, blank)) {
      return Invalid(absl::StrCat("lacks ", blank));
    }
  }
  const std::string rest =
      absl::StrReplaceAll(text, {{"{number}", ""}, {"{room}", ""}, {"{pin}", ""}});
  if (const size_t brace = rest.find_first_of("{}"); brace != std::string::npos) {
    return Invalid(absl::StrCat("has a brace that is not part of {number}, {room} or {pin}: \"",
                                rest.substr(brace, 16), "\""));
  }
  return InvitationTemplate(std::string(text));
}

InvitationTemplate InvitationTemplate::Default(Language language) {
  return InvitationTemplate(std::string(language == Language::kPolish ? kPolish : kEnglish));
}

std::string InvitationTemplate::Compose(const PhoneNumber& access_number, const RoomNumber& room,
                                        const Pin& pin) const {
  return Show(access_number, room, pin.Reveal());
}

std::string InvitationTemplate::Show(const PhoneNumber& access_number, const RoomNumber& room,
                                     absl::string_view pin) const {
  return absl::StrReplaceAll(
      text_, {{"{number}", access_number.Grouped()}, {"{room}", room.digits()}, {"{pin}", pin}});
}

std::string TransliteratedToGsm7(absl::string_view utf8) {
  static const auto& plain = *new std::map<absl::string_view, absl::string_view>({
      {"ą", "a"}, {"ć", "c"}, {"ę", "e"}, {"ł", "l"},   {"ń", "n"},      {"ó", "o"},  {"ś", "s"},
      {"ź", "z"}, {"ż", "z"}, {"Ą", "A"}, {"Ć", "C"},   {"Ę", "E"},      {"Ł", "L"},  {"Ń", "N"},
      {"Ó", "O"}, {"Ś", "S"}, {"Ź", "Z"}, {"Ż", "Z"},   {"„", "\""},     {"”", "\""}, {"“", "\""},
      {"’", "'"}, {"–", "-"}, {"—", "-"}, {"…", "..."}, {"\u00A0", " "},
  });
  // In the GSM alphabet as they are, though not in ASCII (3GPP TS 23.038 §6.2.1).
  static const auto& kept = *new std::map<absl::string_view, bool>({
      {"£", true}, {"¥", true}, {"è", true}, {"é", true}, {"ù", true}, {"ì", true},
      {"ò", true}, {"Ç", true}, {"Ø", true}, {"ø", true}, {"Å", true}, {"å", true},
      {"Æ", true}, {"æ", true}, {"ß", true}, {"É", true}, {"¤", true}, {"¡", true},
      {"Ä", true}, {"Ö", true}, {"Ñ", true}, {"Ü", true}, {"§", true}, {"¿", true},
      {"ä", true}, {"ö", true}, {"ñ", true}, {"ü", true}, {"à", true}, {"€", true},
  });
  std::string gsm;
  while (!utf8.empty()) {
    const size_t length = SequenceLength(static_cast<unsigned char>(utf8[0]));
    if (length == 0 || length > utf8.size()) {
      gsm += '?';
      utf8.remove_prefix(1);
      continue;
    }
    const absl::string_view letter = utf8.substr(0, length);
    utf8.remove_prefix(length);
    if (length == 1) {
      // ASCII's grave accent is the one printable letter that GSM has in neither table.
      const bool is_known = letter[0] != '`' && (letter[0] >= ' ' || letter[0] == '\n');
      absl::StrAppend(&gsm, is_known ? letter : "?");
    } else if (const auto found = plain.find(letter); found != plain.end()) {
      absl::StrAppend(&gsm, found->second);
    } else {
      absl::StrAppend(&gsm, kept.count(letter) > 0 ? letter : "?");
    }
  }
  return gsm;
}

}  // namespace narada::control::prompts
