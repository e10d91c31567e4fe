#include "tests/phone/sip_message.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace narada::phone {
namespace {

std::string LongName(absl::string_view name) {
  constexpr std::array<std::pair<char, const char*>, 10> kCompact = {{{'v', "Via"},
                                                                      {'f', "From"},
                                                                      {'t', "To"},
                                                                      {'i', "Call-ID"},
                                                                      {'m', "Contact"},
                                                                      {'l', "Content-Length"},
                                                                      {'c', "Content-Type"},
                                                                      {'k', "Supported"},
                                                                      {'s', "Subject"},
                                                                      {'e', "Content-Encoding"}}};
  if (name.size() == 1) {
    for (const auto& [letter, full] : kCompact) {
      if (absl::ascii_tolower(static_cast<unsigned char>(name[0])) == letter) return full;
    }
  }
  return std::string(name);
}

}  // namespace

absl::string_view SipMessage::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

std::vector<std::string> SipMessage::Headers(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

void SipMessage::Add(absl::string_view name, absl::string_view value) {
  headers.emplace_back(std::string(name), std::string(value));
}

std::string SipMessage::StartLine() const {
  if (is_request) return absl::StrCat(method, " ", request_uri, " SIP/2.0");
  return absl::StrCat("SIP/2.0 ", status, " ", reason);
}

std::string SipMessage::Serialize() const {
  std::string text = absl::StrCat(StartLine(), "\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n\r\n", body);
  return text;
}

uint32_t SipMessage::CSeqNumber() const {
  const absl::string_view cseq = Header("CSeq");
  uint32_t number = 0;
  (void)absl::SimpleAtoi(cseq.substr(0, cseq.find(' ')), &number);
  return number;
}

std::string SipMessage::Branch() const { return HeaderParameter(Header("Via"), "branch"); }

absl::StatusOr<SipMessage> SipMessage::Parse(absl::string_view text) {
  SipMessage message;
  const size_t end = text.find("\r\n\r\n");
  if (end == absl::string_view::npos) return absl::InvalidArgumentError("no end of headers");
  absl::string_view head = text.substr(0, end);
  message.body = std::string(text.substr(end + 4));
  const std::vector<absl::string_view> lines = absl::StrSplit(head, "\r\n");
  absl::string_view start = lines[0];
  if (absl::ConsumePrefix(&start, "SIP/2.0 ")) {
    message.is_request = false;
    if (start.size() < 3 || !absl::SimpleAtoi(start.substr(0, 3), &message.status)) {
      return absl::InvalidArgumentError("bad status line");
    }
    message.reason = std::string(start.size() > 4 ? start.substr(4) : "");
  } else {
    const std::vector<std::string> words = absl::StrSplit(start, ' ');
    if (words.size() != 3 || words[2] != "SIP/2.0") {
      return absl::InvalidArgumentError("bad request line");
    }
    message.method = words[0];
    message.request_uri = words[1];
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!lines[i].empty() && absl::ascii_isspace(static_cast<unsigned char>(lines[i][0]))) {
      if (message.headers.empty()) return absl::InvalidArgumentError("a fold without a header");
      absl::StrAppend(&message.headers.back().second, " ", absl::StripAsciiWhitespace(lines[i]));
      continue;
    }
    const size_t colon = lines[i].find(':');
    if (colon == absl::string_view::npos) return absl::InvalidArgumentError("header without colon");
    const std::string name = LongName(absl::StripAsciiWhitespace(lines[i].substr(0, colon)));
    if (absl::EqualsIgnoreCase(name, "Content-Length")) continue;
    message.Add(name, absl::StripAsciiWhitespace(lines[i].substr(colon + 1)));
  }
  if (!message.is_request) {
    const absl::string_view cseq = message.Header("CSeq");
    message.method = std::string(absl::StripAsciiWhitespace(cseq.substr(cseq.find(' ') + 1)));
  }
  return message;
}

std::string HeaderParameter(absl::string_view header, absl::string_view name) {
  // Parameters of the URI inside <> are not the header's.
  const size_t bracket = header.find('>');
  if (bracket != absl::string_view::npos) header.remove_prefix(bracket + 1);
  for (absl::string_view part : absl::StrSplit(header, ';')) {
    part = absl::StripAsciiWhitespace(part);
    const size_t equals = part.find('=');
    if (absl::EqualsIgnoreCase(part.substr(0, equals), name) && equals != absl::string_view::npos) {
      return std::string(part.substr(equals + 1));
    }
  }
  return "";
}

std::string UriOf(absl::string_view header) {
  const size_t open = header.find('<');
  if (open == absl::string_view::npos) return std::string(header.substr(0, header.find(';')));
  const size_t close = header.find('>', open);
  return std::string(header.substr(open + 1, close - open - 1));
}

std::string UserOf(absl::string_view uri) {
  const size_t colon = uri.find(':');
  const size_t at = uri.find('@');
  if (colon == absl::string_view::npos || at == absl::string_view::npos || at < colon) return "";
  return std::string(uri.substr(colon + 1, at - colon - 1));
}

std::pair<std::string, uint16_t> HostPortOf(absl::string_view uri) {
  const size_t at = uri.find('@');
  uri.remove_prefix(at != absl::string_view::npos ? at + 1 : uri.find(':') + 1);
  uri = uri.substr(0, uri.find_first_of(";?>"));
  const size_t colon = uri.find(':');
  uint32_t port = 5060;
  if (colon != absl::string_view::npos) (void)absl::SimpleAtoi(uri.substr(colon + 1), &port);
  return {std::string(uri.substr(0, colon)), static_cast<uint16_t>(port)};
}

}  // namespace narada::phone
