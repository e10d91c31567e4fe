#include "control/sms/gateway_template.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"

namespace narada::control::sms {
namespace {

struct Placeholder {
  absl::string_view name;
  bool in_url;
  bool in_header;
};
constexpr Placeholder kPlaceholders[] = {
    {"to", true, true}, {"to_digits", true, true}, {"from", true, true},
    {"id", true, true}, {"secret", false, true},   {"text", false, false},
};

absl::Status Invalid(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "TEMPLATE_INVALID", why);
}

absl::Status CheckPlaceholder(absl::string_view name, TemplatePlace place) {
  for (const Placeholder& known : kPlaceholders) {
    if (known.name != name) continue;
    const bool is_allowed = place == TemplatePlace::kBody ||
                            (place == TemplatePlace::kHeader ? known.in_header : known.in_url);
    if (is_allowed) return absl::OkStatus();
    return Invalid(absl::StrCat(
        "{", name, "} must not stand here: ", place == TemplatePlace::kUrl ? "URLs" : "headers",
        " are written into logs"));
  }
  return Invalid(absl::StrCat("{", name.substr(0, 20), "} is not a placeholder"));
}

std::string PercentEncoded(absl::string_view value) {
  std::string out;
  for (const char c : value) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out.push_back(c);
    } else {
      const std::string hex =
          absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      absl::StrAppend(&out, "%", absl::AsciiStrToUpper(hex));
    }
  }
  return out;
}

std::string JsonEscaped(const std::string& value) {
  const std::string quoted =
      nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string Escaped(const std::string& value, Escaping escaping) {
  switch (escaping) {
    case Escaping::kJson:
      return JsonEscaped(value);
    case Escaping::kForm:
      return PercentEncoded(value);
    case Escaping::kXml:
      return absl::StrReplaceAll(
          value, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&apos;"}});
    case Escaping::kNone:
      break;
  }
  return value;
}

}  // namespace

absl::StatusOr<GatewayTemplate> GatewayTemplate::Make(absl::string_view text, TemplatePlace place,
                                                      Escaping escaping) {
  if (place == TemplatePlace::kUrl) escaping = Escaping::kForm;
  if (place == TemplatePlace::kHeader) escaping = Escaping::kNone;
  GatewayTemplate result(escaping);
  std::string literal;
  while (!text.empty()) {
    const bool is_begin = text.size() > 1 && text[0] == '{' &&
                          absl::ascii_isalpha(static_cast<unsigned char>(text[1]));
    if (!is_begin) {
      const bool is_control = absl::ascii_iscntrl(static_cast<unsigned char>(text[0]));
      if (is_control && place != TemplatePlace::kBody) return Invalid("has a control character");
      literal.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    const size_t end = text.find('}');
    if (end == absl::string_view::npos) return Invalid("has a placeholder that does not end");
    const absl::string_view name = text.substr(1, end - 1);
    RETURN_IF_ERROR(CheckPlaceholder(name, place));
    result.pieces_.push_back({std::move(literal), std::string(name)});
    literal.clear();
    text.remove_prefix(end + 1);
  }
  result.pieces_.push_back({std::move(literal), ""});
  return result;
}

std::string GatewayTemplate::Fill(const GatewayValues& values) const {
  const auto value = [&](absl::string_view name) -> std::string {
    if (name == "to") return values.to;
    if (name == "to_digits") return values.to.substr(std::min<size_t>(1, values.to.size()));
    if (name == "from") return values.from;
    if (name == "id") return values.id;
    if (name == "secret") return values.secret;
    return values.text;
  };
  std::string filled;
  for (const Piece& piece : pieces_) {
    absl::StrAppend(&filled, piece.literal);
    if (piece.placeholder.empty()) continue;
    absl::StrAppend(&filled, Escaped(value(piece.placeholder), escaping_));
  }
  return filled;
}

bool GatewayTemplate::Has(absl::string_view placeholder) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.placeholder == placeholder; });
}

}  // namespace narada::control::sms
